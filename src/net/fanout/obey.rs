//! The driver's commands, one by one.

use std::sync::Arc;

use super::{
    Command, Fanout, Frames, Opening, Sink,
    member::{Member, Note, Speaker},
    room::Mirror,
};
use crate::{
    net::{lane::Lane, message::Message, sio},
    room::{CloseReason, ConnId, Input, RoomId, Seq},
    wire::{self, Event},
};

impl<E: Frames> Fanout<E> {
    pub(super) fn obey(&mut self, command: Command<E>) {
        match command {
            Command::Open(opening) => self.open(*opening),
            Command::Drop { conn } => {
                if let Some(&key) = self.by_conn.get(&conn) {
                    self.remove(key);
                }
            }
            Command::RoomOpened {
                room,
                name,
                lives,
                after,
            } => {
                self.rooms
                    .insert(room, Mirror::new(name.clone(), lives, after, &self.limits));
                self.by_name.insert(name.clone(), room);
                self.room_opened_for_polls(&name);
            }
            Command::RoomClosed { room } => {
                if let Some(name) = self.rooms.get(&room).and_then(|mirror| mirror.name.clone()) {
                    self.by_name.remove(&name);
                }
                for key in self
                    .rooms
                    .get(&room)
                    .map(|mirror| mirror.members.clone())
                    .unwrap_or_default()
                {
                    self.detach(key);
                }
                self.rooms.remove(&room);
            }
            Command::Append { room, entry } => {
                let now = self.now_ms();
                if let Some(mirror) = self.rooms.get_mut(&room) {
                    mirror.log.push(entry);
                    mirror.pace.entry(now);
                    self.mark_due(room);
                }
            }
            Command::Redact { room, entries } => {
                if let Some(mirror) = self.rooms.get_mut(&room) {
                    entries.iter().for_each(|entry| mirror.log.replace(entry.clone()));
                    mirror.older.forget();
                }
            }
            Command::Recall { room, entry } => {
                if let Some(mirror) = self.rooms.get_mut(&room) {
                    mirror.log.recall(entry);
                }
            }
            Command::Latest { room, latest } => {
                if let Some(mirror) = self.rooms.get_mut(&room) {
                    mirror.latest.replace(latest);
                    self.mark_due(room);
                }
            }
            Command::Attach { conn, room, since } => {
                if let Some(&key) = self.by_conn.get(&conn) {
                    self.attach(key, room, since);
                    self.serve(key);
                }
            }
            Command::Detach { conn } => {
                if let Some(&key) = self.by_conn.get(&conn) {
                    // What was said before it left is its own.
                    self.serve(key);
                    self.detach(key);
                    self.members[key].feed.leave();
                }
            }
            Command::Welcome { conn, welcome } => {
                // Who polls with a token needs no welcome, and is not to be answered before something happens.
                let polls = |&key: &usize| matches!(self.members[key].sink, Sink::Poll(_));
                if self.by_conn.get(&conn).is_some_and(polls) {
                    return;
                }
                let token = self.identities.token(welcome.you.id);
                let limits = self.limits.clone();
                self.tell(conn, |member| {
                    member.event(&Event::Welcome {
                        welcome: &welcome,
                        token: &token,
                        limits: &limits,
                    })
                });
            }
            Command::Reply { conn, ack, reply } => self.tell(conn, |member| member.answer(ack, &reply)),
            Command::Handled { conn } => {
                if let Some(&key) = self.by_conn.get(&conn) {
                    self.members[key].handled();
                }
            }
            Command::Direct { conn, direct } => self.tell(conn, |member| member.event(&Event::Direct(&direct))),
            Command::Close { conn, reason } => self.close(conn, reason),
            Command::Page {
                room,
                from,
                to,
                entries,
            } => self.page(room, from, to, entries),
            Command::Poll(request) => self.poll(*request),
            Command::Stop { done } => {
                self.expire_polls(u64::MAX);
                let _ = done.send(());
            }
        }
    }

    fn open(&mut self, opening: Opening) {
        let conn = opening.conn;
        let mut member = Member::new(opening);
        member.has_store = self.pages.is_some();
        let key = self.members.insert(member);
        self.by_conn.insert(conn, key);
        if let Some(lane) = self.members[key].lane_id() {
            self.by_lane.entry(lane).or_default().push(key);
        }
        self.hear_early(conn);
    }

    /// Puts a member into a room's list, behind an entry.
    pub(super) fn attach(&mut self, key: usize, room: RoomId, since: Seq) {
        self.detach(key);
        let Some(mirror) = self.rooms.get_mut(&room) else {
            return;
        };
        let member = &mut self.members[key];
        member.place = Some((room, mirror.members.len()));
        member.latest_seen = 0;
        member.feed.rejoin(since);
        mirror.members.push(key);
    }

    fn mark_due(&mut self, room: RoomId) {
        if let Some(mirror) = self.rooms.get_mut(&room)
            && !mirror.due
        {
            mirror.due = true;
            self.due.push(room);
        }
    }

    /// Queues something for one member alone, behind its room's head, and writes what can be written.
    fn tell(&mut self, conn: ConnId, note: impl FnOnce(&Member) -> Note) {
        let Some(&key) = self.by_conn.get(&conn) else { return };
        let member = &mut self.members[key];
        let head = member
            .place
            .and_then(|(room, _)| self.rooms.get(&room))
            .map_or(0, |mirror| mirror.log.head());
        let note = note(member);
        if member.push(head, note).is_err() {
            self.close(conn, CloseReason::Overflow);
            self.report_gone(conn);
            return;
        }
        self.serve(key);
    }

    /// Tells a member why, closes its connection as far as its transport allows, and forgets it.
    pub(super) fn close(&mut self, conn: ConnId, reason: CloseReason) {
        let Some(&key) = self.by_conn.get(&conn) else { return };
        self.members[key].last_room();
        self.serve(key);
        let Some(&key) = self.by_conn.get(&conn) else { return };
        if let Sink::SocketIo(sio) = &self.members[key].sink
            && sio.state == Speaker::Passing
        {
            // The last of the library's packets come first; the lane is closed once it is the fan-out's.
            sio.session.will_end();
            self.members[key].closing = Some(reason);
            return;
        }
        let closing = self.members[key].event(&Event::Closing(reason));
        if matches!(self.members[key].sink, Sink::Poll(_)) {
            // A request that waits gets the reason as its last event.
            let _ = self.members[key].push(0, closing);
            self.expire_poll(conn);
            if let Some(&key) = self.by_conn.get(&conn) {
                self.remove(key);
            }
            return;
        }
        let member = self.remove(key);
        match (&member.sink, closing) {
            (Sink::WebSocket(lane), Note::Ready(frame)) => shut(lane, &[&frame], reason),
            (Sink::SocketIo(sio), Note::Ready(frame)) => {
                if let Some(lane) = sio.session.lane() {
                    let disconnect = wire::disconnect_frame(member.namespace.as_ref());
                    // A client that is told to disconnect does not come back by itself; one whose connection ends does.
                    let frames = [&frame, &disconnect];
                    shut(
                        lane,
                        if reason.may_reconnect() { &frames[..1] } else { &frames },
                        reason,
                    );
                }
            }
            (Sink::SocketIo(sio), Note::Packet { json, .. }) => {
                let _ = sio::emit(&sio.socket, &json, None);
                if reason.may_reconnect() {
                    sio.session.refuse();
                } else {
                    let _ = socketioxide::extract::SocketRef::from(sio.socket.clone()).disconnect();
                }
            }
            (Sink::Stream(channel), Note::Ready(event)) => {
                // A full channel ends without the reason; the stream's end says that it is over.
                let _ = channel.try_send(event);
            }
            (Sink::Poll(_) | Sink::WebSocket(_) | Sink::Stream(_), _) => {}
        }
    }

    /// Tells the hub that a connection is gone; tried again until the inbox has room.
    pub(super) fn report_gone(&mut self, conn: ConnId) {
        self.gone.push(conn);
        self.report_all_gone();
    }

    pub(super) fn report_all_gone(&mut self) {
        while let Some(&conn) = self.gone.last() {
            if self.inbox.try_send(Message::Hub(Input::Disconnect { conn })).is_err() {
                return;
            }
            self.gone.pop();
        }
    }

    /// Finds peers of which nothing was heard for longer than the heartbeat allows. The libraries do not: a client that stops
    /// reading blocks their writers, and with them their own time-outs.
    pub(super) fn sweep(&mut self) {
        self.report_all_gone();
        // What is left of the sweep before was about connections that are gone.
        self.early.swap(0, 1);
        self.early[0].clear();
        self.rooms.values_mut().for_each(|mirror| mirror.older.tidy());
        let patience = self.limits.silent_sweeps();
        let mut silent = Vec::new();
        for (_, member) in &mut self.members {
            let Some(lane) = &member.lane else { continue };
            let reads = lane.reads();
            let (last, sweeps) = member.reads;
            member.reads = if reads == last { (last, sweeps + 1) } else { (reads, 0) };
            if member.reads.1 > patience {
                silent.push(member.conn);
            }
        }
        for conn in silent {
            self.close(conn, CloseReason::Silent);
            self.report_gone(conn);
        }
    }
}

fn shut(lane: &Arc<Lane>, last: &[&bytes::Bytes], reason: CloseReason) {
    lane.close(last, reason.code(), reason.message());
}
