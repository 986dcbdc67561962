//! What a store has, for [`crate::crash`].

use std::{collections::BTreeMap, sync::Arc};

use chatterbox::room::{Entry, Key, Lives, Output, Restored, RestoredRoom, RoomName};

/// One room on the disk.
#[derive(Clone)]
pub struct Kept {
    pub lives: Lives,
    pub entries: Vec<Arc<Entry>>,
}

/// A store, as small as it can be.
#[derive(Default)]
pub struct Disk {
    pub rooms: BTreeMap<RoomName, Kept>,
    pub values: BTreeMap<Key, Box<str>>,
}

impl Disk {
    pub fn commit(&mut self, output: &Output) {
        match output {
            Output::Append { entry, .. } => {
                let known = self
                    .rooms
                    .get(&entry.room)
                    .is_some_and(|room| room.lives.epoch == entry.epoch);
                if !known {
                    let lives = Lives::first(entry.epoch);
                    let entries = Vec::new();
                    self.rooms.insert(entry.room.clone(), Kept { lives, entries });
                }
                let room = self.rooms.get_mut(&entry.room).expect("it is there now");
                room.entries.push(entry.clone());
            }
            Output::Keep { key, value } => match value {
                Some(value) => drop(self.values.insert(key.clone(), value.clone())),
                None => drop(self.values.remove(key)),
            },
            _ => {}
        }
    }

    pub fn restored(&self) -> Restored {
        let room = |(name, kept): (&RoomName, &Kept)| {
            let mut room = RestoredRoom {
                name: name.clone(),
                lives: kept.lives.clone(),
                head: kept.entries.last().map_or(0, |entry| entry.seq),
                oldest: 1,
                entries: kept.entries.clone(),
                controls: Vec::new(),
                accepted: Vec::new(),
            };
            room.enter(kept.lives.clone());
            room
        };
        Restored {
            rooms: self.rooms.iter().map(room).collect(),
            kept: self
                .values
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        }
    }
}
