//! Webhooks: the server posts a room's entries to the organizer's programs by HTTP. Each webhook long-polls its rooms like any client, and
//! posts each answer unchanged. One request is under way for each webhook and room.
//!
//! A webhook stores only its position in each room, no entries. A failed batch is polled again for the retry, so entries that were hidden
//! meanwhile stay hidden, and dropped ones become a gap. Retries back off up to [`limits::WEBHOOK_RETRY_MOST_MS`]. Requests run on the
//! main thread, so a slow receiver delays no worker.

mod post;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until},
};

use crate::{
    clock::Clock,
    config::{Config, Webhook},
    limits,
    room::{Epoch, Refusal, Resume, RoomName, Seq},
    transport::{
        ingress::WorkerRegistry,
        message::{Message, PollOptions, Poller},
    },
    wire,
};

/// Starts one task for each room of each webhook; the tasks end with the driver or the runtime. Entries that reach the inbox after this
/// call are delivered.
pub async fn start(config: &Config, registry: &Arc<WorkerRegistry>, inbox: &mpsc::Sender<Message>, clock: &Arc<Clock>) {
    let mut worker = 0;
    for (number, hook) in (1..).zip(&config.webhooks) {
        let hook = Arc::new(hook.clone());
        for room in &hook.rooms {
            let follower = Follower {
                hook: hook.clone(),
                number,
                room: room.clone(),
                worker,
                registry: registry.clone(),
                inbox: inbox.clone(),
                clock: clock.clone(),
            };
            worker = (worker + 1) % registry.all_signals().len();
            let first = follower.poll(None, None, 0).await;
            tokio::spawn(follower.run(first));
        }
    }
}

/// The channel on which a poll's answer arrives: the batch as JSON, or a refusal.
type Answer = oneshot::Receiver<Result<Bytes, Refusal>>;

/// The task that posts one room's entries to one webhook.
struct Follower {
    hook: Arc<Webhook>,
    /// Number of the webhook in the configuration, from 1.
    number: usize,
    room: RoomName,
    worker: usize,
    registry: Arc<WorkerRegistry>,
    inbox: mpsc::Sender<Message>,
    clock: Arc<Clock>,
}

impl Follower {
    /// Posts all entries after the room's newest entry in `first`, until the server stops.
    async fn run(self, first: Option<Answer>) {
        let Some(first) = received(first).await else { return };
        // A room that does not exist yet is read from its beginning: no room has epoch 0.
        let (epoch, since) = (Epoch(0), 0);
        let mut since = match Batch::read(&first) {
            Some(Batch { next, head, .. }) => Resume { since: head, ..next },
            None => Resume { epoch, since },
        };
        let mut refused = None;
        let mut backoff = Backoff::default();
        loop {
            let answer = self.poll(Some(since), refused, limits::WEBHOOK_WAIT_MS).await;
            let Some(answer) = received(answer).await else { return };
            let Some(Batch { next, empty, .. }) = Batch::read(&answer) else {
                // The room does not exist yet.
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
                        tracing::info!(webhook = self.number, room = %self.room, "webhook: the receiver of this room's entries accepts batches again; later batches follow in order");
                    }
                    sleep_until(again).await;
                }
                Err(error) => {
                    refused = Some(next.since);
                    if !backoff.is_failing() {
                        tracing::warn!(webhook = self.number, room = %self.room, %error, "webhook: the receiver did not accept a batch of this room's entries; it is retried until accepted, and later ones wait. Check the receiver");
                    }
                    sleep(backoff.failed()).await;
                }
            }
        }
    }

    /// Polls for new entries; `None` if the server is stopping.
    async fn poll(&self, since: Option<Resume>, until: Option<Seq>, wait_ms: u64) -> Option<Answer> {
        let (reply, answer) = oneshot::channel();
        let poll = Message::Poll {
            conn: self.registry.next_conn(self.worker),
            who: Poller::Webhook { until },
            room: self.room.clone(),
            options: PollOptions {
                since,
                wait_ms,
                watched: None,
            },
            reply,
        };
        self.inbox.send(poll).await.ok()?;
        Some(answer)
    }
}

/// Waits for the answer to a poll; `None` if the server is stopping.
async fn received(answer: Option<Answer>) -> Option<Bytes> {
    answer?.await.ok()?.ok()
}

/// The fields of a poll's answer that a webhook needs.
struct Batch {
    next: Resume,
    head: Seq,
    empty: bool,
}

impl Batch {
    /// Reads a poll's answer; `None` if the room does not exist.
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

/// Exponential backoff with jitter, for retries of one room.
#[derive(Default)]
struct Backoff {
    failures: u32,
}

impl Backoff {
    fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// Resets the backoff. Returns whether the previous try had failed.
    fn succeeded(&mut self) -> bool {
        std::mem::take(&mut self.failures) > 0
    }

    /// The wait before the next try. Half of it is random, so that webhooks that failed together do not retry together.
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
