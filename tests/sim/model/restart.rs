//! What another process knows of what was before it.

use std::collections::BTreeMap;

use super::{Model, Room};
use crate::{disk::Disk, same};
use chatterbox::room::{Output, RoomId};

impl Model {
    /// The process has ended, and another one has gone on from a disk with `got`.
    pub fn restart(&mut self, disk: &Disk, got: &[Output]) -> Result<(), String> {
        let now_ms = self.now.mono_ms;
        self.conns.clear();
        self.left.clear();
        self.private.clear();
        self.seats_due_ms = None;
        self.operators.clear();
        self.rooms.retain(|room| room.stays || room.head() > 0);
        for room in &mut self.rooms {
            room.restart(now_ms);
        }
        for person in self.people.values_mut() {
            person.restart();
        }
        self.check_disk(disk)?;
        self.check_log(got)
    }

    /// The disk has everything that was said, but not what was hidden.
    fn check_disk(&mut self, disk: &Disk) -> Result<(), String> {
        let spoken = self.rooms.iter_mut().filter(|room| room.head() > 0);
        let mut count = 0;
        for room in spoken {
            count += 1;
            let kept = disk
                .rooms
                .get(&room.name)
                .ok_or_else(|| format!("{} is lost", room.name))?;
            if kept.entries.len() != room.entries.len() {
                return Err(format!("{} came back with {} entries", room.name, kept.entries.len()));
            }
            let epoch = kept.epochs.epoch;
            if epoch != room.epoch {
                room.lives.push((room.epoch, room.head()));
                room.epoch = epoch;
            }
            for (want, got) in room.entries.iter_mut().zip(&kept.entries) {
                if !same::but_epoch(want, got) {
                    return Err(format!("{got:?} came back for {want:?}"));
                }
                *want = got.clone();
            }
            room.remember_ids();
            room.restore_originals();
        }
        match disk.rooms.len() == count {
            true => Ok(()),
            false => Err(format!("{:?} came back", disk.rooms.keys())),
        }
    }

    /// What comes before the first input is the rooms' newest entries.
    fn check_log(&mut self, got: &[Output]) -> Result<(), String> {
        self.opened = 0;
        // Numbers of rooms are another process's.
        self.rooms.iter_mut().for_each(|room| room.id = RoomId(u32::MAX));
        let mut heads = BTreeMap::new();
        for output in got {
            match output {
                Output::RoomOpened {
                    room: id,
                    name,
                    epochs,
                    after,
                } => {
                    self.opened += 1;
                    let mut rooms = self.rooms.iter_mut();
                    let room = rooms.find(|room| room.name == *name);
                    let room = room.ok_or_else(|| format!("{name} came back"))?;
                    if room.head() == 0 {
                        room.epoch = epochs.epoch;
                    }
                    if room.epoch != epochs.epoch {
                        return Err(format!("{name} came back in {}", epochs.epoch));
                    }
                    (room.id, room.oldest) = (*id, after + 1);
                    heads.insert(*id, *after);
                }
                Output::Recall { room, entry } => {
                    let room = self.room(*room);
                    if !room.is_control(entry.seq) || !same::entries(room.at(entry.seq), entry) {
                        return Err(format!("{entry:?} was recalled"));
                    }
                }
                Output::Append { room: id, entry } => {
                    let head = heads.get_mut(id).ok_or("an entry of an unknown room")?;
                    *head += 1;
                    let room = self.room_mut(*id);
                    if entry.seq != *head || *head > room.head() || !same::entries(room.at(*head), entry) {
                        return Err(format!("{entry:?} came back as number {head}"));
                    }
                    room.keep(entry);
                }
                _ => {}
            }
        }
        let whole = |room: &Room| heads.get(&room.id) == Some(&room.head());
        match self.rooms.len() == heads.len() && self.rooms.iter().all(whole) {
            true => Ok(()),
            false => Err(format!("the rooms came back up to {heads:?}")),
        }
    }
}
