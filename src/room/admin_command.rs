//! The commands of operators.

use serde::{Deserialize, Serialize};

use super::{
    Machine, NewPoll, OperatorId, OperatorRole, Passphrase, PeopleFilter, Role, RoomName, Seq, SettingsChange, UserId,
    UserName,
};

/// A command of an operator. It names its room, so it means the same on every connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "do",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum AdminCommand {
    /// Sends an announcement to a room, or to all.
    Announce {
        /// The room, created on demand; none is all open rooms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomName>,
        /// The text.
        text: Box<str>,
    },
    /// Asks how many people reported that they have an entry.
    Reached {
        /// The room.
        room: RoomName,
        /// Number of the entry.
        seq: Seq,
    },
    /// Opens a poll.
    Poll {
        /// The room, created on demand.
        room: RoomName,
        /// The poll.
        poll: NewPoll,
    },
    /// Closes a poll: it takes no more votes, and its result is shown.
    ClosePoll {
        /// The room.
        room: RoomName,
        /// Number of the poll.
        poll: u32,
    },
    /// Shows the votes of a poll that hid them.
    ShowPoll {
        /// The room.
        room: RoomName,
        /// Number of the poll.
        poll: u32,
    },
    /// Removes a poll from the board, with its votes.
    RemovePoll {
        /// The room.
        room: RoomName,
        /// Number of the poll.
        poll: u32,
    },
    /// Lists people with their state.
    People {
        /// The room.
        room: RoomName,
        /// The filter.
        #[serde(default, skip_serializing_if = "PeopleFilter::is_default")]
        filter: PeopleFilter,
        /// A part of the name, in any case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Box<str>>,
    },
    /// Shows one person's state, newest messages, and the commands about the person.
    Person {
        /// The room of the messages.
        room: RoomName,
        /// The person.
        user: UserId,
    },
    /// Lists the polls with what is hidden from the audience.
    Polls {
        /// The room.
        room: RoomName,
    },
    /// Marks a question as answered.
    Answered {
        /// The room.
        room: RoomName,
        /// Number of the question's entry.
        question: Seq,
    },
    /// Pins a message or a text.
    Pin {
        /// The room, created on demand for a text.
        room: RoomName,
        /// Number of the message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
        /// The text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Box<str>>,
    },
    /// Removes the pin.
    Unpin {
        /// The room.
        room: RoomName,
    },
    /// Changes the settings of a room.
    Settings {
        /// The room, created on demand.
        room: RoomName,
        /// The changes.
        set: SettingsChange,
    },
    /// Hides one message, gift or announcement.
    Hide {
        /// The room.
        room: RoomName,
        /// Number of the entry.
        seq: Seq,
    },
    /// Hides all earlier messages of a person.
    HidePerson {
        /// The room; none is all rooms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomName>,
        /// The person.
        user: UserId,
    },
    /// Lists hidden messages that can be shown again, newest first.
    Hidden {
        /// The room.
        room: RoomName,
    },
    /// Shows a hidden message again, as a new entry of its author. The old place stays hidden.
    Unhide {
        /// The room.
        room: RoomName,
        /// Number of the hidden entry.
        seq: Seq,
    },
    /// Mutes a person in a room.
    Mute {
        /// The room.
        room: RoomName,
        /// The person.
        user: UserId,
        /// Duration in seconds, at most [`crate::limits::MUTE_S`].
        seconds: u32,
    },
    /// Ends a mute.
    Unmute {
        /// The room.
        room: RoomName,
        /// The person.
        user: UserId,
    },
    /// Bans a person for the rest of the event, with identity and seat. Strangers from the same address wait.
    Ban {
        /// The person.
        user: UserId,
        /// Bans all other people at that address, too: phones may share one.
        #[serde(default)]
        address: bool,
    },
    /// Ends a ban.
    Unban {
        /// The person.
        user: UserId,
    },
    /// Admits a person that waits.
    Admit {
        /// The room; none is every room whose newcomers wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomName>,
        /// The person.
        user: UserId,
    },
    /// Lists connected people that wait to be admitted.
    Waiting {},
    /// Gives a person a badge, or takes it away.
    Badge {
        /// The person.
        user: UserId,
        /// The badge.
        badge: Role,
    },
    /// Makes joining need the code of a seat.
    Seats {
        /// Number of seats; 0 means that joining needs none.
        count: u32,
    },
    /// Asks for the number of seats, and of taken ones.
    Seating {},
    /// Frees a seat for another identity.
    FreeSeat {
        /// Number of the seat.
        seat: u32,
    },
    /// Replaces the list of words that rooms block or hold.
    Words {
        /// See [`super::Words`].
        list: Vec<Box<str>>,
    },
    /// Lists the words of [`AdminCommand::Words`].
    WordList {},
    /// Asks whether a text has a word of the list.
    TryWords {
        /// The text.
        text: Box<str>,
    },
    /// Lists the approval queue, oldest first.
    Held {
        /// The room.
        room: RoomName,
    },
    /// Approves a held message.
    Approve {
        /// The room.
        room: RoomName,
        /// Its number in the queue.
        number: u64,
    },
    /// Rejects a held message.
    Reject {
        /// The room.
        room: RoomName,
        /// Its number in the queue.
        number: u64,
    },
    /// Lists the audit log, newest first.
    Audit {
        /// Only records before this number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
        /// Number of records, at most [`crate::limits::HISTORY_ENTRIES`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<usize>,
    },
    /// Removes all messages and names for good, and closes all connections; they may come back to empty rooms.
    Wipe {
        /// Only counts what would be removed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dry_run: bool,
    },
    /// Tells the time to a box without a clock. Not in the audit log: the page sends it on every visit.
    Time {
        /// Milliseconds since 1970.
        at: u64,
    },
    /// Issues a code. The answer has its number; its key is derived from the organizer's key.
    Issue {
        /// The role of the code.
        role: OperatorRole,
        /// Name of the holder, for the list.
        name: UserName,
    },
    /// Revokes a code for good.
    Revoke {
        /// Number of the code.
        code: OperatorId,
    },
    /// Lists the codes.
    Codes {},
    /// Asks for the problems of the box.
    Doctor {},
    /// Announces an update file (`PUT /updates/<sha256>`).
    Update {
        /// Size in bytes, at most [`crate::limits::UPDATE_BYTES`].
        size: u64,
        /// SHA-256 in 64 small hexadecimal digits.
        sha256: Box<str>,
        /// Restart the box after the installation.
        #[serde(default)]
        restart: bool,
    },
    /// Asks for the progress of the last update.
    Updating {},
    /// Makes a backup (`GET /backups/<sha256>`).
    Backup {
        /// Opens the file; at least [`crate::limits::PASSPHRASE_LEAST_BYTES`]. The audit log does not have it.
        #[serde(skip_serializing)]
        passphrase: Passphrase,
    },
    /// Announces a backup (`PUT /backups/<sha256>`), which is opened and not yet put in place.
    Restore {
        /// Size in bytes, at most [`crate::limits::BACKUP_BYTES`].
        size: u64,
        /// SHA-256 in 64 small hexadecimal digits.
        sha256: Box<str>,
        /// Opens the file. The audit log does not have it.
        #[serde(skip_serializing)]
        passphrase: Passphrase,
    },
    /// Puts the opened backup in place and restarts the server.
    ConfirmRestore {},
    /// Asks for the progress of the last backup or restoration, and for the machine's mark.
    Handover {
        /// The newest machine that the organizer has seen with this key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Machine>,
        /// The second machine with this key is not in use any more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        alone: bool,
    },
    /// Erases data, keys and settings of a box, and restarts it as new.
    Reset {},
    /// Asks for the newest lines of a box's log.
    Log {},
}

impl AdminCommand {
    /// Whether moderators may give the command: those about messages, not those about codes.
    pub fn allowed_for_moderator(&self) -> bool {
        self.class().0 == OperatorRole::Moderator
    }

    /// Whether the command changes nothing that the audit log should have.
    pub fn is_read_only(&self) -> bool {
        self.class().1
    }

    /// The least role that may give the command, and whether it is read-only.
    fn class(&self) -> (OperatorRole, bool) {
        match self {
            Self::Announce { .. }
            | Self::Poll { .. }
            | Self::ClosePoll { .. }
            | Self::ShowPoll { .. }
            | Self::RemovePoll { .. }
            | Self::Answered { .. }
            | Self::Pin { .. }
            | Self::Unpin { .. }
            | Self::Settings { .. }
            | Self::Hide { .. }
            | Self::HidePerson { .. }
            | Self::Unhide { .. }
            | Self::Mute { .. }
            | Self::Unmute { .. }
            | Self::Ban { .. }
            | Self::Admit { .. }
            | Self::Approve { .. }
            | Self::Reject { .. } => (OperatorRole::Moderator, false),
            Self::Reached { .. }
            | Self::People { .. }
            | Self::Person { .. }
            | Self::Polls { .. }
            | Self::Hidden { .. }
            | Self::Waiting {}
            | Self::Held { .. }
            | Self::Doctor {} => (OperatorRole::Moderator, true),
            Self::Unban { .. }
            | Self::Badge { .. }
            | Self::Seats { .. }
            | Self::FreeSeat { .. }
            | Self::Words { .. }
            | Self::Issue { .. }
            | Self::Revoke { .. }
            | Self::Update { .. }
            | Self::Backup { .. }
            | Self::Restore { .. }
            | Self::ConfirmRestore {}
            | Self::Reset {} => (OperatorRole::Organizer, false),
            Self::Seating {}
            | Self::WordList {}
            | Self::TryWords { .. }
            | Self::Audit { .. }
            | Self::Time { .. }
            | Self::Codes {}
            | Self::Updating {}
            | Self::Handover { .. }
            | Self::Log {} => (OperatorRole::Organizer, true),
            Self::Wipe { dry_run } => (OperatorRole::Organizer, *dry_run),
        }
    }

    /// The passphrase that travels sealed.
    pub fn passphrase_mut(&mut self) -> Option<&mut Passphrase> {
        if let Self::Backup { passphrase } | Self::Restore { passphrase, .. } = self {
            Some(passphrase)
        } else {
            None
        }
    }
}
