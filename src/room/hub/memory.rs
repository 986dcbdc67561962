//! Measures the memory of all rooms and people, and drops the oldest log entries when the driver (the task that owns the hub) asks for it,
//! at most `limits::SHED_ENTRIES` at a time.
//! [`crate::memory`] defines which parts of the server give up memory first.

use crate::room::hub::{membership::room::Room, state::Asker, state::Hub};
use crate::{
    limits,
    room::{Code, Output, Refusal, RoomId},
};

/// Estimated size of one table entry, in bytes: key, value, and a half-empty B-tree node.
const ROW: usize = 128;

impl Hub {
    /// Memory of the entries in all rooms' logs, in bytes.
    pub fn log_bytes(&self) -> usize {
        self.rooms.ids().map(|id| self.rooms.get(id).log.bytes()).sum()
    }

    /// Memory of all rooms, people and connections without the logs' entries, in bytes.
    pub fn own_bytes(&self) -> usize {
        let rooms: usize = self.rooms.ids().map(|id| self.rooms.get(id).own_bytes()).sum();
        let people = self.people.known() * 4 * ROW;
        rooms + people + self.private.bytes() + self.audit.bytes() + self.conns.len() * limits::MEMBER_BYTES
    }

    /// Drops most originals of hidden messages, then the oldest entries of the largest logs: `shed` bytes in total, at most [`limits::SHED_ENTRIES`] entries per call.
    /// Also stores whether the whole budget is used up.
    pub(in crate::room::hub) fn fit_memory(&mut self, shed: usize, full: bool) {
        self.memory_full = full;
        let (mut bytes, mut entries) = (0, 0);
        if shed > 0 {
            let rooms = self.rooms.by_id.values_mut();
            bytes += rooms.map(|room| room.policy.hidden.shrink(0)).sum::<usize>();
        }
        while bytes < shed && entries < limits::SHED_ENTRIES {
            let fullest = self.rooms.ids().max_by_key(|&id| self.rooms.get(id).log.bytes());
            let Some(id) = fullest.filter(|&id| self.rooms.get(id).log.len() > 1) else {
                return;
            };
            // A part of it, then perhaps another one is the fullest.
            let log = &self.rooms.get(id).log;
            let most = (log.len() / 8 + 1).min(limits::SHED_ENTRIES - entries);
            let mut here = 0;
            let going = log.iter_from(0).take(most.min(log.len() - 1)).take_while(|entry| {
                let goes = bytes + here < shed;
                here += if goes { entry.weight() } else { 0 };
                goes
            });
            let count = going.count();
            self.shed(id, count);
            bytes += here.max(1);
            entries += count;
        }
    }

    fn shed(&mut self, id: RoomId, count: usize) {
        let room = self.rooms.get_mut(id);
        let oldest = room.log.oldest() + count as u64;
        room.log.shed(oldest);
        // What can't be seen any more is not sent again.
        room.dedup.shrink(limits::RING_ENTRIES.min(2 * room.log.len()));
        self.outputs.push_back(Output::Shed { room: id, oldest });
    }

    /// Checks that the memory budget has room for another message.
    ///
    /// # Errors
    /// `busy`: the whole budget is used up.
    pub(in crate::room::hub) fn has_memory(&self) -> Result<(), Refusal> {
        match self.memory_full {
            true => Err(busy("the box's memory is full for now")),
            false => Ok(()),
        }
    }

    /// Checks that the approval queues may hold `bytes` more. Messages of operators and staff are always allowed.
    ///
    /// # Errors
    /// `busy`: the queues have used up their part of the budget.
    pub(in crate::room::hub) fn may_hold(&self, asker: Asker<'_>, bytes: usize) -> Result<(), Refusal> {
        let budget = usize::try_from(self.limits.memory_mib)
            .unwrap_or(usize::MAX)
            .saturating_mul(1024 * 1024);
        let held: usize = self.rooms.ids().map(|id| self.rooms.get(id).policy.held.bytes()).sum();
        if budget == 0 || held + bytes <= budget / limits::APPROVAL_SHARE || self.runs_the_evening(asker.user) {
            return Ok(());
        }
        Err(busy("too much waits to be approved in all rooms"))
    }
}

impl Room {
    fn own_bytes(&self) -> usize {
        self.policy.held.bytes()
            + self.policy.hidden.bytes()
            + self.dedup.bytes()
            + self.board.bytes()
            + self.values.bytes()
            + self.policy.people() * ROW
    }
}

fn busy(message: &str) -> Refusal {
    Refusal::retry(Code::Busy, message, limits::BUSY_RETRY_MS)
}
