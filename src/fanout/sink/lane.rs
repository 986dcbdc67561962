//! Sink for a WebSocket, plain or Socket.IO: the fan-out writes encoded frames to the connection's lane (its outgoing socket), beside the
//! library. This is the program's hottest loop. One send passes at most [`RUN_FRAMES`] frames straight from the log, without a copy or an
//! allocation for each member.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    fanout::{
        Fanout, Frames,
        member::{Batch, Member, Outgoing},
        pull::pull,
        replica::Replica,
    },
    limits::{self, RUN_FRAMES},
    memory::Account,
    room::{CloseReason, Logged},
    transport::{
        lane::{Lane, SendState},
        opening::Sink,
    },
    wire::{self, Event, Format},
};

/// Frames that are passed to a lane (a connection's outgoing socket) in one call.
type Run<'a> = heapless::Vec<&'a Bytes, RUN_FRAMES>;

pub fn format(member: &Member) -> Format {
    let Sink::SocketIo(sio) = &member.sink else {
        return Format::WebSocket;
    };
    let plain = match member.namespace {
        Some(_) => Format::SocketIoNs,
        None => Format::SocketIo,
    };
    if sio.recovers { plain.with_offset() } else { plain }
}

pub fn pack(bytes: Bytes, _: Option<u64>) -> Outgoing {
    Outgoing::Ready(bytes)
}

pub fn deliver<E: Frames>(member: &mut Member, replica: &Replica<E>, _: &Arc<Account>) -> bool {
    // Taken out and put back: a clone would count twice on a cache line that is not here yet.
    if let Some(lane) = member.lane.take() {
        write_all(member, &lane, replica);
        member.lane = Some(lane);
    }
    false
}

fn write_all<E: Frames>(member: &mut Member, lane: &Arc<Lane>, replica: &Replica<E>) {
    let format = member.format();
    while !member.stalled {
        let more = if member.batch.is_none()
            && let Some(next) = member.cursor.plain_run(&replica.log)
        {
            write_entries(member, lane, replica, format, next)
        } else {
            write_batch(member, lane, replica)
        };
        if !more {
            return;
        }
    }
}

/// The hot path: writes the entries from number `next` on, straight from the log, then the latest and shared values. Returns whether more remains.
fn write_entries<E: Frames>(
    member: &mut Member,
    lane: &Arc<Lane>,
    replica: &Replica<E>,
    format: Format,
    next: u64,
) -> bool {
    let mut run = Run::new();
    let mut seen = next - 1;
    for entry in replica.log.iter_from(next) {
        if run.is_full() {
            break;
        }
        seen = entry.seq();
        if entry.skip() != Some(member.user) {
            run.push(entry.bytes(format)).expect("checked: not full");
        }
    }
    let entries = run.len();
    if member.latest_seen != replica.latest.version
        && seen == replica.log.head()
        && let Some(latest) = replica.latest.bytes(format)
    {
        // A full run goes first; the values are as new on the next round.
        let _ = run.push(latest);
    }
    let before_values = run.len();
    let mut watched = member.watched;
    if seen == replica.log.head()
        && let Some((values, revision)) = replica.values_after(watched, format)
        && run.push(values).is_ok()
    {
        watched = Some(revision);
    }
    if run.is_empty() {
        member.cursor.jump(seen);
        return false;
    }
    let sent = lane.send(&run);
    if sent.taken >= entries {
        member.cursor.jump(seen);
    } else if sent.taken > 0 {
        let user = member.user;
        let mut written = replica.log.iter_from(next).filter(|entry| entry.skip() != Some(user));
        let last = written.nth(sent.taken - 1).expect("it was in the run");
        member.cursor.jump(last.seq());
    }
    if sent.taken > before_values {
        member.watched = watched;
    }
    if sent.taken.min(before_values) > entries {
        member.latest_seen = replica.latest.version;
    }
    member.stalled = sent.state != SendState::Ready;
    run.is_full()
}

/// Writes entries and direct messages in order, from the cursor. Returns whether more may remain.
fn write_batch<E: Frames>(member: &mut Member, lane: &Arc<Lane>, replica: &Replica<E>) -> bool {
    let mut batch = member.batch.take().unwrap_or_else(|| Box::new(Batch::new()));
    let mut bytes: usize = batch.iter().map(Outgoing::len).sum();
    while !batch.is_full() && bytes < limits::STAGED_BYTES {
        let Some(outgoing) = pull(member, replica) else { break };
        bytes += outgoing.len();
        if batch.push_back(Outgoing::Ready(framed(member, outgoing))).is_err() {
            unreachable!("checked: not full");
        }
    }
    if batch.is_empty() {
        return false;
    }
    let full = batch.is_full() || bytes >= limits::STAGED_BYTES;
    let sent = {
        let mut run = Run::new();
        for outgoing in &*batch {
            if let Outgoing::Ready(bytes) = outgoing {
                let _ = run.push(bytes);
            }
        }
        lane.send(&run)
    };
    for _ in 0..sent.taken {
        batch.pop_front();
    }
    member.stalled = sent.state != SendState::Ready;
    if !batch.is_empty() {
        member.batch = Some(batch);
    }
    let format = member.format();
    full || member.latest_seen != replica.latest.version || replica.values_after(member.watched, format).is_some()
}

/// Frames a packet that was queued while the library still wrote for this member.
fn framed(member: &Member, outgoing: Outgoing) -> Bytes {
    match outgoing {
        Outgoing::Ready(bytes) => bytes,
        Outgoing::Packet { json, ack } => wire::packet_frame(member.namespace.as_ref(), ack, &json),
    }
}

pub fn close<E: Frames>(fanout: &mut Fanout<E>, key: usize, reason: CloseReason) {
    fanout.serve(key);
    let closing = fanout.members[key].event(&Event::Closing(reason));
    let member = fanout.remove(key);
    let (Some(lane), Outgoing::Ready(frame)) = (&member.lane, closing) else {
        return;
    };
    let shut = |last: &[&Bytes]| lane.close(last, reason.code(), reason.message());
    let Sink::SocketIo(_) = &member.sink else {
        return shut(&[&frame]);
    };
    if reason.may_reconnect() {
        // A Socket.IO client that gets a DISCONNECT packet or a Close frame does not reconnect by itself at once. It does when the
        // connection ends, with all namespaces on it.
        let mut last = vec![frame];
        close_neighbours(fanout, lane, reason, &mut last);
        lane.end(&last.iter().collect::<Vec<_>>());
    } else {
        shut(&[&frame, &wire::disconnect_frame(member.namespace.as_ref())]);
    }
}

/// Sends the last entries to the other namespaces on the same connection, and collects their close events in `last`.
fn close_neighbours<E: Frames>(fanout: &mut Fanout<E>, lane: &Lane, reason: CloseReason, last: &mut Vec<Bytes>) {
    for key in fanout.by_lane.get(&lane.id()).cloned().unwrap_or_default() {
        fanout.serve(key);
        if let Some(member) = fanout.members.get(key)
            && let Outgoing::Ready(frame) = member.event(&Event::Closing(reason))
        {
            last.push(frame);
        }
    }
}
