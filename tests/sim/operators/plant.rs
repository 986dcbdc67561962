//! Planted bugs of moderation: what the simulation must find.

use super::duty;
use chatterbox::room::{
    AddressTag, AdminCommand, Command, Hide, Hub, Identity, Input, Key, Now, OperatorRole, Output, Reply, ReplyTo,
    Restored, Said, Say, StoredRoom, UserId,
};

macro_rules! plants {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Plant { $($(#[doc = $doc])* $name),* }

        impl Plant {
            pub const ALL: &'static [Plant] = &[$(Plant::$name),*];
        }
    };
}

plants! {
    // After a restart.
    /// Nobody was sent away, let in, or has a badge or a seat.
    StandingForgotten,
    /// Strangers from a marked address come in.
    MarkForgotten,
    /// Rooms are run by default.
    RuleForgotten,
    /// A muted user speaks.
    MuteForgotten,
    /// Everybody was there before newcomers had to wait, or before the room was locked.
    NewcomerThrough,
    /// What waits is gone.
    HeldForgotten,
    /// What was approved or rejected waits again.
    HeldAgain,
    /// No word is listed.
    WordsForgotten,
    /// A code that was revoked is good again.
    CodeRevived,
    /// A vote counts twice.
    VoteTwice,
    /// Votes are gone.
    VoteForgotten,
    /// Upvotes are gone.
    UpvoteForgotten,
    /// Gifts can be given anew.
    LedgerForgotten,
    /// A question that was hidden is on the board.
    QuestionBack,
    // At once.
    /// A mute ends a millisecond early.
    MuteTooShort,
    /// A mute ends a millisecond late.
    MuteTooLong,
    /// Who was unmuted may only read.
    UnmuteIgnored,
    /// Slow mode is a millisecond too fast.
    SlowTooFast,
    /// What is held is shown at once.
    HeldShown,
    /// What is rejected is shown.
    RejectedShown,
    /// What is hidden stays in the logs.
    HideNotInLogs,
    /// What is hidden stays on the disk.
    HideNotOnDisk,
    /// What a person said is hidden on the disk in one entry alone.
    PersonNotOnDisk,
    /// Who fell behind does not hear that something is hidden.
    HideLostInGap,
    /// A person is hidden in one room only.
    HiddenInOneRoom,
    /// A vote that is sent without a connection counts for another person.
    VoteOverHttpTwice,
    /// The votes of hidden polls are told.
    VotesShown,
    /// Moderators may do everything.
    HelperTooStrong,
    /// A client without a token is taken for a known user.
    SharedIsKnown,
    /// A connection's address is not looked at.
    AddressIgnored,
    /// Who was sent away speaks without a connection.
    BannedOverHttp,
    /// A message that waits and is sent again waits twice.
    RepeatHeld,
}

impl Plant {
    /// What the store gives back instead.
    pub fn restored(self, restored: &mut Restored) {
        let kept = &mut restored.values;
        let all = kept.len();
        kept.retain(|(key, _)| {
            !matches!(
                (self, key),
                (Self::StandingForgotten, Key::AccessRecord(_))
                    | (Self::MarkForgotten, Key::FlaggedAddress(_))
                    | (Self::RuleForgotten, Key::Room(_))
                    | (Self::MuteForgotten, Key::Mute(..))
                    | (Self::HeldForgotten, Key::Held(..))
                    | (Self::WordsForgotten, Key::Words)
                    | (Self::VoteForgotten, Key::Vote(..))
                    | (Self::UpvoteForgotten, Key::Upvote(..))
                    | (Self::LedgerForgotten, Key::Given(..))
            )
        });
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
            (Self::RejectedShown, Input::AdminCommand { command: order, .. }) => {
                if let AdminCommand::Reject { room, number } = order.clone() {
                    *order = AdminCommand::Approve { room, number };
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
            (Self::HelperTooStrong, Input::AdminCommand { by, .. }) => by.role = OperatorRole::Organizer,
            (Self::SharedIsKnown, Input::Request { who, .. }) => who.shared = false,
            (Self::AddressIgnored, Input::Connect { who, .. }) => {
                *who = Identity {
                    address: AddressTag(0),
                    ..who.clone()
                }
            }
            (
                Self::RepeatHeld,
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

    /// What happens behind the judge's back.
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
        let mut ask = |order| {
            let (to, by) = (ReplyTo::Request(0), duty::organizer());
            hub.handle(now, Input::AdminCommand { to, by, command: order });
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

    /// Whether the store hears of it.
    pub fn is_stored(self, output: &Output) -> bool {
        match (self, output) {
            (
                Self::HeldAgain,
                Output::Persist {
                    key: Key::Held(..),
                    value: None,
                },
            )
            | (Self::HideNotOnDisk, Output::Redact { .. })
            | (
                Self::PersonNotOnDisk,
                Output::Redact {
                    what: Hide::Person { .. },
                    ..
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
            _ => true,
        }
    }

    /// Whether the fan-out hears of it.
    pub fn is_heard(self, output: &Output) -> bool {
        !(self == Self::HideNotInLogs && matches!(output, Output::Redact { .. }))
    }

    /// What the audience is told instead.
    pub fn told(self, outputs: &mut [Output]) {
        for output in outputs {
            if let (Self::VotesShown, Output::Latest { latest, .. }) = (self, output) {
                for poll in &mut std::sync::Arc::make_mut(latest).polls {
                    poll.votes.get_or_insert_default();
                }
            }
        }
    }
}
