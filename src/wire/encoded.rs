//! An entry with its bytes in every format that somebody has asked for.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{
    format::{Around, Format},
    json,
};
use crate::room::{Entry, Logged, Seq, UserId};

/// A log entry that encodes itself once for each format, when the first member of that format needs it. All members
/// get the same bytes; nothing is copied for any of them.
#[derive(Debug)]
pub struct Encoded {
    entry: Arc<Entry>,
    bytes: [OnceLock<Bytes>; Format::COUNT],
}

impl Encoded {
    /// Encodes nothing yet.
    pub fn new(entry: Arc<Entry>) -> Self {
        Self {
            entry,
            bytes: Default::default(),
        }
    }

    /// What is encoded.
    pub fn entry(&self) -> &Arc<Entry> {
        &self.entry
    }

    /// The event in a format. The first call writes the JSON; its bytes then serve [`Format::Json`] as a part of the
    /// same buffer, and are copied into the other formats.
    pub fn bytes(&self, format: Format) -> &Bytes {
        self.slot(format).get_or_init(|| self.encode(format))
    }

    fn slot(&self, format: Format) -> &OnceLock<Bytes> {
        &self.bytes[format as usize]
    }

    fn encode(&self, format: Format) -> Bytes {
        let entry = &*self.entry;
        let around = Around {
            room: Some(&entry.room),
            ack: None,
            place: Some((entry.epoch, entry.seq)),
        };
        if format != Format::Json
            && let Some(json) = self.slot(Format::Json).get()
        {
            return around.pack(format, json.len(), |out| out.extend_from_slice(json)).bytes;
        }
        let packed = around.pack(format, json::entry_size(entry), |out| json::put_entry(out, entry));
        if format != Format::Json
            && let Some(json) = packed.json
        {
            // Another worker may have been first; its JSON is the same.
            let _ = self.slot(Format::Json).set(json);
        }
        packed.bytes
    }
}

impl Logged for Encoded {
    fn seq(&self) -> Seq {
        self.entry.seq
    }
    fn weight(&self) -> usize {
        self.entry.weight()
    }
    fn is_control(&self) -> bool {
        self.entry.is_control()
    }
    fn skip(&self) -> Option<UserId> {
        self.entry.skip
    }
}
