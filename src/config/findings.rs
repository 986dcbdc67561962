//! Collects the problems of a configuration, each with the file and line (or flag, or variable) of its key.

use std::collections::BTreeMap;

use super::error::{Origin, Problem};
use crate::room::RoomName;

/// The problems of a configuration that were found so far, and the origin (file and line, variable, or flag) of each key.
pub(super) struct Findings<'a> {
    pub(super) origins: &'a BTreeMap<String, Origin>,
    pub(super) problems: Vec<Problem>,
}

impl Findings<'_> {
    /// Returns the value if valid; otherwise adds a problem and returns `None`.
    pub(super) fn keep<T>(&mut self, key: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|what| self.add(key, format!("{key}: {what}"))).ok()
    }

    /// Adds a problem, with the file and line (or flag, or variable) of its key.
    pub(super) fn add(&mut self, key: &str, what: String) {
        let origin = self.origins.get(key).unwrap_or(&Origin::Default);
        self.problems.push(Problem::new(origin, what));
    }

    /// Like [`Self::keep`], for a key of a section. If the key is missing, the problem gets the line of the section.
    pub(super) fn keep_of<T>(&mut self, section: &str, name: &str, result: Result<T, String>) -> Option<T> {
        let key = format!("{section}.{name}");
        let place = if self.origins.contains_key(&key) { &key } else { section };
        result.map_err(|what| self.add(place, format!("{key}: {what}"))).ok()
    }
}

/// Parses a room's name.
///
/// # Errors
/// The reason why the text is not a valid name.
pub(super) fn room_name(text: &str) -> Result<RoomName, String> {
    RoomName::new(text).map_err(|error| format!("{text:?} {error}"))
}

/// Parses a list of room names, and removes duplicates.
///
/// # Errors
/// The reason why an entry is not a valid name.
pub(super) fn room_names<'a>(list: impl IntoIterator<Item = &'a String>) -> Result<Vec<RoomName>, String> {
    let mut rooms = Vec::new();
    for text in list {
        let room = room_name(text)?;
        if !rooms.contains(&room) {
            rooms.push(room);
        }
    }
    Ok(rooms)
}
