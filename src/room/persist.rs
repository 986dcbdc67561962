//! What a store keeps besides the entries (settings, mutes, votes, codes), and the state that it restores at the start. Plain data.

use std::{borrow::Cow, collections::VecDeque, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Accepted, AddressTag, BadName, Entry, Epoch, MsgId, OperatorId, Resume, RoomName, Seq, Settings, Token, UserId,
    UserName, ValueKey,
};

/// The key of a stored value. In the store it is a text of parts joined by `/`; no part contains a `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `person/<id>`: a [`StoredPerson`].
    Person(UserId),
    /// `ledger/<room>/<id>`: number of gifts that the person has given there.
    Given(RoomName, UserId),
    /// `received/<room>/<id>`: number of gifts that the person has received there.
    Received(RoomName, UserId),
    /// `poll/<room>/<number>`: a poll without its votes.
    Poll(RoomName, u32),
    /// `vote/<room>/<poll>/<id>`: the person's vote, as numbers of choices.
    Vote(RoomName, u32, UserId),
    /// `question/<room>/<number>`: a question on the board, by the number of its entry.
    Question(RoomName, Seq),
    /// `upvote/<room>/<question>/<id>`: an upvote of the person.
    Upvote(RoomName, Seq, UserId),
    /// `pin/<room>`: the pinned message or text of a room.
    Pin(RoomName),
    /// `tally/<room>`: counts of reactions, by emoji.
    Tally(RoomName),
    /// `value/<room>/<key>`: a value that programs share, a [`super::SharedValue`].
    Value(RoomName, ValueKey),
    /// `revision/<room>`: number of the newest change of the room's shared values, if that was a removal.
    Revision(RoomName),
    /// `room/<name>`: policy of the room, a [`StoredRoom`].
    Room(RoomName),
    /// `mute/<room>/<id>`: duration of a mute in milliseconds. After a restart the full duration starts again.
    Mute(RoomName, UserId),
    /// `muted/<address>`: muted identities of a device. Other identities of that device are muted with them.
    MutedDevice(AddressTag),
    /// `held/<room>/<number>`: a message in the approval queue. For the newest number, null replaces a message that left the queue.
    Held(RoomName, u64),
    /// `standing/<id>`: access record of the person: ban, admission, badge (role beside the name), seat (personal entry code).
    AccessRecord(UserId),
    /// `mark/<address>`: a flagged address, from which a banned person came.
    FlaggedAddress(AddressTag),
    /// `seats`: number of seats for the event.
    Seats,
    /// `words`: the word list that rooms block or hold.
    Words,
    /// `audit/<number>`: an admin command that was applied.
    Audit(u64),
    /// `code/<number>`: holder and state of an issued code.
    Code(OperatorId),
}

impl Key {
    /// The room that the value belongs to, whose removal removes the value; `None` for values of the whole event.
    pub fn room(&self) -> Option<&RoomName> {
        match self {
            Self::Person(_)
            | Self::Code(_)
            | Self::Audit(_)
            | Self::AccessRecord(_)
            | Self::FlaggedAddress(_)
            | Self::MutedDevice(_)
            | Self::Seats
            | Self::Words => None,
            Self::Given(room, _)
            | Self::Received(room, _)
            | Self::Poll(room, _)
            | Self::Vote(room, ..)
            | Self::Question(room, _)
            | Self::Upvote(room, ..)
            | Self::Pin(room)
            | Self::Tally(room)
            | Self::Value(room, _)
            | Self::Revision(room)
            | Self::Room(room)
            | Self::Mute(room, _)
            | Self::Held(room, _) => Some(room),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(user) => write!(f, "person/{user}"),
            Self::Given(room, user) => write!(f, "ledger/{room}/{user}"),
            Self::Received(room, user) => write!(f, "received/{room}/{user}"),
            Self::Poll(room, poll) => write!(f, "poll/{room}/{poll}"),
            Self::Vote(room, poll, user) => write!(f, "vote/{room}/{poll}/{user}"),
            Self::Question(room, question) => write!(f, "question/{room}/{question}"),
            Self::Upvote(room, question, user) => write!(f, "upvote/{room}/{question}/{user}"),
            Self::Pin(room) => write!(f, "pin/{room}"),
            Self::Tally(room) => write!(f, "tally/{room}"),
            Self::Value(room, key) => write!(f, "value/{room}/{key}"),
            Self::Revision(room) => write!(f, "revision/{room}"),
            Self::Room(room) => write!(f, "room/{room}"),
            Self::Mute(room, user) => write!(f, "mute/{room}/{user}"),
            Self::Held(room, number) => write!(f, "held/{room}/{number}"),
            Self::AccessRecord(user) => write!(f, "standing/{user}"),
            Self::FlaggedAddress(address) => write!(f, "mark/{:x}", address.0),
            Self::MutedDevice(address) => write!(f, "muted/{:x}", address.0),
            Self::Seats => f.write_str("seats"),
            Self::Words => f.write_str("words"),
            Self::Audit(number) => write!(f, "audit/{number}"),
            Self::Code(code) => write!(f, "code/{}", code.0),
        }
    }
}

impl FromStr for Key {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let parts: Vec<_> = text.split('/').collect();
        match parts[..] {
            ["person", user] => Ok(Self::Person(user.parse()?)),
            ["ledger", room, user] => Ok(Self::Given(RoomName::new(room)?, user.parse()?)),
            ["received", room, user] => Ok(Self::Received(RoomName::new(room)?, user.parse()?)),
            ["poll", room, n] => Ok(Self::Poll(RoomName::new(room)?, number(n)?)),
            ["vote", room, n, user] => Ok(Self::Vote(RoomName::new(room)?, number(n)?, user.parse()?)),
            ["question", room, n] => Ok(Self::Question(RoomName::new(room)?, number(n)?)),
            ["upvote", room, n, user] => Ok(Self::Upvote(RoomName::new(room)?, number(n)?, user.parse()?)),
            ["pin", room] => Ok(Self::Pin(RoomName::new(room)?)),
            ["tally", room] => Ok(Self::Tally(RoomName::new(room)?)),
            ["value", room, key] => Ok(Self::Value(RoomName::new(room)?, ValueKey::new(key)?)),
            ["revision", room] => Ok(Self::Revision(RoomName::new(room)?)),
            ["room", room] => Ok(Self::Room(RoomName::new(room)?)),
            ["mute", room, user] => Ok(Self::Mute(RoomName::new(room)?, user.parse()?)),
            ["held", room, n] => Ok(Self::Held(RoomName::new(room)?, number(n)?)),
            ["standing", user] => Ok(Self::AccessRecord(user.parse()?)),
            ["mark", device] => Ok(Self::FlaggedAddress(address(device)?)),
            ["muted", device] => Ok(Self::MutedDevice(address(device)?)),
            ["seats"] => Ok(Self::Seats),
            ["words"] => Ok(Self::Words),
            ["audit", n] => Ok(Self::Audit(number(n)?)),
            ["code", n] => Ok(Self::Code(OperatorId(number(n)?))),
            _ => Err(BadName::Characters),
        }
    }
}

fn address(digits: &str) -> Result<AddressTag, BadName> {
    let tag = u64::from_str_radix(digits, 16).map_err(|_| BadName::Characters)?;
    Ok(AddressTag(tag))
}

fn number<N: FromStr>(text: &str) -> Result<N, BadName> {
    text.parse().map_err(|_| BadName::Characters)
}

/// A value that the store keeps under a [`Key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredValue {
    /// A value as JSON text.
    Json(Box<str>),
    /// The value of [`Key::Room`]. Encoding its thousands of ids may exceed the time of one input, so the store's thread does it.
    Room(Arc<StoredRoom>),
}

impl StoredValue {
    /// The value as JSON.
    pub fn json(&self) -> Cow<'_, str> {
        match self {
            Self::Json(json) => Cow::Borrowed(json),
            Self::Room(room) => Cow::Owned(json(&**room).into()),
        }
    }

    /// Estimated size of the value's JSON in bytes, rarely too low.
    pub fn weight(&self) -> usize {
        // An id has 16 digits, quotes and a comma.
        const ID: usize = 19;
        const SETTINGS: usize = 512;
        match self {
            Self::Json(json) => json.len(),
            Self::Room(room) => {
                let title = room.settings.title.as_ref().map_or(0, |title| 2 * title.len());
                SETTINGS + title + (room.known.len() + room.stayed.len()) * ID
            }
        }
    }
}

impl From<Box<str>> for StoredValue {
    fn from(json: Box<str>) -> Self {
        Self::Json(json)
    }
}

impl From<&str> for StoredValue {
    fn from(json: &str) -> Self {
        Self::Json(json.into())
    }
}

/// The stored policy of a room, the value of [`Key::Room`]. It is stored only while it differs from the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredRoom {
    /// The room's settings.
    pub settings: Settings,
    /// Known members: people who were in the room before it was locked, or before newcomers had to wait.
    pub known: Vec<UserId>,
    /// Newcomers who were waiting for admission in the room when it was locked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stayed: Vec<UserId>,
}

/// A stored person, the value of [`Key::Person`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPerson {
    /// The person's name.
    pub name: String,
}

/// The current epoch of a log, and the earlier epochs that it continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochHistory {
    /// The epoch in which entry numbers count now.
    pub epoch: Epoch,
    /// Earlier epochs, each with the number up to which its entries are the same as in the current epoch.
    pub before: Arc<[(Epoch, Seq)]>,
}

impl EpochHistory {
    /// The history of a room that has had only one epoch.
    pub fn first(epoch: Epoch) -> Self {
        let before = Arc::new([]);
        Self { epoch, before }
    }

    /// The position that `resume` means in this log, whose newest entry is `head`; `None` if it is no position of this log.
    pub fn position(&self, resume: Resume, head: Seq) -> Option<Seq> {
        let shared = self.shared(resume.epoch, head)?;
        (resume.since <= shared).then_some(resume.since)
    }

    /// The nearest position to `resume` in this log, whose newest entry is `head`.
    ///
    /// That is the same number; or the last entry that both epochs share; or 0 for an unknown epoch.
    pub fn nearest(&self, resume: Resume, head: Seq) -> Seq {
        let shared = self.shared(resume.epoch, head);
        shared.map_or(0, |shared| shared.min(resume.since))
    }

    /// The last number up to which `epoch` has the same entries as this log, whose newest entry is `head`; `None` for an unknown epoch.
    pub fn shared(&self, epoch: Epoch, head: Seq) -> Option<Seq> {
        let current = std::iter::once((self.epoch, head));
        let mut all = current.chain(self.before.iter().copied());
        Some(all.find(|(other, _)| *other == epoch)?.1)
    }
}

/// The state that the store restores at the start.
#[derive(Clone, Debug, Default)]
pub struct Restored {
    /// Rooms with their logs, the most recently used last; at most [`crate::limits::ROOMS`].
    pub rooms: Vec<RestoredRoom>,
    /// Rooms beyond that number, without their logs, the most recently used last; at most [`crate::limits::PARKED_ROOMS`].
    pub parked: Vec<ParkedRoom>,
    /// All stored values. The hub ignores values that it can't parse.
    pub values: Vec<(Key, Box<str>)>,
}

/// A parked room: kept in the store without being loaded.
#[derive(Clone, Debug)]
pub struct ParkedRoom {
    /// Name of the room.
    pub name: RoomName,
    /// The current epoch of the room's log, and the earlier ones that it continues.
    pub epochs: EpochHistory,
    /// Number of the room's newest entry.
    pub head: Seq,
    /// Number of the oldest stored entry; `head + 1` without stored entries.
    pub oldest: Seq,
}

/// A stored room with the newest part of its log.
#[derive(Clone, Debug)]
pub struct RestoredRoom {
    /// Name of the room.
    pub name: RoomName,
    /// The epoch of the previous run if no entry can be missing, otherwise a new epoch that continues it.
    pub epochs: EpochHistory,
    /// Number of the room's newest entry.
    pub head: Seq,
    /// Number of the oldest stored entry; `head + 1` without stored entries.
    pub oldest: Seq,
    /// The newest entries, oldest first, without gaps up to `head`.
    pub entries: Vec<Arc<Entry>>,
    /// The newest control entries before `entries`, oldest first.
    pub controls: Vec<Arc<Entry>>,
    /// Originals of the newest hidden entries, oldest first; at most [`crate::limits::UNHIDE`].
    pub hidden: VecDeque<Arc<Entry>>,
    /// Ids of messages before `entries`, oldest first, for the detection of duplicates.
    pub accepted: Vec<(UserId, MsgId, Accepted)>,
}

impl RestoredRoom {
    /// Moves the restored log to the newest epoch of `epochs`, after a start that may have lost entries.
    pub fn enter(&mut self, epochs: EpochHistory) {
        self.epochs = epochs;
        let epoch = self.epochs.epoch;
        for entry in self
            .entries
            .iter_mut()
            .chain(&mut self.controls)
            .chain(&mut self.hidden)
        {
            Arc::make_mut(entry).epoch = epoch;
        }
    }
}

pub(super) fn person_value(name: &UserName) -> Box<str> {
    let stored = StoredPerson {
        name: name.as_str().to_owned(),
    };
    json(&stored)
}

pub(super) fn tally_value(counts: &std::collections::BTreeMap<Token, u64>) -> Box<str> {
    json(counts)
}

pub(super) fn json(value: &impl Serialize) -> Box<str> {
    serde_json::to_string(value).expect("texts and numbers").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip_as_text() {
        let room = || RoomName::new("大厅 1").unwrap();
        let keys = [
            Key::Person(UserId(0xab)),
            Key::Given(room(), UserId(7)),
            Key::Received(room(), UserId(7)),
            Key::Poll(room(), 2),
            Key::Vote(room(), 2, UserId(7)),
            Key::Question(room(), 9),
            Key::Upvote(room(), 9, UserId(7)),
            Key::Pin(room()),
            Key::Tally(room()),
            Key::Value(room(), ValueKey::new("a.b-c_d=1").unwrap()),
            Key::Revision(room()),
            Key::Code(OperatorId(3)),
            Key::Room(room()),
            Key::Mute(room(), UserId(1)),
            Key::Held(room(), 4),
            Key::Audit(5),
            Key::AccessRecord(UserId(6)),
            Key::FlaggedAddress(AddressTag(0xa7)),
            Key::MutedDevice(AddressTag(0xa7)),
            Key::Seats,
            Key::Words,
        ];
        for key in keys {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for bad in ["", "person", "person/x", "person/1/2", "other/1", "ledger/a/b/c"] {
            assert!(bad.parse::<Key>().is_err(), "{bad}");
        }
    }
}
