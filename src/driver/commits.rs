//! What the driver does when the disk has written, is too slow, or fails: it releases waiting answers, refuses new messages, or says that
//! messages are in memory only. Also the shutdown. Messages are refused as `busy` while the journal is full; [`super::durability`] limits
//! the waiting answers.

use std::time::{Duration, Instant};

use super::{
    disk::{Disk, DiskEvent, PageReader, RequestReply, complete, mark_in_memory},
    durability::Released,
    reply_queue::{CommitResult, Ready, Wait},
    state::{Driver, sleep_until},
};
use crate::{
    fanout::Update,
    limits,
    room::{CloseReason, Code, Command, Input, PageRequest, Refusal, Reply, ReplyTo},
    store::{Event, Page},
    wire::Encoded,
};

impl Driver {
    /// Refuses a command that adds an entry while the queue of the journal is full.
    pub(super) fn check_backlog(&self, command: Result<Command, Refusal>) -> Result<Command, Refusal> {
        let command = command?;
        let bytes = command.texts().map(str::len).iter().sum();
        let is_full = |disk: &Disk| disk.durability.is_durable() && disk.journal.is_full_for(bytes);
        if command.adds_entry() && self.disk.as_ref().is_some_and(is_full) {
            let message = "the disk can't keep up; please try again";
            return Err(Refusal::retry(Code::Busy, message, limits::BUSY_RETRY_MS));
        }
        Ok(command)
    }

    /// Waits for the disk during half of the time that a shutdown may take, then ends all connections and the journal.
    pub(super) async fn shut_down(&mut self) {
        let patience = Instant::now() + Duration::from_millis(limits::SHUTDOWN_MS / 2);
        while self.disk.as_ref().is_some_and(Disk::is_behind) {
            tokio::select! {
                event = Disk::event(&mut self.disk) => self.on_disk_event(event).await,
                () = sleep_until(Some(patience)) => break,
            }
        }
        self.fail_waiting().await;
        self.apply(Input::Shutdown).await;
        if let Some(disk) = &mut self.disk {
            disk.journal.end();
        }
        self.fanouts.stop().await;
    }

    /// The next time, on the monotonic clock, at which the hub's timer is due or the disk counts as stuck; `None` if neither can happen.
    pub(super) fn due_ms(&self) -> Option<u64> {
        let hub = self.hub.poll_timeout().map(|(at_ms, _)| at_ms);
        let disk = self.disk.as_ref().filter(|disk| disk.durability.is_durable());
        let stall = disk.and_then(|disk| disk.journal.stalls_at_ms());
        hub.into_iter().chain(stall).min()
    }

    pub(super) async fn on_disk_event(&mut self, event: DiskEvent) {
        match event {
            DiskEvent::Journal(event) => self.on_journal_event(event).await,
            DiskEvent::Page(number, page) => self.on_page(number, page).await,
        }
    }

    async fn on_journal_event(&mut self, event: Event) {
        let now_ms = self.now().mono_ms;
        let Some(disk) = &mut self.disk else { return };
        disk.journal.heard(now_ms, &event);
        match event {
            Event::Committed(number) => {
                let released = disk.durability.commit(number);
                self.send_released(released).await;
            }
            Event::Failing | Event::Working => {}
            Event::Pruned { room, epoch, oldest } => drop(self.apply(Input::Pruned { room, epoch, oldest }).await),
            Event::HiddenOlder {
                room,
                epoch,
                to,
                originals,
            } => {
                let hidden = Input::HiddenOlder {
                    room,
                    epoch,
                    to,
                    originals,
                };
                self.apply(hidden).await;
            }
            Event::WipeWanted => drop(self.apply(Input::Wipe).await),
        }
    }

    async fn on_page(&mut self, number: u64, page: Page) {
        let Some(disk) = &mut self.disk else { return };
        match disk.take_reader(number) {
            Some(PageReader::Conn(conn)) => {
                let ready = disk.durability.fill(conn, number, |update| {
                    if let Update::Reply { reply, .. } = update {
                        complete(reply, page);
                    }
                });
                self.send_ready(ready).await;
            }
            Some(PageReader::Request((request, mut reply))) => {
                complete(&mut reply, page);
                // The requester may have gone away.
                let _ = request.send(reply);
            }
            Some(PageReader::Pin(request)) => {
                let entry = page.entries.into_iter().next_back();
                self.apply(Input::PinFound { request, entry }).await;
            }
            None => {}
        }
    }

    /// Tells the hub when the disk starts to fail or works again, and closes connections whose reply queue overflowed.
    pub(super) async fn check_disk(&mut self) {
        let now_ms = self.now().mono_ms;
        let Some(disk) = &mut self.disk else { return };
        let durable = disk.journal.is_durable(now_ms);
        let overflowed = disk.durability.overflowed();
        if disk.durability.set_durable(durable) {
            if !durable {
                if disk.journal.stalls_at_ms().is_some_and(|at_ms| at_ms <= now_ms) {
                    tracing::error!(
                        "store: a write to the data directory hangs; rooms continue in memory, and nothing is stored until the disk works. Check the SD card or disk"
                    );
                }
                self.fail_waiting().await;
            }
            self.apply(Input::Durable { durable }).await;
        }
        for conn in overflowed {
            let reason = CloseReason::Overflow;
            self.fanouts.send(conn, Update::Close { conn, reason }).await;
            self.apply(Input::Disconnect { conn }).await;
        }
    }

    /// Sends all answers that wait for a commit, marked as in memory only.
    async fn fail_waiting(&mut self) {
        if let Some(disk) = &mut self.disk {
            let released = disk.durability.fail();
            self.send_released(released).await;
        }
    }

    async fn send_released(&mut self, released: Released<Update<Encoded>, RequestReply>) {
        self.send_ready(released.updates).await;
        for ((request, mut reply), outcome) in released.requests {
            if outcome == CommitResult::InMemory {
                mark_in_memory(&mut reply);
            }
            // The requester may have gone away.
            let _ = request.send(reply);
        }
    }

    async fn send_ready(&mut self, ready: Vec<Ready<Update<Encoded>>>) {
        for (conn, mut update, outcome) in ready {
            if outcome == CommitResult::InMemory
                && let Update::Reply { reply, .. } = &mut update
            {
                mark_in_memory(reply);
            }
            self.fanouts.send(conn, update).await;
        }
    }

    /// Answers an HTTP request, after the commit that `wait` names.
    pub(super) fn reply(&mut self, request: u64, reply: Result<Reply, Refusal>, wait: Wait) {
        let Some(request) = self.requests.remove(&request) else {
            return;
        };
        match (&mut self.disk, wait) {
            (Some(disk), Wait::Commit(number)) => disk.durability.push_request(number, (request, reply)),
            // The requester may have gone away.
            (_, Wait::Turn | Wait::Page(_)) | (None, Wait::Commit(_)) => drop(request.send(reply)),
        }
    }

    /// Has the store read a page, and holds the answer until the page arrives. Without a store the answer is sent at once, with `more` set.
    pub(super) async fn read_page(&mut self, to: ReplyTo, mut request: PageRequest) {
        let (entries, more) = (std::mem::take(&mut request.newer), true);
        let reply = Ok(Reply::History { entries, more });
        let Some(disk) = &mut self.disk else {
            return self.route_reply(to, reply, Wait::Turn).await;
        };
        match to {
            ReplyTo::Conn(conn, Some(ack)) => {
                let page = disk.read_page(request, PageReader::Conn(conn));
                self.send(conn, Wait::Page(page), Update::Reply { conn, ack, reply })
                    .await;
            }
            ReplyTo::Conn(_, None) => {}
            ReplyTo::Request(number) => {
                if let Some(requester) = self.requests.remove(&number) {
                    disk.read_page(request, PageReader::Request((requester, reply)));
                }
            }
        }
    }
}
