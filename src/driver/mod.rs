//! The driver: the one task that owns the hub (the state machine of all rooms). It takes messages from its inbox (`limits::INBOX`), hands
//! inputs to the hub, and routes each output.
//!
//! Outputs go to the worker of their connection or to all workers, in the hub's order; a full channel to a worker makes the driver wait.
//! Operations go to the store, and answers wait for their commit (`durability`, `reply_queue`). Proofs of admin commands were verified
//! before; the driver checks nonce, counter and role ([`admin_auth`]). Jobs for the host machine run beside the driver ([`jobs`]).

pub mod admin_auth;
mod commits;
pub mod disk;
mod durability;
pub mod jobs;
mod lease;
mod memory;
mod open;
mod pressure;
mod reply_queue;
mod route;
mod state;
mod words;

use tokio::sync::{mpsc, oneshot};

pub use self::state::Driver;
use self::{
    disk::Disk,
    open::Entrance,
    reply_queue::Wait,
    state::{instant, sleep_until},
};
use crate::{
    fanout::Update,
    limits,
    room::{AddressTag, Command, ConnId, Found, Identity, Input, Output, Refusal, Reply, ReplyTo, RoomName},
    transport::{
        message::{Message, Status},
        proof::CheckedCommand,
    },
};

impl Driver {
    /// Handles the messages of the inbox in order, until [`Message::Shutdown`]; then ends all connections and the store.
    pub async fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        let mut batch = Vec::with_capacity(limits::INBOX_BATCH);
        // Restored entries are on disk already.
        self.route_outputs(None).await;
        self.publish_words();
        self.entries = 0;
        loop {
            self.check_disk().await;
            self.relieve_memory().await;
            let due = [self.due_ms(), self.memory.due_ms()].into_iter().flatten().min();
            let due = due.map(|at_ms| instant(&self.clock, at_ms));
            let count = tokio::select! {
                biased;
                event = Disk::event(&mut self.disk) => {
                    self.on_disk_event(event).await;
                    continue;
                }
                count = inbox.recv_many(&mut batch, limits::INBOX_BATCH) => count,
                () = sleep_until(due) => {
                    self.apply(Input::Tick).await;
                    continue;
                }
            };
            if count == 0 {
                return;
            }
            for message in batch.drain(..) {
                if let Message::Shutdown { done } = message {
                    self.shut_down().await;
                    let _ = done.send(());
                    return;
                }
                self.handle(message).await;
            }
        }
    }

    async fn handle(&mut self, message: Message) {
        match message {
            Message::Hub(input) => drop(self.apply(input).await),
            Message::Prepared { input, prepared } => drop(self.apply_prepared(input, prepared).await),
            Message::Event {
                conn,
                ack,
                command,
                found,
                ..
            } => self.on_event(conn, ack, command, found).await,
            Message::SignedEvent { conn, ack, signed, .. } => self.on_signed_event(conn, ack, *signed).await,
            Message::Open {
                opening,
                who,
                room,
                resume,
                recovery,
                found,
            } => {
                let entrance = Entrance {
                    who,
                    room,
                    resume,
                    found,
                };
                self.open(opening, entrance, recovery).await;
            }
            Message::Request {
                who,
                room,
                command,
                found,
                reply,
            } => {
                let command = self.check_backlog(command);
                let request = self.register_request(reply);
                self.on_request(request, who, room, command, found).await;
            }
            Message::Poll {
                conn,
                who,
                room,
                options,
                reply,
            } => self.poll(conn, who, room, options, reply).await,
            Message::Rooms { reply } => drop(reply.send(Ok(self.hub.list_rooms()))),
            Message::Nonce { address, reply } => drop(reply.send(Ok(self.admin_auth.issue(address, self.now())))),
            Message::SignedCommand { address, signed, reply } => self.on_signed_request(address, *signed, reply).await,
            Message::Done { to, reply } => {
                let wait = self.disk.as_ref().map_or(Wait::Turn, Disk::issued);
                self.route(Output::Reply { to, reply }, wait).await;
            }
            Message::Status { reply } => drop(reply.send(self.status())),
            Message::Shutdown { .. } => unreachable!("handled by the loop"),
        }
    }

    /// Handles a command of a connection: gives it to the hub, and answers if `ack` is given. A refused command goes the same way.
    async fn on_event(
        &mut self,
        conn: ConnId,
        ack: Option<u64>,
        command: Result<Command, Refusal>,
        found: Option<Found>,
    ) {
        let command = self.check_backlog(command);
        let input = self.admin_auth.input(&self.hub, conn, ack, command);
        let wait = self.apply_prepared(input, found.into()).await;
        self.send(conn, wait, Update::Handled { conn }).await;
    }

    /// Handles a command of an HTTP request in `room`; the answer goes to the request.
    async fn on_request(
        &mut self,
        request: u64,
        who: Identity,
        room: RoomName,
        command: Result<Command, Refusal>,
        found: Option<Found>,
    ) {
        let input = Input::Request {
            request,
            who,
            room,
            command,
        };
        self.apply_prepared(input, found.into()).await;
    }

    /// Handles a signed admin command of a connection: checks nonce, counter and role, then gives it to the hub.
    async fn on_signed_event(&mut self, conn: ConnId, ack: Option<u64>, signed: CheckedCommand) {
        let now = self.now();
        let input = match self.admin_auth.accept(&self.hub, now, conn, signed) {
            Ok((by, command)) => self.defer(ReplyTo::Conn(conn, ack), by, command),
            Err(refusal) => Some(Input::Command {
                conn,
                ack,
                command: Err(refusal),
            }),
        };
        let wait = match input {
            Some(input) => self.apply(input).await,
            None => Wait::Turn,
        };
        self.send(conn, wait, Update::Handled { conn }).await;
    }

    /// Handles a signed admin command of an HTTP request.
    async fn on_signed_request(
        &mut self,
        address: AddressTag,
        signed: CheckedCommand,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    ) {
        let now = self.now();
        match self.admin_auth.accept_request(&self.hub, now, address, signed) {
            Ok((by, command)) => {
                let to = ReplyTo::Request(self.register_request(reply));
                self.request_address = address;
                if let Some(input) = self.defer(to, by, command) {
                    self.apply(input).await;
                }
            }
            Err(refusal) => drop(reply.send(Err(refusal))),
        }
    }

    fn status(&self) -> Status {
        Status {
            members: self.hub.members(),
            rooms: self.hub.rooms(),
            entries: self.entries,
            durable: self.hub.is_durable(),
            memory: self.memory.account.used(),
            budget: self.memory.account.total(),
        }
    }
}
