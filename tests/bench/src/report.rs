//! Medians, tables and targets.

use std::fmt;

/// One round's figures of one server.
#[derive(Clone, Copy)]
pub struct Sample {
    /// CPU time of the server for each delivery, user and system, in microseconds.
    pub cpu_us: f64,
    /// Deliveries a second.
    pub rate: f64,
    /// Median latency in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile of the latency in milliseconds.
    pub p99_ms: f64,
    /// Deliveries that never came.
    pub lost: u64,
    /// Cores' worth of CPU time that the server used.
    pub server_cores: f64,
    /// The same for the load generator.
    pub load_cores: f64,
}

/// A server, or a way of running it, with its rounds.
pub struct Row {
    /// What it is called.
    pub name: String,
    /// A sample for each round.
    pub rounds: Vec<Sample>,
}

impl Row {
    /// The median of a figure.
    pub fn median(&self, figure: fn(&Sample) -> f64) -> f64 {
        median(self.rounds.iter().map(figure).collect())
    }

    /// The median, over the rounds, of this row's figure divided by the other's in the same round: what the machine does
    /// meanwhile concerns both.
    pub fn ratio(&self, other: &Self, figure: fn(&Sample) -> f64) -> f64 {
        median(
            self.rounds
                .iter()
                .zip(&other.rounds)
                .map(|(one, two)| figure(one) / figure(two))
                .collect(),
        )
    }
}

/// The middle of `values`; not a number if there are none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[len / 2],
        len => f64::midpoint(values[len / 2 - 1], values[len / 2]),
    }
}

/// Prints rows as a table.
pub fn table(rows: &[Row]) {
    println!(
        "{:<26} {:>11} {:>12} {:>9} {:>9} {:>8} {:>8} {:>8}",
        "", "CPU µs each", "deliveries/s", "p50 ms", "p99 ms", "lost", "server", "load"
    );
    for row in rows {
        println!(
            "{:<26} {:>11.2} {:>12.0} {:>9.2} {:>9.2} {:>8} {:>7.0}% {:>7.0}%",
            row.name,
            row.median(|sample| sample.cpu_us),
            row.median(|sample| sample.rate),
            row.median(|sample| sample.p50_ms),
            row.median(|sample| sample.p99_ms),
            row.rounds.iter().map(|sample| sample.lost).sum::<u64>(),
            100.0 * row.median(|sample| sample.server_cores),
            100.0 * row.median(|sample| sample.load_cores),
        );
    }
    println!();
}

/// What a figure is held against.
#[derive(Clone, Copy)]
pub enum Bound {
    /// It should be no more than this.
    AtMost(f64),
    /// It should be no less than this.
    AtLeast(f64),
}

impl fmt::Display for Bound {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(bound) => to.pad(&format!("at most {bound}")),
            Self::AtLeast(bound) => to.pad(&format!("at least {bound}")),
        }
    }
}

/// Prints a figure beside its bound.
pub fn target(what: &str, value: f64, bound: Bound) {
    let kept = match bound {
        Bound::AtMost(most) => value <= most,
        Bound::AtLeast(least) => value >= least,
    };
    println!(
        "  {what:<58} {value:>8.2}   {bound:<16} {}",
        if kept { "yes" } else { "NO" }
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_middles() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }
}
