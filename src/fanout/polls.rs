//! Short and long polls: a request waits until an event arrives, its deadline passes, or a newer request replaces it. One request waits for
//! each polling member.

use super::{Fanout, Frames, PollRequest};
use crate::{
    limits,
    room::{Code, ConnId, Refusal, RoomName, Seq},
    transport::{
        message::PollOptions,
        opening::{Sink, Waiting},
    },
};

impl<E: Frames> Fanout<E> {
    /// Accepts a poll. An earlier poll on the same lease is answered at once, because its client has abandoned it.
    pub(super) fn poll(&mut self, request: PollRequest) {
        let PollRequest {
            conn,
            one_shot,
            room,
            until,
            options,
            reply,
        } = request;
        let PollOptions {
            since,
            wait_ms,
            watched,
        } = options;
        let Some(&key) = self.by_conn.get(&conn) else {
            let gone = Refusal::new(Code::UnknownRoom, "the polling lease has expired: poll again");
            let _ = reply.send(Err(gone));
            return;
        };
        self.expire_poll(conn);
        if one_shot {
            self.one_shot.insert(conn);
            if let Some(&id) = self.by_name.get(&room) {
                self.attach(key, id, 0);
            }
        }
        let deadline = self.now_ms() + wait_ms;
        self.waiting.insert((deadline, conn));
        let member = &mut self.members[key];
        member.latest_seen = 0;
        member.watched = watched;
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

    /// Moves the member's cursor to the position in the request, if the room exists.
    fn place_cursor(&mut self, key: usize) {
        let member = &mut self.members[key];
        let Sink::Poll(Some(waiting)) = &mut member.sink else {
            return;
        };
        let Some(replica) = member.membership.and_then(|(room, _)| self.rooms.get(&room)) else {
            return;
        };
        let log = &replica.log;
        let since = match waiting.since {
            // Without a position: the newest entries, at once.
            None => {
                waiting.now = true;
                log.head()
                    .saturating_sub(limits::POLL_FIRST_ENTRIES)
                    .max(log.oldest().saturating_sub(1))
            }
            Some(resume) => replica.history.nearest(resume, log.head()),
        };
        member.cursor.rejoin(since);
    }

    /// Attaches polls that waited for their room to be opened.
    pub(super) fn room_opened_for_polls(&mut self, name: &RoomName) {
        let Some(&id) = self.by_name.get(name) else { return };
        for (_, conn) in self.waiting.iter().copied().collect::<Vec<_>>() {
            let Some(&key) = self.by_conn.get(&conn) else { continue };
            let waits = self.one_shot.contains(&conn)
                && matches!(&self.members[key].sink, Sink::Poll(Some(waiting)) if waiting.room == *name);
            if waits {
                self.attach(key, id, 0);
            }
        }
    }

    /// Answers the polls whose deadline has passed.
    pub(super) fn expire_polls(&mut self, now_ms: u64) {
        while let Some(&(deadline, conn)) = self.waiting.first() {
            if deadline > now_ms {
                return;
            }
            // A newcomer's poll waits for latest values that count it, unless the server stops.
            self.answer_now(conn, now_ms == u64::MAX);
            self.waiting.remove(&(deadline, conn));
        }
    }

    /// Answers a poll at once, even without an event.
    pub(super) fn expire_poll(&mut self, conn: ConnId) {
        self.answer_now(conn, true);
    }

    fn answer_now(&mut self, conn: ConnId, uncounted: bool) {
        if let Some(&key) = self.by_conn.get(&conn)
            && let Sink::Poll(Some(waiting)) = &mut self.members[key].sink
        {
            waiting.now = true;
            if uncounted {
                self.members[key].newcomer = None;
            }
            self.serve(key);
        }
    }

    /// Clears the deadline of an answered poll, and removes a member that existed only for this poll.
    pub(super) fn poll_answered(&mut self, key: usize) {
        let conn = self.members[key].conn;
        self.waiting.retain(|&(_, other)| other != conn);
        if self.one_shot.remove(&conn) {
            self.remove(key);
        }
    }
}
