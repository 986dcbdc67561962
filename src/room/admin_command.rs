//! The closed list of commands that an operator (the organizer, or a moderator with an access code) may send. Plain data; nothing grows.

use serde::{Deserialize, Serialize};

use super::{
    Machine, NewPoll, OperatorId, OperatorRole, Passphrase, PeopleFilter, Role, RoomName, Seq, SettingsChange, UserId,
    UserName,
};

/// A command of an operator (organizer or moderator). It names its room, so it means the same on every connection.
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
        /// The room, created on demand; `None` addresses all open rooms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomName>,
        /// Text of the announcement.
        text: Box<str>,
    },
    /// Asks how many people have reported receiving an entry.
    Reached {
        /// Room that the command concerns.
        room: RoomName,
        /// Number of the entry in its room's log.
        seq: Seq,
    },
    /// Opens a poll in a room.
    Poll {
        /// The room, created on demand.
        room: RoomName,
        /// The question, choices and rules of the poll.
        poll: NewPoll,
    },
    /// Closes a poll: it takes no more votes, and its result is shown.
    ClosePoll {
        /// Room that the command concerns.
        room: RoomName,
        /// Number of the poll in its room.
        poll: u32,
    },
    /// Shows the votes of a poll that hid them.
    ShowPoll {
        /// Room that the command concerns.
        room: RoomName,
        /// Number of the poll, as the answer to [`Self::Poll`] gave it.
        poll: u32,
    },
    /// Removes a poll from the board, with its votes.
    RemovePoll {
        /// Room that the command concerns.
        room: RoomName,
        /// Number of the poll in its room.
        poll: u32,
    },
    /// Lists people with their state.
    People {
        /// Room that the command concerns.
        room: RoomName,
        /// Restricts the list to people in this state.
        #[serde(default, skip_serializing_if = "PeopleFilter::is_default")]
        filter: PeopleFilter,
        /// Restricts the list to names that contain this text, in any case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Box<str>>,
    },
    /// Shows a person's state and newest messages, and the newest admin commands about the person.
    Person {
        /// The room whose messages are shown.
        room: RoomName,
        /// Person whom the command concerns.
        user: UserId,
    },
    /// Lists the polls, including vote counts that the audience does not see yet.
    Polls {
        /// Room that the command concerns.
        room: RoomName,
    },
    /// Marks a question as answered.
    Answered {
        /// Room that the command concerns.
        room: RoomName,
        /// Number of the question's entry.
        question: Seq,
    },
    /// Pins a message or a text.
    Pin {
        /// The room, created on demand for a text.
        room: RoomName,
        /// Number of the message's entry; not together with `text`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
        /// Text to pin; not together with `seq`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Box<str>>,
    },
    /// Removes the pin.
    Unpin {
        /// Room that the command concerns.
        room: RoomName,
    },
    /// Changes the settings of a room.
    Settings {
        /// The room, created on demand.
        room: RoomName,
        /// The settings to change.
        set: SettingsChange,
    },
    /// Hides one message, gift or announcement.
    Hide {
        /// Room that the command concerns.
        room: RoomName,
        /// Number of the entry in its room's log.
        seq: Seq,
    },
    /// Hides all earlier messages of a person.
    HidePerson {
        /// The room; `None` means all rooms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomName>,
        /// Person whom the command concerns.
        user: UserId,
    },
    /// Lists hidden messages that can be shown again, newest first.
    Hidden {
        /// Room that the command concerns.
        room: RoomName,
    },
    /// Shows a hidden message again, at its original position in the log.
    Unhide {
        /// Room that the command concerns.
        room: RoomName,
        /// Number of the hidden entry.
        seq: Seq,
    },
    /// Shows a person's hidden messages again.
    UnhidePerson {
        /// Room that the command concerns.
        room: RoomName,
        /// Person whom the command concerns.
        user: UserId,
        /// Number of the entry that hid them; `None` means all hidden messages of the person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hide: Option<Seq>,
    },
    /// Mutes a person in a room.
    Mute {
        /// Room that the command concerns.
        room: RoomName,
        /// Person whom the command concerns.
        user: UserId,
        /// Duration in seconds, at most [`crate::limits::MUTE_S`].
        seconds: u32,
    },
    /// Ends a mute.
    Unmute {
        /// Room that the command concerns.
        room: RoomName,
        /// Person whom the command concerns.
        user: UserId,
    },
    /// Bans a person, with identity and seat, for the rest of the event. Unknown people at the same address must wait for admission.
    Ban {
        /// Person whom the command concerns.
        user: UserId,
        /// Bans everyone at the person's address, too; several phones may share an address.
        #[serde(default)]
        address: bool,
    },
    /// Ends a ban.
    Unban {
        /// Person whom the command concerns.
        user: UserId,
    },
    /// Admits a person who waits for admission.
    Admit {
        /// The room; `None` means every room whose newcomers wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomName>,
        /// Person whom the command concerns.
        user: UserId,
    },
    /// Lists connected people who wait for admission.
    Waiting {},
    /// Gives a person a badge, or takes it away.
    Badge {
        /// Person whom the command concerns.
        user: UserId,
        /// The badge, shown beside the person's name; [`Role::Guest`] takes it away.
        badge: Role,
    },
    /// Requires a seat code (numbered personal entry code) for joining, or stops requiring it.
    Seats {
        /// Number of seats; 0 lets people join without a seat code.
        count: u32,
    },
    /// Asks how many seats (numbered personal entry codes) there are, and how many are taken.
    Seating {},
    /// Frees a seat (numbered personal entry code), so that another identity may use its code.
    FreeSeat {
        /// Number of the seat.
        seat: u32,
    },
    /// Replaces the list of words that rooms block or hold.
    Words {
        /// The unwanted words, in the notation that [`super::Words`] describes.
        list: Vec<Box<str>>,
    },
    /// Lists the words of [`AdminCommand::Words`].
    WordList {},
    /// Asks whether a text contains a word of the list.
    TryWords {
        /// The text to test.
        text: Box<str>,
    },
    /// Lists the approval queue, oldest first.
    Held {
        /// Room that the command concerns.
        room: RoomName,
    },
    /// Approves a held message.
    Approve {
        /// Room that the command concerns.
        room: RoomName,
        /// The message's number in the approval queue.
        number: u64,
    },
    /// Rejects a held message.
    Reject {
        /// Room that the command concerns.
        room: RoomName,
        /// The message's number in the approval queue.
        number: u64,
    },
    /// Lists the audit log, newest first.
    Audit {
        /// Only records with a smaller number than this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
        /// Maximum number of records, at most [`crate::limits::HISTORY_ENTRIES`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<usize>,
    },
    /// Removes all messages and names for good, and closes all connections; clients may reconnect to empty rooms.
    Wipe {
        /// Only counts the rooms and entries that a wipe would remove.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dry_run: bool,
    },
    /// Tells the time to a box without a clock. The audit log leaves this out: the page sends it on every visit.
    Time {
        /// Time of the organizer's phone, in milliseconds since 1970.
        at: u64,
    },
    /// Issues an access code for a moderator. The answer has its number; its key is derived from the organizer's key.
    Issue {
        /// The role that the code gives its holder.
        role: OperatorRole,
        /// Name of the holder, shown in the list of codes.
        name: UserName,
    },
    /// Revokes a code for good.
    Revoke {
        /// Number of the access code.
        code: OperatorId,
    },
    /// Lists the issued access codes.
    Codes {},
    /// Asks for the problems that the box's self-check finds.
    Doctor {},
    /// Announces an update file (`PUT /updates/<sha256>`).
    Update {
        /// Size of the file in bytes, at most [`crate::limits::UPDATE_BYTES`].
        size: u64,
        /// SHA-256 in 64 small hexadecimal digits.
        sha256: Box<str>,
        /// Whether the box restarts after the installation.
        #[serde(default)]
        restart: bool,
    },
    /// Asks for the progress of the last update.
    Updating {},
    /// Makes an encrypted backup file, to be downloaded from `GET /backups/<sha256>`.
    Backup {
        /// The passphrase that will open the backup; at least [`crate::limits::PASSPHRASE_LEAST_BYTES`]. The audit log leaves it out.
        #[serde(skip_serializing)]
        passphrase: Passphrase,
    },
    /// Announces the upload of a backup (`PUT /backups/<sha256>`), which is then opened but not yet put in place.
    Restore {
        /// Size of the file in bytes, at most [`crate::limits::BACKUP_BYTES`].
        size: u64,
        /// SHA-256 in 64 small hexadecimal digits.
        sha256: Box<str>,
        /// The passphrase that opens the backup. The audit log leaves it out.
        #[serde(skip_serializing)]
        passphrase: Passphrase,
    },
    /// Replaces the data by the opened backup, and restarts the server.
    ConfirmRestore {},
    /// Asks for the progress of the last backup or restoration, and for this machine's mark.
    Handover {
        /// The newest machine with these keys that the organizer's page has seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Machine>,
        /// Whether the organizer confirms that a second machine with the same keys is no longer used.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        alone: bool,
    },
    /// Erases data, keys and settings of a box, and restarts it as a new box.
    Reset {},
    /// Asks for the newest lines of a box's log.
    Log {},
}

impl AdminCommand {
    /// Whether moderators may give the command: message moderation is allowed, management of access codes is not.
    pub fn allowed_for_moderator(&self) -> bool {
        self.class().0 == OperatorRole::Moderator
    }

    /// Whether the command changes nothing that belongs in the audit log.
    pub fn is_read_only(&self) -> bool {
        self.class().1
    }

    /// The lowest role that may give the command, and whether the command is read-only.
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
            | Self::UnhidePerson { .. }
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

    /// The command's passphrase, if it has one, which is encrypted (sealed) during transport.
    pub fn passphrase_mut(&mut self) -> Option<&mut Passphrase> {
        if let Self::Backup { passphrase } | Self::Restore { passphrase, .. } = self {
            Some(passphrase)
        } else {
            None
        }
    }
}
