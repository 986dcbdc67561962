//! What all transports share for incoming traffic: who a client is (peer, device, identity), and which worker serves a connection. There is one
//! record for each worker (at most `limits::WORKERS`) and for each Socket.IO session.

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

/// The peer of a connection, stored in the extensions of each of its requests.
#[derive(Clone)]
pub struct Peer {
    /// Index of the worker that accepted the connection.
    pub worker: usize,
    /// The connection's lane (its outgoing side). Weak, because the library keeps a request's extensions for its session's lifetime.
    pub lane: Weak<Lane>,
    /// IP address of the peer's socket.
    pub address: IpAddr,
    /// The device at that address.
    pub device: Device,
    /// Whether the connection has TLS.
    pub secure: bool,
}

/// Registry of the workers: their signal queues, connection handles, and the Socket.IO sessions.
pub struct WorkerRegistry {
    /// Open Socket.IO sessions.
    pub sessions: Arc<Sessions>,
    signal_queues: Vec<Arc<SignalQueue>>,
    next_conn: AtomicU64,
    stopping: AtomicBool,
}

impl ConnId {
    const WORKER_BITS: u32 = 8;

    /// Index of the worker whose fan-out serves this connection.
    pub fn worker(self) -> usize {
        usize::try_from(self.0 & ((1 << Self::WORKER_BITS) - 1)).expect("a few bits")
    }
}

impl WorkerRegistry {
    /// A registry of `workers` workers, each with an empty signal queue.
    pub fn new(workers: usize) -> Self {
        let signal_queues = (0..workers).map(|_| Arc::default()).collect();
        Self {
            sessions: Arc::default(),
            signal_queues,
            next_conn: AtomicU64::new(1),
            stopping: AtomicBool::new(false),
        }
    }

    /// Makes the server refuse new sessions from now on, because it is stopping.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the server is stopping, so that new connections are refused.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Issues a handle for a connection of the given worker.
    pub fn next_conn(&self, worker: usize) -> ConnId {
        let number = self.next_conn.fetch_add(1, Ordering::Relaxed);
        ConnId(number << ConnId::WORKER_BITS | u64::try_from(worker).expect("few workers"))
    }

    /// The signal queue of the worker that serves a connection.
    pub fn signals(&self, conn: ConnId) -> &Arc<SignalQueue> {
        &self.signal_queues[conn.worker()]
    }

    /// The signal queues of all workers, by index.
    pub fn all_signals(&self) -> &[Arc<SignalQueue>] {
        &self.signal_queues
    }
}

/// State that transports need to admit clients and to pass on their commands.
pub struct Ingress {
    /// The workers, their signal queues, and the Socket.IO sessions.
    pub registry: Arc<WorkerRegistry>,
    /// The driver's inbox, to which all commands and connections go.
    pub inbox: mpsc::Sender<Message>,
    /// Issues and verifies tokens.
    pub identities: Arc<Identities>,
    /// Verifies seat codes, the numbered personal entry codes.
    pub seats: Seats,
    /// The room to join if a client names no room.
    pub default_room: RoomName,
    /// Configured bounds.
    pub limits: Arc<Limits>,
    /// The server's memory account, against which incoming messages are counted.
    pub account: Arc<Account>,
    /// Matches the word list before a command goes to the driver.
    pub words: Arc<Matcher>,
    /// Checks the proofs (signatures) of admin commands before they go to the driver.
    pub proofs: ProofVerifier,
}

impl Ingress {
    /// Makes the driver's message for a connection's event. The event's texts are matched, and an admin command's proof is verified here.
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

    /// The identity of a client: that of its token, or a new one if the token is missing or invalid.
    pub fn identify(&self, hello: &Hello, peer: Option<&Peer>) -> Identity {
        self.known(hello, peer)
            .unwrap_or_else(|| self.identity_of(self.identities.issue(), hello, peer))
    }

    /// The identity of a valid token; `None` if the token is missing or invalid.
    pub fn known(&self, hello: &Hello, peer: Option<&Peer>) -> Option<Identity> {
        let user = self.identities.verify(hello.token.as_deref()?)?;
        Some(self.identity_of(user, hello, peer))
    }

    /// The identity that all requests without a token from one device share.
    pub fn anonymous(&self, hello: &Hello, peer: Option<&Peer>) -> Identity {
        let user = self.identities.of_device(peer.map(|peer| peer.device));
        Identity {
            shared: true,
            ..self.identity_of(user, hello, peer)
        }
    }

    /// The identity of a known user who connects with these parameters. A missing or invalid seat code leaves it without a seat.
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
