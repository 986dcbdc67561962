//! An entry with its bytes in each format that a member needs. Each format is encoded once, and counted in the memory account. There are
//! at most [`Format::COUNT`] encodings of an entry.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{
    entry as event,
    format::{Around, Format},
    json,
    offset::offset_text,
};
use crate::{
    memory::{Account, Part, Ticket},
    room::{Entry, Logged, Seq, UserId},
};

/// A log entry that is encoded once for each format, when the first member with that format needs it. All members share the same bytes.
#[derive(Debug)]
pub struct Encoded {
    entry: Arc<Entry>,
    weight: usize,
    /// Memory ticket of the entry itself; its encodings have their own.
    ticket: Ticket,
    plain: [OnceLock<Bytes>; Format::PLAIN],
    /// Encodings with an offset; allocated when the first client that uses connection state recovery needs one.
    with_offset: OnceLock<Box<[OnceLock<Bytes>; Format::OFFSET]>>,
}

impl Encoded {
    /// Wraps an entry without encoding it. The entry and its later encodings are counted in `account`.
    pub fn new(entry: Arc<Entry>, account: &Arc<Account>) -> Self {
        let ticket = account.take(Part::Entries, size_of::<Self>() + entry.size());
        Self {
            weight: entry.weight(),
            entry,
            ticket,
            plain: Default::default(),
            with_offset: OnceLock::new(),
        }
    }

    /// The entry of a room's log that is encoded here.
    pub fn entry(&self) -> &Arc<Entry> {
        &self.entry
    }

    /// The event in a format. The first call encodes the JSON. Its bytes then serve [`Format::Json`] as a slice of the same buffer, and are
    /// copied for other formats.
    pub fn bytes(&self, format: Format) -> &Bytes {
        self.slot(format).get_or_init(|| self.encode(format))
    }

    fn slot(&self, format: Format) -> &OnceLock<Bytes> {
        match (format as usize).checked_sub(Format::PLAIN) {
            None => &self.plain[format as usize],
            Some(at) => &self.with_offset.get_or_init(Box::default)[at],
        }
    }

    fn encode(&self, format: Format) -> Bytes {
        let entry = &*self.entry;
        let around = Around {
            room: Some(&entry.room),
            ack: None,
            place: Some((entry.epoch, entry.seq)),
        };
        let bare = match format.has_offset() {
            true => Format::JsonOffset,
            false => Format::Json,
        };
        if format != bare
            && let Some(json) = self.slot(bare).get()
        {
            let packed = around.pack(format, json.len(), |out| out.extend_from_slice(json));
            return self.ticket.hold(packed.bytes);
        }
        let packed = around.pack(format, event::size(entry), |out| {
            event::put(out, entry);
            if format.has_offset() {
                let place = Some((&entry.room, entry.epoch, entry.seq));
                json::put_behind(out, &offset_text(place, None));
            }
        });
        let bytes = self.ticket.hold(packed.bytes);
        if format != bare
            && let Some(json) = packed.json
        {
            // A part of the same buffer. Another worker may have been first; its JSON is the same.
            let _ = self.slot(bare).set(bytes.slice(bytes.len() - json.len()..));
        }
        bytes
    }
}

impl Logged for Encoded {
    fn seq(&self) -> Seq {
        self.entry.seq
    }
    fn weight(&self) -> usize {
        self.weight
    }
    fn is_control(&self) -> bool {
        self.entry.is_control()
    }
    fn skip(&self) -> Option<UserId> {
        self.entry.skip
    }
}
