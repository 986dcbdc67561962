//! Webhooks: programs of the organizer hear by HTTP what is said. A webhook is a long poll that the server makes for somebody who can't: the
//! same answers from the same logs, each sent as it is.
//!
//! It keeps nothing but the place where it is, one for each of its rooms. What was not taken is asked for again when it is tried again, so
//! a receiver that is away holds no memory, what was hidden meanwhile is hidden, and what fell off the log is a gap, as for every slow reader.
//! It runs beside the listener: no worker has to do with a receiver's sockets.

mod post;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until},
};

use super::{
    clock::Clock,
    door::Links,
    message::{Message, Poller},
};
use crate::{
    config::{Config, Webhook},
    limits,
    room::{Epoch, Refusal, Resume, RoomName, Seq},
    wire,
};

/// Starts one task for each room of each webhook. They end with the driver, or with the runtime. What comes into the inbox after this
/// they hear.
pub async fn start(config: &Config, links: &Arc<Links>, inbox: &mpsc::Sender<Message>, clock: &Arc<Clock>) {
    let mut worker = 0;
    for (number, hook) in (1..).zip(&config.webhooks) {
        let hook = Arc::new(hook.clone());
        for room in &hook.rooms {
            let follower = Follower {
                hook: hook.clone(),
                number,
                room: room.clone(),
                worker,
                links: links.clone(),
                inbox: inbox.clone(),
                clock: clock.clone(),
            };
            worker = (worker + 1) % links.boards().len();
            let first = follower.poll(None, None, 0).await;
            tokio::spawn(follower.run(first));
        }
    }
}

/// The answer to a poll, once it is there.
type Answer = oneshot::Receiver<Result<Bytes, Refusal>>;

/// One room of one webhook.
struct Follower {
    hook: Arc<Webhook>,
    /// From 1, as in the configuration.
    number: usize,
    room: RoomName,
    worker: usize,
    links: Arc<Links>,
    inbox: mpsc::Sender<Message>,
    clock: Arc<Clock>,
}

impl Follower {
    /// Goes on from where the room is in the first answer, for as long as the server runs.
    async fn run(self, first: Option<Answer>) {
        let Some(first) = heard(first).await else { return };
        // In a room that nobody has made yet all will be new: an epoch that there is not is read from the beginning.
        let (epoch, since) = (Epoch(0), 0);
        let mut since = match Batch::read(&first) {
            Some(Batch { next, head, .. }) => Resume { since: head, ..next },
            None => Resume { epoch, since },
        };
        let mut refused = None;
        let mut backoff = Backoff::default();
        loop {
            let answer = self.poll(Some(since), refused, limits::WEBHOOK_WAIT_MS).await;
            let Some(answer) = heard(answer).await else { return };
            let Some(Batch { next, empty, .. }) = Batch::read(&answer) else {
                // Nobody has made the room yet.
                continue;
            };
            if empty {
                (since, refused) = (next, None);
                continue;
            }
            let id = format!("{}-{}-{}", next.epoch, since.since, next.since);
            let again = Instant::now() + Duration::from_millis(limits::WEBHOOK_PACE_MS);
            match post::post(&self.hook, &id, self.clock.now().wall_ms / 1000, answer).await {
                Ok(()) => {
                    (since, refused) = (next, None);
                    if backoff.succeeded() {
                        tracing::info!(webhook = self.number, room = %self.room, "a webhook works again");
                    }
                    sleep_until(again).await;
                }
                Err(problem) => {
                    refused = Some(next.since);
                    if !backoff.is_failing() {
                        tracing::warn!(webhook = self.number, room = %self.room, %problem, "a webhook fails, and is tried again");
                    }
                    sleep(backoff.failed()).await;
                }
            }
        }
    }

    /// Asks for what is new; `None` once the server stops.
    async fn poll(&self, since: Option<Resume>, until: Option<Seq>, wait_ms: u64) -> Option<Answer> {
        let (reply, answer) = oneshot::channel();
        let poll = Message::Poll {
            conn: self.links.next_conn(self.worker),
            who: Poller::Webhook { until },
            room: self.room.clone(),
            since,
            wait_ms,
            reply,
        };
        self.inbox.send(poll).await.ok()?;
        Some(answer)
    }
}

/// What a poll was answered; `None` once the server stops.
async fn heard(answer: Option<Answer>) -> Option<Bytes> {
    answer?.await.ok()?.ok()
}

/// What a webhook needs to know of an answer.
struct Batch {
    next: Resume,
    head: Seq,
    empty: bool,
}

impl Batch {
    /// `None` if there is no such room.
    fn read(answer: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Answer<'a> {
            next: Option<&'a str>,
            #[serde(default)]
            head: Seq,
            #[serde(borrow)]
            events: &'a RawValue,
        }
        let Answer { next, head, events } = serde_json::from_slice(answer).ok()?;
        Some(Self {
            next: wire::decode_resume(next?).ok()?,
            head,
            empty: events.get() == "[]",
        })
    }
}

/// How long to wait after failures.
#[derive(Default)]
struct Backoff {
    failures: u32,
}

impl Backoff {
    fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// Whether it failed before.
    fn succeeded(&mut self) -> bool {
        std::mem::take(&mut self.failures) > 0
    }

    /// Until the next try: half of it by chance, so that what failed together does not come together.
    fn failed(&mut self) -> Duration {
        let longest = limits::WEBHOOK_RETRY_MS.saturating_mul(1 << self.failures.min(16));
        let longest = longest.min(limits::WEBHOOK_RETRY_MOST_MS);
        self.failures = self.failures.saturating_add(1);
        let half = longest / 2;
        Duration::from_millis(half + getrandom::u64().unwrap_or_default() % half)
    }
}

#[cfg(test)]
mod tests;
