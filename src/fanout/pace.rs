//! Pacing: the least distance between two passes of a busy room, which bounds the delay of a message.

/// One room's pace. A quiet room's message goes out at once. Above a rate passes keep a least distance, so that several messages share a
/// system call and a Wi-Fi packet; no message waits longer than that distance.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Least distance between two passes of a busy room, in milliseconds; 0 switches pacing off.
    distance_ms: u64,
    /// Entries a second above which a room is busy.
    above: f64,
    window_start_ms: u64,
    in_window: u32,
    in_last_window: u32,
    last_pass_ms: Option<u64>,
}

/// Length of the windows over which entries are counted.
const WINDOW_MS: u64 = 500;

impl Pace {
    /// Pace of a new room. Units: milliseconds, entries a second.
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

    /// Counts a new entry.
    pub fn record_entry(&mut self, now_ms: u64) {
        let windows = now_ms.saturating_sub(self.window_start_ms) / WINDOW_MS;
        if windows > 0 {
            self.in_last_window = if windows == 1 { self.in_window } else { 0 };
            self.in_window = 0;
            self.window_start_ms += windows * WINDOW_MS;
        }
        self.in_window += 1;
    }

    /// Notes that a pass begins.
    pub fn record_pass(&mut self, now_ms: u64) {
        self.last_pass_ms = Some(now_ms);
    }

    /// Earliest time of the next pass, in milliseconds; 0 is at once.
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

    /// Appends an entry every `every_ms` for two seconds; returns the times of the earliest possible passes.
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
