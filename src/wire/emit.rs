//! An event in JSON, taken apart for a library that wants its name and its arguments.

use serde::{Serialize, Serializer, ser::SerializeTuple};
use serde_json::value::RawValue;

/// The arguments of one event. Serializes as a tuple, which `socketioxide` spreads over the packet; a list would become
/// one argument. The JSON of each passes through untouched.
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

/// Takes apart what was encoded as [`super::Format::Json`] by this module: name and arguments. `None` for anything else.
pub fn split_event(json: &[u8]) -> Option<(&str, EmitArgs<'_>)> {
    let text = std::str::from_utf8(json).ok()?;
    let mut items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    if items.is_empty() {
        return None;
    }
    let name = serde_json::from_str(items.remove(0).get()).ok()?;
    Some((name, EmitArgs(items)))
}
