//! Between the transports, the driver and the fan-outs.

use std::{
    net::IpAddr,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::mpsc;

use super::{identity::Identities, lane::Lane, message::Message, officers::Seats, signal::Board, sio::Sessions};
use crate::{
    limits::Limits,
    room::{ConnId, Identity, RoomName, UserId},
    wire::Hello,
};

/// Where a request comes from; stands in every request's extensions.
#[derive(Clone)]
pub struct Origin {
    /// The worker that accepted its connection.
    pub worker: usize,
    /// Its connection. Weak, because the library keeps a request's extensions for as long as its session lives.
    pub lane: Weak<Lane>,
    /// The peer's address, from the socket.
    pub address: IpAddr,
}

/// What connects the transports with the fan-outs.
pub struct Links {
    /// Socket.IO sessions.
    pub sessions: Arc<Sessions>,
    boards: Vec<Arc<Board>>,
    next_conn: AtomicU64,
}

impl ConnId {
    const WORKER_BITS: u32 = 8;

    /// The worker whose fan-out has this connection.
    pub fn worker(self) -> usize {
        usize::try_from(self.0 & ((1 << Self::WORKER_BITS) - 1)).expect("a few bits")
    }
}

impl Links {
    /// For so many workers.
    pub fn new(workers: usize) -> Self {
        let boards = (0..workers).map(|_| Arc::default()).collect();
        Self {
            sessions: Arc::default(),
            boards,
            next_conn: AtomicU64::new(1),
        }
    }

    /// A new handle for a connection that the given worker serves.
    pub fn next_conn(&self, worker: usize) -> ConnId {
        let number = self.next_conn.fetch_add(1, Ordering::Relaxed);
        ConnId(number << ConnId::WORKER_BITS | u64::try_from(worker).expect("few workers"))
    }

    /// The board of the worker that serves a connection.
    pub fn board(&self, conn: ConnId) -> &Arc<Board> {
        &self.boards[conn.worker()]
    }

    /// One for each worker.
    pub fn boards(&self) -> &[Arc<Board>] {
        &self.boards
    }
}

/// What every transport needs to let somebody in.
pub struct Door {
    /// To the fan-outs.
    pub links: Arc<Links>,
    /// To the driver.
    pub inbox: mpsc::Sender<Message>,
    /// Tokens.
    pub identities: Arc<Identities>,
    /// Seat codes.
    pub seats: Seats,
    /// The room of whoever names none.
    pub default_room: RoomName,
    /// Bounds.
    pub limits: Arc<Limits>,
}

impl Door {
    /// Who that is: the token's identity if it is one of ours, else a new one.
    pub fn identify(&self, hello: &Hello, origin: Option<&Origin>) -> Identity {
        self.known(hello, origin)
            .unwrap_or_else(|| self.somebody(self.identities.issue(), hello, origin))
    }

    /// Who that is, if the token is one of ours.
    pub fn known(&self, hello: &Hello, origin: Option<&Origin>) -> Option<Identity> {
        let user = self.identities.verify(hello.token.as_deref()?)?;
        Some(self.somebody(user, hello, origin))
    }

    /// The one who speaks for an address without a token.
    pub fn nobody(&self, hello: &Hello, origin: Option<&Origin>) -> Identity {
        let user = self.identities.of_address(origin.map(|origin| origin.address));
        Identity {
            shared: true,
            ..self.somebody(user, hello, origin)
        }
    }

    fn somebody(&self, user: UserId, hello: &Hello, origin: Option<&Origin>) -> Identity {
        let address = self.identities.address_tag(origin.map(|origin| origin.address));
        Identity {
            user,
            name: hello.name.clone(),
            address,
            shared: false,
            seat: hello.seat.as_deref().and_then(|code| self.seats.seat(code, address)),
        }
    }
}
