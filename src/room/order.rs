//! What the organizer and their helpers may have done, and who they are.

use serde::{Deserialize, Serialize};

use super::{Role, RoomName, Seq, SettingsChange, UserId, UserName};

/// Names a code that somebody proves to have: 0 is the organizer's own, the others were issued with [`Order::Issue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OfficerId(pub u32);

impl OfficerId {
    /// Whose code is the key itself.
    pub const ORGANIZER: Self = Self(0);
}

/// What a code lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OfficerRole {
    /// Everything.
    Organizer,
    /// What [`Order::is_for_helpers`] says.
    Helper,
}

/// Somebody whose proof the edge has checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Officer {
    /// The code that they have.
    pub id: OfficerId,
    /// What it lets them do.
    pub role: OfficerRole,
}

/// An order with its proof, as it came. The edge checks it; what it says is read only then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who says that they give it.
    pub by: OfficerId,
    /// The server's number for this connection or request.
    pub nonce: Box<str>,
    /// Greater than any before with this nonce.
    pub counter: u64,
    /// The order, JSON: exactly these characters are proved.
    pub command: Box<str>,
    /// Hexadecimal digits.
    pub proof: Box<str>,
}

/// An order that somebody with a code may give. Rooms are named, so that an order means the same wherever it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "do",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Order {
    /// Says something to a room, as the organizer.
    Announce {
        /// Where; created on demand. In all rooms if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomName>,
        /// What.
        text: Box<str>,
    },
    /// Asks how many said that they have what stands at a number.
    Reached {
        /// Where.
        room: RoomName,
        /// The number.
        seq: Seq,
    },
    /// Opens a poll.
    Poll {
        /// Where; created on demand.
        room: RoomName,
        /// Which.
        poll: NewPoll,
    },
    /// Takes no more votes, and tells everybody how many there were.
    ClosePoll {
        /// Where.
        room: RoomName,
        /// Its number.
        poll: u32,
    },
    /// Shows the votes of a poll where they were hidden.
    ShowPoll {
        /// Where.
        room: RoomName,
        /// Its number.
        poll: u32,
    },
    /// Lists the polls with all that is hidden from the audience.
    Polls {
        /// Where.
        room: RoomName,
    },
    /// A question was answered.
    Answered {
        /// Where.
        room: RoomName,
        /// The number of its entry.
        question: Seq,
    },
    /// Pins a message, or a text.
    Pin {
        /// Where; created on demand for a text.
        room: RoomName,
        /// The message's number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
        /// The text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Box<str>>,
    },
    /// Nothing is pinned any more.
    Unpin {
        /// Where.
        room: RoomName,
    },
    /// Changes how a room is run.
    Settings {
        /// Which; created on demand.
        room: RoomName,
        /// What of it.
        set: SettingsChange,
    },
    /// Hides one message, gift or announcement.
    Hide {
        /// Where.
        room: RoomName,
        /// Its number.
        seq: Seq,
    },
    /// Hides all that somebody said so far.
    HidePerson {
        /// Where; everywhere if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomName>,
        /// Who.
        user: UserId,
    },
    /// Lets somebody only read in a room.
    Mute {
        /// Where.
        room: RoomName,
        /// Whom.
        user: UserId,
        /// For how long, at most [`crate::limits::MUTE_S`].
        seconds: u32,
    },
    /// Ends that.
    Unmute {
        /// Where.
        room: RoomName,
        /// For whom.
        user: UserId,
    },
    /// Sends somebody away for the rest of the event: their identity and their seat; strangers from their address wait.
    Ban {
        /// Whom.
        user: UserId,
        /// And everybody else from there, whoever that is: phones may share an address.
        #[serde(default)]
        address: bool,
    },
    /// Lets them come back.
    Unban {
        /// Whom.
        user: UserId,
    },
    /// Lets somebody in who waits.
    Admit {
        /// Where; none is wherever newcomers wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomName>,
        /// Whom.
        user: UserId,
    },
    /// Lists those who are connected and may not come in.
    Waiting {},
    /// Shows what somebody is.
    Badge {
        /// Who.
        user: UserId,
        /// What they are.
        badge: Role,
    },
    /// Makes it need a seat to come in.
    Seats {
        /// How many there are; 0 is that nobody needs one.
        count: u32,
    },
    /// Lets another identity take a seat.
    FreeSeat {
        /// Which.
        seat: u32,
    },
    /// Replaces the list of words that rooms block or hold.
    Words {
        /// See [`super::Words`].
        list: Vec<Box<str>>,
    },
    /// Lists what waits to be approved, oldest first.
    Held {
        /// Where.
        room: RoomName,
    },
    /// Shows something that waited.
    Approve {
        /// Where.
        room: RoomName,
        /// Its number in the list.
        number: u64,
    },
    /// Forgets something that waited.
    Reject {
        /// Where.
        room: RoomName,
        /// Its number in the list.
        number: u64,
    },
    /// Lists the orders that were obeyed, newest first.
    Audit {
        /// Those before this number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
        /// So many, at most [`crate::limits::HISTORY_ENTRIES`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<usize>,
    },
    /// Removes all that people said and were called, for good, and sends everybody away to come back to empty rooms.
    Wipe {
        /// Only say what would go.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dry_run: bool,
    },
    /// Tells a box that has no clock of its own what time it is. Not in the list of orders: the page says it whenever it comes.
    Time {
        /// Milliseconds since 1970.
        at: u64,
    },
    /// Makes a code for somebody. The answer names it; its key is worked out by those who have the organizer's.
    Issue {
        /// What it lets its holder do.
        role: OfficerRole,
        /// Whose it is, for the list.
        name: UserName,
    },
    /// Makes a code worthless, for good.
    Revoke {
        /// Which.
        code: OfficerId,
    },
    /// Lists the codes.
    Codes {},
    /// Asks what is wrong with the box.
    Doctor {},
    /// Lets an update file come (`PUT /updates/<sha256>`).
    Update {
        /// In bytes, at most [`crate::limits::UPDATE_BYTES`].
        size: u64,
        /// 64 hexadecimal digits in small letters.
        sha256: Box<str>,
        /// Restart the box once it is installed.
        #[serde(default)]
        restart: bool,
    },
    /// Asks how far the last update is.
    Updating {},
}

impl Order {
    /// Whether helpers may give it: all that concerns what is said, nothing that concerns who may give orders.
    pub fn is_for_helpers(&self) -> bool {
        match self {
            Self::Announce { .. }
            | Self::Reached { .. }
            | Self::Poll { .. }
            | Self::ClosePoll { .. }
            | Self::ShowPoll { .. }
            | Self::Polls { .. }
            | Self::Answered { .. }
            | Self::Pin { .. }
            | Self::Unpin { .. }
            | Self::Settings { .. }
            | Self::Hide { .. }
            | Self::HidePerson { .. }
            | Self::Mute { .. }
            | Self::Unmute { .. }
            | Self::Ban { .. }
            | Self::Admit { .. }
            | Self::Waiting {}
            | Self::Held { .. }
            | Self::Approve { .. }
            | Self::Reject { .. }
            | Self::Doctor {} => true,
            Self::Unban { .. }
            | Self::Badge { .. }
            | Self::Seats { .. }
            | Self::FreeSeat { .. }
            | Self::Words { .. }
            | Self::Audit { .. }
            | Self::Wipe { .. }
            | Self::Time { .. }
            | Self::Issue { .. }
            | Self::Revoke { .. }
            | Self::Codes {}
            | Self::Update { .. }
            | Self::Updating {} => false,
        }
    }

    /// Whether it changes nothing that anybody needs to know of later.
    pub fn only_asks(&self) -> bool {
        matches!(
            self,
            Self::Reached { .. }
                | Self::Polls { .. }
                | Self::Held { .. }
                | Self::Waiting {}
                | Self::Audit { .. }
                | Self::Wipe { dry_run: true }
                | Self::Time { .. }
                | Self::Codes {}
                | Self::Doctor {}
                | Self::Updating {}
        )
    }
}

/// A poll to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPoll {
    /// What is asked.
    pub question: Box<str>,
    /// What can be chosen, from [`crate::limits::POLL_CHOICES`].
    pub choices: Box<[Box<str>]>,
    /// Several choices may be made.
    #[serde(default)]
    pub several: bool,
    /// The votes are shown only once the poll is closed, or [`Order::ShowPoll`].
    #[serde(default)]
    pub hidden: bool,
    /// Who has voted may vote otherwise.
    #[serde(default)]
    pub change: bool,
    /// The choice that is right, counted from 0: told once the poll is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<u8>,
}
