//! Recovers a connection that was lost for a moment: detects whether its client has missed entries, and whether it repeats an event that
//! was accepted. Nothing grows here.

use crate::room::hub::state::Hub;
use crate::{
    limits,
    room::{Audience, Command, ConnId, Entry, Refusal, Reply, Resume, RoomName, Seq, UserId},
};

impl Hub {
    /// Whether a returning client gets all entries after its position. A client without a room always does.
    pub fn has_all_since(&self, room: Option<&RoomName>, resume: Option<Resume>) -> bool {
        let (Some(name), Some(resume)) = (room, resume) else {
            return room.is_none();
        };
        let found = self.rooms.find(name).map(|id| self.rooms.get(id));
        let start = found.map(|room| room.start(Some(resume), self.durable));
        let before_all = resume.since == 0 && start.as_ref().is_none_or(|start| start.missed == 0);
        // An epoch that the store does not know had no entries, if the store knows all rooms.
        let never_said = self.durable && self.rooms.len() < limits::ROOMS;
        let unborn = found.is_none() && resume.epoch == self.next_epoch(name);
        start.is_some_and(|start| start.recovered) || before_all && (never_said || unborn)
    }

    /// Whether the hub knows this person, and therefore a name.
    pub fn knows(&self, user: UserId) -> bool {
        self.people.person(user).is_some()
    }

    /// The client's position, moved back to the last entry that its epoch shares with the current log. `None` without a room or a position.
    pub fn nearest(&self, room: Option<&RoomName>, resume: Option<Resume>) -> Option<Resume> {
        let (found, resume) = (self.rooms.find(room?), resume?);
        let shared = found.and_then(|id| {
            let room = self.rooms.get(id);
            room.epochs.shared(resume.epoch, room.log.head())
        });
        Some(Resume {
            since: shared.map_or(resume.since, |shared| shared.min(resume.since)),
            ..resume
        })
    }

    /// Prepares for a returning client that has received the answers to its own entries up to `answered`.
    ///
    /// Such a client may repeat its newest entry, without an id, if it can't know that the entry was accepted. An answer arrives after the
    /// entry itself, at most [`limits::ANSWER_MS`] later.
    pub fn expect_retry(&mut self, conn: ConnId, resume: Option<Resume>, answered: Seq) {
        let Some(state) = self.conns.get_mut(&conn) else { return };
        let (Some(room), Some(resume)) = (state.room, resume) else {
            return;
        };
        let room = self.rooms.get(room);
        let Some(since) = room.epochs.position(resume, room.log.head()) else {
            return;
        };
        let user = state.user;
        let mut entries = room.log.iter_from(room.log.oldest()).rev();
        let newest = entries.find(|entry| entry.from.id == user && !entry.is_control());
        let newest = newest.filter(|entry| entry.seq > answered).filter(|entry| {
            let last = room.log.get(since).filter(|last| last.seq > entry.seq);
            last.is_none_or(|last| last.at <= entry.at + limits::ANSWER_MS)
        });
        state.unanswered = newest.map(|entry| entry.seq);
    }

    /// The answer to an event that a client repeats because the first answer was lost; `None` if the event is new.
    ///
    /// It must be the first event on the connection that wants an answer, and equal to the entry that was not answered.
    pub(in crate::room::hub) fn retried(
        &mut self,
        conn: ConnId,
        ack: Option<u64>,
        command: &Result<Command, Refusal>,
    ) -> Option<Reply> {
        ack?;
        let state = self.conns.get_mut(&conn)?;
        let seq = state.unanswered.take()?;
        let (room, user) = (state.room?, state.user);
        let entry = self.rooms.get(room).log.get(seq)?;
        repeats(command.as_ref().ok()?, entry, user).then(|| Reply::Sent {
            seq: Some(seq),
            id: entry.id.clone(),
            at: entry.at,
            duplicate: true,
        })
    }
}

/// Whether a command without an id has the same content as an entry of this user.
fn repeats(command: &Command, entry: &Entry, user: UserId) -> bool {
    let (Command::Say(say), Some(said)) = (command, entry.body.said()) else {
        return false;
    };
    let skip = match say.audience {
        Audience::Room => None,
        Audience::Others => Some(user),
        Audience::Me => return false,
    };
    let here = say.room.as_ref().is_none_or(|room| *room == entry.room);
    let replies = say.re.as_ref() == said.reference().map(|original| &original.id);
    say.id.is_none() && here && replies && entry.skip == skip && say.said.same_words(said)
}
