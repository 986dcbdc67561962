//! JSON text, written straight into a buffer.

use serde::Serialize;

/// Writes a value whose writing can't fail: texts, numbers and structs of them.
pub(super) fn put(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    serde_json::to_writer(out, value).expect("texts, numbers and structs of them always have a JSON form");
}

/// `["name",value]`
pub(super) fn put_event(out: &mut Vec<u8>, name: &str, value: &impl Serialize) {
    put(out, &(name, value));
}

/// Another last argument for an event's array.
pub(super) fn put_behind(out: &mut Vec<u8>, argument: &str) {
    let end = out.pop();
    debug_assert_eq!(end, Some(b']'), "an array");
    out.push(b',');
    put(out, argument);
    out.push(b']');
}
