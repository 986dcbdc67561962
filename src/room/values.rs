//! The values that programs share in a room: bounded JSON values under keys, each with a revision. Plain data; at most
//! [`crate::limits::VALUES`] values of [`crate::limits::VALUE_BYTES`].

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::value::RawValue;

use super::{RoomName, UserId, ValueKey};

/// The revision of a client that has none of a room's values yet.
pub const UNSEEN: u64 = u64::MAX;

/// The people who may change a value. Operators and staff may always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Writers {
    /// All people in the room.
    #[default]
    Anyone,
    /// The person who made the key.
    Owner,
    /// Moderators and the organizer.
    Moderators,
}

impl Writers {
    fn is_anyone(&self) -> bool {
        *self == Self::Anyone
    }
}

/// A request to set or remove a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetValue {
    /// The key to change.
    pub key: ValueKey,
    /// The new value as JSON; `None` removes the key.
    pub value: Option<Box<str>>,
    /// All texts in the value, for the word list and the link filter.
    pub texts: Box<str>,
    /// The revision that the key must have, 0 for a key that does not exist; `None` for no condition.
    pub expected: Option<u64>,
    /// The people who may change the value from now on; `None` leaves that as it is.
    pub write: Option<Writers>,
}

/// A value that programs share, as clients get it and as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedValue {
    /// The value as JSON.
    #[serde(serialize_with = "as_json", deserialize_with = "from_json")]
    pub value: Box<str>,
    /// Number of the change that made the value, unique and increasing in the room.
    pub revision: u64,
    /// The revision that this change replaced; 0 if the key was new.
    pub before: u64,
    /// The person who made the key.
    pub owner: UserId,
    /// The person who changed the value last.
    pub by: UserId,
    /// The people who may change the value.
    #[serde(default, skip_serializing_if = "Writers::is_anyone")]
    pub write: Writers,
}

fn as_json<S: Serializer>(value: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let raw: &RawValue = serde_json::from_str(value).map_err(S::Error::custom)?;
    raw.serialize(serializer)
}

fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<str>, D::Error> {
    let raw: &RawValue = Deserialize::deserialize(deserializer).map_err(D::Error::custom)?;
    Ok(raw.get().into())
}

/// All shared values of a room at one revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SharedValues {
    /// Name of the room.
    pub room: RoomName,
    /// The newest revision in the room, including removals; 0 before the first change.
    pub revision: u64,
    /// The values by key.
    pub values: BTreeMap<ValueKey, Arc<SharedValue>>,
}

impl SharedValues {
    /// A room without values.
    pub fn none(room: RoomName) -> Self {
        Self {
            room,
            revision: 0,
            values: BTreeMap::new(),
        }
    }

    /// The values that differ from those at an earlier revision; `None` for removed keys.
    pub fn since<'a>(&'a self, before: &'a Self) -> BTreeMap<&'a ValueKey, Option<&'a SharedValue>> {
        let removed = before.values.keys().filter(|key| !self.values.contains_key(*key));
        let changed = self.values.iter().filter(|(_, value)| value.revision > before.revision);
        let removed = removed.map(|key| (key, None));
        removed
            .chain(changed.map(|(key, value)| (key, Some(&**value))))
            .collect()
    }

    /// Estimated size in memory, in bytes.
    pub fn bytes(&self) -> usize {
        const ROW: usize = 256;
        self.values.values().map(|value| value.value.len() + ROW).sum()
    }
}

/// A broadcast of a room's shared values: as they are now, and as the broadcast before had them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuesChange {
    /// The values at the broadcast before.
    pub before: Arc<SharedValues>,
    /// The values now.
    pub now: Arc<SharedValues>,
}
