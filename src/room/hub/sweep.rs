//! Applies an admin command to all connections, a slice at a time: all at once would block the hub.

use crate::room::hub::state::Sweep;
use std::collections::BTreeMap;

use crate::room::hub::{state::Due, state::Hub};
use crate::{
    limits::{SWEPT_CONNECTIONS, SWEPT_PAUSE_MS},
    room::{CloseReason, Code, ConnId, Now, Output, Refusal},
};

impl Hub {
    /// Starts with the first slice, unless others are under way. A sweep of the same kind starts anew, so there are at most as many
    /// as rooms, and one.
    pub(in crate::room::hub) fn sweep(&mut self, now: Now, what: Sweep) {
        let is_first = self.sweeps.iter().all(|&(other, _)| other == what);
        self.sweeps.retain(|&(other, _)| other != what);
        self.sweeps.push_back((what, ConnId(0)));
        if is_first {
            self.sweep_on(now);
        }
    }

    /// The next slice.
    pub(in crate::room::hub) fn sweep_on(&mut self, now: Now) {
        let Some((what, from)) = self.sweeps.pop_front() else {
            return;
        };
        if what == Sweep::Wiped {
            self.close_wiped();
        } else {
            self.put_out(now, what, from);
        }
        if !self.sweeps.is_empty() {
            self.due.insert((now.mono_ms + SWEPT_PAUSE_MS, Due::Sweep));
        }
    }

    /// Closes the next connections from before a wipe.
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
        self.sweeps.push_front((Sweep::Wiped, ConnId(0)));
    }

    fn put_out(&mut self, now: Now, what: Sweep, from: ConnId) {
        let slice = self.conns.range(from..).take(SWEPT_CONNECTIONS);
        let slice: Vec<_> = slice
            .map(|(&conn, state)| (conn, state.user, state.address, state.room))
            .collect();
        let next = slice.last().filter(|_| slice.len() == SWEPT_CONNECTIONS);
        if let Some(&(last, ..)) = next {
            self.sweeps.push_front((what, ConnId(last.0 + 1)));
        }
        for (conn, user, address, room) in slice {
            let Some(room) = room else { continue };
            let why = match what {
                Sweep::Closed(closed) if closed == room && self.rooms.get(room).policy.settings.closed => {
                    Refusal::new(Code::RoomClosed, "this room is closed")
                }
                Sweep::Closed(_) | Sweep::Wiped => continue,
                Sweep::Barred => match self.check_access(user, address) {
                    Ok(()) => continue,
                    Err(refusal) => refusal,
                },
            };
            self.detach(now, user, conn, room);
            self.refuse(conn, why);
        }
    }
}
