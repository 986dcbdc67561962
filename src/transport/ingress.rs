//! Ingress: shared by all transports: peers, identities, and the registry of workers with their signal queues.

use std::{
    net::IpAddr,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::sync::mpsc;

use super::{
    device::Device,
    identity::Identities,
    lane::Lane,
    message::Message,
    proof::ProofVerifier,
    signal::SignalQueue,
    socketio::Sessions,
    words::{Matcher, Texts},
};
use crate::{
    config::seats::Seats,
    limits::Limits,
    memory::{Account, Ticket},
    room::{AddressTag, Command, ConnId, Identity, Refusal, RoomName, UserId},
    wire::Hello,
};

/// The peer of a connection, in the extensions of each of its requests.
#[derive(Clone)]
pub struct Peer {
    /// The worker that accepted its connection.
    pub worker: usize,
    /// The connection. Weak, because the library keeps a request's extensions for its session's lifetime.
    pub lane: Weak<Lane>,
    /// The address, from the socket.
    pub address: IpAddr,
    /// The device behind the address.
    pub device: Device,
    /// Whether the connection has TLS.
    pub secure: bool,
}

/// Worker registry: the signal queues of the fan-outs, handles of connections, and Socket.IO sessions.
pub struct WorkerRegistry {
    /// Socket.IO sessions.
    pub sessions: Arc<Sessions>,
    signal_queues: Vec<Arc<SignalQueue>>,
    next_conn: AtomicU64,
    stopping: AtomicBool,
}

impl ConnId {
    const WORKER_BITS: u32 = 8;

    /// The worker whose fan-out has this connection.
    pub fn worker(self) -> usize {
        usize::try_from(self.0 & ((1 << Self::WORKER_BITS) - 1)).expect("a few bits")
    }
}

impl WorkerRegistry {
    /// Creates a signal queue for each worker.
    pub fn new(workers: usize) -> Self {
        let signal_queues = (0..workers).map(|_| Arc::default()).collect();
        Self {
            sessions: Arc::default(),
            signal_queues,
            next_conn: AtomicU64::new(1),
            stopping: AtomicBool::new(false),
        }
    }

    /// Refuses new sessions, because the server stops.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the server stops.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Issues a handle for a connection of the given worker.
    pub fn next_conn(&self, worker: usize) -> ConnId {
        let number = self.next_conn.fetch_add(1, Ordering::Relaxed);
        ConnId(number << ConnId::WORKER_BITS | u64::try_from(worker).expect("few workers"))
    }

    /// The signal queue of a connection's worker.
    pub fn signals(&self, conn: ConnId) -> &Arc<SignalQueue> {
        &self.signal_queues[conn.worker()]
    }

    /// The signal queues of all workers, by index.
    pub fn all_signals(&self) -> &[Arc<SignalQueue>] {
        &self.signal_queues
    }
}

/// Shared state for admitting clients.
pub struct Ingress {
    /// The workers and their sessions.
    pub registry: Arc<WorkerRegistry>,
    /// The driver's bounded inbox.
    pub inbox: mpsc::Sender<Message>,
    /// Issues and verifies tokens.
    pub identities: Arc<Identities>,
    /// Verifies seat codes.
    pub seats: Seats,
    /// The room of a client that names none.
    pub default_room: RoomName,
    /// Configured bounds.
    pub limits: Arc<Limits>,
    /// Account of the memory held for clients.
    pub account: Arc<Account>,
    /// Matches forbidden words before a command goes to the driver.
    pub words: Arc<Matcher>,
    /// Checks the proofs of admin commands before they go to the driver.
    pub proofs: ProofVerifier,
}

impl Ingress {
    /// The driver's message for a decoded event of a connection: texts are matched and the proof of an admin command is checked here.
    pub fn event(
        &self,
        (conn, device): (ConnId, AddressTag),
        ack: Option<u64>,
        command: Result<Command, Refusal>,
        memory: Option<Ticket>,
    ) -> Message {
        if let Ok(Command::SignedCommand(signed)) = command {
            let signed = Box::new(self.proofs.check(*signed));
            return Message::SignedEvent {
                conn,
                ack,
                signed,
                memory,
            };
        }
        let found = self.words.find(device, Texts::of(&command));
        Message::Event {
            conn,
            ack,
            command,
            memory,
            found,
        }
    }

    /// The identity of a valid token, or a new one.
    pub fn identify(&self, hello: &Hello, peer: Option<&Peer>) -> Identity {
        self.known(hello, peer)
            .unwrap_or_else(|| self.identity_of(self.identities.issue(), hello, peer))
    }

    /// The identity of a valid token; none for another one, or without one.
    pub fn known(&self, hello: &Hello, peer: Option<&Peer>) -> Option<Identity> {
        let user = self.identities.verify(hello.token.as_deref()?)?;
        Some(self.identity_of(user, hello, peer))
    }

    /// The identity that all requests of a device without a token share.
    pub fn anonymous(&self, hello: &Hello, peer: Option<&Peer>) -> Identity {
        let user = self.identities.of_device(peer.map(|peer| peer.device));
        Identity {
            shared: true,
            ..self.identity_of(user, hello, peer)
        }
    }

    /// The identity of a known user, with these parameters.
    pub fn identity_of(&self, user: UserId, hello: &Hello, peer: Option<&Peer>) -> Identity {
        let address = self.identities.address_tag(peer.map(|peer| peer.device));
        Identity {
            user,
            name: hello.name.clone(),
            address,
            shared: false,
            seat: hello.seat.as_deref().and_then(|code| self.seats.seat(code)),
            operates: hello.operates,
        }
    }
}
