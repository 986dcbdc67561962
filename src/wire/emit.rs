//! Splits an encoded event for the Socket.IO library, which takes the name and the arguments separately. It copies nothing.

use serde::{Serialize, Serializer, ser::SerializeTuple};
use serde_json::value::RawValue;

/// The arguments of one encoded event. They serialize as a tuple, which `socketioxide` expands; a list would become one argument.
/// The JSON of each argument is passed through unchanged.
#[derive(Debug)]
pub struct EmitArgs<'a>(Vec<&'a RawValue>);

impl Serialize for EmitArgs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for argument in &self.0 {
            tuple.serialize_element(argument)?;
        }
        tuple.end()
    }
}

/// Splits an event in [`super::Format::Json`] into name and arguments. `None` for any other text.
pub fn split_event(json: &[u8]) -> Option<(&str, EmitArgs<'_>)> {
    let text = std::str::from_utf8(json).ok()?;
    let mut items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    if items.is_empty() {
        return None;
    }
    let name = serde_json::from_str(items.remove(0).get()).ok()?;
    Some((name, EmitArgs(items)))
}
