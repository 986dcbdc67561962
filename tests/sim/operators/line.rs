//! What one phone is given, and what it has then.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    model::{Model, words_of},
    plant::Plant,
};
use crate::disk::Disk;
use chatterbox::{
    limits::CONTROL_ENTRIES,
    room::{Body, Control, Cursor, Entry, Hide, Log, Next, Resume, RoomId, RoomName, Seq, UserId},
};

/// What was said, by number, and by whom.
type Texts = BTreeMap<Seq, (UserId, Box<str>)>;

/// What a user comes back with.
pub struct Phone {
    pub resume: Resume,
    pub texts: Texts,
}

/// A connection's stream.
pub struct Line {
    pub user: UserId,
    pub room: Option<RoomId>,
    pub texts: Texts,
    /// How it reads.
    pub pace: u64,
    feed: Cursor<()>,
    /// Older entries come from the store, as far as it has them.
    at_disk: bool,
    start: Seq,
    received: u64,
    missed: u64,
    /// What the gaps were about.
    gaps: Vec<(Seq, Seq)>,
    controls: BTreeSet<Seq>,
}

impl Line {
    pub fn new(user: UserId, at_disk: bool, pace: u64) -> Self {
        Self {
            user,
            room: None,
            texts: Texts::new(),
            pace,
            feed: Cursor::new(user, 0),
            at_disk,
            start: 0,
            received: 0,
            missed: 0,
            gaps: Vec::new(),
            controls: BTreeSet::new(),
        }
    }

    pub fn cursor(&self) -> Seq {
        self.feed.cursor()
    }

    pub fn start(&mut self, room: RoomId, since: Seq, texts: Texts) {
        *self = Self {
            room: Some(room),
            texts,
            start: since,
            ..Self::new(self.user, self.at_disk, self.pace)
        };
        self.feed.rejoin(since);
    }

    pub fn stop(&mut self) {
        *self = Self::new(self.user, self.at_disk, self.pace);
    }

    /// Reads up to `most` entries; says whether there was a gap.
    pub fn read(
        &mut self,
        most: usize,
        name: &RoomName,
        log: &Log<Arc<Entry>>,
        disk: &Disk,
        model: &Model,
        plant: Option<Plant>,
    ) -> Result<bool, String> {
        let mut gaps = false;
        for _ in 0..most {
            let replays = self.feed.is_replaying();
            let entry = match self.feed.next(log) {
                Next::Idle => {
                    self.check_at_end(name, log, model)?;
                    break;
                }
                Next::Direct(()) => return Err("nothing is for this member alone".into()),
                Next::Entry(entry) => Some(entry.clone()),
                Next::Gap(gap) => {
                    let stored = disk.entry(name, gap.from).filter(|_| self.at_disk && !replays);
                    if let Some(entry) = stored {
                        self.feed.supply();
                        self.received += 1;
                        if entry.skip != Some(self.user) {
                            self.take(entry, model)?;
                        }
                        continue;
                    }
                    gaps = true;
                    self.missed += gap.missed;
                    self.gaps.push((gap.from, gap.to));
                    None
                }
            };
            self.feed.accept(log);
            if let Some(entry) = entry {
                if replays
                    && plant == Some(Plant::HideLostInGap)
                    && matches!(entry.body, Body::Control(Control::Hide { .. }))
                {
                    continue;
                }
                self.received += 1;
                self.take(&entry, model)?;
            }
        }
        Ok(gaps)
    }

    fn take(&mut self, entry: &Entry, model: &Model) -> Result<(), String> {
        model.check_shown(entry)?;
        if entry.is_control() {
            self.controls.insert(entry.seq);
        }
        match &entry.body {
            Body::Control(Control::Hide {
                what: Hide::Entry { seq },
            }) => drop(self.texts.remove(seq)),
            Body::Control(Control::Hide {
                what: Hide::Person { user },
            }) => self.texts.retain(|_, (from, _)| from != user),
            Body::Hidden { .. } => drop(self.texts.remove(&entry.seq)),
            body => {
                let words = words_of(body);
                if !words.is_empty() {
                    self.texts.insert(entry.seq, (entry.from.id, words));
                }
            }
        }
        Ok(())
    }

    /// A client that has read everything has all of it, was told what is missing, and has nothing that is hidden.
    fn check_at_end(&self, name: &RoomName, log: &Log<Arc<Entry>>, model: &Model) -> Result<(), String> {
        let room = &model.rooms[name];
        if self.cursor() != log.head() || log.head() != room.head() {
            return Err(format!("{} ends at {} of {}", self.user, self.cursor(), room.head()));
        }
        let told = |seq: Seq| self.gaps.iter().any(|(from, to)| (*from..=*to).contains(&seq));
        let stored = self.at_disk;
        let skips = (self.start + 1..=room.head()).filter(|seq| {
            let skips = room.said(*seq).is_some_and(|said| said.skip == Some(self.user));
            // Those that the store gave are counted already.
            skips && !told(*seq) && !stored
        });
        let sent = room.head() - self.start;
        let had = self.received + self.missed;
        if !stored && had + skips.count() as u64 != sent {
            return Err(format!("{had} of {sent} since {} for {}", self.start, self.user));
        }
        let controls = (1..=room.head()).rev().filter(|seq| room.is_control(*seq));
        let newest: Vec<_> = controls.take(CONTROL_ENTRIES).collect();
        if let Some(lost) = newest
            .iter()
            .find(|seq| **seq > self.start && !self.controls.contains(seq))
        {
            return Err(format!(
                "{} did not get {lost}, {:?}",
                self.user,
                room.said(*lost).map(|said| &said.body)
            ));
        }
        let mut secret = self
            .texts
            .values()
            .filter(|(_, text)| model.secrets.contains(&(name.clone(), text.clone())));
        match secret.next().filter(|_| newest.len() < CONTROL_ENTRIES) {
            Some(secret) => Err(format!("{} still has {secret:?}", self.user)),
            None => Ok(()),
        }
    }
}
