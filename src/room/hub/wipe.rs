//! Removes all messages and names when the organizer orders a wipe, and ends all connections. It frees memory; nothing grows.

use std::{mem, sync::Arc};

use crate::room::hub::{
    membership::devices::Devices, membership::people::People, private_rates::PrivateRates, state::Hub, state::Sweep,
};
use crate::room::{AdminCommand, Code, Now, Operator, Output, Refusal, Remains, Reply, ReplyTo, WordList};

impl Hub {
    /// Counts what a wipe would remove: rooms, and the entries that they hold or have stored.
    pub(in crate::room::hub) fn kept_so_far(&self) -> (usize, u64) {
        let ids: Vec<_> = self.rooms.ids().collect();
        let entries = ids.iter().map(|&id| {
            let room = self.rooms.get(id);
            let oldest = if self.persists {
                room.stored_from.max(1)
            } else {
                room.log.oldest()
            };
            (room.log.head() + 1).saturating_sub(oldest)
        });
        (ids.len(), entries.sum())
    }

    /// Runs [`AdminCommand::Wipe`]. The answer is sent before the connection is closed.
    pub(in crate::room::hub) fn wipe_by(&mut self, now: Now, to: ReplyTo, by: Operator) {
        if self.persists && !self.durable {
            let message = "nothing was removed: the disk can't be written; see what is wrong with it first";
            self.answer(to, Err(Refusal::new(Code::Disk, message)));
            return;
        }
        let (rooms, messages) = self.kept_so_far();
        self.answer(to, Ok(Reply::Wiped { rooms, messages }));
        self.wipe(now);
        self.record(now, by, Self::written(&AdminCommand::Wipe { dry_run: false }));
    }

    /// Removes everything except the moderators' access codes, and recreates the permanent rooms. The hub forgets all connections at once,
    /// but they are closed in slices.
    pub(in crate::room::hub) fn wipe(&mut self, now: Now) {
        for hiding in mem::take(&mut self.hiding) {
            self.answer_hiding(&hiding);
        }
        let conns = mem::take(&mut self.conns);
        self.unproved.clear();
        if !conns.is_empty() {
            self.wiped_conns.push_back(conns);
        }
        let rooms = self.rooms.start_anew(&self.stay);
        self.outputs
            .extend(rooms.names().map(|(room, name)| Output::RoomClosed {
                room,
                name: name.clone(),
                parked: false,
            }));
        self.rooms_with_mutes = 0;
        // What was found with the list before is worth nothing.
        let none = WordList::new(self.words.revision() + 1, Vec::new(), None);
        let none = Arc::new(none.expect("a list without words has no bad one"));
        let remains = (
            rooms,
            mem::replace(&mut self.people, People::new(&self.limits)),
            mem::replace(&mut self.devices, Devices::new(&self.limits)),
            mem::replace(&mut self.words, none),
            (mem::take(&mut self.access_records), mem::take(&mut self.muted_devices)),
            (mem::take(&mut self.audit), mem::take(&mut self.private)),
            mem::replace(&mut self.private_rates, PrivateRates::new(&self.limits)),
            mem::take(&mut self.due),
        );
        let remains = Remains::new(remains);
        self.outputs.push_back(Output::Wiped { remains });
        for name in self.stay.clone() {
            self.open(&name).expect("they had place at the start");
        }
        self.sweeps.clear();
        self.sweep(now, Sweep::Wiped);
    }
}
