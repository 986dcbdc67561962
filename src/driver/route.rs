//! Carries out what the hub (the state machine of all rooms) decided: sends each output to the worker of a connection, to all workers, to a
//! waiting request, or to a job of the host. Nothing grows here.

use std::sync::Arc;

use super::{reply_queue::Wait, state::Driver};
use crate::{
    fanout::Update,
    room::{ConnId, Direct, Entry, Output, Refusal, Reply, ReplyTo, RoomId, Seq},
    wire::{Encoded, Shared, ValuesFrames},
};

impl Driver {
    /// Routes one output. An answer is sent only after `wait`.
    pub(super) async fn route(&mut self, output: Output, wait: Wait) {
        match output {
            Output::Welcome { conn, welcome } => self.fanouts.send(conn, Update::Welcome { conn, welcome }).await,
            Output::RoomOpened {
                room,
                name,
                epochs,
                after,
            } => {
                let opened = || Update::RoomOpened {
                    room,
                    name: name.clone(),
                    history: epochs.clone(),
                    after,
                };
                self.fanouts.send_all(opened).await;
            }
            Output::RoomClosed { room, .. } => self.fanouts.send_all(|| Update::RoomClosed { room }).await,
            Output::Append { room, entry } => {
                self.entries += 1;
                self.broadcast(entry, |entry| Update::Append { room, entry }).await;
            }
            Output::Recall { room, entry } => self.broadcast(entry, |entry| Update::Recall { room, entry }).await,
            Output::Redact { room, entries, .. } => self.replace(room, &entries).await,
            Output::Reveal { room, entry } | Output::Amend { room, entry } => self.replace(room, &[entry]).await,
            Output::Shed { room, oldest } => self.shed(room, oldest).await,
            Output::Latest { room, latest } => {
                let latest = || Update::Latest {
                    room,
                    latest: latest.clone(),
                };
                self.fanouts.send_all(latest).await;
            }
            Output::Values { room, change } => {
                let frames = Arc::new(ValuesFrames::new(change, &self.memory.account));
                let values = || Update::Values {
                    room,
                    frames: frames.clone(),
                };
                self.fanouts.send_all(values).await;
            }
            Output::Watch { conn, revision } => self.send(conn, Wait::Turn, Update::Watch { conn, revision }).await,
            Output::Attach { conn, room, since, .. } => {
                let online = self.hub.online(room);
                self.send(conn, Wait::Turn, Update::Count { conn, online }).await;
                self.send(conn, Wait::Turn, Update::Attach { conn, room, since }).await;
            }
            Output::Detach { conn } => self.send(conn, Wait::Turn, Update::Detach { conn }).await,
            Output::Host { to, job } => {
                let from = self.address_of(to);
                self.host_jobs.run(to, from, job, self.hub.is_durable());
            }
            Output::Page { to, request } => self.read_page(to, request).await,
            Output::Pin { request } => {
                if let Some(disk) = &mut self.disk {
                    disk.read_pin(request);
                }
            }
            Output::Reply { to, reply } => self.route_reply(to, reply, wait).await,
            Output::Direct { conn, direct } => self.send_direct(conn, direct).await,
            Output::Close { conn, reason } => {
                self.admin_auth.forget(conn);
                self.leases.retain(|_, &mut lease| lease != conn);
                self.send(conn, Wait::Turn, Update::Close { conn, reason }).await;
            }
            Output::Wiped { remains } => {
                tracing::warn!(
                    "rooms: a wipe command deleted the messages and names of all rooms; only a backup file can bring them back"
                );
                drop(tokio::task::spawn_blocking(move || drop(remains)));
            }
            // Only the store needs it.
            Output::Persist { .. } => {}
        }
    }

    /// Sends an entry to all workers.
    async fn broadcast(&self, entry: Arc<Entry>, update: impl Fn(Arc<Encoded>) -> Update<Encoded>) {
        let entry = Arc::new(Encoded::new(entry, &self.memory.account));
        self.fanouts.send_all(|| update(entry.clone())).await;
    }

    /// Makes all workers replace the entries that have the same numbers.
    async fn replace(&self, room: RoomId, entries: &[Arc<Entry>]) {
        let encoded = |entry: &Arc<Entry>| Arc::new(Encoded::new(entry.clone(), &self.memory.account));
        let entries: Arc<[_]> = entries.iter().map(encoded).collect();
        let replace = || Update::Replace {
            room,
            entries: entries.clone(),
        };
        self.fanouts.send_all(replace).await;
    }

    async fn shed(&self, room: RoomId, oldest: Seq) {
        let step = self.memory.step();
        let shed = || Update::Shed {
            room,
            oldest,
            step: step.clone(),
        };
        self.fanouts.send_all(shed).await;
    }

    pub(super) async fn route_reply(&mut self, to: ReplyTo, reply: Result<Reply, Refusal>, wait: Wait) {
        match (to, reply) {
            (ReplyTo::Conn(conn, Some(ack)), reply) => {
                self.send(conn, wait, Update::Reply { conn, ack, reply }).await;
            }
            (ReplyTo::Conn(_, None), _) => {}
            (ReplyTo::Request(request), reply) => self.reply(request, reply, wait),
        }
    }

    /// Sends a direct event to one connection. The hub emits the copies of one event in a row, so that they share their encoded bytes.
    async fn send_direct(&mut self, conn: ConnId, direct: Arc<Direct>) {
        let shared = match self.shared.take().filter(|shared| shared.is(&direct)) {
            Some(shared) => shared,
            None => Arc::new(Shared::new(direct, &self.memory.account)),
        };
        self.shared = Some(shared.clone());
        self.fanouts.send(conn, Update::Direct { conn, direct: shared }).await;
    }
}
