//! Applies the driver's updates (new entries, members, closed connections) to a worker's members and replicas, in order. A batch has at most
//! `limits::COMMAND_BATCH` updates.

use super::{
    Fanout, Frames, Update,
    member::{Member, Outgoing},
    sink,
};
use crate::{
    limits,
    room::{CloseReason, Confirms, ConnId, Input, Refusal, Reply, RoomId, Seq, Welcome},
    transport::{message::Message, opening::Opening},
    wire::Event,
};

impl<E: Frames> Fanout<E> {
    pub(super) fn apply(&mut self, update: Update<E>) {
        match update {
            Update::Open(opening) => self.open(*opening),
            Update::Drop { conn } => self.drop_member(conn),
            Update::RoomOpened {
                room,
                name,
                history,
                after,
            } => self.room_opened(room, name, history, after),
            Update::RoomClosed { room } => self.room_closed(room),
            Update::Append { room, entry } => self.append(room, entry),
            Update::Replace { room, entries } => self.replace(room, &entries),
            Update::Shed { room, oldest, .. } => self.shed(room, oldest),
            Update::Recall { room, entry } => self.recall(room, entry),
            Update::Latest { room, latest } => self.set_latest(room, latest),
            Update::Values { room, frames } => self.set_values(room, frames),
            Update::Watch { conn, revision } => self.change(conn, |member| member.watched = Some(revision)),
            Update::Count { conn, online } => {
                if let Some(&key) = self.by_conn.get(&conn) {
                    self.members[key].online = Some(online);
                }
            }
            Update::Attach { conn, room, since } => self.join(conn, room, since),
            Update::Detach { conn } => self.leave(conn),
            Update::Welcome { conn, welcome } => self.welcome(conn, &welcome),
            Update::Reply { conn, ack, reply } => self.reply(conn, ack, &reply),
            Update::Handled { conn } => {
                if let Some(&key) = self.by_conn.get(&conn) {
                    self.members[key].handled();
                }
            }
            Update::Direct { conn, direct } => self.send_shared(conn, &direct),
            Update::Close { conn, reason } => self.close(conn, reason),
            Update::Page {
                room,
                from,
                to,
                entries,
            } => self.page(room, from, to, entries),
            Update::Poll(request) => self.poll(*request),
            Update::Stop { done } => {
                self.expire_polls(u64::MAX);
                let _ = done.send(());
            }
        }
    }

    fn drop_member(&mut self, conn: ConnId) {
        let Some(&key) = self.by_conn.get(&conn) else { return };
        let member = self.remove(key);
        if let Some(lane) = member.sink.lane().filter(|lane| !self.by_lane.contains_key(&lane.id())) {
            lane.end_left();
        }
    }

    fn join(&mut self, conn: ConnId, room: RoomId, since: Seq) {
        let Some(&key) = self.by_conn.get(&conn) else { return };
        self.attach(key, room, since);
        // Before any entry is written: otherwise a count without the newcomer would go out first.
        let count = self.newcomer_count(key, room);
        if !std::mem::take(&mut self.members[key].place_sent) {
            self.send_place(conn, since, None);
        }
        if let Some(outgoing) = count {
            self.send(conn, |_| outgoing);
        }
        self.serve_conn(conn);
    }

    fn leave(&mut self, conn: ConnId) {
        if let Some(&key) = self.by_conn.get(&conn) {
            // The member still gets the entries from before it left.
            self.serve(key);
            self.detach(key);
            self.members[key].cursor.leave();
        }
    }

    fn welcome(&mut self, conn: ConnId, welcome: &Welcome) {
        // A client that polls has a token already, and its request must wait for an event.
        let polled = |&key: &usize| self.members[key].is_polled();
        if self.by_conn.get(&conn).is_some_and(polled) {
            return;
        }
        let token = self.identities.token(welcome.you.id);
        let limits = self.limits.clone();
        self.send(conn, |member| {
            member.event(&Event::Welcome {
                welcome,
                token: &token,
                limits: &limits,
            })
        });
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
        self.replay_early(conn);
    }

    /// Adds a member to a room. Its cursor starts after entry `since`.
    pub(super) fn attach(&mut self, key: usize, room: RoomId, since: Seq) {
        self.detach(key);
        let Some(replica) = self.rooms.get_mut(&room) else {
            return;
        };
        let member = &mut self.members[key];
        member.membership = Some((room, replica.members.len()));
        member.latest_seen = 0;
        member.cursor.rejoin(since);
        replica.members.push(key);
    }

    /// The first latest values for a newcomer, with a count that includes it; `None` if there are none yet. Earlier ones are skipped.
    fn newcomer_count(&mut self, key: usize, room: RoomId) -> Option<Outgoing> {
        let now_ms = self.now_ms();
        let replica = self.rooms.get(&room)?;
        let member = &mut self.members[key];
        let counted = replica.latest.counted(member.online.take()?)?;
        let wait_ms = (self.limits.latest_ms + limits::NEWCOMER_SLACK_MS).min(limits::NEWCOMER_MS);
        let (deadline, version) = (now_ms + wait_ms, replica.latest.version);
        member.latest_seen = version;
        member.newcomer = Some((deadline, version));
        self.newcomers.insert((deadline, member.conn));
        // The answer to a poll carries the latest values beside its events.
        (!member.is_polled()).then(|| member.event(&Event::Latest(&counted)))
    }

    /// Sends the answer to a command. A client with connection state recovery also gets its position in the room.
    fn reply(&mut self, conn: ConnId, ack: u64, reply: &Result<Reply, Refusal>) {
        let Some(&key) = self.by_conn.get(&conn) else { return };
        let confirms = reply.as_ref().map_or(Confirms::Nothing, Reply::confirms);
        // The position precedes the answer: a client that has the answer must not recover into another room.
        match confirms {
            Confirms::Left => self.send_place(conn, 0, None),
            Confirms::Joined(room, epoch, since) if self.members[key].membership.is_none() => {
                let place = Some((room, epoch, since));
                self.members[key].place_sent = true;
                self.send_if_recovers(conn, &Event::Place { place, answered: None });
            }
            Confirms::Joined(..) | Confirms::Message(_) | Confirms::Wiped | Confirms::Nothing => {}
        }
        self.send(conn, |member| member.answer(ack, reply));
        if let Confirms::Message(Some(seq)) = confirms {
            let head = self.head_of(key);
            self.send_place(conn, head, Some(seq));
        }
    }

    fn send_if_recovers(&mut self, conn: ConnId, event: &Event<'_>) {
        let recovers = |&key: &usize| self.members[key].recovers();
        if self.by_conn.get(&conn).is_some_and(recovers) {
            self.send(conn, |member| member.event(event));
        }
    }

    fn serve_conn(&mut self, conn: ConnId) {
        if let Some(&key) = self.by_conn.get(&conn) {
            self.serve(key);
        }
    }

    /// Sends a client with connection state recovery its position, after the entries up to `since`. Other clients get nothing.
    fn send_place(&mut self, conn: ConnId, since: Seq, answered: Option<Seq>) {
        let Some(&key) = self.by_conn.get(&conn) else { return };
        let member = &self.members[key];
        if !member.recovers() {
            return;
        }
        let replica = member.membership.and_then(|(room, _)| self.rooms.get(&room));
        let place = replica.and_then(|replica| Some((replica.name.as_ref()?, replica.history.epoch, since)));
        let outgoing = member.event(&Event::Place { place, answered });
        self.enqueue(key, since, outgoing);
    }

    /// Sends the last entries and the close reason as far as the transport allows, closes the connection, and removes the member.
    pub(super) fn close(&mut self, conn: ConnId, reason: CloseReason) {
        if let Some(&key) = self.by_conn.get(&conn) {
            sink::close(self, key, reason);
        }
    }

    /// Tells the hub that a connection has closed. If the inbox is full, each sweep retries.
    pub(super) fn report_disconnect(&mut self, conn: ConnId) {
        self.disconnected.push(conn);
        self.report_disconnects();
    }

    pub(super) fn report_disconnects(&mut self) {
        while let Some(&conn) = self.disconnected.last() {
            if self.inbox.try_send(Message::Hub(Input::Disconnect { conn })).is_err() {
                return;
            }
            self.disconnected.pop();
        }
    }

    /// Closes connections that were silent for longer than the heartbeat allows.
    ///
    /// The libraries can't: a client that stops reading blocks their writers, and with them their own timeouts.
    pub(super) fn sweep(&mut self) {
        self.report_disconnects();
        // Signals that are older than a sweep belong to closed connections.
        self.early_signals.swap(0, 1);
        self.early_signals[0].clear();
        self.rooms
            .values_mut()
            .for_each(|replica| replica.page_cache.evict_idle());
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
            self.report_disconnect(conn);
        }
    }
}
