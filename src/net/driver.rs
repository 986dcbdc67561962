//! The one task that owns the hub: it takes inputs in the order of the inbox and hands each output to the worker that it is for.

mod lease;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::{
    clock::Clock,
    fanout::{Command, Opening, Orders, PollRequest},
    officers::Officers,
};
use crate::{
    limits,
    room::{
        AddressTag, ConnId, Hub, Identity, Input, Now, Output, Refusal, Reply, ReplyTo, Resume, RoomName, Signed,
        UserId, Via,
    },
    wire::Encoded,
};

/// What the transports tell the driver.
#[expect(missing_docs, reason = "a variant's docs say what its fields are")]
pub enum Message {
    /// For the hub as it is.
    Hub(Input),
    /// A connection asks for something.
    Event {
        conn: ConnId,
        ack: Option<u64>,
        command: Result<crate::room::Command, Refusal>,
    },
    /// A connection is there.
    Open {
        opening: Box<Opening>,
        who: Identity,
        via: Via,
        room: RoomName,
        resume: Option<Resume>,
    },
    /// An HTTP request asks for something.
    Request {
        who: Identity,
        room: RoomName,
        command: Result<crate::room::Command, Refusal>,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// An HTTP request wants what is new; with an identity it renews that one's lease.
    Poll {
        conn: ConnId,
        /// Somebody, or who has no token and comes from there.
        who: Result<Identity, AddressTag>,
        room: RoomName,
        since: Option<Resume>,
        wait_ms: u64,
        reply: oneshot::Sender<Result<Bytes, Refusal>>,
    },
    /// An HTTP request wants the list of rooms.
    Rooms {
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// An HTTP request wants a nonce for an order.
    Nonce {
        address: AddressTag,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// An HTTP request gives an order.
    Signed {
        address: AddressTag,
        signed: Box<Signed>,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// Somebody wants to know how it goes, and that it goes.
    Status { reply: oneshot::Sender<Status> },
    /// The server stops. Answered when everybody has been told.
    Shutdown { done: oneshot::Sender<()> },
}

/// How it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// People in rooms.
    pub members: usize,
    /// Rooms.
    pub rooms: usize,
    /// Entries of all rooms since the start.
    pub entries: u64,
}

/// See the module.
pub struct Driver {
    hub: Hub,
    officers: Officers,
    clock: Arc<Clock>,
    orders: Orders<Encoded>,
    requests: HashMap<u64, oneshot::Sender<Result<Reply, Refusal>>>,
    next_request: u64,
    entries: u64,
    leases: HashMap<(UserId, RoomName), ConnId>,
}

impl Driver {
    /// One for a hub and its workers.
    pub(super) fn new(hub: Hub, officers: Officers, orders: Orders<Encoded>, clock: Arc<Clock>) -> Self {
        let (requests, leases) = (HashMap::new(), HashMap::new());
        Self {
            hub,
            officers,
            clock,
            orders,
            requests,
            next_request: 0,
            entries: 0,
            leases,
        }
    }

    /// Runs until [`Message::Shutdown`].
    pub async fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        let mut batch = Vec::with_capacity(limits::INBOX_BATCH);
        self.route_all().await;
        loop {
            let due = self
                .hub
                .poll_timeout()
                .map(|(at_ms, _)| self.clock.started() + Duration::from_millis(at_ms));
            let count = tokio::select! {
                biased;
                count = inbox.recv_many(&mut batch, limits::INBOX_BATCH) => count,
                () = sleep_until(due) => {
                    self.tell(Input::Tick).await;
                    continue;
                }
            };
            if count == 0 {
                return;
            }
            for message in batch.drain(..) {
                if let Message::Shutdown { done } = message {
                    self.tell(Input::Shutdown).await;
                    self.orders.stop().await;
                    let _ = done.send(());
                    return;
                }
                self.take(message).await;
            }
        }
    }

    async fn take(&mut self, message: Message) {
        match message {
            Message::Hub(input) => self.tell(input).await,
            Message::Event { conn, ack, command } => {
                let now = self.now();
                let input = self.officers.input(&self.hub, now, conn, ack, command);
                self.tell(input).await;
                self.orders.order(conn, Command::Handled { conn }).await;
            }
            Message::Open {
                opening,
                who,
                via,
                room,
                resume,
            } => {
                let conn = opening.conn;
                self.orders.order(conn, Command::Open(opening)).await;
                self.tell(Input::Connect {
                    conn,
                    who,
                    via,
                    room: Some(room),
                    resume,
                })
                .await;
            }
            Message::Request {
                who,
                room,
                command,
                reply,
            } => {
                let request = self.expect(reply);
                self.tell(Input::Request {
                    request,
                    who,
                    room,
                    command,
                })
                .await;
            }
            Message::Poll {
                conn,
                who,
                room,
                since,
                wait_ms,
                reply,
            } => {
                let admitted = match &who {
                    Ok(who) => self
                        .hub
                        .admits(who)
                        .or_else(|refusal| who.seat.map(drop).ok_or(refusal)),
                    Err(address) => self.hub.may_overhear(&room, *address),
                };
                if let Err(refusal) = admitted {
                    // A requester that has gone away needs no answer.
                    let _ = reply.send(Err(refusal));
                    return;
                }
                let once = who.is_err();
                let conn = match who {
                    Ok(who) => self.lease(conn, who, &room).await,
                    Err(_) => {
                        let nobody = UserId(0);
                        self.open_poll(conn, nobody).await;
                        conn
                    }
                };
                let request = PollRequest {
                    conn,
                    once,
                    room,
                    since,
                    wait_ms,
                    reply,
                };
                self.orders.order(conn, Command::Poll(Box::new(request))).await;
            }
            Message::Rooms { reply } => {
                let _ = reply.send(Ok(self.hub.list_rooms()));
            }
            Message::Nonce { address, reply } => {
                let _ = reply.send(self.officers.fetch(address, self.now()));
            }
            Message::Signed { address, signed, reply } => {
                let now = self.now();
                match self.officers.request(&self.hub, now, address, &signed) {
                    Ok((by, order)) => {
                        let to = ReplyTo::Request(self.expect(reply));
                        self.tell(Input::Order { to, by, order }).await;
                    }
                    Err(refusal) => drop(reply.send(Err(refusal))),
                }
            }
            Message::Status { reply } => {
                // Whoever does not wait any more needs no answer.
                let _ = reply.send(Status {
                    members: self.hub.members(),
                    rooms: self.hub.rooms(),
                    entries: self.entries,
                });
            }
            Message::Shutdown { .. } => unreachable!("handled by the loop"),
        }
    }

    /// A number for a request whose answer is to come.
    fn expect(&mut self, reply: oneshot::Sender<Result<Reply, Refusal>>) -> u64 {
        self.next_request += 1;
        self.requests.insert(self.next_request, reply);
        self.next_request
    }

    async fn tell(&mut self, input: Input) {
        let gone = if let Input::Disconnect { conn } = input {
            self.officers.gone(conn);
            Some(conn)
        } else {
            None
        };
        self.hub.handle(self.now(), input);
        self.route_all().await;
        if let Some(conn) = gone {
            self.orders.order(conn, Command::Drop { conn }).await;
        }
    }

    async fn route_all(&mut self) {
        while let Some(output) = self.hub.poll_output() {
            self.route(output).await;
        }
    }

    async fn route(&mut self, output: Output) {
        match output {
            Output::Welcome { conn, welcome } => self.orders.order(conn, Command::Welcome { conn, welcome }).await,
            Output::RoomOpened {
                room,
                name,
                lives,
                after,
            } => {
                self.orders
                    .order_all(|| Command::RoomOpened {
                        room,
                        name: name.clone(),
                        lives: lives.clone(),
                        after,
                    })
                    .await;
            }
            Output::RoomClosed { room } => self.orders.order_all(|| Command::RoomClosed { room }).await,
            Output::Append { room, entry } => {
                self.entries += 1;
                let entry = Arc::new(Encoded::new(entry));
                self.orders
                    .order_all(|| Command::Append {
                        room,
                        entry: entry.clone(),
                    })
                    .await;
            }
            Output::Keep { .. } => {}
            Output::Redact { room, entries, .. } => {
                let entries: Arc<[_]> = entries
                    .iter()
                    .map(|entry| Arc::new(Encoded::new(entry.clone())))
                    .collect();
                self.orders
                    .order_all(|| Command::Redact {
                        room,
                        entries: entries.clone(),
                    })
                    .await;
            }
            Output::Attach { conn, room, since, .. } => {
                self.orders.order(conn, Command::Attach { conn, room, since }).await
            }
            Output::Detach { conn } => self.orders.order(conn, Command::Detach { conn }).await,
            Output::Reply {
                to: ReplyTo::Conn(conn, Some(ack)),
                reply,
            } => {
                self.orders.order(conn, Command::Reply { conn, ack, reply }).await;
            }
            Output::Reply {
                to: ReplyTo::Conn(_, None),
                ..
            } => {}
            Output::Reply {
                to: ReplyTo::Request(request),
                reply,
            } => {
                if let Some(waiting) = self.requests.remove(&request) {
                    // A requester that has gone away needs no answer.
                    let _ = waiting.send(reply);
                }
            }
            Output::Direct { conn, direct } => self.orders.order(conn, Command::Direct { conn, direct }).await,
            Output::Latest { room, latest } => {
                self.orders
                    .order_all(|| Command::Latest {
                        room,
                        latest: latest.clone(),
                    })
                    .await;
            }
            Output::Close { conn, reason } => {
                self.officers.gone(conn);
                self.leases.retain(|_, &mut lease| lease != conn);
                self.orders.order(conn, Command::Close { conn, reason }).await;
            }
        }
    }

    fn now(&self) -> Now {
        self.clock.now()
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
