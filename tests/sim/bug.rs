//! Planted bugs: what the simulation must find. What each of them does is in [`crate::plant`].

use crate::world::Realm;

macro_rules! bugs {
    ($($realm:ident: $($(#[doc = $doc:literal])* $name:ident,)*;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug { $($($(#[doc = $doc])* $name),*),* }

        impl Bug {
            pub const ALL: &'static [Bug] = &[$($(Bug::$name),*),*];

            /// The part of the world in which it can show.
            pub fn realm(self) -> Realm {
                match self {
                    $($(Self::$name)|* => Realm::$realm,)*
                }
            }
        }
    };
}

bugs! {
    Talk:
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
    /// Private messages are lost.
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
    Silence,;

    Store:
    /// The answer does not wait for the commit.
    EarlyAck,
    /// The epoch stays, though entries were lost.
    SameEpoch,
    /// The disk loses an entry.
    LostEntry,;

    Run:
    // After a restart.
    /// People are neither sent away nor let in, and have no badges and seats.
    AccessForgotten,
    /// Strangers from a marked address come in.
    MarkForgotten,
    /// Rooms are run by default.
    PolicyForgotten,
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
    /// Shared values are gone.
    ValueForgotten,
    /// Gifts can be given anew.
    LedgerForgotten,
    /// A removed value is there again.
    ValueBack,
    /// A question that was hidden is on the board.
    QuestionBack,
    /// A hidden question loses its upvotes.
    HiddenUpvotesLost,
    /// What is hidden can't be shown again.
    OriginalsForgotten,
    // At once.
    /// What its author changed or took back stays on the disk.
    AmendNotOnDisk,
    /// What its author changed or took back stays in the logs.
    AmendNotInLogs,
    /// Messages can be changed for too long.
    EditTooLate,
    /// A value is set whatever revision it has.
    ConditionIgnored,
    /// Watchers do not hear of changed values.
    ValuesLost,
    /// A mute ends a millisecond early.
    MuteTooShort,
    /// A mute ends a millisecond late.
    MuteTooLong,
    /// An unmuted user may only read.
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
    /// What a person said stays on the disk.
    PersonNotOnDisk,
    /// A member that fell behind does not hear that something is hidden.
    HideLostInGap,
    /// Hidden messages that the log had dropped are not listed.
    OlderNotListed,
    /// What is shown again stays hidden in the logs.
    UnhideNotInLogs,
    /// A person is hidden in one room only.
    HiddenInOneRoom,
    /// A vote that is sent without a connection counts for another person.
    VoteOverHttpTwice,
    /// The votes of hidden polls are told.
    VotesShown,
    /// Moderators may do everything.
    ModeratorTooStrong,
    /// A client without a token is taken for a known user.
    SharedIsKnown,
    /// A connection's address is not looked at.
    AddressIgnored,
    /// A user who was sent away speaks without a connection.
    BannedOverHttp,
    /// A message that waits and is sent again waits twice.
    RepeatHeld,;
}
