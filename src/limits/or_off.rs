//! A configurable limit that is a number, or `off` for no limit.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Number(u32),
    Switch(bool),
    Word(String),
}

pub(super) fn serialize<S: Serializer>(cap: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
    match *cap {
        Some(number) => Value::Number(number),
        None => Value::Word("off".to_owned()),
    }
    .serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match Value::deserialize(deserializer) {
        Ok(Value::Number(number)) => Ok(Some(number)),
        Ok(Value::Switch(false)) => Ok(None),
        Ok(Value::Word(word)) if word == "off" => Ok(None),
        Ok(Value::Switch(_) | Value::Word(_)) | Err(_) => Err(D::Error::custom("expected a whole number, or off")),
    }
}
