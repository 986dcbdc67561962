//! Sink for Socket.IO on polling, or before its WebSocket opens. The library sends the packets; until the client's next fetch it gets at most
//! `limits::EMIT_WINDOW` packets; each `limits::EMIT_BYTES` of a packet count as one.

use std::sync::Arc;

use bytes::Bytes;
use socketioxide::{SendError, SocketError, TransportType, extract::SocketRef};

use crate::{
    fanout::{
        Fanout, Frames,
        member::{Batch, Member, Outgoing},
        pull::pull,
        replica::Replica,
    },
    limits,
    memory::{Account, Part},
    room::CloseReason,
    transport::{
        lane::LaneId,
        opening::{Sink, Writer},
        socketio,
    },
    wire::{self, Event, Format},
};

pub fn format(member: &Member) -> Format {
    match member.recovers() {
        true => Format::Json.with_offset(),
        false => Format::Json,
    }
}

pub fn pack(json: Bytes, ack: Option<u64>) -> Outgoing {
    Outgoing::Packet { json, ack }
}

pub fn deliver<E: Frames>(member: &mut Member, replica: &Replica<E>, account: &Arc<Account>) -> bool {
    while deliver_one(member, replica, account) {}
    false
}

/// Passes one packet to the library, or moves the member to its WebSocket if the session has upgraded. False if nothing remains to do.
fn deliver_one<E: Frames>(member: &mut Member, replica: &Replica<E>, account: &Arc<Account>) -> bool {
    let Sink::SocketIo(sio) = &mut member.sink else {
        return false;
    };
    let Writer::Library { budget } = sio.state else {
        return false;
    };
    if sio.socket.transport_type() == TransportType::Websocket
        && let Some(lane) = sio.session.lane()
    {
        // All that the library still holds leaves through the lane before this event does.
        let (prefix, event) = socketio::handover(member.conn, sio.socket.ns());
        lane.match_frame(member.conn.0, prefix);
        if socketio::emit(&sio.socket, &event, None).is_ok() {
            sio.state = Writer::Draining;
        }
        return false;
    }
    // Without free memory the library gets nothing until the client has fetched what it holds.
    let short = member.unfetched.is_some() && account.free() == 0;
    if budget == 0 || member.stalled || short {
        return false;
    }
    let batch = member.batch.take().and_then(|mut batch| batch.pop_front());
    let Some(outgoing) = batch
        .or_else(|| pull(member, replica))
        .or_else(|| latest(member, replica))
        .or_else(|| values(member, replica))
    else {
        return false;
    };
    emit(member, outgoing, budget, account);
    true
}

/// The room's latest values, if they are newer than those that the member received.
fn latest<E: Frames>(member: &mut Member, replica: &Replica<E>) -> Option<Outgoing> {
    if member.latest_seen == replica.latest.version {
        return None;
    }
    member.latest_seen = replica.latest.version;
    let json = replica.latest.bytes(Format::Json)?.clone();
    Some(Outgoing::Packet { json, ack: None })
}

/// The room's shared values, if the member watches them and has older ones.
fn values<E: Frames>(member: &mut Member, replica: &Replica<E>) -> Option<Outgoing> {
    let (json, revision) = replica.values_after(member.watched, Format::Json)?;
    member.watched = Some(revision);
    let json = json.clone();
    Some(Outgoing::Packet { json, ack: None })
}

fn emit(member: &mut Member, outgoing: Outgoing, budget: u32, account: &Arc<Account>) {
    let (Outgoing::Packet { json, ack }, Sink::SocketIo(sio)) = (&outgoing, &mut member.sink) else {
        unreachable!("made for the library")
    };
    match socketio::emit(&sio.socket, json, *ack) {
        Ok(()) => {
            let cost = 1 + u32::try_from(json.len() / limits::EMIT_BYTES).unwrap_or(u32::MAX);
            sio.state = Writer::Library {
                budget: budget.saturating_sub(cost),
            };
            let unfetched = member.unfetched.get_or_insert_with(|| account.take(Part::Frames, 0));
            unfetched.grow(json.len());
        }
        Err(SendError::Socket(SocketError::InternalChannelFull)) => {
            sio.state = Writer::Library { budget: 0 };
            let mut batch = Box::new(Batch::new());
            let _ = batch.push_back(outgoing);
            member.batch = Some(batch);
        }
        Err(_) => member.stalled = true,
    }
}

pub fn close<E: Frames>(fanout: &mut Fanout<E>, key: usize, reason: CloseReason) {
    fanout.members[key].set_budget(limits::LAST_PACKETS);
    fanout.serve(key);
    let member = &mut fanout.members[key];
    if let Sink::SocketIo(sio) = &member.sink
        && matches!(sio.state, Writer::Handshaking | Writer::Draining)
    {
        // The CONNECT answer, or the last of the library's packets, goes first: a client hears nothing before its CONNECT answer.
        if sio.state == Writer::Draining {
            sio.session.will_end();
        }
        member.deferred_close = Some(reason);
        return;
    }
    let closing = member.event(&Event::Closing(reason));
    let member = fanout.remove(key);
    if let (Sink::SocketIo(sio), Outgoing::Packet { json, .. }) = (&member.sink, closing) {
        if sio.session.is_lost() {
            let last = wire::event_packet(member.namespace.as_ref(), &json);
            sio.session.tell_last(member.conn, last);
            return;
        }
        let _ = socketio::emit(&sio.socket, &json, None);
        if reason.may_reconnect() {
            sio.session.refuse();
        } else {
            let _ = SocketRef::from(sio.socket.clone()).disconnect();
        }
    }
}

impl Member {
    /// Notes that the library has the CONNECT answer and may send events. A member on WebSocket waits until that answer has been sent.
    pub fn connected(&mut self) {
        if let Sink::SocketIo(sio) = &mut self.sink
            && sio.state == Writer::Handshaking
        {
            sio.state = Writer::Library {
                budget: limits::EMIT_WINDOW,
            };
        }
    }

    /// Continues after the stream's channel was read, or after a poll fetched the library's packets.
    pub fn refill(&mut self) {
        self.stalled = false;
        self.unfetched = None;
        self.set_budget(limits::EMIT_WINDOW);
    }

    /// Sets the number of packets that the library may still take before the next fetch.
    fn set_budget(&mut self, packets: u32) {
        if let Sink::SocketIo(sio) = &mut self.sink
            && let Writer::Library { budget } = &mut sio.state
        {
            *budget = packets;
        }
    }

    /// Switches the member to the lane (outgoing socket) of its session's WebSocket. Returns the lane's id; `None` if the member used it already.
    pub fn take_lane(&mut self) -> Option<LaneId> {
        let Sink::SocketIo(sio) = &mut self.sink else {
            return None;
        };
        if sio.state == Writer::Lane {
            return None;
        }
        sio.state = Writer::Lane;
        self.unfetched = None;
        self.lane = sio.session.lane().cloned();
        self.stalled = false;
        for outgoing in self.batch.as_deref_mut().into_iter().flatten() {
            if let Outgoing::Packet { json, ack } = outgoing {
                *outgoing = Outgoing::Ready(wire::packet_frame(self.namespace.as_ref(), *ack, json));
            }
        }
        self.lane_id()
    }
}
