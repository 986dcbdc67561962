//! What is checked after every input, and at the end of a run.

use crate::{
    bug::Bug,
    client::Item,
    edge::Pace,
    same,
    script::{RUN_ROOMS, organizer, room},
    world::{Realm, World},
};
use chatterbox::{
    limits,
    room::{AdminCommand, Command, ConnId, Input, Output, Reply, ReplyTo, Resume},
};

impl World {
    /// Tells the hub and the model, and compares.
    pub fn tell(&mut self, input: Input) -> Result<(), String> {
        self.note_step(Some(input.clone()));
        if let Input::Disconnect { conn } = input {
            self.remember(conn);
            self.edge.members.remove(&conn);
        }
        let mut outputs = match self.bug {
            None => {
                self.hub.handle(self.now, input.clone());
                self.outputs()
            }
            Some(bug) => {
                let (now, told) = bug.input(self.now, input.clone());
                self.hub.handle(now, told);
                let mut outputs = self.outputs();
                bug.outputs(&mut outputs, &mut self.bug_rng);
                bug.afterwards(now, &input, &mut self.hub, &mut outputs);
                outputs
            }
        };
        if self.realm == Realm::Run {
            self.note_command(&input, &outputs);
        }
        let resume = self.resume_of(&input);
        self.model.handle(self.now, input, &outputs)?;
        self.check_made_ids(&outputs)?;
        if self.realm == Realm::Run {
            self.check_inside()?;
        }
        if self.realm != Realm::Talk {
            self.store(&outputs)?;
            self.check_place(resume, &outputs)?;
        }
        if let Some(bug) = self.bug {
            bug.heard(&mut outputs, &mut self.bug_rng);
        }
        self.hear(&outputs)?;
        self.check_bounds()?;
        for report in std::mem::take(&mut self.hidden_older) {
            self.note("an older entry is hidden");
            self.tell(report)?;
        }
        for conn in std::mem::take(&mut self.edge.overflowed) {
            self.note("overflow");
            self.tell(Input::Disconnect { conn })?;
        }
        Ok(())
    }

    /// The store takes what is for it; what it has is acknowledged.
    fn store(&mut self, outputs: &[Output]) -> Result<(), String> {
        let is_sent = |output: &Output| match output {
            Output::Reply { reply, .. } => matches!(reply, Ok(Reply::Sent { .. })),
            _ => false,
        };
        let commits = self.safe.is_none() || self.bug == Some(Bug::EarlyAck);
        let acks = commits && outputs.iter().any(is_sent);
        for output in outputs {
            if let Output::Append { entry, .. } = output {
                // It goes out at once.
                let place = (entry.room.clone(), entry.epoch, entry.seq);
                let known = self.meanings.insert(place, entry.id.clone());
                if known.is_some_and(|known| known != entry.id) {
                    return Err(format!(
                        "{}:{} of {} has two meanings",
                        entry.epoch, entry.seq, entry.room
                    ));
                }
                if acks {
                    let id = (entry.room.clone(), entry.from.id, entry.id.clone());
                    self.acked.insert(id, entry.seq);
                }
            }
            if self.bug.is_none_or(|bug| bug.is_stored(output, &mut self.bug_rng)) {
                let older = self.disk.commit(output);
                self.hidden_older.extend(older.filter(|_| self.safe.is_none()));
            }
        }
        Ok(())
    }

    /// What was acknowledged is there after a restart.
    pub fn check_acked(&self) -> Result<(), String> {
        for ((room, user, id), seq) in &self.acked {
            let entry = self.disk.entry(room, *seq);
            if entry.is_none_or(|entry| (&entry.id, entry.from.id) != (id, *user)) {
                return Err(format!(
                    "{id} of {user} was acknowledged as {room} {seq}, and now there is {entry:?}"
                ));
            }
        }
        Ok(())
    }

    fn resume_of(&self, input: &Input) -> Option<Resume> {
        match input {
            Input::Connect { resume, .. }
            | Input::Command {
                command: Ok(Command::Join { resume, .. }),
                ..
            } => *resume,
            _ => None,
        }
    }

    /// A client that comes back goes on behind the last entry that it has in common with the room.
    fn check_place(&self, resume: Option<Resume>, outputs: &[Output]) -> Result<(), String> {
        let Some(resume) = resume else { return Ok(()) };
        for output in outputs {
            let Output::Attach { room, since, .. } = output else {
                continue;
            };
            let room = self.model.room(*room);
            // In its own epoch each number has one meaning.
            let end = if resume.epoch == room.epoch { 0 } else { *since };
            for seq in 1..=end {
                let heard = self.meanings.get(&(room.name.clone(), resume.epoch, seq));
                if heard.is_some_and(|heard| *heard != room.at(seq).id) {
                    return Err(format!("{resume:?} goes on at {since}, but {seq} was {heard:?}"));
                }
            }
        }
        Ok(())
    }

    /// The fan-out does what the outputs say.
    pub fn hear(&mut self, outputs: &[Output]) -> Result<(), String> {
        for output in outputs {
            self.note_output(output);
            if let Output::Close { conn, .. } | Output::Detach { conn } = output {
                self.remember(*conn);
            }
            let paces = [(5, Pace::Fast), (2, Pace::Slow), (1, Pace::Never), (2, Pace::Naps)];
            let pace = self.rng.weighted(&paces);
            self.edge.obey(output, &self.model, pace)?;
            if let (Output::Latest { room, latest }, Realm::Run) = (output, self.realm) {
                self.model.room(*room).check_latest(latest)?;
            }
        }
        for output in outputs {
            if let Output::Append { room, .. } = output {
                self.edge.check_log(*room, &self.model)?;
            }
        }
        Ok(())
    }

    fn check_bounds(&self) -> Result<(), String> {
        let counts = (self.hub.connections(), self.hub.rooms());
        if counts != (self.model.conns.len(), self.model.rooms.len()) || counts.1 > limits::ROOMS {
            return Err(format!("{counts:?} connections and rooms"));
        }
        if self.realm == Realm::Run {
            return self.check_codes();
        }
        let (got, want) = (self.hub.poll_timeout(), self.model.next_due());
        if got != want {
            return Err(format!("the hub waits for {got:?}, the model for {want:?}"));
        }
        if got.is_some_and(|(at_ms, _)| at_ms <= self.now.mono_ms) {
            return Err(format!("{got:?} is due, and was not done"));
        }
        Ok(())
    }

    /// Which codes are good.
    pub fn check_codes(&self) -> Result<(), String> {
        for (code, (role, revoked)) in &self.model.codes {
            let (operator, right) = (self.hub.operator(*code), (!revoked).then_some(*role));
            if operator != right {
                return Err(format!("{code:?} is {operator:?}, not {right:?}"));
            }
        }
        Ok(())
    }

    /// Who is in a room; where the protocol leaves it open, the hub says.
    fn check_inside(&mut self) -> Result<(), String> {
        for conn in self.model.conns.keys().copied().collect::<Vec<_>>() {
            let (inside, right) = (self.hub.is_inside(conn), self.model.conns[&conn].room.is_some());
            if right && !inside && self.model.perhaps_inside(conn) {
                self.model.put_out(conn);
            } else if inside != right {
                return Err(format!("{conn:?} is inside: {inside}"));
            }
        }
        Ok(())
    }

    /// An id that the hub makes is new, and the same in all outputs of one input. A message that waited for approval has one of before.
    fn check_made_ids(&mut self, outputs: &[Output]) -> Result<(), String> {
        let made = outputs.iter().filter_map(same::id_of).filter(|id| same::is_made(id));
        let made = made.filter(|id| !self.held_ids.contains(*id));
        let mut made: Vec<_> = made.map(|id| id.as_str().to_owned()).collect();
        self.held_ids.extend(outputs.iter().filter_map(same::held_id).cloned());
        made.dedup();
        let Some(first) = made.first() else { return Ok(()) };
        let number = first
            .rsplit('-')
            .next()
            .and_then(|hex| u64::from_str_radix(hex, 16).ok());
        let number = number.ok_or_else(|| format!("{first} is not of the hub's making"))?;
        // Beside operators one input may say several things.
        let enough = if self.realm == Realm::Run { usize::MAX } else { 1 };
        if made.len() > enough || number <= self.made_ids {
            return Err(format!("{made:?} were made, after {}", self.made_ids));
        }
        self.made_ids = number + made.len() as u64 - 1;
        Ok(())
    }

    pub fn read_some(&mut self) -> Result<(), String> {
        let conns: Vec<_> = self.edge.members.keys().copied().collect();
        for conn in conns {
            let most = match self.edge.members[&conn].pace {
                Pace::Fast => usize::MAX,
                Pace::Slow if self.rng.one_in(3) => 1,
                Pace::Naps if self.rng.one_in(12) => 1 + self.rng.below(200) as usize,
                Pace::Slow | Pace::Naps | Pace::Never => continue,
            };
            self.read(conn, most)?;
        }
        Ok(())
    }

    fn read(&mut self, conn: ConnId, most: usize) -> Result<bool, String> {
        let in_runs = self.rng.percent(50);
        let mut items = self.edge.read(conn, most, in_runs, &self.disk);
        if let Some(bug) = self.bug {
            let here = self.edge.members.get(&conn).and_then(|member| member.room);
            let others = self.edge.mirrors.iter().filter(|(room, _)| Some(**room) != here);
            let mut elsewhere = others.filter_map(|(_, mirror)| mirror.log.get(mirror.log.head()));
            bug.items(&mut items, elsewhere.next().cloned(), &mut self.bug_rng);
        }
        for item in &items {
            let member = self.edge.members.get_mut(&conn).ok_or("a reader is gone")?;
            let what = match item {
                Item::Gap(_) if member.client.in_hole() => "gap in a gap",
                Item::Gap(_) => "gap",
                Item::Stored(_) => "an entry of the store",
                Item::Idle | Item::Entry(_) | Item::Direct(_) | Item::Passed(_) => "",
            };
            if !what.is_empty() {
                *self.seen.entry(what).or_default() += 1;
            }
            let room = member.room.map(|room| self.model.room(room));
            let taken = member.client.take(item, room);
            taken.map_err(|what| format!("{conn:?}: {what}"))?;
        }
        Ok(items.iter().any(|item| matches!(item, Item::Idle)))
    }

    fn read_all(&mut self) -> Result<(), String> {
        let conns: Vec<_> = self.edge.members.keys().copied().collect();
        for conn in conns {
            // At most a run, then the rest.
            let mut reads = 0..100;
            while !self.read(conn, usize::MAX)? {
                reads.next().ok_or("a member never comes to its end")?;
            }
        }
        Ok(())
    }

    /// Everybody reads to the end, and what is due by itself happens; then all is told.
    pub fn settle(&mut self) -> Result<(), String> {
        self.read_all()?;
        let mut ticks = 0..2 * (self.hub.rooms() + self.hub.connections()) + 10;
        while let Some((at_ms, _)) = self.hub.poll_timeout() {
            ticks.next().ok_or("the hub is never at rest")?;
            self.now.mono_ms = at_ms;
            self.tell(Input::Tick)?;
        }
        self.read_all()?;
        for (id, mirror) in &self.edge.mirrors {
            let room = self.model.room(*id);
            let (users, reactions) = (room.users(), &room.reactions);
            // After a restart the counts are told when they change, or people come.
            let quiet = users.is_empty() && (reactions.is_empty() || self.realm == Realm::Store);
            let told = match &mirror.latest {
                Some(latest) => latest.online == users.len() && latest.reactions == *reactions,
                None => quiet,
            };
            if !told {
                return Err(format!(
                    "{id:?} has {users:?} and {reactions:?}, told was {:?}",
                    mirror.latest
                ));
            }
        }
        Ok(())
    }

    /// At the end of a run with operators everybody reads all there is, and all lists are looked at.
    pub fn look_at_all(&mut self) -> Result<(), String> {
        for again in [false, true] {
            if again {
                self.restart()?;
            }
            self.read_all()?;
            for room in (0..RUN_ROOMS).map(room) {
                for command in [
                    AdminCommand::Held { room: room.clone() },
                    AdminCommand::Hidden { room: room.clone() },
                    AdminCommand::Polls { room: room.clone() },
                ] {
                    let (to, by) = (ReplyTo::Request(self.ack()), organizer());
                    self.tell(Input::AdminCommand { to, by, command })?;
                }
                for _ in 0..4 {
                    let history = self.rng.percent(40);
                    let (before, limit) = (None, None);
                    let command = Ok(match history {
                        true => Command::History { before, limit },
                        false => Command::Board,
                    });
                    let (request, who, room) = (self.ack(), self.identity(), room.clone());
                    self.tell(Input::Request {
                        request,
                        who,
                        room,
                        command,
                    })?;
                }
            }
        }
        Ok(())
    }
}
