//! Everything that was said is forgotten.

use super::{Hub, audit::Audit, people::People, standing::Standings};
use crate::room::{CloseReason, Code, Now, Officer, Order, Output, Refusal, Reply, ReplyTo};

impl Hub {
    /// What a wipe would take: rooms, and the entries that they still have.
    pub(super) fn kept_so_far(&self) -> (usize, u64) {
        let ids: Vec<_> = self.rooms.ids().collect();
        let entries = ids.iter().map(|&id| {
            let room = self.rooms.get(id);
            let oldest = if self.keeps {
                room.stored_from.max(1)
            } else {
                room.log.oldest()
            };
            (room.log.head() + 1).saturating_sub(oldest)
        });
        (ids.len(), entries.sum())
    }

    /// [`Order::Wipe`], with its answer: it goes to the connection before that is told of its end.
    pub(super) fn wipe_by(&mut self, now: Now, to: ReplyTo, by: Officer) {
        if self.keeps && !self.durable {
            let message = "nothing was removed: the disk can't be written; see what is wrong with it first";
            self.answer(to, Err(Refusal::new(Code::Disk, message)));
            return;
        }
        let (rooms, messages) = self.kept_so_far();
        self.answer(to, Ok(Reply::Wiped { rooms, messages }));
        self.wipe();
        self.record(now, by, Self::written(&Order::Wipe { dry_run: false }));
    }

    /// Forgets everything but the codes of helpers and the rooms that stay, and those are new ones.
    pub(super) fn wipe(&mut self) {
        for conn in std::mem::take(&mut self.conns).into_keys() {
            let reason = CloseReason::Wiped;
            self.outputs.push_back(Output::Close { conn, reason });
        }
        self.people = People::new(&self.limits);
        for id in self.rooms.ids().collect::<Vec<_>>() {
            self.close_room(id);
        }
        self.due.clear();
        self.audit = Audit::default();
        self.standings = Standings::default();
        self.words = Default::default();
        self.outputs.push_back(Output::Wiped);
        self.rooms.keep_only(&self.stay);
        for name in self.stay.clone() {
            self.open(&name).expect("they had place at the start");
        }
    }
}
