//! Rate limits: a token bucket that is stored as a single number. Nothing grows.

/// A rate limit: how many events per second in the long run, and how many in one burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Average time between two events, in nanoseconds.
    interval_ns: u64,
    /// Maximum lead of a burst over the average rate, in nanoseconds.
    tolerance_ns: u64,
}

/// The slowest rate that still differs from a full stop: one event per day.
const MAX_INTERVAL_NS: f64 = 86_400e9;

impl Rate {
    /// Allows `per_second` events on average, and bursts of `burst` events (at least one).
    pub fn new(per_second: f64, burst: u32) -> Self {
        let interval_ns = match 1e9 / per_second {
            interval_ns if interval_ns > 0.0 => interval_ns.clamp(1.0, MAX_INTERVAL_NS) as u64,
            _ => MAX_INTERVAL_NS as u64,
        };
        Self {
            interval_ns,
            tolerance_ns: interval_ns * u64::from(burst.max(1) - 1),
        }
    }
}

/// The token bucket of one user or device for a [`Rate`], kept as the time at which it is full again (the generic cell rate algorithm,
/// ITU-T I.371). Starts full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    full_at_ns: u64,
}

impl Bucket {
    /// A bucket that holds `tokens` tokens at `now_ms`; full if the rate's burst is no greater.
    pub fn with(rate: &Rate, tokens: u32, now_ms: u64) -> Self {
        let full_ns = rate.tolerance_ns + rate.interval_ns;
        let missing_ns = full_ns.saturating_sub(rate.interval_ns.saturating_mul(tokens.into()));
        match missing_ns {
            0 => Self::default(),
            _ => Self {
                full_at_ns: now_ms * 1_000_000 + missing_ns,
            },
        }
    }

    /// Number of tokens available at `now_ms`.
    pub fn tokens(&self, rate: &Rate, now_ms: u64) -> u32 {
        let missing_ns = self.full_at_ns.saturating_sub(now_ms * 1_000_000);
        let left_ns = (rate.tolerance_ns + rate.interval_ns).saturating_sub(missing_ns);
        u32::try_from(left_ns / rate.interval_ns).unwrap_or(u32::MAX)
    }

    /// Takes one token for one event.
    ///
    /// # Errors
    /// The bucket is empty: the wait in milliseconds until the next token. Nothing is taken.
    pub fn take(&mut self, rate: &Rate, now_ms: u64) -> Result<(), u64> {
        let now_ns = now_ms * 1_000_000;
        let early_ns = self.full_at_ns.saturating_sub(now_ns + rate.tolerance_ns);
        if early_ns > 0 {
            return Err(early_ns.div_ceil(1_000_000));
        }
        self.full_at_ns = self.full_at_ns.max(now_ns) + rate.interval_ns;
        Ok(())
    }

    /// Takes `count` tokens if at least one is available; the bucket may go into debt. Returns whether it did.
    pub fn take_many(&mut self, rate: &Rate, count: u32, now_ms: u64) -> bool {
        let taken = self.take(rate, now_ms).is_ok();
        if taken {
            self.full_at_ns += rate.interval_ns * u64::from(count.saturating_sub(1));
        }
        taken
    }

    /// The time when the bucket is full if no more tokens are taken, in milliseconds on the clock of `now_ms`.
    pub fn full_at_ms(&self) -> u64 {
        self.full_at_ns.div_ceil(1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let rate = Rate::new(4.0, 3);
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            assert_eq!(bucket.take(&rate, 1000), Ok(()));
        }
        assert_eq!(bucket.take(&rate, 1000), Err(250));
        assert_eq!(bucket.take(&rate, 1100), Err(150));
        assert_eq!(bucket.full_at_ms(), 1750);
        assert_eq!(bucket.take(&rate, 1250), Ok(()));
        assert_eq!(bucket.take(&rate, 1250), Err(250));
    }

    #[test]
    fn the_wait_is_exact() {
        for rate in [Rate::new(3.0, 7), Rate::new(0.7, 1), Rate::new(1500.0, 20)] {
            let (mut bucket, mut now_ms) = (Bucket::default(), 12_345);
            for _ in 0..100 {
                if let Err(wait_ms) = bucket.take(&rate, now_ms) {
                    assert!(bucket.take(&rate, now_ms + wait_ms - 1).is_err());
                    now_ms += wait_ms;
                    assert_eq!(bucket.take(&rate, now_ms), Ok(()));
                }
            }
        }
    }

    #[test]
    fn a_bucket_may_start_with_less() {
        let rate = Rate::new(4.0, 10);
        let mut bucket = Bucket::with(&rate, 3, 1000);
        for left in (0..3).rev() {
            assert_eq!(bucket.take(&rate, 1000), Ok(()));
            assert_eq!(bucket.tokens(&rate, 1000), left);
        }
        assert_eq!([1249, 1250, 9000].map(|at_ms| bucket.tokens(&rate, at_ms)), [0, 1, 10]);
        assert_eq!(bucket.take(&rate, 1000), Err(250));
        assert_eq!(Bucket::with(&rate, 10, 1000), Bucket::default());
        assert_eq!(Bucket::with(&rate, 99, 1000), Bucket::default());
    }

    #[test]
    fn no_rate_at_all_is_still_a_rate() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.take(&Rate::new(0.0, 0), 0), Ok(()));
        assert_eq!(bucket.take(&Rate::new(0.0, 0), 0), Err(86_400_000));
    }
}
