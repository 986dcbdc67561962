//! Connection state recovery, as stock clients from socket.io-client 4.6 on speak it (`lib/socket.ts`, `_sendConnectPacket`,
//! `onconnect`): they send the `pid` of the last CONNECT answer and the last offset beside the application's own `auth`, and are
//! recovered if the same `pid` comes back.
//!
//! The `pid` is `<token>.<room>.<name>.<turn>`. The token is the identity, so it works after a restart of the server as well. `room` and
//! `name` are hashes of the application's parameters: repeated parameters must not undo a later change of room or name. `turn` is 0 or 1,
//! and differs from the client's own if entries were missed.

use serde_json::Value as Json;

use crate::{
    limits,
    room::{Resume, RoomName, Seq, UserId, UserName},
    transport::identity::Identities,
    wire::{Hello, Offset},
};

/// A parsed `pid`, the session id that stock clients send back to recover a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pid {
    /// The user identified by the token.
    pub user: UserId,
    asked: u32,
    named: u32,
    turn: bool,
}

impl Pid {
    /// A `pid` for a client with these parameters. It differs from `sent`, the one that the client sent (`None` if it sent none).
    pub fn new(user: UserId, hello: &Hello, sent: Option<Self>) -> Self {
        Self {
            user,
            asked: fingerprint(hello.room.as_ref().map(RoomName::as_str)),
            named: fingerprint(hello.name.as_ref().map(UserName::as_str)),
            turn: sent.is_some_and(|sent| !sent.turn),
        }
    }

    /// Parses a `pid`; `None` if it is invalid.
    pub fn read(text: &str, identities: &Identities) -> Option<Self> {
        if text.len() > limits::IDENTITY_BYTES {
            return None;
        }
        let (rest, turn) = text.rsplit_once('.')?;
        let (rest, named) = rest.rsplit_once('.')?;
        let (token, asked) = rest.rsplit_once('.')?;
        Some(Self {
            user: identities.verify(token)?,
            asked: u32::from_str_radix(asked, 16).ok()?,
            named: u32::from_str_radix(named, 16).ok()?,
            turn: match turn {
                "0" => false,
                "1" => true,
                _ => return None,
            },
        })
    }

    /// The text form that [`Pid::read`] parses.
    pub fn text(self, identities: &Identities) -> String {
        let token = identities.token(self.user);
        format!("{token}.{:08x}.{:08x}.{}", self.asked, self.named, u8::from(self.turn))
    }

    /// Whether the client sends the same name as when the `pid` was made.
    pub fn has_name_of(self, hello: &Hello) -> bool {
        self.named == Self::new(self.user, hello, None).named
    }
}

/// A 32-bit FNV-1a hash; a collision harms only the client itself.
fn fingerprint(asked: Option<&str>) -> u32 {
    let bytes = asked.unwrap_or_default().bytes();
    bytes.fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// A client's recovery parameters, which its library sends beside the application's own.
#[derive(Debug, Default)]
pub struct Claim {
    /// The client's `pid`, if valid.
    pub pid: Option<Pid>,
    offset: Option<Offset>,
}

impl Claim {
    /// Reads an `auth` object. Invalid or forged parameters are ignored.
    pub fn read(auth: &Json, identities: &Identities) -> Self {
        let text = |key| auth.get(key).and_then(Json::as_str);
        Self {
            pid: text("pid").and_then(|pid| Pid::read(pid, identities)),
            offset: text("offset").and_then(Offset::read),
        }
    }

    /// The claim if it belongs to `user`, otherwise an empty claim.
    pub fn of(self, user: UserId) -> Self {
        if self.pid.is_none_or(|pid| pid.user == user) {
            return self;
        }
        Self::default()
    }

    /// The room and position for a client with these parameters: those of a recovered client, or else the requested or default room.
    pub fn start(&self, hello: &Hello, namespace: Option<&RoomName>, default_room: &RoomName) -> Start {
        let asked = namespace.or(hello.room.as_ref());
        let fallback = Start {
            room: Some(asked.unwrap_or(default_room).clone()),
            resume: hello.resume,
            answered: 0,
        };
        let (Some(pid), Some(offset), None) = (self.pid, &self.offset, hello.resume) else {
            return fallback;
        };
        let unchanged = pid.asked == Pid::new(pid.user, hello, None).asked;
        match offset {
            Offset::Nowhere if unchanged => Start::default(),
            Offset::Nowhere => fallback,
            Offset::Inside { room, resume, answered } => {
                let room = room.as_ref().unwrap_or(asked.unwrap_or(default_room));
                let follows = match namespace {
                    Some(namespace) => namespace == room,
                    None => unchanged || hello.room.as_ref() == Some(room),
                };
                if !follows {
                    return fallback;
                }
                Start {
                    room: Some(room.clone()),
                    resume: Some(*resume),
                    answered: *answered,
                }
            }
        }
    }
}

/// Start of an admitted client: the room to join, its position there, and its newest answered entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The room to join at once; `None` if the client had left its room.
    pub room: Option<RoomName>,
    /// The client's position in that room.
    pub resume: Option<Resume>,
    /// Number of the client's own newest entry whose answer it received.
    pub answered: Seq,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::room::Epoch;

    fn room(name: &str) -> RoomName {
        RoomName::new(name).unwrap()
    }

    fn identities() -> Identities {
        Identities::new([7; 32])
    }

    fn claim(pid: Pid, offset: &str) -> Claim {
        Claim::read(
            &json!({ "pid": pid.text(&identities()), "offset": offset }),
            &identities(),
        )
    }

    fn hello(auth: &Json) -> Hello {
        Hello::from_auth(auth).unwrap()
    }

    #[test]
    fn a_pid_identifies_its_user_and_a_forged_one_none() {
        let pid = Pid::new(UserId(0xab), &hello(&json!({ "room": "hall" })), None);
        let text = pid.text(&identities());
        assert!(text.len() <= limits::IDENTITY_BYTES);
        assert_eq!(Pid::read(&text, &identities()), Some(pid));
        assert_eq!(Pid::read(&text, &Identities::new([8; 32])), None, "another key");
        let token_end = text.find('.').unwrap() + 33;
        for at in 0..token_end {
            let mut other = text.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(Pid::read(&other, &identities()), None, "{other}");
        }
        let token = identities().token(UserId(0xab));
        for bad in [
            "",
            ".",
            "..",
            &token,
            &format!("{token}.0.0"),
            &format!("{token}.0.0.2"),
            &text.repeat(10),
        ] {
            assert_eq!(Pid::read(bad, &identities()), None, "{bad}");
        }
    }

    #[test]
    fn a_new_pid_is_not_the_one_that_was_sent() {
        let nothing = Hello::default();
        let first = Pid::new(UserId(1), &nothing, None);
        let second = Pid::new(UserId(1), &nothing, Some(first));
        let third = Pid::new(UserId(1), &nothing, Some(second));
        assert_ne!(first, second);
        assert_ne!(second, third);
    }

    #[test]
    fn the_room_joined_last_wins_unless_the_application_asks_for_another_or_resumes_itself() {
        let main = room("main");
        let place = Resume {
            epoch: Epoch(0xab),
            since: 7,
        };
        let start = |asked: Option<&str>, auth: &Json, namespace: Option<&str>, offset: &str| {
            let before = Hello {
                room: asked.map(room),
                ..Hello::default()
            };
            let pid = Pid::new(UserId(1), &before, None);
            let start = claim(pid, offset).start(&hello(auth), namespace.map(room).as_ref(), &main);
            (start.room.map(|room| room.to_string()), start.resume, start.answered)
        };
        let at = |name: &str| (Some(name.to_owned()), Some(place), 0);
        let fresh = |name: &str| (Some(name.to_owned()), None, 0);
        let hall = json!({ "room": "hall" });
        assert_eq!(start(Some("hall"), &hall, None, "ab:7:side"), at("side"));
        assert_eq!(start(None, &json!({}), None, "ab:7:side"), at("side"));
        assert_eq!(start(Some("side"), &hall, None, "ab:7:side"), fresh("hall"));
        assert_eq!(
            start(None, &hall, None, "ab:7:hall"),
            at("hall"),
            "a function that follows"
        );
        assert_eq!(start(Some("hall"), &hall, None, "ab:7"), at("hall"), "no room named");
        assert_eq!(start(None, &json!({}), None, "ab:7"), at("main"));
        assert_eq!(start(Some("hall"), &hall, None, "-"), (None, None, 0));
        assert_eq!(start(None, &hall, None, "-"), fresh("hall"));
        assert_eq!(start(None, &json!({}), Some("vip"), "ab:7:vip"), at("vip"));
        assert_eq!(start(None, &json!({}), Some("vip"), "ab:7:side"), fresh("vip"));
        assert_eq!(start(None, &json!({}), None, "ab:7.5:side").2, 5);
        assert_eq!(start(Some("hall"), &hall, None, "rubbish"), fresh("hall"));
        let own = json!({ "room": "hall", "since": "cd:3" });
        let (name, resume, _) = start(Some("hall"), &own, None, "ab:7:side");
        assert_eq!((name.as_deref(), resume.map(|it| it.since)), (Some("hall"), Some(3)));
    }

    #[test]
    fn an_invalid_claim_or_one_of_another_user_is_ignored() {
        for auth in [
            json!(null),
            json!([]),
            json!({ "pid": 5, "offset": {} }),
            json!({ "pid": null }),
        ] {
            let claim = Claim::read(&auth, &identities());
            assert!(claim.pid.is_none() && claim.offset.is_none());
        }
        let theirs = claim(Pid::new(UserId(1), &Hello::default(), None), "ab:7:side").of(UserId(2));
        assert!(theirs.pid.is_none() && theirs.offset.is_none());
    }
}
