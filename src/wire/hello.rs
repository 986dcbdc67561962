//! Reads the parameters that a client sends when it connects: room, name, token, code and position. Each has its length limit in `limits`.

use serde_json::Value;

use super::value::{bad, place, place_text, room_name, user_name};
use crate::{
    limits,
    room::{Code, Epoch, Refusal, Resume, RoomName, Seq, UNSEEN, UserName},
};

/// The parameters of a handshake: from Socket.IO's `auth` object, or from a URL's query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// Identity token, not verified yet.
    pub token: Option<String>,
    /// Name of the user.
    pub name: Option<UserName>,
    /// The room to join.
    pub room: Option<RoomName>,
    /// The client's position in that room.
    pub resume: Option<Resume>,
    /// Seat code (numbered personal entry code), not verified yet.
    pub seat: Option<String>,
    /// Whether the client asks for a reserved connection slot, in order to prove that it is an operator.
    pub operates: bool,
    /// Revision of the shared values that the client has; `None` if it does not watch them.
    pub watch: Option<u64>,
}

impl Hello {
    /// Reads an `auth` object; null counts as an empty object. Unknown keys belong to the application and are ignored.
    ///
    /// # Errors
    /// `auth` is not an object, or a parameter is invalid.
    pub fn from_auth(auth: &Value) -> Result<Self, Refusal> {
        if !auth.is_object() && !auth.is_null() {
            return Err(bad("`auth` expects an object"));
        }
        Self::read(|key| match auth.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(flag)) if key == "watch" => Ok(Some(flag.to_string())),
            Some(_) => Err(bad(format!("`{key}` expects a text"))),
        })
    }

    /// Reads the percent-decoded pairs of a query. If a key appears twice, the first value counts.
    ///
    /// # Errors
    /// A parameter is invalid.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> Result<Self, Refusal> {
        Self::read(|key| {
            let pair = pairs.iter().find(|(name, _)| name.as_ref() == key);
            Ok(pair.map(|(_, value)| value.as_ref().to_owned()))
        })
    }

    /// Takes missing parameters from `other`, such as query parameters that complement an `auth` object.
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
            operates: self.operates || other.operates,
            watch: self.watch.or(other.watch),
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
            operates: given("operates")?.as_deref() == Some("1"),
            watch: given("watch")?.map_or(Ok(None), |watch| watched(&watch))?,
            resume: place(given("epoch")?.as_deref(), given("since")?.as_deref())?,
        })
    }
}

/// Parses the parameter `watch`: a revision, or a flag.
fn watched(text: &str) -> Result<Option<u64>, Refusal> {
    match text {
        "true" => Ok(Some(UNSEEN)),
        "false" => Ok(None),
        revision => match revision.parse() {
            Ok(1) => Ok(Some(UNSEEN)),
            Ok(revision) => Ok(Some(revision)),
            Err(_) => Err(bad("`watch` expects 1, or the revision that you have")),
        },
    }
}

/// Parses a position `epoch:seq`, as in `Last-Event-ID` and `since`.
///
/// # Errors
/// The text has another form.
pub fn decode_resume(text: &str) -> Result<Resume, Refusal> {
    place_text(text)
}

/// Formats a position for [`decode_resume`].
pub fn resume_text(epoch: Epoch, seq: Seq) -> String {
    format!("{epoch}:{seq}")
}
