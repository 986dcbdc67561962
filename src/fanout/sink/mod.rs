//! Sinks: how a member's transport takes entries, direct messages and the close reason.
//!
//! Each file has the same four functions: `format` names the encoding that the sink takes now, `pack` wraps a direct message, `deliver`
//! writes what is new as far as the sink takes it, and `close` makes the final flush and ends the connection. A Socket.IO session
//! changes from `socketio` to `lane` when its WebSocket lane opens.

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

/// Calls one of the four functions for the sink of `$member`: the one match over sinks.
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

/// Writes the member's `cursor..head` and its direct messages, as far as its sink takes them. True if that answered a polling request.
pub fn deliver<E: Frames>(member: &mut Member, replica: &Replica<E>, account: &Arc<Account>) -> bool {
    dispatch!(member, deliver(member, replica, account))
}

/// Sends the last entries and the close reason, as far as the transport allows, and removes the member.
pub fn close<E: Frames>(fanout: &mut Fanout<E>, key: usize, reason: CloseReason) {
    dispatch!(fanout.members[key], close(fanout, key, reason));
}

impl Member {
    /// The format in which the member takes entries now.
    pub fn format(&self) -> Format {
        dispatch!(self, format(self))
    }

    /// Wraps a message in [`Self::format`] for the sink. Socket.IO through the library needs its acknowledgement id separately.
    pub fn pack(&self, bytes: Bytes, ack: Option<u64>) -> Outgoing {
        dispatch!(self, pack(bytes, ack))
    }

    /// Encodes an event for this member alone.
    pub fn event(&self, event: &Event<'_>) -> Outgoing {
        self.pack(wire::event_bytes(self.format(), self.namespace.as_ref(), event), None)
    }

    /// A message for several members, in this member's format.
    pub fn shared(&self, shared: &wire::Shared) -> Outgoing {
        self.pack(shared.bytes(self.format(), self.namespace.as_ref()), None)
    }

    /// Encodes the answer to event `ack`.
    pub fn answer(&self, ack: u64, reply: &Result<Reply, Refusal>) -> Outgoing {
        let bytes = match self.uses_library() {
            true => wire::answer_json(reply),
            false => wire::ack_bytes(self.format(), self.namespace.as_ref(), ack, reply),
        };
        self.pack(bytes, Some(ack))
    }

    /// Whether the Socket.IO library still writes for this member, and packs its messages when they go out.
    pub fn uses_library(&self) -> bool {
        matches!(&self.sink, Sink::SocketIo(sio) if sio.state != Writer::Lane)
    }

    /// Whether the sink only answers requests: such a client hears no welcome, and has the latest values in each answer.
    pub fn is_polled(&self) -> bool {
        matches!(self.sink, Sink::Poll(_))
    }
}
