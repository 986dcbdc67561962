//! Sweeps: an admin command that concerns all connections or all messages is applied a slice at a time, because all at once would block all
//! rooms. A slice has at most `limits::SWEPT_CONNECTIONS` connections, or about `limits::SWEPT_MESSAGES` or `limits::SWEPT_HIDDEN` messages.

use crate::room::hub::state::Sweep;
use std::{collections::BTreeMap, sync::Arc};

use crate::room::hub::{state::Due, state::Hub};
use crate::{
    limits::{SWEPT_CONNECTIONS, SWEPT_MESSAGES, SWEPT_PAUSE_MS},
    room::{CloseReason, Code, ConnId, Direct, Measure, Now, Output, Refusal, RoomId, UserId},
};

impl Hub {
    /// Starts with the first slice, unless others are under way. A sweep of the same kind starts anew, so there are at most as many
    /// as rooms, admitted people ([`crate::limits::ACCESS_RECORDS`]), and four.
    pub(in crate::room::hub) fn sweep(&mut self, now: Now, what: Sweep) {
        let is_first = self.sweeps.iter().all(|&(other, _)| other == what);
        self.sweeps.retain(|&(other, _)| other != what);
        self.sweeps.push_back((what, 0));
        if is_first {
            self.sweep_on(now);
        }
    }

    /// Processes the next slice of the oldest sweep; does nothing if no sweep is under way.
    pub(in crate::room::hub) fn sweep_on(&mut self, now: Now) {
        let Some((what, from)) = self.sweeps.pop_front() else {
            return;
        };
        match what {
            Sweep::Wiped => self.close_wiped(),
            Sweep::Admitted(user) => self.let_in(now, user, from),
            Sweep::Hiding => self.hide_on(now),
            Sweep::Closed(_) | Sweep::Barred | Sweep::Seatless => self.put_out(now, what, from),
        }
        if !self.sweeps.is_empty() {
            self.due.insert((now.mono_ms + SWEPT_PAUSE_MS, Due::Sweep));
        }
    }

    /// Closes the next slice of the connections from before a wipe.
    fn close_wiped(&mut self) {
        for _ in 0..SWEPT_CONNECTIONS {
            while self.wiped_conns.front().is_some_and(BTreeMap::is_empty) {
                self.wiped_conns.pop_front();
            }
            let next = self.wiped_conns.front_mut().and_then(BTreeMap::pop_first);
            let Some((conn, _)) = next else { return };
            let reason = CloseReason::Wiped;
            self.outputs.push_back(Output::Close { conn, reason });
        }
        self.sweeps.push_front((Sweep::Wiped, 0));
    }

    /// Tells the next rooms where an admitted person is or waits, and shows what waited there.
    fn let_in(&mut self, now: Now, user: UserId, from: u64) {
        let waits = |room: &RoomId| {
            let room = self.rooms.get(*room);
            room.policy.settings.newcomers_wait && (room.has(user) || room.policy.held.has(user))
        };
        let rooms: Vec<_> = self
            .rooms
            .ids()
            .filter(|room| u64::from(room.0) >= from)
            .filter(waits)
            .collect();
        let mut shown = 0;
        for room in rooms {
            if shown >= SWEPT_MESSAGES {
                self.sweeps.push_front((Sweep::Admitted(user), room.0.into()));
                return;
            }
            self.moderated(now, room, Measure::Admit, user, None);
            shown += 1 + self.decide_held(now, room, user, true);
        }
    }

    fn put_out(&mut self, now: Now, what: Sweep, from: u64) {
        let slice = self.conns.range(ConnId(from)..).take(SWEPT_CONNECTIONS);
        let slice: Vec<_> = slice.map(|(&conn, _)| conn).collect();
        let next = slice.last().filter(|_| slice.len() == SWEPT_CONNECTIONS);
        if let Some(&last) = next {
            self.sweeps.push_front((what, last.0 + 1));
        }
        for conn in slice {
            let state = &self.conns[&conn];
            let Some(room) = state.room else { continue };
            let user = state.user;
            let why = match what {
                Sweep::Closed(closed) if closed == room && self.rooms.get(room).policy.settings.closed => {
                    Refusal::new(Code::RoomClosed, "this room is closed")
                }
                Sweep::Closed(_) | Sweep::Wiped | Sweep::Hiding | Sweep::Admitted(_) => continue,
                Sweep::Barred => match self.check_access(state) {
                    Ok(()) => continue,
                    Err(refusal) => refusal,
                },
                Sweep::Seatless => {
                    self.ask_for_seat(now, conn);
                    continue;
                }
            };
            self.detach(now, user, conn, room);
            self.refuse(conn, why);
        }
    }

    /// Tells a connection in a room until when it must give a seat code; does nothing if it needs none.
    fn ask_for_seat(&mut self, now: Now, conn: ConnId) {
        let (state, records) = (&self.conns[&conn], &self.access_records);
        let has_seat = records.check(state.user, state.address, false, false).is_ok();
        if let Some(due_ms) = records.seats_due_ms.filter(|_| !has_seat) {
            let within_ms = due_ms.saturating_sub(now.mono_ms);
            let direct = Arc::new(Direct::Seat { within_ms });
            self.outputs.push_back(Output::Direct { conn, direct });
        }
    }
}
