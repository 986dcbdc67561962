//! An event for a few connections, encoded once for each wire format that one of them needs. It is freed with its last receiver.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{
    event::{Event, event_bytes},
    format::Format,
};
use crate::{
    memory::{Account, Part, Ticket},
    room::{Direct, RoomName},
};

/// A private message or other [`Direct`] event, encoded once for each format. Its encodings are counted in memory as long as a receiver's
/// queue holds them.
#[derive(Debug)]
pub struct Shared {
    direct: Arc<Direct>,
    account: Arc<Account>,
    /// Memory ticket of the message itself.
    _ticket: Ticket,
    plain: [OnceLock<Bytes>; Format::PLAIN],
    /// The encoding for the first namespace that needs one; the connections of a person nearly always share one namespace.
    namespaced: OnceLock<(RoomName, Bytes)>,
}

impl Shared {
    /// Wraps an event without encoding it.
    pub fn new(direct: Arc<Direct>, account: &Arc<Account>) -> Self {
        let ticket = account.take(Part::Frames, size_of::<Self>() + size(&direct));
        Self {
            _ticket: ticket,
            direct,
            account: account.clone(),
            plain: Default::default(),
            namespaced: OnceLock::new(),
        }
    }

    /// Whether this wraps the same event, by its address in memory.
    pub fn is(&self, direct: &Arc<Direct>) -> bool {
        Arc::ptr_eq(&self.direct, direct)
    }

    /// The event in a format, for a connection in the namespace of room `ns_room`, or `/`.
    pub fn bytes(&self, format: Format, ns_room: Option<&RoomName>) -> Bytes {
        // It has no place in a log, and so no offset.
        let format = format.plain();
        let encode = || {
            let bytes = event_bytes(format, ns_room, &Event::Direct(&self.direct));
            self.account.hold(Part::Frames, bytes)
        };
        if let (Format::SocketIoNs, Some(room)) = (format, ns_room) {
            let (first, bytes) = self.namespaced.get_or_init(|| (room.clone(), encode()));
            return if first == room { bytes.clone() } else { encode() };
        }
        self.plain[format as usize].get_or_init(encode).clone()
    }
}

/// Estimated size of an event before encoding, in bytes.
fn size(direct: &Direct) -> usize {
    let text = match direct {
        Direct::Dm { text, .. } => text.len(),
        Direct::Echo { said, .. } => said.texts().iter().map(|text| text.len()).sum(),
        Direct::Refused(refusal) => refusal.message.len(),
        Direct::Dropped { .. } | Direct::Seat { .. } => 0,
    };
    text + size_of::<Direct>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::{Code, Refusal};

    #[test]
    fn a_private_message_is_encoded_and_counted_once_for_each_format() {
        let account = Account::new(1 << 20);
        let text = "\u{1}".repeat(1000);
        let direct = Arc::new(Direct::Refused(Refusal::new(Code::Busy, text)));
        let shared = Shared::new(direct.clone(), &account);
        let itself = account.used();
        assert!(shared.is(&direct) && itself > 1000 && itself < 2500, "{itself}");
        let (hall, bar) = (RoomName::new("hall").unwrap(), RoomName::new("bar").unwrap());
        let first = shared.bytes(Format::SocketIo, None);
        let used = account.of(Part::Frames);
        assert!((6000..8000).contains(&(used - itself)), "{used}");
        let again = shared.bytes(Format::SocketIoOffset, None);
        assert_eq!((first.as_ptr(), account.used()), (again.as_ptr(), used));
        let ours = shared.bytes(Format::SocketIoNs, Some(&hall));
        assert_eq!(ours.as_ptr(), shared.bytes(Format::SocketIoNs, Some(&hall)).as_ptr());
        let theirs = shared.bytes(Format::SocketIoNs, Some(&bar));
        assert!(String::from_utf8_lossy(&theirs).contains("42/room/bar,"));
        drop((first, again, ours, theirs, shared));
        assert_eq!(account.used(), 0);
    }
}
