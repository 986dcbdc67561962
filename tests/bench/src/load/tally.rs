//! What came of what was sent.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use super::message::Stamp;

/// Latencies up to this many microseconds are told apart; later ones count as this.
const LATENCY_CAP_US: u64 = 60_000_000;

/// Counts deliveries and, for some clients, their latency.
pub struct Tally {
    /// When the stamps' time began.
    pub start: Instant,
    /// Deliveries since then.
    pub deliveries: u64,
    /// Latencies in microseconds since they were last taken.
    pub latency: Histogram<u64>,
    /// Messages that every client has.
    pub complete: u32,
    members: u32,
    /// Number of the first message in `arrived`.
    first: u32,
    /// For each message that is not complete: how many clients have it.
    arrived: VecDeque<u32>,
}

impl Tally {
    /// Counts for a room of `members`.
    pub fn new(members: usize) -> Self {
        Self {
            start: Instant::now(),
            deliveries: 0,
            latency: empty(),
            complete: 0,
            members: u32::try_from(members).unwrap_or(u32::MAX),
            first: 0,
            arrived: VecDeque::new(),
        }
    }

    /// A message is about to be sent; returns its number.
    pub fn send(&mut self) -> u32 {
        self.arrived.push_back(0);
        self.first + self.arrived.len() as u32 - 1
    }

    /// A message has come to a client, whose latency counts if it is one of the sample.
    pub fn arrive(&mut self, stamp: &Stamp, sampled: bool) {
        self.deliveries += 1;
        if sampled {
            let latency = self.start.elapsed().saturating_sub(stamp.due);
            self.latency
                .saturating_record((latency.as_micros() as u64).min(LATENCY_CAP_US));
        }
        let Some(arrived) = stamp
            .number
            .checked_sub(self.first)
            .and_then(|place| self.arrived.get_mut(place as usize))
        else {
            return;
        };
        *arrived += 1;
        self.complete += u32::from(*arrived == self.members);
        while self.arrived.front().is_some_and(|&arrived| arrived >= self.members) {
            self.arrived.pop_front();
            self.first += 1;
        }
    }

    /// Messages that have been sent and are not with every client.
    pub fn in_flight(&self) -> u32 {
        self.first + self.arrived.len() as u32 - self.complete
    }

    /// Gives up what has not come: how many deliveries that are.
    pub fn forget(&mut self) -> u64 {
        let lost = self
            .arrived
            .iter()
            .map(|&arrived| u64::from(self.members.saturating_sub(arrived)))
            .sum();
        self.first += self.arrived.len() as u32;
        self.complete = self.first;
        self.arrived.clear();
        lost
    }

    /// The latencies so far; counting begins anew.
    pub fn take_latency(&mut self) -> Histogram<u64> {
        std::mem::replace(&mut self.latency, empty())
    }

    /// Now, as stamps count time.
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

fn empty() -> Histogram<u64> {
    Histogram::new_with_max(LATENCY_CAP_US, 3).expect("the bounds are constants that the crate allows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_complete_when_everybody_has_it_and_what_is_missing_is_lost() {
        let mut tally = Tally::new(2);
        let (one, two) = (tally.send(), tally.send());
        let stamp = |number| Stamp {
            number,
            due: Duration::ZERO,
        };
        tally.arrive(&stamp(two), true);
        tally.arrive(&stamp(two), false);
        assert_eq!((tally.complete, tally.in_flight(), tally.latency.len()), (1, 1, 1));
        tally.arrive(&stamp(one), false);
        assert_eq!(tally.in_flight(), 1);
        assert_eq!((tally.forget(), tally.in_flight()), (1, 0));
        let three = tally.send();
        tally.arrive(&stamp(three), false);
        tally.arrive(&stamp(three), false);
        assert_eq!((tally.complete, tally.in_flight(), tally.deliveries), (3, 0, 5));
    }
}
