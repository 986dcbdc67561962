//! Writing what is new to one member: the innermost loop of the program.

use std::sync::Arc;

use bytes::Bytes;
use socketioxide::{SendError, SocketError, TransportType};

use super::{
    Fanout, Frames, Sink,
    member::{Member, Note, Speaker, Staged},
    older::{Found, Wish},
    room::Mirror,
};
use crate::{
    limits::{self, RUN_FRAMES},
    net::{
        lane::{Lane, SendState},
        sio,
    },
    room::{Gap, Logged, Next, RoomId, Seq},
    wire::{self, Event, Format},
};

impl<E: Frames> Fanout<E> {
    /// Writes a member's `cursor..head`, and what is for it alone, as far as its sink takes it.
    pub(super) fn serve(&mut self, key: usize) {
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        let mirror = member
            .place
            .and_then(|(room, _)| self.rooms.get(&room))
            .unwrap_or(&self.nowhere);
        // Taken out and put back: a clone would count twice on a cache line that is not here yet.
        if let Some(lane) = member.lane.take() {
            serve_lane(member, &lane, mirror);
            member.lane = Some(lane);
            member.weigh();
            if member.wants_page {
                self.wish(key);
            }
            return;
        }
        let answered = match &member.sink {
            Sink::WebSocket(_) => false,
            Sink::SocketIo(_) => {
                serve_library(member, mirror);
                false
            }
            Sink::Stream(_) => {
                serve_stream(member, mirror);
                false
            }
            Sink::Poll(_) => super::poll::serve(member, mirror),
        };
        member.weigh();
        if member.wants_page {
            self.wish(key);
        }
        if answered {
            self.poll_answered(key);
        }
    }

    /// Asks for the page that a member wants.
    fn wish(&mut self, key: usize) {
        let member = &mut self.members[key];
        member.wants_page = false;
        let Some((room, _)) = member.place else { return };
        let (Some(mirror), Some(pages)) = (self.rooms.get_mut(&room), &self.pages) else {
            return;
        };
        mirror.older.waiting.push(member.conn);
        let Some((from, to)) = mirror.older.ask(member.feed.cursor() + 1, mirror.log.oldest()) else {
            return;
        };
        let name = mirror.name.clone().expect("only a room's log has gaps");
        let wish = Wish {
            conn: member.conn,
            room,
            name,
            epoch: mirror.lives.epoch,
            from,
            to,
        };
        if !pages(wish) {
            // Too many want to read: they are told what they miss.
            self.page(room, from, to, Vec::new());
        }
    }

    /// A page is there.
    pub(super) fn page(&mut self, room: RoomId, from: Seq, to: Seq, entries: Vec<Arc<E>>) {
        let Some(mirror) = self.rooms.get_mut(&room) else {
            return;
        };
        for conn in mirror.older.put(from, to, entries) {
            if let Some(&key) = self.by_conn.get(&conn) {
                self.serve(key);
            }
        }
        if let Some(mirror) = self.rooms.get_mut(&room) {
            mirror.older.settle();
        }
    }
}

/// The next thing for a member, in its format, moved past. Encodes only what is for this member alone.
pub(super) fn pull<E: Frames>(member: &mut Member, mirror: &Mirror<E>) -> Option<Note> {
    let format = member.format();
    let packed_later = member.packed_later();
    let shared = |bytes: &Bytes| match packed_later {
        true => Note::Packet {
            json: bytes.clone(),
            ack: None,
        },
        false => Note::Ready(bytes.clone()),
    };
    let note = loop {
        match member.feed.next(&mirror.log) {
            Next::Idle => return None,
            Next::Entry(entry) => break shared(entry.bytes(format)),
            Next::Direct(note) => break note.clone(),
            Next::Gap(gap) => match reach(member, mirror, gap) {
                Found::Entry(entry) => {
                    member.feed.supply();
                    if entry.skip() != Some(member.user) {
                        return Some(shared(entry.bytes(format)));
                    }
                }
                Found::Unknown => {
                    member.wants_page = true;
                    return None;
                }
                Found::Gone => {
                    let room = mirror.name.as_ref().expect("only a room's log has gaps");
                    break member.event(&Event::Gap {
                        room,
                        epoch: mirror.lives.epoch,
                        gap,
                    });
                }
            },
        }
    };
    member.feed.accept(&mirror.log);
    Some(note)
}

/// Whether the store bridges a gap, as far as that goes.
fn reach<'a, E: Frames>(member: &Member, mirror: &'a Mirror<E>, gap: Gap) -> Found<'a, E> {
    let short = gap.to + 1 - gap.from <= limits::RESUME_ENTRIES;
    if member.has_store && short && !member.feed.is_replaying() {
        mirror.older.find(gap.from)
    } else {
        Found::Gone
    }
}

/// Room for frames that are handed to a lane at once.
type Run<'a> = heapless::Vec<&'a Bytes, RUN_FRAMES>;

fn serve_lane<E: Frames>(member: &mut Member, lane: &Arc<Lane>, mirror: &Mirror<E>) {
    let format = member.format();
    while !member.stalled {
        let more = if member.staged.is_none()
            && let Some(next) = member.feed.plain_run(&mirror.log)
        {
            run_entries(member, lane, mirror, format, next)
        } else {
            run_staged(member, lane, mirror)
        };
        if !more {
            return;
        }
    }
}

/// The hot path: the entries from `next` on, straight from the log, and the latest values behind them.
/// Returns whether there is more to write.
fn run_entries<E: Frames>(
    member: &mut Member,
    lane: &Arc<Lane>,
    mirror: &Mirror<E>,
    format: Format,
    next: u64,
) -> bool {
    let mut run = Run::new();
    let mut seen = next - 1;
    for entry in mirror.log.iter_from(next) {
        if run.is_full() {
            break;
        }
        seen = entry.seq();
        if entry.skip() != Some(member.user) {
            run.push(entry.bytes(format)).expect("checked: not full");
        }
    }
    let entries = run.len();
    if member.latest_seen != mirror.latest.version
        && seen == mirror.log.head()
        && let Some(latest) = mirror.latest.bytes(format)
    {
        // A full run goes first; the values are as new on the next round.
        let _ = run.push(latest);
    }
    if run.is_empty() {
        member.feed.jump(seen);
        return false;
    }
    let sent = lane.send(&run);
    if sent.taken >= entries {
        member.feed.jump(seen);
    } else if sent.taken > 0 {
        let user = member.user;
        let mut written = mirror.log.iter_from(next).filter(|entry| entry.skip() != Some(user));
        let last = written.nth(sent.taken - 1).expect("it was in the run");
        member.feed.jump(last.seq());
    }
    if sent.taken > entries {
        member.latest_seen = mirror.latest.version;
    }
    member.stalled = sent.state != SendState::Ready;
    run.is_full()
}

/// Entries and what is for this member alone, in order. Returns whether there may be more to write.
fn run_staged<E: Frames>(member: &mut Member, lane: &Arc<Lane>, mirror: &Mirror<E>) -> bool {
    let mut staged = member.staged.take().unwrap_or_else(|| Box::new(Staged::new()));
    while !staged.is_full() {
        let Some(note) = pull(member, mirror) else { break };
        if staged.push_back(Note::Ready(framed(member, note))).is_err() {
            unreachable!("checked: not full");
        }
    }
    if staged.is_empty() {
        return false;
    }
    let full = staged.is_full();
    let sent = {
        let mut run = Run::new();
        for note in &*staged {
            if let Note::Ready(bytes) = note {
                let _ = run.push(bytes);
            }
        }
        lane.send(&run)
    };
    for _ in 0..sent.taken {
        staged.pop_front();
    }
    member.stalled = sent.state != SendState::Ready;
    if !staged.is_empty() {
        member.staged = Some(staged);
    }
    full || member.latest_seen != mirror.latest.version
}

/// A packet that was made while the library spoke, as the frame that the lane takes.
fn framed(member: &Member, note: Note) -> Bytes {
    match note {
        Note::Ready(bytes) => bytes,
        Note::Packet { json, ack } => wire::packet_frame(member.namespace.as_ref(), ack, &json),
    }
}

/// Feeds a session on polling through the library, as far as its buffer has room; hands over to the lane once the session
/// has upgraded.
fn serve_library<E: Frames>(member: &mut Member, mirror: &Mirror<E>) {
    loop {
        let conn = member.conn;
        let Sink::SocketIo(sio) = &mut member.sink else { return };
        let Speaker::Library { budget } = sio.state else { return };
        if sio.socket.transport_type() == TransportType::Websocket
            && let Some(lane) = sio.session.lane()
        {
            // Everything that the library still holds leaves through the lane before this mark does.
            let (mark, event) = sio::handover(conn, sio.socket.ns());
            lane.watch(conn.0, mark);
            if sio::emit(&sio.socket, &event, None).is_ok() {
                sio.state = Speaker::Passing;
            }
            return;
        }
        if budget == 0 || member.stalled {
            return;
        }
        let latest_due = member.latest_seen != mirror.latest.version;
        let note = match member.staged.take().and_then(|mut staged| staged.pop_front()) {
            Some(note) => note,
            None => match pull(member, mirror) {
                Some(note) => note,
                None if latest_due => {
                    member.latest_seen = mirror.latest.version;
                    let Some(latest) = mirror.latest.bytes(Format::Json) else {
                        return;
                    };
                    Note::Packet {
                        json: latest.clone(),
                        ack: None,
                    }
                }
                None => return,
            },
        };
        let Note::Packet { json, ack } = &note else {
            unreachable!("made for the library")
        };
        let Sink::SocketIo(sio) = &mut member.sink else { return };
        match sio::emit(&sio.socket, json, *ack) {
            Ok(()) => sio.state = Speaker::Library { budget: budget - 1 },
            Err(SendError::Socket(SocketError::InternalChannelFull)) => {
                sio.state = Speaker::Library { budget: 0 };
                let mut staged = Box::new(Staged::new());
                let _ = staged.push_back(note);
                member.staged = Some(staged);
            }
            Err(_) => member.stalled = true,
        }
    }
}

fn serve_stream<E: Frames>(member: &mut Member, mirror: &Mirror<E>) {
    loop {
        let Sink::Stream(channel) = &member.sink else { return };
        let channel = channel.clone();
        let Ok(permit) = channel.try_reserve() else { return };
        let bytes = match pull(member, mirror) {
            Some(Note::Ready(bytes)) => bytes,
            Some(Note::Packet { .. }) => unreachable!("made for a stream"),
            None if member.latest_seen != mirror.latest.version => {
                member.latest_seen = mirror.latest.version;
                let Some(latest) = mirror.latest.bytes(Format::Sse) else {
                    return;
                };
                latest.clone()
            }
            None => return,
        };
        permit.send(bytes);
    }
}
