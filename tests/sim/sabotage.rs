//! Planted bugs: what the simulation must find.

use std::sync::Arc;

use crate::{client::Item, edge::Faults, rng::Rng};
use chatterbox::{
    limits::Limits,
    room::{Body, Command, Entry, Input, Output, Refusal, Reply, Said, Say},
};

macro_rules! sabotages {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Sabotage { $($(#[doc = $doc])* $name),* }

        impl Sabotage {
            pub const ALL: &'static [Sabotage] = &[$(Sabotage::$name),*];
        }
    };
}

sabotages! {
    // In the hub.
    /// A message that is sent again is accepted again.
    RepeatAccepted,
    /// One message more than the burst.
    BurstTooLong,
    /// A lease lasts a millisecond longer.
    LeaseTooLong,
    /// A device's identities may use more.
    ShareTooLarge,
    /// One gift more than the budget.
    BudgetTooLarge,
    /// The hub's log keeps more than its bytes.
    HubRingTooLarge,
    /// A client is told to try again a millisecond too early.
    RetryTooEarly,
    /// `missed` in the answer to a join is off by one.
    JoinMissedOffByOne,
    /// An entry is older than the one before.
    TimeBackwards,
    /// The answer comes before the entry.
    ReplyBeforeEntry,
    /// A private message goes to nobody.
    DirectLost,
    // In the fan-out, where only what members get can show it.
    /// The mirrored log keeps less than the hub's.
    MirrorTooSmall,
    /// A direct frame passes the entry before it.
    DirectTooEarly,
    /// `to: "others"` reaches the sender.
    SkipIgnored,
    /// A member starts one entry too late.
    AttachOffByOne,
    /// The latest values of a room are lost.
    LatestLost,
    /// One more is said to be missed.
    GapOffByOne,
    /// A gap begins one entry too late.
    GapFromOffByOne,
    /// A gap is not told.
    GapLost,
    /// An entry is dropped.
    EntryLost,
    /// Two things come the wrong way round.
    EntriesSwapped,
    /// An entry comes twice.
    EntryTwice,
    /// An entry of another room comes.
    EntryElsewhere,
    /// A direct frame comes twice.
    DirectTwice,
    /// The member hears nothing for good.
    Silence,
}

/// How often a chance for the bug is taken.
const ONE_IN: u64 = 4;

impl Sabotage {
    /// What the hub is made with instead.
    pub fn limits(self, limits: &Limits) -> Limits {
        let mut limits = limits.clone();
        match self {
            Self::BurstTooLong => limits.message_burst += 1,
            Self::LeaseTooLong => limits.poll_lease_ms += 1,
            Self::ShareTooLarge => limits.device_people += 1,
            Self::BudgetTooLarge if limits.gift_budget > 0 => limits.gift_budget += 1,
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
        }
    }

    /// What the hub is told instead.
    pub fn input(self, mut input: Input) -> Input {
        let command = match &mut input {
            Input::Command { command, .. } | Input::Request { command, .. } => command,
            _ => return input,
        };
        if self == Self::RepeatAccepted
            && let Ok(Command::Say(Say {
                id,
                said: Said::Chat { .. },
                ..
            })) = command
            && id.as_ref().is_some_and(|id| id.as_str() == "m1")
        {
            *id = None;
        }
        input
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
        if self == Self::LatestLost && rng.one_in(ONE_IN) {
            outputs.retain(|output| !matches!(output, Output::Latest { .. }));
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
