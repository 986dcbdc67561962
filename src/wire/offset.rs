//! The offset of connection state recovery: a position in a room, which stock Socket.IO clients store and send back unread.
//!
//! socket.io-client 4.6 and newer (`lib/socket.ts`, `emitEvent`) keep the last argument of an event if it is a text, and send it as
//! `auth.offset` when they reconnect. Only entries, gaps and `place` end with one.

use crate::room::{Epoch, Resume, RoomName, Seq};

/// Text of the offset of a client that has left its room.
const NOWHERE: &str = "-";

/// A position: `epoch:seq:room`, with the newest answered message as in `epoch:seq.answered:room`, or `-` in no room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offset {
    /// The client is in no room.
    Nowhere,
    /// The client is in a room.
    Inside {
        /// The room; `None` if the offset does not name one.
        room: Option<RoomName>,
        /// The position of the last entry that the client has.
        resume: Resume,
        /// Number of the client's own newest entry whose answer it received; 0 if unknown.
        answered: Seq,
    },
}

impl Offset {
    /// Parses the offset that a client sent; `None` if it is not one of this server's.
    pub fn read(text: &str) -> Option<Self> {
        if text == NOWHERE {
            return Some(Self::Nowhere);
        }
        let (epoch, rest) = text.split_once(':')?;
        let (place, room) = match rest.split_once(':') {
            Some((place, room)) => (place, Some(RoomName::new(room).ok()?)),
            None => (rest, None),
        };
        let (since, answered) = match place.split_once('.') {
            Some((since, answered)) => (since, answered.parse().ok()?),
            None => (place, 0),
        };
        Some(Self::Inside {
            room,
            resume: Resume {
                epoch: epoch.parse().ok()?,
                since: since.parse().ok()?,
            },
            answered,
        })
    }
}

/// The offset text for an event: the room and position in `place`, or `-` for a client that is in no room (`None`).
pub(super) fn offset_text(place: Option<(&RoomName, Epoch, Seq)>, answered: Option<Seq>) -> String {
    match (place, answered) {
        (None, _) => NOWHERE.to_owned(),
        (Some((room, epoch, seq)), None) => format!("{epoch}:{seq}:{room}"),
        (Some((room, epoch, seq)), Some(answered)) => format!("{epoch}:{seq}.{answered}:{room}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_as_they_were_written() {
        for name in ["hall", "大厅: 1.5"] {
            let room = RoomName::new(name).unwrap();
            for answered in [None, Some(4)] {
                let text = offset_text(Some((&room, Epoch(0x1f6b), 7)), answered);
                let expected = Offset::Inside {
                    room: Some(room.clone()),
                    resume: Resume {
                        epoch: Epoch(0x1f6b),
                        since: 7,
                    },
                    answered: answered.unwrap_or(0),
                };
                assert_eq!(Offset::read(&text), Some(expected), "{text}");
            }
        }
        assert_eq!(Offset::read(&offset_text(None, Some(3))), Some(Offset::Nowhere));
    }

    #[test]
    fn a_bare_place_names_no_room_and_anything_else_is_none() {
        assert!(matches!(
            Offset::read("ab:0"),
            Some(Offset::Inside {
                room: None,
                resume: Resume { since: 0, .. },
                answered: 0
            })
        ));
        let long = format!("ab:1:{}", "x".repeat(1000));
        for text in [
            "",
            ":",
            "-:",
            "ab",
            "ab:",
            ":1",
            "ab:-1",
            "ab:1.",
            "ab:1.x:hall",
            "ab:1:",
            "zz:1:hall",
            "ab:1:a/b",
            "ab:99999999999999999999:hall",
            "11111111111111111:1:hall",
            &long,
        ] {
            assert_eq!(Offset::read(text), None, "{text}");
        }
    }
}
