//! Writes JSON text directly into a buffer, without a tree of values in between. Nothing grows beyond the caller's buffer.

use serde::Serialize;

/// Writes a value that serializes without errors: texts, numbers, and structs of them.
pub(super) fn put(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    serde_json::to_writer(out, value).expect("texts, numbers and structs of them always have a JSON form");
}

/// Writes the event array `["name",value]`.
pub(super) fn put_event(out: &mut Vec<u8>, name: &str, value: &impl Serialize) {
    put(out, &(name, value));
}

/// Appends another last argument to an event's array.
pub(super) fn put_behind(out: &mut Vec<u8>, argument: &str) {
    let end = out.pop();
    debug_assert_eq!(end, Some(b']'), "an array");
    out.push(b',');
    put(out, argument);
    out.push(b']');
}
