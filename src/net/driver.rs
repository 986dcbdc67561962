//! The one task that owns the hub: it takes inputs in the order of the inbox and hands each output to the worker that it is for.

mod lease;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot};

use super::{
    clock::Clock,
    errands::Errands,
    fanout::{Command, Orders, PollRequest},
    held::Wait,
    keeper::{Asking, Keeper, Stored},
    message::{Message, Poller, Status},
    officers::Officers,
};
use crate::{
    limits,
    room::{ConnId, Hub, Input, Now, Output, Refusal, Reply, ReplyTo, RoomName, UserId},
    wire::Encoded,
};

/// See the module.
pub struct Driver {
    pub(super) hub: Hub,
    officers: Officers,
    errands: Errands,
    pub(super) store: Option<Keeper>,
    clock: Arc<Clock>,
    pub(super) orders: Orders<Encoded>,
    pub(super) requests: HashMap<u64, oneshot::Sender<Result<Reply, Refusal>>>,
    next_request: u64,
    entries: u64,
    leases: HashMap<(UserId, RoomName), ConnId>,
}

impl Driver {
    /// One for a hub and its workers, and for the store that the hub was restored from.
    pub(super) fn new(
        hub: Hub,
        officers: Officers,
        errands: Errands,
        orders: Orders<Encoded>,
        clock: Arc<Clock>,
        store: Option<Stored>,
    ) -> Self {
        let (requests, leases) = (HashMap::new(), HashMap::new());
        Self {
            hub,
            officers,
            errands,
            store: store.map(Keeper::new),
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
        // What was restored is on disk already.
        self.route_all(None).await;
        self.entries = 0;
        loop {
            self.heed_disk().await;
            let due = self.due_ms();
            let due = due.map(|at_ms| self.clock.started() + Duration::from_millis(at_ms));
            let count = tokio::select! {
                biased;
                news = Keeper::news(&mut self.store) => {
                    self.heard(news).await;
                    continue;
                }
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
                    self.shut_down().await;
                    let _ = done.send(());
                    return;
                }
                self.take(message).await;
            }
        }
    }

    async fn take(&mut self, message: Message) {
        match message {
            Message::Hub(input) => drop(self.tell(input).await),
            Message::Event { conn, ack, command } => {
                let command = self.admit(command);
                let now = self.now();
                let input = self.officers.input(&self.hub, now, conn, ack, command);
                let wait = self.tell(input).await;
                self.order(conn, wait, Command::Handled { conn }).await;
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
                let command = self.admit(command);
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
                    Poller::Known(who) => self
                        .hub
                        .admits(who)
                        .or_else(|refusal| who.seat.map(drop).ok_or(refusal)),
                    Poller::Stranger(address) => self.hub.may_overhear(&room, *address),
                    Poller::Webhook { .. } => Ok(()),
                };
                if let Err(refusal) = admitted {
                    // A requester that has gone away needs no answer.
                    let _ = reply.send(Err(refusal));
                    return;
                }
                let until = match who {
                    Poller::Webhook { until } => until,
                    _ => None,
                };
                let (conn, once) = match who {
                    Poller::Known(who) => (self.lease(conn, who, &room, since).await, false),
                    Poller::Stranger(_) | Poller::Webhook { .. } => {
                        let nobody = UserId(0);
                        self.open_poll(conn, nobody).await;
                        (conn, true)
                    }
                };
                let request = PollRequest {
                    conn,
                    once,
                    room,
                    since,
                    until,
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
            Message::Done { to, reply } => {
                let owing = self.store.as_ref().filter(|store| store.owes());
                let wait = owing.map_or(Wait::Turn, |store| Wait::Commit(store.issued));
                self.route(Output::Reply { to, reply }, wait).await;
            }
            Message::Status { reply } => {
                // Whoever does not wait any more needs no answer.
                let _ = reply.send(Status {
                    members: self.hub.members(),
                    rooms: self.hub.rooms(),
                    entries: self.entries,
                    durable: self.hub.is_durable(),
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

    /// Returns what answers to this input wait for.
    pub(super) async fn tell(&mut self, input: Input) -> Wait {
        let gone = if let Input::Disconnect { conn } = input {
            self.officers.gone(conn);
            Some(conn)
        } else {
            None
        };
        let now = self.now();
        self.hub.handle(now, input);
        let wait = self.route_all(Some(now.mono_ms)).await;
        if let Some(conn) = gone {
            if let Some(store) = &mut self.store {
                store.held.forget(conn);
            }
            self.orders.order(conn, Command::Drop { conn }).await;
        }
        wait
    }

    /// Hands out what the hub says. With a time it is stored as well.
    async fn route_all(&mut self, store_at_ms: Option<u64>) -> Wait {
        let Some(store) = &mut self.store else {
            while let Some(output) = self.hub.poll_output() {
                self.route(output, Wait::Turn).await;
            }
            return Wait::Turn;
        };
        let mut outputs = std::mem::take(&mut store.outputs);
        outputs.extend(std::iter::from_fn(|| self.hub.poll_output()));
        let wait = store_at_ms.map_or(Wait::Turn, |now_ms| store.write(now_ms, &mut outputs));
        for output in outputs.drain(..) {
            self.route(output, wait).await;
        }
        if let Some(store) = &mut self.store {
            store.outputs = outputs;
        }
        wait
    }

    /// An order to a connection, behind those that wait for the disk.
    async fn order(&mut self, conn: ConnId, wait: Wait, command: Command<Encoded>) {
        if let Some(store) = &mut self.store
            && (wait != Wait::Turn || store.held.has(conn))
        {
            if store.held.push(conn, wait, command).is_err() {
                store.held.forget(conn);
                store.overflowed.push(conn);
            }
            return;
        }
        self.orders.order(conn, command).await;
    }

    async fn route(&mut self, output: Output, wait: Wait) {
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
            Output::RoomClosed { room, .. } => self.orders.order_all(|| Command::RoomClosed { room }).await,
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
            Output::Recall { room, entry } => {
                let entry = Arc::new(Encoded::new(entry));
                self.orders
                    .order_all(|| Command::Recall {
                        room,
                        entry: entry.clone(),
                    })
                    .await;
            }
            Output::Keep { .. } => {}
            Output::Wiped => tracing::warn!("everything that was said is deleted, as somebody wished"),
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
                let attach = Command::Attach { conn, room, since };
                self.order(conn, Wait::Turn, attach).await;
            }
            Output::Reply {
                to,
                reply: Ok(Reply::Errand(errand)),
            } => self.errands.run(to, errand, self.hub.is_durable()),
            Output::Detach { conn } => self.order(conn, Wait::Turn, Command::Detach { conn }).await,
            Output::Reply {
                to: ReplyTo::Conn(conn, Some(ack)),
                reply,
            } => {
                let wait = self.look_up(reply.as_ref().ok(), Asking::Conn(conn)).unwrap_or(wait);
                self.order(conn, wait, Command::Reply { conn, ack, reply }).await;
            }
            Output::Reply {
                to: ReplyTo::Conn(_, None),
                ..
            } => {}
            Output::Reply {
                to: ReplyTo::Request(request),
                reply,
            } => self.reply(request, reply, wait),
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
                self.order(conn, Wait::Turn, Command::Close { conn, reason }).await;
            }
        }
    }

    pub(super) fn now(&self) -> Now {
        self.clock.now()
    }
}

pub(super) async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
