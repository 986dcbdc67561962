//! What outlives the process besides the entries: named values, and what a store gives back at the start.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Accepted, AddressTag, BadName, Entry, Epoch, MsgId, OfficerId, Resume, RoomName, Seq, Settings, Token, UserId,
    UserName,
};

/// Names one kept value. Its text form, parts joined by `/`, stands in the store; no part has a `/` in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `person/<id>`: a [`KeptPerson`].
    Person(UserId),
    /// `ledger/<room>/<id>`: how many gifts that person has given there.
    Ledger(RoomName, UserId),
    /// `received/<room>/<id>`: how many gifts that person was given there.
    Received(RoomName, UserId),
    /// `poll/<room>/<number>`: a poll without its votes.
    Poll(RoomName, u32),
    /// `vote/<room>/<poll>/<id>`: what that person has chosen, the numbers of choices.
    Vote(RoomName, u32, UserId),
    /// `question/<room>/<number>`: a question of the audience, by the number of its entry.
    Question(RoomName, Seq),
    /// `upvote/<room>/<question>/<id>`: that person wants to know, too.
    Upvote(RoomName, Seq, UserId),
    /// `pin/<room>`: what is pinned.
    Pin(RoomName),
    /// `tally/<room>`: how often each reaction was given there, by emoji.
    Tally(RoomName),
    /// `room/<name>`: how it is run, a [`KeptRoom`].
    Room(RoomName),
    /// `mute/<room>/<id>`: for how many milliseconds that person may only read; a process that goes on begins with all of it.
    Mute(RoomName, UserId),
    /// `held/<room>/<number>`: what waits to be approved; null for the newest number if that waits no more.
    Held(RoomName, u64),
    /// `standing/<id>`: whether somebody was sent away, let in, has a badge or a seat.
    Standing(UserId),
    /// `mark/<address>`: somebody from there was sent away.
    Mark(AddressTag),
    /// `seats`: how many there are.
    Seats,
    /// `words`: the list of words.
    Words,
    /// `audit/<number>`: an order that was obeyed.
    Audit(u64),
    /// `code/<number>`: whose code that is, and whether it is still worth something.
    Code(OfficerId),
}

impl Key {
    /// The room that the value goes with: it is forgotten together with the room.
    pub fn room(&self) -> Option<&RoomName> {
        match self {
            Self::Person(_)
            | Self::Code(_)
            | Self::Audit(_)
            | Self::Standing(_)
            | Self::Mark(_)
            | Self::Seats
            | Self::Words => None,
            Self::Ledger(room, _)
            | Self::Received(room, _)
            | Self::Poll(room, _)
            | Self::Vote(room, ..)
            | Self::Question(room, _)
            | Self::Upvote(room, ..)
            | Self::Pin(room)
            | Self::Tally(room)
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
            Self::Ledger(room, user) => write!(f, "ledger/{room}/{user}"),
            Self::Received(room, user) => write!(f, "received/{room}/{user}"),
            Self::Poll(room, poll) => write!(f, "poll/{room}/{poll}"),
            Self::Vote(room, poll, user) => write!(f, "vote/{room}/{poll}/{user}"),
            Self::Question(room, question) => write!(f, "question/{room}/{question}"),
            Self::Upvote(room, question, user) => write!(f, "upvote/{room}/{question}/{user}"),
            Self::Pin(room) => write!(f, "pin/{room}"),
            Self::Tally(room) => write!(f, "tally/{room}"),
            Self::Room(room) => write!(f, "room/{room}"),
            Self::Mute(room, user) => write!(f, "mute/{room}/{user}"),
            Self::Held(room, number) => write!(f, "held/{room}/{number}"),
            Self::Standing(user) => write!(f, "standing/{user}"),
            Self::Mark(address) => write!(f, "mark/{:x}", address.0),
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
            ["ledger", room, user] => Ok(Self::Ledger(RoomName::new(room)?, user.parse()?)),
            ["received", room, user] => Ok(Self::Received(RoomName::new(room)?, user.parse()?)),
            ["poll", room, n] => Ok(Self::Poll(RoomName::new(room)?, number(n)?)),
            ["vote", room, n, user] => Ok(Self::Vote(RoomName::new(room)?, number(n)?, user.parse()?)),
            ["question", room, n] => Ok(Self::Question(RoomName::new(room)?, number(n)?)),
            ["upvote", room, n, user] => Ok(Self::Upvote(RoomName::new(room)?, number(n)?, user.parse()?)),
            ["pin", room] => Ok(Self::Pin(RoomName::new(room)?)),
            ["tally", room] => Ok(Self::Tally(RoomName::new(room)?)),
            ["room", room] => Ok(Self::Room(RoomName::new(room)?)),
            ["mute", room, user] => Ok(Self::Mute(RoomName::new(room)?, user.parse()?)),
            ["held", room, n] => Ok(Self::Held(RoomName::new(room)?, number(n)?)),
            ["standing", user] => Ok(Self::Standing(user.parse()?)),
            ["mark", address] => Ok(Self::Mark(AddressTag(
                u64::from_str_radix(address, 16).map_err(|_| BadName::Characters)?,
            ))),
            ["seats"] => Ok(Self::Seats),
            ["words"] => Ok(Self::Words),
            ["audit", n] => Ok(Self::Audit(number(n)?)),
            ["code", n] => Ok(Self::Code(OfficerId(number(n)?))),
            _ => Err(BadName::Characters),
        }
    }
}

fn number<N: FromStr>(text: &str) -> Result<N, BadName> {
    text.parse().map_err(|_| BadName::Characters)
}

/// The value of [`Key::Room`]: there while a room is run otherwise than by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptRoom {
    /// How it is run.
    pub settings: Settings,
    /// Who was here before it was locked, or newcomers had to wait.
    pub familiar: Vec<UserId>,
    /// Newcomers who had to wait and were here when it was locked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stayed: Vec<UserId>,
}

/// The value of [`Key::Person`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPerson {
    /// What they are called.
    pub name: String,
}

/// A room's life, and the ones that it goes on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lives {
    /// The one that numbers count in now.
    pub epoch: Epoch,
    /// Those before, and up to which number this one has the same entries.
    pub before: Arc<[(Epoch, Seq)]>,
}

impl Lives {
    /// The first life of a room.
    pub fn first(epoch: Epoch) -> Self {
        let before = Arc::new([]);
        Self { epoch, before }
    }

    /// Where somebody goes on who has the entries up to `resume`, in a log whose newest entry is `head`; none if that place is
    /// not one of this log.
    pub fn place(&self, resume: Resume, head: Seq) -> Option<Seq> {
        let current = std::iter::once((self.epoch, head));
        let mut all = current.chain(self.before.iter().copied());
        let shared = all.find(|(epoch, _)| *epoch == resume.epoch)?.1;
        (resume.since <= shared).then_some(resume.since)
    }
}

/// What a store has kept.
#[derive(Clone, Debug, Default)]
pub struct Restored {
    /// Rooms with their logs, the one used last at the end; at most [`crate::limits::ROOMS`].
    pub rooms: Vec<RestoredRoom>,
    /// All kept values. What the hub can't read is passed over.
    pub kept: Vec<(Key, Box<str>)>,
}

/// A room as a store has kept it.
#[derive(Clone, Debug)]
pub struct RestoredRoom {
    /// Its name.
    pub name: RoomName,
    /// Its life: the same as before if nothing that was said can be missing, else a new one that goes on from it.
    pub lives: Lives,
    /// The number of its newest entry.
    pub head: Seq,
    /// The number of the oldest entry that the store has; `head + 1` if none.
    pub oldest: Seq,
    /// The newest entries, without holes up to `head`, oldest first; all of this life.
    pub entries: Vec<Arc<Entry>>,
    /// The newest control entries before those, oldest first.
    pub controls: Vec<Arc<Entry>>,
    /// Ids of entries before those, oldest first.
    pub accepted: Vec<(UserId, MsgId, Accepted)>,
}

impl RestoredRoom {
    /// Goes on in another life.
    pub fn enter(&mut self, lives: Lives) {
        self.lives = lives;
        let epoch = self.lives.epoch;
        for entry in self.entries.iter_mut().chain(&mut self.controls) {
            Arc::make_mut(entry).epoch = epoch;
        }
    }
}

pub(super) fn person_value(name: &UserName) -> Box<str> {
    let kept = KeptPerson {
        name: name.as_str().to_owned(),
    };
    json(&kept)
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
            Key::Ledger(room(), UserId(7)),
            Key::Received(room(), UserId(7)),
            Key::Poll(room(), 2),
            Key::Vote(room(), 2, UserId(7)),
            Key::Question(room(), 9),
            Key::Upvote(room(), 9, UserId(7)),
            Key::Pin(room()),
            Key::Tally(room()),
            Key::Code(OfficerId(3)),
            Key::Room(room()),
            Key::Mute(room(), UserId(1)),
            Key::Held(room(), 4),
            Key::Audit(5),
            Key::Standing(UserId(6)),
            Key::Mark(AddressTag(0xa7)),
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
