//! Pacing: a minimum interval between two passes (rounds of the fan-out over a room's members) in a busy room, which is also the maximum
//! delay of a message. Nothing grows here.

/// The pace of one room. In a quiet room a message is sent at once.
///
/// In a busy room passes keep a minimum interval, so that several messages share a system call and a Wi-Fi packet. No message waits longer
/// than that interval.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Minimum interval between two passes over a busy room, in milliseconds; 0 turns pacing off.
    distance_ms: u64,
    /// Rate in entries per second above which a room counts as busy.
    above: f64,
    window_start_ms: u64,
    in_window: u32,
    in_last_window: u32,
    last_pass_ms: Option<u64>,
}

/// Period over which a room's new entries are counted to find its rate, in milliseconds.
const WINDOW_MS: u64 = 500;

impl Pace {
    /// The pace of a new room: the interval between passes in milliseconds, and the rate in entries per second above which it applies.
    pub fn new(distance_ms: u64, above: f64) -> Self {
        Self {
            distance_ms,
            above,
            window_start_ms: 0,
            in_window: 0,
            in_last_window: 0,
            last_pass_ms: None,
        }
    }

    /// Counts a new entry of the room, for the rate that decides about its pace.
    pub fn record_entry(&mut self, now_ms: u64) {
        let windows = now_ms.saturating_sub(self.window_start_ms) / WINDOW_MS;
        if windows > 0 {
            self.in_last_window = if windows == 1 { self.in_window } else { 0 };
            self.in_window = 0;
            self.window_start_ms += windows * WINDOW_MS;
        }
        self.in_window += 1;
    }

    /// Notes that a pass (a round over the room's members) starts now.
    pub fn record_pass(&mut self, now_ms: u64) {
        self.last_pass_ms = Some(now_ms);
    }

    /// Earliest time of the next pass, in milliseconds; 0 means at once.
    pub fn next_pass_ms(&self) -> u64 {
        let allowance = self.above * (WINDOW_MS as f64) / 1000.0;
        let busy = f64::from(self.in_window.max(self.in_last_window)) > allowance;
        match self.last_pass_ms {
            Some(last) if busy => last + self.distance_ms,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds an entry every `every_ms` for two seconds; returns the earliest possible times of passes.
    fn passes(every_ms: u64, pace: &mut Pace) -> Vec<u64> {
        let mut passes = Vec::new();
        let mut waiting = false;
        for now in 0..2000 {
            if now % every_ms == 0 {
                pace.record_entry(now);
                waiting = true;
            }
            if waiting && pace.next_pass_ms() <= now {
                pace.record_pass(now);
                passes.push(now);
                waiting = false;
            }
        }
        passes
    }

    #[test]
    fn a_quiet_room_passes_at_once() {
        let mut pace = Pace::new(20, 50.0);
        assert_eq!(passes(25, &mut pace), (0..2000).step_by(25).collect::<Vec<_>>());
    }

    #[test]
    fn a_busy_room_keeps_the_distance_and_no_more() {
        let mut pace = Pace::new(20, 50.0);
        let late: Vec<u64> = passes(5, &mut pace).into_iter().filter(|&at| at > 600).collect();
        assert!(late.windows(2).all(|pair| pair[1] - pair[0] == 20), "{late:?}");
    }

    #[test]
    fn pace_off_never_waits() {
        let mut pace = Pace::new(0, 50.0);
        assert_eq!(passes(1, &mut pace).len(), 2000);
    }
}
