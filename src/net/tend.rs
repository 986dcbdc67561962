//! What systemd is told (sd_notify(3)): that the rooms are open, how many people talk, and, as long as the hub turns, that it does.
//!
//! The watchdog is fed only after the driver has answered. A hub that hangs, or a driver that waits for a disk that does not
//! come back, starves it, and systemd starts the server anew.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::message::{Message, Status};
use crate::limits;

/// The real one: goes nowhere when systemd did not start us.
pub fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "systemd could not be told");
    }
}

/// How often systemd hears of us: three times within the watchdog's patience, if there is one.
pub fn period() -> Duration {
    let usual = Duration::from_millis(limits::STATUS_MS);
    sd_notify::watchdog_enabled().map_or(usual, |patience| usual.min(patience / 3))
}

/// Asks the driver again and again, until it has stopped.
pub async fn tend(inbox: mpsc::Sender<Message>, period: Duration, say: impl Fn(NotifyState<'_>)) {
    let mut before: Option<(Instant, Status)> = None;
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !inbox.is_closed() {
        ticks.tick().await;
        // Waits as long as it takes: what the watchdog is for is the time in which nothing is said.
        let Some(status) = ask(&inbox).await else {
            return;
        };
        say(NotifyState::Watchdog);
        let now = Instant::now();
        let rate = before.map_or(0.0, |(then, earlier)| {
            rate(status.entries - earlier.entries, now.duration_since(then))
        });
        before = Some((now, status));
        say(NotifyState::Status(&line(&status, rate)));
    }
}

/// The driver's answer; `None` once it has stopped.
pub async fn ask(inbox: &mpsc::Sender<Message>) -> Option<Status> {
    let (reply, answer) = oneshot::channel();
    inbox.send(Message::Status { reply }).await.ok()?;
    answer.await.ok()
}

/// The same for somebody who does not wait for ever.
pub async fn ask_within(inbox: &mpsc::Sender<Message>, patience: Duration) -> Option<Status> {
    timeout(patience, ask(inbox)).await.ok().flatten()
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(entries: u64, within: Duration) -> f64 {
    entries as f64 / within.as_secs_f64().max(0.001)
}

fn line(status: &Status, rate: f64) -> String {
    let of = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    format!(
        "{} in {}, {rate:.1} messages a second",
        of(status.members, "member"),
        of(status.rooms, "room")
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const PERIOD: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn the_watchdog_is_fed_only_while_the_driver_answers() {
        let said = Mutex::new(Vec::new());
        let say = |state: NotifyState<'_>| said.lock().unwrap().push(format!("{state:?}"));
        let (inbox, mut messages) = mpsc::channel(8);
        let driver = async {
            for entries in [0, 10] {
                let Some(Message::Status { reply }) = messages.recv().await else {
                    panic!("it asks");
                };
                let status = Status {
                    members: 1,
                    rooms: 2,
                    entries,
                    durable: true,
                };
                reply.send(status).unwrap();
            }
            // It hangs: the question is taken, and no answer comes.
            let held = messages.recv().await;
            tokio::time::sleep(PERIOD * 100).await;
            drop(held);
        };
        tokio::select! {
            () = tend(inbox, PERIOD, say) => {}
            () = driver => {}
        }
        let said = said.into_inner().unwrap();
        assert_eq!(
            said.iter().filter(|state| state.contains("Watchdog")).count(),
            2,
            "{said:?}"
        );
        assert!(
            said[1].contains("1 member in 2 rooms, 0.0 messages a second"),
            "{said:?}"
        );
    }

    #[tokio::test]
    async fn it_ends_with_the_driver() {
        let (inbox, messages) = mpsc::channel(8);
        drop(messages);
        tend(inbox, PERIOD, |state| panic!("{state:?}")).await;
    }

    #[test]
    fn a_rate_is_for_people() {
        let status = Status {
            members: 3,
            rooms: 1,
            entries: 0,
            durable: true,
        };
        assert_eq!(
            line(&status, rate(21, Duration::from_secs(5))),
            "3 members in 1 room, 4.2 messages a second"
        );
    }
}
