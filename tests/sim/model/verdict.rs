//! Compares what the hub made of an input with what the model makes of it.

use std::{collections::BTreeSet, fmt::Debug, sync::Arc};

use super::{Model, reasons::Reasons, refuse};
use crate::same;
use chatterbox::room::{Code, ConnId, Direct, Entry, Output, Person, Refusal, Reply, RoomId};

/// What the hub answered to the input, beside operators.
#[derive(Clone, Default)]
pub(super) struct Told {
    pub(super) refused: Option<Code>,
    pub(super) reply: Option<Reply>,
    pub(super) wait_ms: Option<u64>,
    pub(super) closed: BTreeSet<ConnId>,
    pub(super) welcome: Option<Person>,
}

/// An entry that an input must make, or may.
#[derive(Clone)]
pub(super) struct Want {
    room: RoomId,
    entry: Arc<Entry>,
    sure: bool,
}

impl Model {
    /// Takes over what only the hub can know.
    pub(super) fn learn(&mut self, got: &[Output]) -> Result<(), String> {
        for output in got {
            if let Output::RoomOpened { room, name, epochs, .. } = output {
                let epoch = &epochs.epoch;
                let first = self.rooms_of.insert(*epoch, (name.clone(), false));
                if first.is_some_and(|(first, said)| said || first != *name) {
                    return Err(format!("epoch {epoch} was given out twice"));
                }
                self.epochs.insert(*room, *epoch);
            }
            if let Output::Append { entry, .. } = output {
                self.rooms_of.insert(entry.epoch, (entry.room.clone(), true));
            }
        }
        if self.is_run {
            self.told = told(got);
            self.forget_mutes();
        }
        Ok(())
    }

    /// The refusal that follows from these reasons.
    pub(super) fn decide(&self, reasons: &Reasons) -> Result<(), Refusal> {
        reasons.refusal(self.told.refused).map_or(Ok(()), refuse)
    }

    /// Notes a first thing that is wrong in the hub's answer.
    pub(super) fn wrong(&mut self, what: impl FnOnce() -> String) {
        self.wrong.get_or_insert_with(what);
    }

    /// Expects an entry beside operators, where the order in a room is the hub's own.
    pub(super) fn want(&mut self, room: RoomId, entry: Arc<Entry>, sure: bool) {
        self.wants.push(Want { room, entry, sure });
    }

    /// Number of entries that a room is about to get.
    pub(super) fn wanted(&self, room: RoomId) -> u64 {
        self.wants.iter().filter(|want| want.sure && want.room == room).count() as u64
    }

    pub(super) fn compare(&mut self, got: &[Output]) -> Result<(), String> {
        let want = std::mem::take(&mut self.out);
        match self.is_run {
            true => self.compare_some(&want, got)?,
            false => compare_all(&want, got)?,
        }
        for output in got {
            match output {
                Output::Append { room, entry } if self.is_run => self.take_entry(*room, entry)?,
                Output::Append { room, entry } => self.room_mut(*room).settle_newest(entry),
                // When counts are told, they are stored.
                Output::Latest { room, latest } if self.is_run => {
                    self.room_mut(*room).stored_reactions.clone_from(&latest.reactions);
                }
                _ => {}
            }
        }
        if let Some(want) = self.wants.drain(..).find(|want| want.sure) {
            return Err(format!("{:?} is missing", want.entry));
        }
        self.wrong.take().map_or(Ok(()), Err)
    }

    /// Beside operators: answers, refusals, the places that connections read from, welcomes, closed connections.
    fn compare_some(&mut self, want: &[Output], got: &[Output]) -> Result<(), String> {
        let judged = |output: &&Output| matches!(output, Output::Reply { .. } | Output::Attach { .. });
        let (mut wanted, mut given) = (want.iter().filter(judged), got.iter().filter(judged));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => break,
                (Some(want), Some(got)) if same::judged(want, got) => {}
                (want, got) => return Err(unlike(&got, &want)),
            }
        }
        let want = told(want);
        let told = (&self.told.welcome, self.told.refused, &self.told.closed);
        let role = |told: &Option<Person>| told.as_ref().map(|you| (you.id, you.role));
        let same = role(&want.welcome) == role(told.0) && want.closed == *told.2;
        if !same || (want.welcome.is_some() && want.refused != told.1) {
            return Err(unlike(&told, &(want.welcome, want.refused, want.closed)));
        }
        Ok(())
    }

    /// An entry must be wanted; the room has it from now on.
    fn take_entry(&mut self, id: RoomId, entry: &Arc<Entry>) -> Result<(), String> {
        let wanted = self.wants.iter().position(|want| {
            let it = &want.entry;
            want.room == id
                && (it.from.id, it.skip, it.at, &it.body) == (entry.from.id, entry.skip, entry.at, &entry.body)
                && same::ids(&it.id, &entry.id)
        });
        let Some(at) = wanted else {
            return Err(format!("{entry:?} was not wanted"));
        };
        let want = self.wants.remove(at).entry;
        if want.from.role != entry.from.role {
            return Err(format!("{entry:?} is of a {:?}", want.from.role));
        }
        let room = self.room_mut(id);
        if (entry.seq, entry.epoch) != (room.head() + 1, room.epoch) {
            return Err(format!("{entry:?} is not the next one"));
        }
        room.push(entry.clone());
        room.settle_newest(entry);
        room.accept(entry.from.id, &entry.id, Some(entry.seq), entry.at);
        Ok(())
    }
}

/// Without operators: everything, but for what is stored.
fn compare_all(want: &[Output], got: &[Output]) -> Result<(), String> {
    let mut given = got.iter().filter(|output| !matches!(output, Output::Persist { .. }));
    let same = want
        .iter()
        .all(|want| given.next().is_some_and(|got| same::outputs(want, got)));
    match same && given.next().is_none() {
        true => Ok(()),
        false => Err(unlike(&got, &want)),
    }
}

fn unlike(got: &impl Debug, want: &impl Debug) -> String {
    format!("the hub answers\n    {got:?}\n  and not\n    {want:?}")
}

fn told(outputs: &[Output]) -> Told {
    let mut told = Told::default();
    let mut conn = None;
    for output in outputs {
        match output {
            Output::Welcome { conn: new, welcome } => {
                conn = Some(*new);
                told.welcome = Some(welcome.you.clone());
            }
            Output::Reply { reply, .. } => match reply {
                Ok(reply) => told.reply = Some(reply.clone()),
                Err(refusal) => {
                    told.refused = Some(refusal.code);
                    told.wait_ms = refusal.retry_after_ms;
                }
            },
            Output::Direct { conn: to, direct } if conn == Some(*to) => {
                // A refusal of the name may come before; it may look like a staff member's.
                if let Direct::Refused(refusal) = &**direct
                    && refusal.code != Code::NotAllowed
                {
                    told.refused = Some(refusal.code);
                }
            }
            Output::Close { conn, .. } => drop(told.closed.insert(*conn)),
            _ => {}
        }
    }
    told
}
