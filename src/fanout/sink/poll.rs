//! Sink for a client that polls: its waiting request is answered with new events in one JSON object, at most `limits::POLL_EVENTS` events and
//! about `limits::POLL_BYTES`.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    fanout::{
        Fanout, Frames,
        member::{Member, Outgoing},
        pull::pull,
        replica::Replica,
    },
    limits,
    memory::{Account, Part},
    room::{CloseReason, Next, RoomName},
    transport::opening::Sink,
    wire::{Event, Format},
};

pub fn format(_: &Member) -> Format {
    Format::Json
}

pub fn pack(bytes: Bytes, _: Option<u64>) -> Outgoing {
    Outgoing::Ready(bytes)
}

/// Answers the pending request if there is an event for it, or if its wait is over. Returns whether it did.
pub fn deliver<E: Frames>(member: &mut Member, replica: &Replica<E>, account: &Arc<Account>) -> bool {
    let Sink::Poll(Some(waiting)) = &member.sink else {
        return false;
    };
    let (now, until) = (waiting.now, waiting.until);
    if member
        .newcomer
        .is_some_and(|(_, version)| version == replica.latest.version)
    {
        return false;
    }
    let mut events = BytesMut::new();
    let most = limits::POLL_BYTES.min(account.free() / limits::DIRECT_SHARE).max(1);
    let mut count = 0;
    let mut missed = 0;
    // What a gap promised belongs to it.
    let wants_more = |member: &Member| member.cursor.cursor() < until || member.cursor.is_replaying();
    while count < limits::POLL_EVENTS && events.len() < most && wants_more(member) {
        let gap = match member.cursor.next(&replica.log) {
            Next::Gap(gap) => Some(gap),
            Next::Idle | Next::Entry(_) | Next::Direct(_) => None,
        };
        let Some(Outgoing::Ready(event)) = pull(member, replica) else {
            break;
        };
        // Entries that the store had moved the cursor, and are not missed.
        missed += gap
            .filter(|gap| member.cursor.cursor() < gap.from)
            .map_or(0, |gap| gap.missed);
        if count > 0 {
            events.put_u8(b',');
        }
        events.put_slice(&event);
        count += 1;
    }
    let is_changed = replica.values_after(member.watched, Format::Json).is_some();
    if count == 0 && !is_changed && (!now || member.wants_page) {
        return false;
    }
    let Sink::Poll(waiting) = &mut member.sink else {
        return false;
    };
    let Some(waiting) = waiting.take() else { return false };
    let body = object(&waiting.room, replica, member, missed, &events);
    // If the client has left, its direct messages are lost with the answer; the room's entries are not.
    let _ = waiting.reply.send(Ok(account.hold(Part::Frames, body)));
    true
}

fn object<E: Frames>(room: &RoomName, replica: &Replica<E>, member: &Member, missed: u64, events: &[u8]) -> Bytes {
    let next = member.cursor.cursor();
    let room = serde_json::to_string(room).expect("a text");
    let mut body = BytesMut::with_capacity(events.len() + 160);
    body.put_slice(format!("{{\"ok\":true,\"room\":{room}").as_bytes());
    if replica.name.is_some() {
        let (epoch, head) = (replica.history.epoch, replica.log.head());
        let rest = format!(",\"epoch\":\"{epoch}\",\"head\":{head},\"next\":\"{epoch}:{next}\",\"missed\":{missed}");
        body.put_slice(rest.as_bytes());
    }
    body.put_slice(b",\"events\":[");
    body.put_slice(events);
    body.put_u8(b']');
    if let Some(latest) = replica
        .latest
        .bytes(Format::Json)
        .and_then(|event| event.strip_prefix(b"[\"room\","))
    {
        body.put_slice(b",\"latest\":");
        body.put_slice(&latest[..latest.len() - 1]);
    }
    if let Some((values, _)) = replica.values_after(member.watched, Format::Json)
        && let Some(values) = values.strip_prefix(b"[\"state\",")
    {
        body.put_slice(b",\"state\":");
        body.put_slice(&values[..values.len() - 1]);
    }
    body.put_u8(b'}');
    body.freeze()
}

/// Answers the pending request with the close reason as its last event, and removes the member.
pub fn close<E: Frames>(fanout: &mut Fanout<E>, key: usize, reason: CloseReason) {
    let conn = fanout.members[key].conn;
    fanout.serve(key);
    // The answer to a single request has removed its member.
    let Some(&key) = fanout.by_conn.get(&conn) else { return };
    let member = &mut fanout.members[key];
    let closing = member.event(&Event::Closing(reason));
    let _ = member.push(0, closing, usize::MAX);
    fanout.expire_poll(conn);
    if let Some(&key) = fanout.by_conn.get(&conn) {
        fanout.remove(key);
    }
}
