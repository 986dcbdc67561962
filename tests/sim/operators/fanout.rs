//! The store and the fan-out do what the hub says, and phones read.

use std::sync::Arc;

use super::{
    Stage,
    line::{Line, Phone},
};
use chatterbox::room::{ConnId, Entry, Epoch, Log, Output, Resume, RoomId, RoomName, UserId};

impl Stage {
    /// Does what an output says, at the store and at the edge.
    pub fn obey(&mut self, output: &Output) {
        if self.plant.is_none_or(|plant| plant.is_stored(output)) {
            self.disk.commit(output);
        }
        self.hear(output);
    }

    pub fn hear(&mut self, output: &Output) {
        if self.plant.is_some_and(|plant| !plant.is_heard(output)) {
            return;
        }
        match output {
            Output::Welcome { conn, welcome } => {
                let at_disk = self.rng.percent(50);
                let pace = self.rng.below(4);
                self.lines.insert(*conn, Line::new(welcome.you.id, at_disk, pace));
            }
            Output::RoomOpened { room, name, after, .. } => {
                let log = Log::starting_at(*after, self.limits.ring_bytes);
                self.logs.insert(*room, (name.clone(), log));
            }
            Output::Recall { room, entry } => self.log(*room).recall(entry.clone()),
            Output::Append { room, entry } => self.log(*room).push(entry.clone()),
            Output::Redact { room, entries, .. } => {
                for entry in entries.iter() {
                    self.log(*room).replace(entry.clone());
                }
            }
            Output::Reveal { room, entry } => self.log(*room).replace(entry.clone()),
            Output::Attach {
                conn,
                room,
                since,
                user,
            } => {
                let name = self.logs[room].0.clone();
                let phone = self
                    .phones
                    .get(&(*user, name))
                    .filter(|phone| phone.resume.since == *since);
                let phone = phone.map(|phone| phone.texts.clone());
                if let Some(line) = self.lines.get_mut(conn) {
                    line.start(*room, *since, phone.unwrap_or_default());
                }
            }
            Output::Detach { conn } => {
                self.remember(*conn);
                if let Some(line) = self.lines.get_mut(conn) {
                    line.stop();
                }
            }
            Output::Close { conn, .. } => self.hang_up(*conn),
            _ => {}
        }
    }

    fn log(&mut self, room: RoomId) -> &mut Log<Arc<Entry>> {
        &mut self.logs.get_mut(&room).expect("a room that was opened").1
    }

    pub fn hang_up(&mut self, conn: ConnId) {
        self.remember(conn);
        self.lines.remove(&conn);
    }

    /// Where a user was, with what they have.
    pub fn remember(&mut self, conn: ConnId) {
        let Some(line) = self.lines.get(&conn) else { return };
        let Some((name, _)) = line.room.and_then(|room| self.logs.get(&room)) else {
            return;
        };
        let epoch = self.disk.rooms.get(name).map_or(Epoch(0), |kept| kept.epochs.epoch);
        let resume = Resume {
            epoch,
            since: line.cursor(),
        };
        let texts = line.texts.clone();
        self.phones.insert((line.user, name.clone()), Phone { resume, texts });
    }

    pub fn memory(&mut self, user: UserId, room: &RoomName) -> Option<Resume> {
        let phone = self.phones.get(&(user, room.clone()));
        phone.map(|phone| phone.resume).filter(|_| self.rng.percent(80))
    }

    pub fn read_some(&mut self) -> Result<(), String> {
        for conn in self.lines.keys().copied().collect::<Vec<_>>() {
            let most = match self.lines[&conn].pace {
                0 | 1 => usize::MAX,
                2 if self.rng.one_in(3) => 1,
                3 if self.rng.one_in(30) => usize::MAX,
                _ => continue,
            };
            self.read(conn, most)?;
        }
        Ok(())
    }

    pub fn read(&mut self, conn: ConnId, most: usize) -> Result<(), String> {
        let (plant, disk, model) = (self.plant, &self.disk, &self.model);
        let Some(line) = self.lines.get_mut(&conn) else {
            return Ok(());
        };
        let Some((name, log)) = line.room.and_then(|room| self.logs.get(&room)) else {
            return Ok(());
        };
        let gaps = line.read(most, name, log, disk, model, plant)?;
        if gaps {
            self.note("gap");
        }
        Ok(())
    }
}
