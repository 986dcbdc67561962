//! The driver's part that deals with the store: what is written, what waits for it, what is read.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    driver::{Driver, sleep_until},
    fanout::{Command, Orders, Pages, Wish},
    held::{Asked, Held, Wait, in_memory},
};
use crate::{
    limits,
    room::{CloseReason, Code, ConnId, Input, Output, Refusal, Reply},
    store::{Event, Journal, Op, Page, Reads, Wanted},
    wire::Encoded,
};

/// Who waits for a page.
#[derive(Clone, Copy, Debug)]
pub enum Asking {
    /// A connection.
    Conn(ConnId),
    /// An HTTP request.
    Request(u64),
}

/// What happened at the disk.
pub enum News {
    /// To what is written.
    Written(Event),
    /// A page is there.
    Read(u64, Page),
}

/// What the driver needs of a store.
pub struct Stored {
    /// Takes what is to be written.
    pub journal: Journal,
    /// Tells what became of it.
    pub events: mpsc::Receiver<Event>,
    /// Reads what the logs do not have any more.
    pub reads: Reads,
}

/// The store as the driver sees it.
pub struct Keeper {
    pub journal: Journal,
    pub held: Held,
    /// Connections on which too much waits.
    pub overflowed: Vec<ConnId>,
    /// Of one input; here to be used again.
    pub outputs: Vec<Output>,
    events: mpsc::Receiver<Event>,
    reads: Reads,
    pages: mpsc::UnboundedReceiver<(u64, Page)>,
    pages_in: mpsc::UnboundedSender<(u64, Page)>,
    asking: HashMap<u64, (Asking, Option<Asked>)>,
    asked: u64,
    /// The last number that was to be waited for.
    pub issued: u64,
    /// What the hub knows.
    durable: bool,
}

impl Keeper {
    pub fn new(stored: Stored) -> Self {
        let Stored { journal, events, reads } = stored;
        // At most as many as the store reads at once.
        let (pages_in, pages) = mpsc::unbounded_channel();
        Self {
            journal,
            held: Held::default(),
            overflowed: Vec::new(),
            outputs: Vec::new(),
            events,
            reads,
            pages,
            pages_in,
            asking: HashMap::new(),
            asked: 0,
            issued: 0,
            durable: true,
        }
    }

    /// The next news; never, without a store.
    pub async fn news(store: &mut Option<Self>) -> News {
        let Some(store) = store else {
            return std::future::pending().await;
        };
        tokio::select! {
            biased;
            Some(event) = store.events.recv() => News::Written(event),
            Some((number, page)) = store.pages.recv() => News::Read(number, page),
            else => std::future::pending().await,
        }
    }

    /// Whether somebody waits for a disk that works.
    pub fn owes(&self) -> bool {
        self.durable && !self.journal.is_done()
    }

    /// Stores what one input made. Returns what its answers wait for.
    pub fn write(&mut self, now_ms: u64, outputs: &mut [Output]) -> Wait {
        let wiped = outputs.iter().position(|output| matches!(output, Output::Wiped));
        let ops: Vec<_> = outputs[wiped.unwrap_or(0)..].iter().filter_map(op).collect();
        let durable = self.journal.is_durable(now_ms);
        if wiped.is_some() {
            let number = self.journal.wipe(now_ms);
            self.issued = self.journal.write(now_ms, ops).unwrap_or(number);
            if durable {
                return Wait::Commit(self.issued);
            }
            outputs.iter_mut().for_each(say_in_memory);
            return Wait::Turn;
        }
        if !ops.is_empty() {
            match self.journal.write(now_ms, ops) {
                Some(number) => {
                    self.issued = number;
                    return Wait::Commit(number);
                }
                None => outputs.iter_mut().for_each(say_in_memory),
            }
            return Wait::Turn;
        }
        let repeated = |output: &Output| {
            matches!(
                output,
                Output::Reply {
                    reply: Ok(Reply::Sent { seq: Some(_), .. }),
                    ..
                }
            )
        };
        match outputs.iter().any(repeated) {
            // What was accepted before may still be on its way, or may never get there.
            true if durable && self.journal.is_whole() && !self.journal.is_done() => Wait::Commit(self.issued),
            true if !durable || !self.journal.is_whole() => {
                outputs.iter_mut().for_each(say_in_memory);
                Wait::Turn
            }
            _ => Wait::Turn,
        }
    }
}

fn op(output: &Output) -> Option<Op> {
    match output {
        Output::Append { entry, .. } => Some(Op::Append(entry.clone())),
        Output::Keep { key, value } => Some(Op::Keep(key.clone(), value.clone())),
        Output::Redact {
            name, epoch, what, to, ..
        } => Some(Op::Hide {
            room: name.clone(),
            epoch: *epoch,
            what: *what,
            to: *to,
        }),
        Output::RoomClosed { name, .. } => Some(Op::Close(name.clone())),
        _ => None,
    }
}

fn say_in_memory(output: &mut Output) {
    if let Output::Reply { reply, .. } = output {
        in_memory(reply);
    }
}

impl Driver {
    /// While the disk can't keep up, senders are told; nobody else notices.
    pub(super) fn admit(
        &self,
        command: Result<crate::room::Command, Refusal>,
    ) -> Result<crate::room::Command, Refusal> {
        let full = |store: &Keeper| store.durable && store.journal.is_full();
        match command {
            Ok(command) if command.adds_entry() && self.store.as_ref().is_some_and(full) => Err(Refusal::retry(
                Code::Busy,
                "the disk can't keep up; please try again",
                limits::BUSY_RETRY_MS,
            )),
            other => other,
        }
    }

    /// What was accepted is acknowledged first, as far as the disk is quick enough.
    pub(super) async fn shut_down(&mut self) {
        let patience = Instant::now() + Duration::from_millis(limits::SHUTDOWN_MS / 2);
        while self.store.as_ref().is_some_and(Keeper::owes) {
            tokio::select! {
                news = Keeper::news(&mut self.store) => self.heard(news).await,
                () = sleep_until(Some(patience)) => break,
            }
        }
        self.let_go().await;
        self.tell(Input::Shutdown).await;
        if let Some(store) = &mut self.store {
            store.journal.end();
        }
        self.orders.stop().await;
    }

    /// The answer to a request.
    pub(super) fn reply(&mut self, request: u64, reply: Result<Reply, Refusal>, wait: Wait) {
        if self.look_up(reply.as_ref().ok(), Asking::Request(request)).is_some() {
            return;
        }
        let Some(waiting) = self.requests.remove(&request) else {
            return;
        };
        match (&mut self.store, wait) {
            (Some(store), Wait::Commit(number)) => store.held.push_request(number, (waiting, reply)),
            // A requester that has gone away needs no answer.
            _ => drop(waiting.send(reply)),
        }
    }

    /// When something is to be done even if nothing happens.
    pub(super) fn due_ms(&self) -> Option<u64> {
        let hub = self.hub.poll_timeout().map(|(at_ms, _)| at_ms);
        let store = self.store.as_ref().filter(|store| store.durable);
        let stall = store.and_then(|store| store.journal.stalls_at_ms());
        hub.into_iter().chain(stall).min()
    }

    pub(super) async fn heard(&mut self, news: News) {
        let now_ms = self.now().mono_ms;
        let Some(store) = &mut self.store else { return };
        match news {
            News::Written(event) => {
                store.journal.heard(now_ms, &event);
                match event {
                    Event::Committed(number) => {
                        let (orders, asked) = store.held.release(number, true);
                        self.hand_out(orders, asked).await;
                    }
                    Event::Failing | Event::Working => {}
                    Event::Pruned { room, epoch, oldest } => {
                        self.tell(Input::Pruned { room, epoch, oldest }).await;
                    }
                    Event::WipeWanted => drop(self.tell(Input::Wipe).await),
                }
            }
            News::Read(number, page) => {
                let Some((asking, request)) = store.asking.remove(&number) else {
                    return;
                };
                match (asking, request) {
                    (Asking::Conn(conn), _) => {
                        let orders = store.held.fill(conn, number, |reply| complete(reply, page));
                        self.hand_out(orders, Vec::new()).await;
                    }
                    (Asking::Request(_), Some((waiting, mut reply))) => {
                        complete(&mut reply, page);
                        let _ = waiting.send(reply);
                    }
                    (Asking::Request(_), None) => {}
                }
            }
        }
    }

    /// Tells the hub when the disk begins to fail, and when it works again; closes connections on which too much waits.
    pub(super) async fn heed_disk(&mut self) {
        let now_ms = self.now().mono_ms;
        let Some(store) = &mut self.store else { return };
        let durable = store.journal.is_durable(now_ms);
        let overflowed = std::mem::take(&mut store.overflowed);
        if std::mem::replace(&mut store.durable, durable) != durable {
            if !durable {
                if store.journal.stalls_at_ms().is_some_and(|at_ms| at_ms <= now_ms) {
                    tracing::error!("the disk is stuck, the rooms go on in memory");
                }
                self.let_go().await;
            }
            self.tell(Input::Durable { durable }).await;
        }
        for conn in overflowed {
            let reason = CloseReason::Overflow;
            self.orders.order(conn, Command::Close { conn, reason }).await;
            self.tell(Input::Disconnect { conn }).await;
        }
    }

    /// Nobody waits for the disk any more.
    pub(super) async fn let_go(&mut self) {
        if let Some(store) = &mut self.store {
            let (orders, asked) = store.held.release(store.issued, store.journal.is_done());
            self.hand_out(orders, asked).await;
        }
    }

    async fn hand_out(&mut self, orders: Vec<(ConnId, Command<Encoded>)>, asked: Vec<Asked>) {
        for (conn, command) in orders {
            self.orders.order(conn, command).await;
        }
        for (waiting, reply) in asked {
            // A requester that has gone away needs no answer.
            let _ = waiting.send(reply);
        }
    }

    /// Has the store read what an answer lacks. Returns what the answer waits for then.
    pub(super) fn look_up(&mut self, reply: Option<&Reply>, asking: Asking) -> Option<Wait> {
        let Some(Reply::HistoryFrom { older, .. }) = reply else {
            return None;
        };
        let store = self.store.as_mut()?;
        store.asked += 1;
        let (number, pages) = (store.asked, store.pages_in.clone());
        let wanted = Wanted {
            room: older.room.clone(),
            epoch: older.epoch,
            from: 1,
            to: older.to,
            limit: older.limit,
            newest: true,
            user: Some(older.user),
        };
        let request = match asking {
            Asking::Conn(_) => None,
            Asking::Request(request) => self.requests.remove(&request).zip(reply.cloned().map(Ok)),
        };
        store.asking.insert(number, (asking, request));
        let answer = move |page| {
            // The driver may have ended.
            let _ = pages.send((number, page));
        };
        if !store.reads.ask(wanted, answer) {
            // Too many want to read: what the log has is what there is.
            let _ = store.pages_in.send((
                number,
                Page {
                    entries: Vec::new(),
                    more: true,
                },
            ));
        }
        Some(Wait::Page(number))
    }
}

/// Makes a whole answer of one that lacks a page.
fn complete(reply: &mut Result<Reply, Refusal>, page: Page) {
    if let Ok(Reply::HistoryFrom { entries, .. }) = reply {
        let Page { entries: mut all, more } = page;
        all.append(entries);
        *reply = Ok(Reply::History { entries: all, more });
    }
}

/// Has a worker's fan-out get what its logs have dropped.
pub fn pages(reads: Reads, orders: Orders<Encoded>) -> Pages {
    Arc::new(move |wish| {
        let Wish {
            conn,
            room,
            name,
            epoch,
            from,
            to,
        } = wish;
        let wanted = Wanted {
            room: name,
            epoch,
            from,
            to,
            limit: limits::RESUME_PAGE,
            newest: false,
            user: None,
        };
        let orders = orders.clone();
        reads.ask(wanted, move |page: Page| {
            // A page that was cut short for its weight says nothing of what is behind it.
            let last = page.entries.last().filter(|_| page.more);
            let to = last.map_or(to, |last| last.seq);
            let entries = page.entries.into_iter().map(|entry| Arc::new(Encoded::new(entry)));
            let entries = entries.collect();
            orders.order_blocking(
                conn,
                Command::Page {
                    room,
                    from,
                    to,
                    entries,
                },
            );
        })
    })
}
