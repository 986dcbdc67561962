//! The driver's state, and its two basic operations: applying an input to the hub (the state machine of all rooms), and sending an update
//! to a connection. Updates queue after answers of the same connection that wait for the disk; [`super::durability`] limits that queue.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{
    admin_auth::AdminAuth,
    disk::{Disk, StoreHandles},
    jobs::HostJobs,
    memory::Memory,
    reply_queue::Wait,
};
use crate::{
    clock::Clock,
    fanout::{FanoutHandles, Update},
    room::{AddressTag, ConnId, Hub, Input, Now, Output, Prepared, Refusal, Reply, RoomName, UserId},
    transport::{ingress::Ingress, words::Matcher},
    wire::{Encoded, Shared},
};

/// The driver: the task that owns the hub (the state machine of all rooms) and connects it with store, workers and requests.
pub struct Driver {
    pub(super) hub: Hub,
    pub(super) admin_auth: AdminAuth,
    pub(super) host_jobs: HostJobs,
    pub(super) disk: Option<Disk>,
    pub(super) clock: Arc<Clock>,
    pub(super) fanouts: FanoutHandles<Encoded>,
    /// HTTP requests that the hub still has to answer, by number.
    pub(super) requests: HashMap<u64, oneshot::Sender<Result<Reply, Refusal>>>,
    last_request: u64,
    /// Number of entries in all rooms since the start.
    pub(super) entries: u64,
    /// Device of the HTTP request whose admin command the hub is handling.
    pub(super) request_address: AddressTag,
    pub(super) leases: HashMap<(UserId, RoomName), ConnId>,
    pub(super) memory: Memory,
    /// The last direct event that went to several connections, encoded once for all of them.
    pub(super) shared: Option<Arc<Shared>>,
    pub(super) words: Arc<Matcher>,
    /// Revision of the word list that the workers have.
    pub(super) published: u64,
}

impl Driver {
    /// Makes a driver for a hub and its store; without a store nothing waits for a disk. Memory account and word matcher are shared with the
    /// ingress.
    pub(crate) fn new(
        hub: Hub,
        admin_auth: AdminAuth,
        host_jobs: HostJobs,
        fanouts: FanoutHandles<Encoded>,
        clock: Arc<Clock>,
        store: Option<StoreHandles>,
        ingress: &Ingress,
    ) -> Self {
        Self {
            hub,
            admin_auth,
            host_jobs,
            disk: store.map(Disk::new),
            clock,
            fanouts,
            requests: HashMap::new(),
            last_request: 0,
            entries: 0,
            request_address: AddressTag::default(),
            leases: HashMap::new(),
            memory: Memory::new(ingress.account.clone()),
            shared: None,
            words: ingress.words.clone(),
            published: 0,
        }
    }

    /// Registers an HTTP request that the hub will answer. Returns its number.
    pub(super) fn register_request(&mut self, reply: oneshot::Sender<Result<Reply, Refusal>>) -> u64 {
        self.last_request += 1;
        self.requests.insert(self.last_request, reply);
        self.last_request
    }

    /// Applies an input to the hub. Returns the event that its answers wait for.
    pub(super) async fn apply(&mut self, input: Input) -> Wait {
        self.apply_prepared(input, Prepared::default()).await
    }

    /// Like [`Self::apply`], with the matches of unwanted words that a worker has computed in advance.
    pub(super) async fn apply_prepared(&mut self, input: Input, prepared: Prepared) -> Wait {
        let ended = match input {
            Input::Disconnect { conn } => Some(conn),
            // The hub has no such connection to close.
            Input::Refuse { conn, .. } if !self.hub.has(conn) => Some(conn),
            Input::Refuse { .. }
            | Input::Connect { .. }
            | Input::Command { .. }
            | Input::Request { .. }
            | Input::Renew { .. }
            | Input::AdminCommand { .. }
            | Input::Durable { .. }
            | Input::Pruned { .. }
            | Input::HiddenOlder { .. }
            | Input::BackupRefused { .. }
            | Input::PinFound { .. }
            | Input::Wipe
            | Input::Memory { .. }
            | Input::Tick
            | Input::Shutdown => None,
        };
        let now = self.now();
        self.hub.handle_prepared(now, input, prepared);
        self.publish_words();
        let wait = self.route_outputs(Some(now.mono_ms)).await;
        if let Some(conn) = ended {
            self.admin_auth.forget(conn);
            if let Some(disk) = &mut self.disk {
                disk.durability.forget(conn);
            }
            self.fanouts.send(conn, Update::Drop { conn }).await;
        }
        wait
    }

    /// Routes the hub's outputs, and stores their operations if `store_at_ms` gives the time of the input. Returns the event that answers wait for.
    pub(super) async fn route_outputs(&mut self, store_at_ms: Option<u64>) -> Wait {
        let Some(disk) = &mut self.disk else {
            while let Some(output) = self.hub.poll_output() {
                self.route(output, Wait::Turn).await;
            }
            return Wait::Turn;
        };
        let mut outputs: Vec<Output> = std::mem::take(&mut disk.outputs);
        outputs.extend(std::iter::from_fn(|| self.hub.poll_output()));
        let wait = store_at_ms.map_or(Wait::Turn, |now_ms| disk.write(now_ms, &mut outputs));
        for output in outputs.drain(..) {
            self.route(output, wait).await;
        }
        if let Some(disk) = &mut self.disk {
            disk.outputs = outputs;
        }
        wait
    }

    /// Sends an update to a connection, after its answers that wait for the disk.
    pub(super) async fn send(&mut self, conn: ConnId, wait: Wait, update: Update<Encoded>) {
        let update = match &mut self.disk {
            Some(disk) => disk.durability.push(conn, wait, update),
            None => Some(update),
        };
        if let Some(update) = update {
            self.fanouts.send(conn, update).await;
        }
    }

    pub(super) fn now(&self) -> Now {
        self.clock.now()
    }
}

/// Sleeps until an instant; without one, never returns.
pub(super) async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Converts milliseconds since the clock's start into an instant.
pub(super) fn instant(clock: &Clock, at_ms: u64) -> Instant {
    clock.started() + Duration::from_millis(at_ms)
}
