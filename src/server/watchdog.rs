//! Tells systemd that the server is ready, how many people it serves, and that it still works (sd_notify(3), watchdog). Nothing grows.
//!
//! The watchdog is notified only after the driver has answered a status request. If the hub hangs or the driver waits for a stuck disk, the
//! notification is missing, and systemd restarts the server.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use tokio::sync::mpsc;

use crate::{
    limits,
    transport::message::{Message, Status, ask},
};

/// Sends a notification; does nothing if systemd did not start this process.
pub fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "watchdog: a notification did not reach systemd; systemd restarts the server if none arrives within WatchdogSec");
    }
}

/// Interval of notifications: [`limits::STATUS_MS`], or a third of the watchdog's timeout if that is shorter.
pub fn period() -> Duration {
    let usual = Duration::from_millis(limits::STATUS_MS);
    sd_notify::watchdog_enabled().map_or(usual, |patience| usual.min(patience / 3))
}

/// Asks the driver for its status in each period, and notifies systemd after each answer. Ends when the driver ends.
pub async fn run(inbox: mpsc::Sender<Message>, period: Duration, notify: impl Fn(NotifyState<'_>)) {
    let mut before: Option<(Instant, Status)> = None;
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !inbox.is_closed() {
        ticks.tick().await;
        // No timeout here: the watchdog bounds the time without an answer.
        let Some(status) = ask(&inbox).await else {
            return;
        };
        notify(NotifyState::Watchdog);
        let now = Instant::now();
        let rate = before.map_or(0.0, |(then, earlier)| {
            rate(status.entries - earlier.entries, now.duration_since(then))
        });
        before = Some((now, status));
        notify(NotifyState::Status(&line(&status, rate)));
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
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
        let sent = Mutex::new(Vec::new());
        let notify = |state: NotifyState<'_>| sent.lock().unwrap().push(format!("{state:?}"));
        let (inbox, mut messages) = mpsc::channel(8);
        let driver = async {
            for entries in [0, 10] {
                let Some(Message::Status { reply }) = messages.recv().await else {
                    panic!("no status request");
                };
                let status = Status {
                    members: 1,
                    rooms: 2,
                    entries,
                    durable: true,
                    memory: 5,
                    budget: 9,
                };
                reply.send(status).unwrap();
            }
            // The driver hangs: it takes the request and never answers.
            let pending = messages.recv().await;
            tokio::time::sleep(PERIOD * 100).await;
            drop(pending);
        };
        tokio::select! {
            () = run(inbox, PERIOD, notify) => {}
            () = driver => {}
        }
        let sent = sent.into_inner().unwrap();
        assert_eq!(
            sent.iter().filter(|state| state.contains("Watchdog")).count(),
            2,
            "{sent:?}"
        );
        assert!(
            sent[1].contains("1 member in 2 rooms, 0.0 messages a second"),
            "{sent:?}"
        );
    }

    #[tokio::test]
    async fn the_watchdog_ends_with_the_driver() {
        let (inbox, messages) = mpsc::channel(8);
        drop(messages);
        run(inbox, PERIOD, |state| panic!("{state:?}")).await;
    }

    #[test]
    fn the_status_line_counts_members_rooms_and_messages() {
        let status = Status {
            members: 3,
            rooms: 1,
            entries: 0,
            durable: true,
            memory: 5,
            budget: 9,
        };
        assert_eq!(
            line(&status, rate(21, Duration::from_secs(5))),
            "3 members in 1 room, 4.2 messages a second"
        );
    }
}
