//! Short and long polls: the same cursor, answered in one JSON object.

use bytes::{BufMut, Bytes, BytesMut};
use tokio::sync::oneshot;

use super::{
    Fanout, Frames, PollRequest, Sink,
    member::{Member, Note},
    room::Mirror,
    serve::pull,
};
use crate::{
    limits,
    room::{Code, ConnId, Refusal, Resume, RoomName, Seq},
    wire::Format,
};

/// A request that waits for something new.
pub struct Waiting {
    room: RoomName,
    reply: oneshot::Sender<Result<Bytes, Refusal>>,
    /// Answer even if there is nothing.
    now: bool,
    since: Option<Resume>,
    until: Seq,
}

impl<E: Frames> Fanout<E> {
    /// A poll came in. One that waits on the same lease is answered as it stands: its client has given it up.
    pub(super) fn poll(&mut self, request: PollRequest) {
        let PollRequest {
            conn,
            once,
            room,
            since,
            until,
            wait_ms,
            reply,
        } = request;
        let Some(&key) = self.by_conn.get(&conn) else {
            let gone = Refusal::new(Code::UnknownRoom, "the polling lease is over: ask again");
            let _ = reply.send(Err(gone));
            return;
        };
        self.expire_poll(conn);
        if once {
            self.once.insert(conn);
            if let Some(&id) = self.by_name.get(&room) {
                self.attach(key, id, 0);
            }
        }
        let deadline = self.now_ms() + wait_ms;
        self.waiting.insert((deadline, conn));
        let member = &mut self.members[key];
        member.latest_seen = 0;
        member.sink = Sink::Poll(Some(Box::new(Waiting {
            room,
            reply,
            now: wait_ms == 0,
            since,
            until: until.unwrap_or(Seq::MAX),
        })));
        self.place_cursor(key);
        self.serve(key);
    }

    /// Moves the cursor to where the request says, once the room is there.
    fn place_cursor(&mut self, key: usize) {
        let member = &mut self.members[key];
        let Sink::Poll(Some(waiting)) = &mut member.sink else {
            return;
        };
        let Some(mirror) = member.place.and_then(|(room, _)| self.rooms.get(&room)) else {
            return;
        };
        let log = &mirror.log;
        let since = match waiting.since {
            // Without a place to go on from: the newest entries, at once.
            None => {
                waiting.now = true;
                log.head()
                    .saturating_sub(limits::POLL_FIRST_ENTRIES)
                    .max(log.oldest().saturating_sub(1))
            }
            Some(resume) => mirror.lives.place(resume, log.head()).unwrap_or(0),
        };
        member.feed.rejoin(since);
    }

    /// A room came to be: requests that waited for it follow it.
    pub(super) fn room_opened_for_polls(&mut self, name: &RoomName) {
        let Some(&id) = self.by_name.get(name) else { return };
        for (_, conn) in self.waiting.iter().copied().collect::<Vec<_>>() {
            let Some(&key) = self.by_conn.get(&conn) else { continue };
            let waits = self.once.contains(&conn)
                && matches!(&self.members[key].sink, Sink::Poll(Some(waiting)) if waiting.room == *name);
            if waits {
                self.attach(key, id, 0);
            }
        }
    }

    /// Answers what has waited long enough.
    pub(super) fn expire_polls(&mut self, now_ms: u64) {
        while let Some(&(deadline, conn)) = self.waiting.first() {
            if deadline > now_ms {
                return;
            }
            self.expire_poll(conn);
            self.waiting.remove(&(deadline, conn));
        }
    }

    pub(super) fn expire_poll(&mut self, conn: ConnId) {
        if let Some(&key) = self.by_conn.get(&conn)
            && let Sink::Poll(Some(waiting)) = &mut self.members[key].sink
        {
            waiting.now = true;
            self.serve(key);
        }
    }

    /// A poll was answered: forgets what was only there for it.
    pub(super) fn poll_answered(&mut self, key: usize) {
        let conn = self.members[key].conn;
        self.waiting.retain(|&(_, other)| other != conn);
        if self.once.remove(&conn) {
            self.remove(key);
        }
    }
}

/// Answers the waiting request if there is something to say, or nothing to wait for. Returns whether it did.
pub(super) fn serve<E: Frames>(member: &mut Member, mirror: &Mirror<E>) -> bool {
    let Sink::Poll(Some(waiting)) = &member.sink else {
        return false;
    };
    let (now, until) = (waiting.now, waiting.until);
    let mut events = BytesMut::new();
    let mut count = 0;
    let mut missed = 0;
    // What a gap promised belongs to it.
    let wants_more = |member: &Member| member.feed.cursor() < until || member.feed.is_replaying();
    while count < limits::POLL_EVENTS && events.len() < limits::POLL_BYTES && wants_more(member) {
        let gap = match member.feed.next(&mirror.log) {
            crate::room::Next::Gap(gap) => Some(gap),
            _ => None,
        };
        let Some(Note::Ready(event)) = pull(member, mirror) else {
            break;
        };
        // What the store had moved the cursor, and is not missed.
        missed += gap
            .filter(|gap| member.feed.cursor() < gap.from)
            .map_or(0, |gap| gap.missed);
        if count > 0 {
            events.put_u8(b',');
        }
        events.put_slice(&event);
        count += 1;
    }
    if count == 0 && (!now || member.wants_page) {
        return false;
    }
    let Sink::Poll(waiting) = &mut member.sink else {
        return false;
    };
    let Some(waiting) = waiting.take() else { return false };
    let body = object(&waiting.room, mirror, member.feed.cursor(), missed, &events);
    // The request may be gone: what was for this member alone is lost with it, the room's entries are not.
    let _ = waiting.reply.send(Ok(body));
    true
}

fn object<E: Frames>(room: &RoomName, mirror: &Mirror<E>, next: Seq, missed: u64, events: &[u8]) -> Bytes {
    let room = serde_json::to_string(room).expect("a text");
    let mut body = BytesMut::with_capacity(events.len() + 160);
    body.put_slice(format!("{{\"ok\":true,\"room\":{room}").as_bytes());
    if mirror.name.is_some() {
        let (epoch, head) = (mirror.lives.epoch, mirror.log.head());
        let rest = format!(",\"epoch\":\"{epoch}\",\"head\":{head},\"next\":\"{epoch}:{next}\",\"missed\":{missed}");
        body.put_slice(rest.as_bytes());
    }
    body.put_slice(b",\"events\":[");
    body.put_slice(events);
    body.put_u8(b']');
    if let Some(latest) = mirror
        .latest
        .bytes(Format::Json)
        .and_then(|event| event.strip_prefix(b"[\"room\","))
    {
        body.put_slice(b",\"latest\":");
        body.put_slice(&latest[..latest.len() - 1]);
    }
    body.put_u8(b'}');
    body.freeze()
}
