//! What a client brings along when it connects.

use serde_json::Value;

use super::value::{bad, resume_parts, room_name, user_name};
use crate::{
    limits,
    room::{Code, Epoch, Refusal, Resume, RoomName, Seq, UserName},
};

/// The parameters of a handshake: from Socket.IO's `auth` object, or from a URL's query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// What brings an identity back; not verified here.
    pub token: Option<String>,
    /// What to be called.
    pub name: Option<UserName>,
    /// Which room to join.
    pub room: Option<RoomName>,
    /// Where to go on in that room.
    pub resume: Option<Resume>,
    /// A seat's code; not verified here.
    pub seat: Option<String>,
}

impl Hello {
    /// Reads an `auth` object. Anything but an object counts as none; keys that are not ours are the application's own.
    ///
    /// # Errors
    /// Which parameter is wrong, and how.
    pub fn from_auth(auth: &Value) -> Result<Self, Refusal> {
        Self::read(|key| match auth.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(bad(format!("`{key}` expects a text"))),
        })
    }

    /// Reads the pairs of a query, percent-decoded. Of a key that is there twice the first counts.
    ///
    /// # Errors
    /// Which parameter is wrong, and how.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> Result<Self, Refusal> {
        Self::read(|key| {
            let pair = pairs.iter().find(|(name, _)| name.as_ref() == key);
            Ok(pair.map(|(_, value)| value.as_ref().to_owned()))
        })
    }

    /// Takes from `other` what is not given here: query parameters beside an `auth` object.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        // A place to go on from belongs to the room that it was given with.
        let resume = if self.room.is_some() {
            self.resume
        } else {
            self.resume.or(other.resume)
        };
        Self {
            token: self.token.or(other.token),
            name: self.name.or(other.name),
            room: self.room.or(other.room),
            seat: self.seat.or(other.seat),
            resume,
        }
    }

    fn read(text: impl Fn(&str) -> Result<Option<String>, Refusal>) -> Result<Self, Refusal> {
        let given = |key| Ok(text(key)?.filter(|text| !text.trim().is_empty()));
        let token: Option<String> = given("token")?;
        if token.as_ref().is_some_and(|token| token.len() > limits::IDENTITY_BYTES) {
            return Err(Refusal::new(
                Code::TooLong,
                "`token` is longer than any that the server gave",
            ));
        }
        Ok(Self {
            token,
            name: given("name")?.map(|name| user_name(&name)).transpose()?,
            room: given("room")?.map(|room| room_name(&room)).transpose()?,
            seat: given("seat")?,
            resume: match (given("epoch")?, given("since")?) {
                (Some(epoch), Some(since)) => Some(resume_parts(&epoch, &since)?),
                (None, Some(since)) => Some(decode_resume(&since)?),
                (None, None) => None,
                (Some(_), None) => return Err(bad("`epoch` goes together with `since`")),
            },
        })
    }
}

/// Reads `epoch:seq`, as in `Last-Event-ID` and `since`.
///
/// # Errors
/// It is something else.
pub fn decode_resume(text: &str) -> Result<Resume, Refusal> {
    match text.trim().split_once(':') {
        Some((epoch, since)) => resume_parts(epoch, since),
        None => Err(bad("a place in a room is written `epoch:seq`")),
    }
}

/// Writes what [`decode_resume`] reads.
pub fn resume_text(epoch: Epoch, seq: Seq) -> String {
    format!("{epoch}:{seq}")
}
