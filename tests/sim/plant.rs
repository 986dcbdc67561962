//! What each planted bug does: to the hub's limits, its inputs and outputs, its store, and to what members get.

use std::sync::Arc;

use crate::{bug::Bug, client::Item, edge::Faults, rng::Rng, script};
use chatterbox::{
    limits::Limits,
    room::{
        AddressTag, AdminCommand, Body, Command, Entry, Hide, Hub, Identity, Input, Key, Now, OperatorRole, Output,
        Refusal, Reply, ReplyTo, Restored, Said, Say, StoredRoom, UserId,
    },
};

/// How often a chance for the bug is taken.
const ONE_IN: u64 = 4;

impl Bug {
    /// What the hub is made with instead.
    pub fn limits(self, limits: &Limits) -> Limits {
        let mut limits = limits.clone();
        match self {
            Self::BurstTooLong => limits.message_burst += 1,
            Self::LeaseTooLong => limits.poll_lease_ms += 1,
            Self::ShareTooLarge => limits.device_people += 1,
            Self::BudgetTooLarge if limits.gift_budget > 0 => limits.gift_budget += 1,
            Self::EditTooLate => limits.edit_ms *= 2,
            Self::HubRingTooLarge => limits.ring_bytes += 1000,
            _ => {}
        }
        limits
    }

    pub fn faults(self) -> Faults {
        Faults {
            smaller_mirror: if self == Self::MirrorTooSmall { 1000 } else { 0 },
            early_direct: self == Self::DirectTooEarly,
            skip_ignored: self == Self::SkipIgnored,
            late_start: self == Self::AttachOffByOne,
            hide_lost: self == Self::HideLostInGap,
        }
    }

    /// What the store gives back instead.
    pub fn restored(self, restored: &mut Restored) {
        let kept = &mut restored.values;
        let all = kept.len();
        kept.retain(|(key, _)| {
            !matches!(
                (self, key),
                (Self::AccessForgotten, Key::AccessRecord(_))
                    | (Self::MarkForgotten, Key::FlaggedAddress(_))
                    | (Self::PolicyForgotten, Key::Room(_))
                    | (Self::MuteForgotten, Key::Mute(..))
                    | (Self::HeldForgotten, Key::Held(..))
                    | (Self::WordsForgotten, Key::Words)
                    | (Self::VoteForgotten, Key::Vote(..))
                    | (Self::UpvoteForgotten, Key::Upvote(..))
                    | (Self::ValueForgotten, Key::Value(..))
                    | (Self::LedgerForgotten, Key::Given(..))
            )
        });
        if self == Self::HiddenUpvotesLost {
            let is_hidden = |value: &str| value.contains("\"hidden\":true");
            kept.retain(|(key, value)| !matches!(key, Key::Question(..)) || !is_hidden(value));
        }
        if self == Self::OriginalsForgotten {
            restored.rooms.iter_mut().for_each(|room| room.hidden.clear());
        }
        for at in 0..all.min(kept.len()) {
            let (key, value) = &mut kept[at];
            match (self, &*key) {
                (Self::NewcomerThrough, Key::Room(_)) => {
                    let mut room: StoredRoom = serde_json::from_str(value).expect("a hub wrote it");
                    room.known = (1..=8).map(UserId).collect();
                    *value = serde_json::to_string(&room).expect("JSON").into();
                }
                (Self::VoteTwice, Key::Vote(room, poll, user)) => {
                    let twice = (Key::Vote(room.clone(), *poll, UserId(user.0 + 1000)), value.clone());
                    kept.push(twice);
                }
                _ => {}
            }
        }
    }

    /// What the hub is told instead.
    pub fn input(self, mut now: Now, mut input: Input) -> (Now, Input) {
        match (self, &mut input) {
            (
                Self::MuteTooShort,
                Input::AdminCommand {
                    command: AdminCommand::Mute { .. },
                    ..
                },
            ) => now.mono_ms = now.mono_ms.saturating_sub(1),
            (
                Self::MuteTooLong,
                Input::AdminCommand {
                    command: AdminCommand::Mute { .. },
                    ..
                },
            ) => now.mono_ms += 1,
            (
                Self::UnmuteIgnored,
                Input::AdminCommand {
                    command: AdminCommand::Unmute { user, .. },
                    ..
                },
            ) => user.0 += 1000,
            (
                Self::SlowTooFast,
                Input::Command {
                    command:
                        Ok(Command::Say(Say {
                            said: Said::Chat { .. },
                            ..
                        })),
                    ..
                },
            ) => now.mono_ms += 1,
            (Self::RejectedShown, Input::AdminCommand { command, .. }) => {
                if let AdminCommand::Reject { room, number } = command.clone() {
                    *command = AdminCommand::Approve { room, number };
                }
            }
            (
                Self::HiddenInOneRoom,
                Input::AdminCommand {
                    command: AdminCommand::HidePerson { room, .. },
                    ..
                },
            ) => {
                *room = Some(crate::script::room(0));
            }
            (
                Self::VoteOverHttpTwice,
                Input::Request {
                    who,
                    command: Ok(Command::Vote { .. }),
                    ..
                },
            )
            | (Self::BannedOverHttp, Input::Request { who, .. }) => who.user.0 += 1000,
            (
                Self::ConditionIgnored,
                Input::Command {
                    command: Ok(Command::Set(set)),
                    ..
                },
            ) => set.expected = None,
            (Self::ModeratorTooStrong, Input::AdminCommand { by, .. }) => by.role = OperatorRole::Organizer,
            (Self::OlderNotListed, input @ Input::HiddenOlder { .. }) => *input = Input::Tick,
            (Self::SharedIsKnown, Input::Request { who, .. }) => who.shared = false,
            (Self::AddressIgnored, Input::Connect { who, .. }) => {
                *who = Identity {
                    address: AddressTag(0),
                    ..who.clone()
                }
            }
            (
                Self::RepeatHeld | Self::RepeatAccepted,
                Input::Command {
                    command:
                        Ok(Command::Say(Say {
                            id,
                            said: Said::Chat { .. },
                            ..
                        })),
                    ..
                },
            ) => *id = None,
            _ => {}
        }
        (now, input)
    }

    /// What happens behind the model's back.
    pub fn afterwards(self, now: Now, input: &Input, hub: &mut Hub, outputs: &mut Vec<Output>) {
        let held = outputs.iter().any(|output| {
            matches!(
                output,
                Output::Reply {
                    reply: Ok(Reply::Held { .. }),
                    ..
                }
            )
        });
        if self != Self::HeldShown || !held || !matches!(input, Input::Request { .. }) {
            return;
        }
        let Input::Request { room, .. } = input else { return };
        let mut ask = |command| {
            let (to, by) = (ReplyTo::Request(0), script::organizer());
            hub.handle(now, Input::AdminCommand { to, by, command });
            std::iter::from_fn(|| hub.poll_output()).collect::<Vec<_>>()
        };
        let list = ask(AdminCommand::Held { room: room.clone() });
        let newest = list.iter().find_map(|output| match output {
            Output::Reply {
                reply: Ok(Reply::HeldItems { items }),
                ..
            } => Some(items.last()?.number),
            _ => None,
        });
        let shown = newest.map(|number| {
            ask(AdminCommand::Approve {
                room: room.clone(),
                number,
            })
        });
        outputs.extend(
            shown
                .into_iter()
                .flatten()
                .filter(|output| !matches!(output, Output::Reply { .. })),
        );
    }

    /// What the hub answers instead.
    pub fn outputs(self, outputs: &mut Vec<Output>, rng: &mut Rng) {
        if !rng.one_in(ONE_IN) {
            return;
        }
        for output in outputs.iter_mut() {
            match (self, output) {
                (
                    Self::RetryTooEarly,
                    Output::Reply {
                        reply:
                            Err(Refusal {
                                retry_after_ms: Some(ms),
                                ..
                            }),
                        ..
                    },
                ) => *ms -= 1,
                (
                    Self::JoinMissedOffByOne,
                    Output::Reply {
                        reply: Ok(Reply::Joined { missed, .. }),
                        ..
                    },
                ) if *missed > 0 => *missed -= 1,
                (Self::VotesShown, Output::Latest { latest, .. }) => {
                    for poll in &mut Arc::make_mut(latest).polls {
                        poll.votes.get_or_insert_default();
                    }
                }
                (Self::TimeBackwards, Output::Append { entry, .. }) => *entry = Arc::new(earlier(entry)),
                _ => {}
            }
        }
        match self {
            Self::ReplyBeforeEntry => outputs.reverse(),
            Self::DirectLost => outputs.retain(|output| !matches!(output, Output::Direct { .. })),
            _ => {}
        }
    }

    /// What the fan-out hears instead.
    pub fn heard(self, outputs: &mut Vec<Output>, rng: &mut Rng) {
        match self {
            Self::LatestLost if rng.one_in(ONE_IN) => outputs.retain(|output| !matches!(output, Output::Latest { .. })),
            Self::AmendNotInLogs => outputs.retain(|output| !matches!(output, Output::Amend { .. })),
            Self::ValuesLost => outputs.retain(|output| !matches!(output, Output::Values { .. })),
            Self::UnhideNotInLogs => outputs.retain(|output| !matches!(output, Output::Reveal { .. })),
            Self::HideNotInLogs => outputs.retain(|output| !matches!(output, Output::Redact { .. })),
            _ => {}
        }
    }

    /// Whether the store hears of it.
    pub fn is_stored(self, output: &Output, rng: &mut Rng) -> bool {
        match (self, output) {
            (
                Self::HeldAgain,
                Output::Persist {
                    key: Key::Held(..),
                    value: None,
                },
            )
            | (Self::AmendNotOnDisk, Output::Amend { .. })
            | (Self::HideNotOnDisk, Output::Redact { .. })
            | (
                Self::PersonNotOnDisk,
                Output::Redact {
                    what: Hide::Person { .. },
                    ..
                },
            ) => false,
            (
                Self::ValueBack,
                Output::Persist {
                    key: Key::Value(..),
                    value: None,
                },
            ) => false,
            (
                Self::CodeRevived,
                Output::Persist {
                    key: Key::Code(_),
                    value: Some(value),
                },
            ) => !value.json().contains("true"),
            (
                Self::QuestionBack,
                Output::Persist {
                    key: Key::Question(..),
                    value: Some(value),
                },
            ) => !value.json().contains("\"hidden\":true"),
            (Self::LostEntry, Output::Append { .. }) => !rng.one_in(50),
            _ => true,
        }
    }

    /// What a member gets instead.
    pub fn items(self, items: &mut Vec<Item>, elsewhere: Option<Arc<Entry>>, rng: &mut Rng) {
        if !rng.one_in(ONE_IN) {
            return;
        }
        let mut last = items.len();
        for (index, item) in items.iter_mut().enumerate() {
            match (self, item) {
                (Self::GapOffByOne, Item::Gap(gap)) => gap.missed += 1,
                (Self::GapFromOffByOne, Item::Gap(gap)) => gap.from += 1,
                (Self::EntryElsewhere, item @ Item::Entry(_)) => {
                    if let Some(entry) = &elsewhere {
                        *item = Item::Entry(entry.clone());
                    }
                }
                (Self::GapLost, Item::Gap(_)) | (Self::EntryLost | Self::EntryTwice, Item::Entry(_)) => last = index,
                (Self::DirectTwice, Item::Direct(_)) => last = index,
                _ => {}
            }
        }
        match self {
            Self::GapLost | Self::EntryLost if last < items.len() => drop(items.remove(last)),
            Self::EntryTwice | Self::DirectTwice if last < items.len() => items.insert(last, items[last].clone()),
            Self::EntriesSwapped if items.len() > 2 => items.swap(0, 1),
            Self::Silence => *items = vec![Item::Idle],
            _ => {}
        }
    }
}

fn earlier(entry: &Entry) -> Entry {
    Entry {
        room: entry.room.clone(),
        epoch: entry.epoch,
        seq: entry.seq,
        id: entry.id.clone(),
        from: entry.from.clone(),
        at: entry.at.wrapping_sub(1),
        skip: entry.skip,
        body: Body::clone(&entry.body),
    }
}
