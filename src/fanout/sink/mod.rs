//! Sinks: how each transport delivers entries, direct messages and the close reason to a member.
//!
//! Each file has the same four functions: `format` returns the current encoding, `pack` wraps a direct message, `deliver` writes new
//! messages as far as the sink takes them, and `close` flushes and ends the connection. A Socket.IO session changes from `socketio` to
//! `lane` when its WebSocket lane opens.

mod lane;
mod poll;
mod socketio;
mod stream;

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Fanout, Frames,
    member::{Member, Outgoing},
    replica::Replica,
};
use crate::{
    memory::Account,
    room::{CloseReason, Refusal, Reply},
    transport::opening::{Sink, Writer},
    wire::{self, Event, Format},
};

/// Calls one of the four functions for the sink of `$member`. This is the only match over sinks.
macro_rules! dispatch {
    ($member:expr, $function:ident $arguments:tt) => {
        match &$member.sink {
            Sink::WebSocket(_) => lane::$function $arguments,
            Sink::SocketIo(sio) if sio.state == Writer::Lane => lane::$function $arguments,
            Sink::SocketIo(_) => socketio::$function $arguments,
            Sink::Stream(_) => stream::$function $arguments,
            Sink::Poll(_) => poll::$function $arguments,
        }
    };
}

/// Writes new entries and direct messages to a member, as far as its sink takes them. Returns true if that answered a poll.
pub fn deliver<E: Frames>(member: &mut Member, replica: &Replica<E>, account: &Arc<Account>) -> bool {
    dispatch!(member, deliver(member, replica, account))
}

/// Sends the last entries and the close reason as far as the transport allows, and removes the member.
pub fn close<E: Frames>(fanout: &mut Fanout<E>, key: usize, reason: CloseReason) {
    dispatch!(fanout.members[key], close(fanout, key, reason));
}

impl Member {
    /// The format in which the member currently receives entries.
    pub fn format(&self) -> Format {
        dispatch!(self, format(self))
    }

    /// Wraps a message in [`Self::format`] for the sink. The Socket.IO library needs the acknowledgement id separately.
    pub fn pack(&self, bytes: Bytes, ack: Option<u64>) -> Outgoing {
        dispatch!(self, pack(bytes, ack))
    }

    /// Encodes an event for one member alone, in the member's wire format.
    pub fn event(&self, event: &Event<'_>) -> Outgoing {
        self.pack(wire::event_bytes(self.format(), self.namespace.as_ref(), event), None)
    }

    /// An event for several members, in this member's format.
    pub fn shared(&self, shared: &wire::Shared) -> Outgoing {
        self.pack(shared.bytes(self.format(), self.namespace.as_ref()), None)
    }

    /// Encodes the answer to the event with acknowledgement number `ack`.
    pub fn answer(&self, ack: u64, reply: &Result<Reply, Refusal>) -> Outgoing {
        let bytes = match self.uses_library() {
            true => wire::answer_json(reply),
            false => wire::ack_bytes(self.format(), self.namespace.as_ref(), ack, reply),
        };
        self.pack(bytes, Some(ack))
    }

    /// Whether the Socket.IO library still writes for this member, and makes the packets itself.
    pub fn uses_library(&self) -> bool {
        matches!(&self.sink, Sink::SocketIo(sio) if sio.state != Writer::Lane)
    }

    /// Whether the sink only answers polls. Such a client gets no welcome, and the latest values in each answer.
    pub fn is_polled(&self) -> bool {
        matches!(self.sink, Sink::Poll(_))
    }
}
