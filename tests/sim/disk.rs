//! What a store has.

use std::{collections::BTreeMap, sync::Arc};

use chatterbox::{
    limits::{CONTROL_ENTRIES, UNHIDE},
    room::{
        Accepted, Entry, Epoch, EpochHistory, Hide, Input, Key, Output, PageRequest, Reply, Restored, RestoredRoom,
        RoomName, Seq, StoredValue,
    },
};

/// One room on the disk.
#[derive(Clone)]
pub struct Kept {
    pub epochs: EpochHistory,
    pub entries: Vec<Arc<Entry>>,
    /// What hidden entries were.
    originals: BTreeMap<Seq, Arc<Entry>>,
}

impl Kept {
    fn new(epochs: EpochHistory) -> Self {
        Self {
            epochs,
            entries: Vec::new(),
            originals: BTreeMap::new(),
        }
    }

    /// Hides entries. Returns the originals of the newest ones that the hub does not have.
    fn hide(&mut self, what: &Hide, to: Seq, known: &[Arc<Entry>]) -> Vec<Arc<Entry>> {
        let mut older = Vec::new();
        let meant = |entry: &&mut Arc<Entry>| entry.seq <= to && is_meant(what, entry);
        for entry in self.entries.iter_mut().filter(meant) {
            let Some(hidden) = entry.hidden() else { continue };
            let original = std::mem::replace(entry, Arc::new(hidden));
            if known.iter().all(|known| known.seq != original.seq) {
                older.push(original.clone());
            }
            self.originals.insert(original.seq, original);
        }
        let most = UNHIDE.saturating_sub(known.len());
        older.split_off(older.len().saturating_sub(most))
    }

    fn reveal(&mut self, entry: &Arc<Entry>) {
        self.originals.remove(&entry.seq);
        let place = self.entries.iter_mut().find(|one| one.seq == entry.seq);
        place.into_iter().for_each(|one| *one = entry.clone());
    }
}

/// A store, as small as it can be.
#[derive(Clone, Default)]
pub struct Disk {
    pub rooms: BTreeMap<RoomName, Kept>,
    values: BTreeMap<Key, StoredValue>,
}

impl Disk {
    /// Takes an output, and reports hidden entries that the hub does not have.
    pub fn commit(&mut self, output: &Output) -> Option<Input> {
        match output {
            Output::Append { entry, .. } => {
                let known = self
                    .rooms
                    .get(&entry.room)
                    .is_some_and(|room| room.epochs.epoch == entry.epoch);
                if !known {
                    let kept = Kept::new(EpochHistory::first(entry.epoch));
                    self.rooms.insert(entry.room.clone(), kept);
                }
                let room = self.rooms.get_mut(&entry.room).expect("it is there now");
                room.entries.push(entry.clone());
            }
            Output::Redact {
                name,
                epoch,
                what,
                to,
                entries,
                ..
            } => {
                let originals = self.rooms.get_mut(name)?.hide(what, *to, entries);
                return (!originals.is_empty()).then(|| Input::HiddenOlder {
                    room: name.clone(),
                    epoch: *epoch,
                    to: *to,
                    originals,
                });
            }
            Output::Reveal { entry, .. } => self.rooms.get_mut(&entry.room)?.reveal(entry),
            Output::Amend { entry, .. } => {
                let entries = &mut self.rooms.get_mut(&entry.room)?.entries;
                let mut old = entries.iter_mut().filter(|one| one.seq == entry.seq);
                old.by_ref().for_each(|one| *one = entry.clone());
            }
            Output::Persist { key, value } => match value {
                // Its text is made for a restart alone.
                Some(value) => drop(self.values.insert(key.clone(), value.clone())),
                None => drop(self.values.remove(key)),
            },
            Output::RoomClosed { name, parked, .. } => {
                self.values.retain(|key, _| key.room() != Some(name));
                if !parked {
                    self.rooms.remove(name);
                }
            }
            _ => {}
        }
        None
    }

    /// An entry of a room.
    pub fn entry(&self, room: &RoomName, seq: Seq) -> Option<&Arc<Entry>> {
        let entries = &self.rooms.get(room)?.entries;
        entries.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    /// Every room goes on in a new life, from all that was said; so do the rooms that another process finds.
    pub fn new_lives(&mut self, first: Epoch, restored: &mut Restored) {
        for (number, (kept, found)) in (0..).zip(self.rooms.values_mut().zip(&mut restored.rooms)) {
            let head = kept.entries.last().map_or(0, |entry| entry.seq);
            let before = kept.epochs.before.iter().copied().chain([(kept.epochs.epoch, head)]);
            kept.epochs = EpochHistory {
                before: before.collect(),
                epoch: Epoch(first.0 + number),
            };
            for entry in kept.entries.iter_mut().chain(kept.originals.values_mut()) {
                Arc::make_mut(entry).epoch = kept.epochs.epoch;
            }
            found.enter(kept.epochs.clone());
        }
    }

    /// A page of older entries, with the newer ones of the log.
    pub fn page(&self, request: PageRequest) -> Reply {
        let stored = self.rooms.get(&request.room).map_or(&[][..], |room| &room.entries);
        let shown = stored.iter().filter(|entry| entry.seq <= request.to);
        let mut shown = shown.rev().filter(|entry| entry.skip != Some(request.user));
        let mut entries: Vec<_> = shown.by_ref().take(request.limit).cloned().collect();
        entries.reverse();
        entries.extend(request.newer);
        let more = shown.next().is_some();
        Reply::History { entries, more }
    }

    /// What another process finds: so many of each room's newest entries, and what goes before them.
    pub fn restored(&self, tail: usize) -> Restored {
        let room = |(name, kept): (&RoomName, &Kept)| {
            let (older, newest) = kept.entries.split_at(kept.entries.len().saturating_sub(tail));
            let controls: Vec<_> = older.iter().filter(|entry| entry.is_control()).cloned().collect();
            let surplus = kept.originals.len().saturating_sub(UNHIDE);
            let accepted = |entry: &Arc<Entry>| {
                let (seq, at) = (Some(entry.seq), entry.at);
                (entry.from.id, entry.id.clone(), Accepted { seq, at })
            };
            RestoredRoom {
                name: name.clone(),
                epochs: kept.epochs.clone(),
                head: kept.entries.last().map_or(0, |entry| entry.seq),
                oldest: 1,
                entries: newest.to_vec(),
                controls: controls[controls.len().saturating_sub(CONTROL_ENTRIES)..].to_vec(),
                hidden: kept.originals.values().skip(surplus).cloned().collect(),
                accepted: older.iter().map(accepted).collect(),
            }
        };
        Restored {
            parked: Vec::new(),
            rooms: self.rooms.iter().map(room).collect(),
            values: self
                .values
                .iter()
                .map(|(key, value)| (key.clone(), value.json().into()))
                .collect(),
        }
    }
}

fn is_meant(what: &Hide, entry: &Entry) -> bool {
    match what {
        Hide::Entry { seq } => entry.seq == *seq,
        Hide::Person { user } => entry.from.id == *user,
    }
}
