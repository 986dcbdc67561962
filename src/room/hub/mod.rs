//! The hub: the state machine that owns all rooms, people and memberships, and decides what happens to each message. An input goes in with
//! its time, outputs come out in order; `limits::ROOMS`, `limits::USERS` and the configured `connections` bound its state.
//!
//! Each input costs at most the logarithm of what is there, whatever the size of the room: the fan-out to members happens at
//! the workers, from one [`Output::Append`]. Two bounded exceptions: a private message costs the connections of two users, and
//! [`Input::Shutdown`] costs every connection.

mod admin;
mod amend;
mod board;
mod direct;
mod membership;
mod memory;
mod moderation;
mod naming;
mod private_rates;
mod restore;
mod say;
mod state;
mod sweep;
mod wipe;

pub use self::state::{Due, Hub, HubConfig};

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use self::{
    admin::{audit_log::Audit, codes::Codes},
    membership::{
        devices::Devices,
        opening::reserved,
        people::{Charge, People},
        rooms::Rooms,
    },
    moderation::records::AccessRecords,
    private_rates::PrivateRates,
    state::{Asker, CommandRoom, Outcome},
};
#[cfg(test)]
use super::{AddressTag, RoomId, Seq, UserId};
use super::{
    CloseReason, Code, Command, ConnId, Identity, Input, Now, Output, Prepared, Refusal, Reply, ReplyTo, Restored,
    RoomName, Scope, dedup::DedupWindow,
};
#[cfg(test)]
use crate::limits::Limits;
#[cfg(test)]
use crate::room::{Key, MsgId};

impl Hub {
    /// A hub without stored state, whose permanent rooms are open; the first poll returns their [`Output::RoomOpened`].
    pub fn new(config: HubConfig) -> Self {
        Self::restore(config, Restored::default())
    }

    /// A hub that continues from the state of a store, plus the permanent rooms.
    ///
    /// The initial outputs are [`Output::RoomOpened`] and, for the restored entries, [`Output::Append`]; the latter are for the replicas of the
    /// logs, not for the store.
    pub fn restore(config: HubConfig, restored: Restored) -> Self {
        let mut hub = Self {
            people: People::new(&config.limits),
            devices: Devices::new(&config.limits),
            private_rates: PrivateRates::new(&config.limits),
            codes: Codes::default(),
            audit: Audit::default(),
            access_records: AccessRecords::default(),
            rooms_with_mutes: 0,
            muted_devices: BTreeMap::new(),
            words: Arc::default(),
            prepared: Prepared::default(),
            private: DedupWindow::default(),
            stay: config.rooms.iter().cloned().collect(),
            rooms: Rooms::configured(&config.rooms),
            limits: config.limits,
            epoch_seed: config.epoch_seed,
            conns: BTreeMap::new(),
            unproved: BTreeSet::new(),
            wiped_conns: VecDeque::new(),
            sweeps: VecDeque::new(),
            hiding: VecDeque::new(),
            due: BTreeSet::new(),
            outputs: VecDeque::new(),
            ids_made: 0,
            persists: config.persists,
            durable: config.persists,
            stopping: false,
            memory_full: false,
        };
        hub.load(restored, config.rooms);
        hub
    }

    /// Handles an input. The resulting outputs wait in [`Hub::poll_output`], which the caller empties before the next input.
    pub fn handle(&mut self, now: Now, input: Input) {
        if self.stopping {
            self.turn_away(input);
            return;
        }
        match input {
            Input::Connect {
                conn,
                who,
                leased,
                room,
                resume,
            } => self.connect(now, conn, who, leased, room, resume),
            Input::Command { conn, ack, command } => self.command(now, conn, ack, command),
            Input::Request {
                request,
                who,
                room,
                command,
            } => self.request(now, request, who, &room, command),
            Input::Renew { conn, has } => self.renew(now, conn, has),
            Input::Disconnect { conn } => self.forget(now, conn),
            Input::Refuse { conn, reason } if self.has(conn) => self.close(now, conn, reason),
            Input::Refuse { .. } => {}
            Input::AdminCommand { to, by, command } => self.admin(now, to, by, command),
            Input::Durable { durable } => self.set_durable(now, durable),
            Input::Pruned { room, epoch, oldest } => self.pruned(&room, epoch, oldest),
            Input::BackupRefused { by, what } => self.record_refused(now, by, what),
            Input::HiddenOlder {
                room,
                epoch,
                to,
                originals,
            } => self.hidden_older(&room, epoch, to, originals),
            Input::PinFound { request, entry } => self.pin_found(now, request, entry),
            Input::Wipe => self.wipe(now),
            Input::Memory { shed, full } => self.fit_memory(shed, full),
            Input::Tick => {}
            Input::Shutdown => self.shutdown(),
        }
        self.run_due(now);
    }

    /// Removes and returns the next output; `None` if the driver has taken all.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Deadline for the next input ([`Input::Tick`] suffices), on the clock of [`Now::mono_ms`], and its reason; `None` if no timer runs.
    pub fn poll_timeout(&self) -> Option<(u64, Due)> {
        self.due.first().copied()
    }

    fn command(&mut self, now: Now, conn: ConnId, ack: Option<u64>, command: Result<Command, Refusal>) {
        let to = ReplyTo::Conn(conn, ack);
        let Some(state) = self.conns.get(&conn) else {
            // Closed by the hub while the command was under way.
            self.answer(to, Err(Refusal::new(Code::Closing, "this connection is closed")));
            return;
        };
        let passed = match state.reserved_ms {
            Some(_) => Err(reserved()),
            None => self.check_access(state),
        };
        let command = command.and_then(|command| match command.scope() {
            // An operator may be unknown until the first command.
            Scope::Leave | Scope::Admin => Ok(command),
            Scope::Enter | Scope::Room => passed.map(|()| command),
        });
        let (user, device) = (state.user, state.address);
        let room = state.room.map_or(CommandRoom::Nowhere, CommandRoom::Joined);
        self.renew(now, conn, None);
        let asker = Asker {
            user,
            device,
            conn: Some(conn),
            room,
        };
        match command {
            Ok(Command::Join { room, resume }) => self.join(now, asker, to, &room, resume),
            Ok(Command::CreateRoom { room }) => self.join(now, asker, to, &room, None),
            Ok(Command::Leave) => self.leave(now, asker, to),
            Err(_)
            | Ok(
                Command::Say(_)
                | Command::Edit { .. }
                | Command::Retract { .. }
                | Command::Dm { .. }
                | Command::React { .. }
                | Command::History { .. }
                | Command::Who
                | Command::Rename { .. }
                | Command::Vote { .. }
                | Command::Board
                | Command::Upvote { .. }
                | Command::Seen { .. }
                | Command::Set(_)
                | Command::Get { .. }
                | Command::Watch
                | Command::Nonce { .. }
                | Command::SignedCommand(_),
            ) => {
                let retried = self.retried(conn, ack, &command);
                let outcome = retried.map_or_else(|| self.execute(now, asker, command), |reply| Ok(reply.into()));
                self.conclude(to, outcome);
            }
        }
        if self.people.take_flooding(user) {
            self.close(now, conn, CloseReason::Flooding);
        }
    }

    fn request(&mut self, now: Now, request: u64, who: Identity, room: &RoomName, command: Result<Command, Refusal>) {
        let (user, device) = (who.user, who.address);
        if let Err(refusal) = self.check_arrival(&who) {
            self.answer(ReplyTo::Request(request), Err(refusal));
            return;
        }
        let outcome = if self.may_be_new(now, &who) && self.meet(now, who) {
            let asker = Asker {
                user,
                device,
                conn: None,
                room: CommandRoom::Named(room),
            };
            self.execute(now, asker, command)
        } else {
            Err(Refusal::new(Code::Full, "the box has no place for another person"))
        };
        self.conclude(ReplyTo::Request(request), outcome);
        // There is no connection to close.
        self.people.take_flooding(user);
        self.people.file(user);
        if let Some(id) = self.rooms.find(room) {
            self.close_or_file(now, id);
        }
    }

    /// Runs a command that neither joins nor leaves a room. A refused command is charged as a request, which limits the rate of refusals.
    fn execute(&mut self, now: Now, asker: Asker<'_>, command: Result<Command, Refusal>) -> Result<Outcome, Refusal> {
        let outcome = command.and_then(|command| self.perform(now, asker, command));
        if outcome.as_ref().is_err_and(|refusal| refusal.code != Code::RateLimited) {
            self.charge(asker, Charge::Request, now)?;
        }
        outcome
    }

    fn perform(&mut self, now: Now, asker: Asker<'_>, command: Command) -> Result<Outcome, Refusal> {
        let reply = match command {
            Command::Say(say) => self.say(now, asker, say),
            Command::Edit { id, said } => self.edit(now, asker, &id, said),
            Command::Retract { id } => self.retract(now, asker, &id),
            Command::Dm { to, text, re, id } => self.dm(now, asker, to, (text, re), id),
            Command::React { emoji } => self.react(now, asker, emoji),
            Command::History { before, limit } => return self.history(now, asker, before, limit),
            Command::Who => self.who(now, asker),
            Command::Rename { name } => self.rename(now, asker, name),
            Command::Vote { poll, choices } => self.vote(now, asker, poll, &choices),
            Command::Board => self.board(now, asker),
            Command::Upvote { question } => self.upvote(now, asker, question),
            Command::Seen { seq } => self.seen(now, asker, seq),
            Command::Set(set) => self.set_value(now, asker, *set),
            Command::Get { key } => self.get_value(now, asker, key.as_ref()),
            Command::Watch => return self.watch_values(now, asker),
            Command::Nonce { nonce: Some(nonce) } => {
                // Not of the device: others of it must not delay a proof.
                self.people.charge(asker.user, Charge::Request, now)?;
                Ok(Reply::Nonce { nonce })
            }
            Command::Nonce { nonce: None } | Command::SignedCommand(_) => Err(Refusal::new(
                Code::NotAllowed,
                "admin commands go to a connection of their own, or to /admin",
            )),
            Command::Join { .. } | Command::CreateRoom { .. } | Command::Leave => Err(Refusal::new(
                Code::BadRequest,
                "a request is no connection: it can't join or leave",
            )),
        };
        reply.map(Outcome::Reply)
    }
}

#[cfg(test)]
mod tests;
