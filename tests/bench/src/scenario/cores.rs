//! The saturated room on one core and on two.

use anyhow::Result;

use super::Bench;
use crate::{
    load::Pace,
    report::{self, Bound, Row},
};

/// Messages in flight: enough for one core to go on while the other is a few behind.
const IN_FLIGHT: u32 = 16;
/// A server above this share of its cores is at its limit.
const BUSY: f64 = 0.9;

pub fn run(bench: &Bench) -> Result<()> {
    println!("\n## Two cores against one: {IN_FLIGHT} messages in flight, pace off\n");
    let (one, two) = ([bench.cores.server], bench.cores.for_two());
    let peers: Vec<_> = bench.programs.peers.iter().filter(|peer| peer.is_parallel()).collect();
    let row = |name| Row {
        name,
        rounds: Vec::new(),
    };
    let mut rows: Vec<[Row; 2]> = peers
        .iter()
        .map(|peer| [row(format!("{peer}, one core")), row(format!("{peer}, two"))])
        .collect();
    for _ in 0..bench.rounds {
        for (peer, [on_one, on_two]) in peers.iter().zip(&mut rows) {
            let pace = Pace::InFlight(IN_FLIGHT);
            on_one
                .rounds
                .push(bench.measure(**peer, &one, &["limits.pace_ms=0"], pace)?);
            on_two
                .rounds
                .push(bench.measure(**peer, &two, &["limits.pace_ms=0"], pace)?);
        }
    }
    report::table(rows.as_flattened());
    for (peer, [on_one, on_two]) in peers.iter().zip(&rows) {
        let times = on_two.ratio(on_one, |sample| sample.rate);
        report::target(
            &format!("{peer}: deliveries a second, two cores / one"),
            times,
            Bound::AtLeast(1.6),
        );
        // Two whole cores at the cost for each delivery that was seen on two, against one at its own.
        let alone = 2.0 * on_one.ratio(on_two, |sample| sample.cpu_us);
        println!(
            "  {:<58} {alone:>8.2}",
            format!("{peer}: the same for each second of CPU time, both cores whole")
        );
        let used = on_two.median(|sample| sample.server_cores);
        let load = on_two.median(|sample| sample.load_cores);
        let limit = if bench.cores.shares_with_load() && used + load >= 2.0 * BUSY {
            "both cores are full, and the load generator has its share of the second"
        } else if !bench.cores.shares_with_load() && load >= BUSY {
            "the load generator, whose core is full"
        } else if used >= 2.0 * BUSY {
            "the server, whose cores are full"
        } else {
            "no core was full: waiting for messages to be complete, or other programs on this machine"
        };
        println!("  {peer} used {used:.2} of two cores, the load {load:.2}; what limited: {limit}");
    }
    Ok(())
}
