//! Types for ids and names of rooms, people, connections and entries. Names that clients choose are checked here, once, and are at most
//! `limits::ROOM_NAME_CHARS` or `limits::USER_NAME_CHARS` long.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::names;
use crate::limits;

/// Identifies a connection: a Socket.IO socket of one namespace, a WebSocket, an SSE stream or a polling lease. Made by the server, never
/// reused while the process runs, never shown to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// Identifies a person across connections. Shown to clients as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub u64);

/// A room's number inside this process. Never reused while the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub u32);

/// Number of an entry in its room: 1, 2, 3 … without gaps within one [`Epoch`]. 0 is the position before the first entry.
pub type Seq = u64;

/// Identifies one unbroken run of a room's log. A new epoch usually starts its sequence numbers anew. Shown to clients as hexadecimal text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

macro_rules! hex_text {
    ($type:ident, $format:literal) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, $format, self.0)
            }
        }

        impl FromStr for $type {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
                if !plain {
                    return Err(BadName::Characters);
                }
                u64::from_str_radix(text, 16)
                    .map($type)
                    .map_err(|_| BadName::TooLong)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

hex_text!(UserId, "{:016x}");
hex_text!(Epoch, "{:x}");

/// Why a chosen name or id is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// The name is empty after trimming white space.
    #[error("is empty")]
    Empty,
    /// The name has more characters than [`limits`] allows for its kind.
    #[error("is too long")]
    TooLong,
    /// The name has a control character, a direction override, or another character that its kind does not allow.
    #[error("has a character that is not allowed")]
    Characters,
}

fn checked(text: &str, max_chars: usize, allowed: impl Fn(&str) -> bool) -> Result<Arc<str>, BadName> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadName::Empty);
    }
    if text.chars().count() > max_chars {
        return Err(BadName::TooLong);
    }
    if text.chars().any(is_invisible_control) || !allowed(text) {
        return Err(BadName::Characters);
    }
    Ok(text.into())
}

fn as_it_is(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

fn seen(text: &str) -> Cow<'_, str> {
    Cow::Owned(names::visible(text))
}

fn is_room(text: &str) -> bool {
    let is_place = matches!(text, "." | "..");
    !is_place && !text.contains(['/', '?', '#', ',', '"', '\\', '%']) && names::visible(text) == text
}

fn is_key(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | '.'))
}

/// Control characters, and the direction marks with which a name could rearrange the text around it (Unicode UAX #9).
fn is_invisible_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

macro_rules! chosen_name {
    ($(#[$doc:meta])* $type:ident, $max:expr, $allowed:expr, $prepare:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $type(Arc<str>);

        impl $type {
            /// Trims and checks a name that a client chose.
            ///
            /// # Errors
            /// [`BadName`] gives the reason of the refusal.
            pub fn new(text: &str) -> Result<Self, BadName> {
                let prepare: fn(&str) -> Cow<'_, str> = $prepare;
                checked(&prepare(text), $max, $allowed).map(Self)
            }

            /// The checked name or id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
                Self::new(&text).map_err(D::Error::custom)
            }
        }
    };
}

chosen_name!(
    /// A room's name. It appears in URLs and namespaces, so `/`, `?`, `#`, `,`, `%`, `\\` and quotes are not allowed, nor are invisible
    /// characters, and the names `.` and `..`, which URL parsers resolve (RFC 3986, section 5.2.4).
    RoomName, limits::ROOM_NAME_CHARS, is_room, as_it_is
);
chosen_name!(
    /// A name that a person chose, without invisible characters. The hub appends a number if another connected person has a similar name.
    UserName, limits::USER_NAME_CHARS, |_| true, seen
);
chosen_name!(
    /// A message id that the sender chose, so that a repeated message is accepted only once. Unique within a sender and room.
    MsgId, limits::MSG_ID_CHARS, |text| !text.contains(char::is_whitespace), as_it_is
);
chosen_name!(
    /// The name of a gift, or the emoji of a reaction, without invisible characters.
    Token, limits::TOKEN_CHARS, |_| true, seen
);

chosen_name!(
    /// The key of a shared value: ASCII letters, digits, `-`, `_`, `=` and `.`, as in the key-value store of NATS.
    ValueKey, limits::VALUE_KEY_CHARS, is_key, as_it_is
);

impl UserName {
    /// A default name derived from the user's id; the same id always gives the same name.
    pub fn made_up(user: UserId) -> Self {
        Self::new(&format!("Guest {:04x}", user.0 & 0xffff)).expect("a guest's number is a name")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_checked() {
        assert_eq!(RoomName::new("  大厅 1 ").unwrap().as_str(), "大厅 1");
        assert_eq!(RoomName::new("a/b"), Err(BadName::Characters));
        assert_eq!(RoomName::new(" \t"), Err(BadName::Empty));
        assert_eq!(UserName::new("evil\u{202e}name").unwrap().as_str(), "evilname");
        assert_eq!(UserName::new("\u{3164}\u{2800} "), Err(BadName::Empty));
        for bad in [
            "evil\u{202e}name",
            "ha\u{200b}ll",
            "hall\u{3164}",
            "\u{2800}",
            "h\u{ad}all",
            ".",
            "..",
        ] {
            assert_eq!(RoomName::new(bad), Err(BadName::Characters), "{bad:?}");
        }
        for good in ["...", "v1.2", "👩\u{200d}👩\u{200d}👧", "می\u{200c}خواهم"] {
            assert_eq!(RoomName::new(good).unwrap().as_str(), good);
        }
        assert_eq!(Token::new("❤\u{fe0f}\u{200b}").unwrap().as_str(), "❤\u{fe0f}");
        assert_eq!(Token::new("\u{200b}\u{3164}"), Err(BadName::Empty));
        let long = "é".repeat(limits::USER_NAME_CHARS + 1);
        assert_eq!(UserName::new(&long), Err(BadName::TooLong));
    }

    #[test]
    fn ids_round_trip_as_text() {
        let user = UserId(0xab);
        assert_eq!(user.to_string(), "00000000000000ab");
        assert_eq!(user.to_string().parse(), Ok(user));
        assert_eq!("+1".parse::<UserId>(), Err(BadName::Characters));
        assert_eq!("11111111111111111".parse::<Epoch>(), Err(BadName::TooLong));
    }
}
