//! Messages flow through one room: paced, saturated, hot.

use anyhow::Result;

use super::{Bench, Scenario};
use crate::{
    load::Pace,
    peer::Peer,
    report::{self, Bound, Row, Sample},
};

/// A target: a figure of Chatterbox's as a multiple of another server's.
type Target = (&'static str, fn(&Sample) -> f64, Peer, Bound);

const CPU: (&str, fn(&Sample) -> f64) = ("CPU per delivery", |sample| sample.cpu_us);
const RATE: (&str, fn(&Sample) -> f64) = ("deliveries a second", |sample| sample.rate);
/// The hot room's latency may be this many milliseconds at the 99th percentile.
const HOT_P99_MS: f64 = 60.0;

pub fn run(bench: &Bench, scenario: Scenario) -> Result<()> {
    let (pace, settings, what): (_, &[&str], _) = match scenario {
        Scenario::Saturated => (
            Pace::InFlight(4),
            &["limits.pace_ms=0"],
            "Saturated: four messages in flight, pace off",
        ),
        Scenario::Hot => (Pace::Rate(200.0), &[], "Hot room: 200 messages a second, default pace"),
        _ => (Pace::Rate(40.0), &[], "Paced: 40 messages a second"),
    };
    println!("\n## {what}\n");
    let peers = &bench.programs.peers;
    let mut rows: Vec<Row> = peers
        .iter()
        .map(|peer| Row {
            name: peer.to_string(),
            rounds: Vec::new(),
        })
        .collect();
    for _ in 0..bench.rounds {
        for (peer, row) in peers.iter().zip(&mut rows) {
            row.rounds
                .push(bench.measure(*peer, &[bench.cores.server], settings, pace)?);
        }
    }
    report::table(&rows);
    let row = |peer| peers.iter().position(|&other| other == peer).map(|place| &rows[place]);
    let Some(ours) = row(Peer::Chatterbox) else {
        return Ok(());
    };
    println!();
    for &(name, figure, other, bound) in targets(scenario) {
        if let Some(theirs) = row(other) {
            report::target(
                &format!("{name}, as a multiple of {other}"),
                ours.ratio(theirs, figure),
                bound,
            );
        }
    }
    if scenario == Scenario::Hot {
        report::target(
            "p99 latency in milliseconds",
            ours.median(|sample| sample.p99_ms),
            Bound::AtMost(HOT_P99_MS),
        );
    }
    Ok(())
}

fn targets(scenario: Scenario) -> &'static [Target] {
    match scenario {
        Scenario::Saturated => &[
            (CPU.0, CPU.1, Peer::Socketioxide, Bound::AtMost(0.57)),
            (RATE.0, RATE.1, Peer::Socketioxide, Bound::AtLeast(1.7)),
            (RATE.0, RATE.1, Peer::Broadcast, Bound::AtLeast(3.0)),
            (CPU.0, CPU.1, Peer::Before, Bound::AtMost(1.05)),
        ],
        Scenario::Hot => &[
            (CPU.0, CPU.1, Peer::Floor, Bound::AtMost(0.45)),
            (CPU.0, CPU.1, Peer::Socketioxide, Bound::AtMost(0.45)),
            (CPU.0, CPU.1, Peer::Before, Bound::AtMost(1.05)),
        ],
        _ => &[
            (CPU.0, CPU.1, Peer::Floor, Bound::AtMost(1.12)),
            (CPU.0, CPU.1, Peer::Socketioxide, Bound::AtMost(0.65)),
            (CPU.0, CPU.1, Peer::Before, Bound::AtMost(1.05)),
        ],
    }
}
