//! Connections that do nothing: what each costs in memory, and whether it comes back.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::Bench;
use crate::{
    load::Load,
    peer::{Peer, Server},
    report::{Bound, median, target},
};

/// How long memory may take to come back after the last connection has ended.
const RETURN: Duration = Duration::from_secs(10);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);
const MB: f64 = 1e6;

/// What one server was seen to use, in bytes.
struct Memory {
    start: f64,
    each: f64,
    full: f64,
    after: f64,
}

pub fn run(bench: &Bench) -> Result<()> {
    let (some, all) = (bench.idle, 2 * bench.idle);
    println!("\n## Idle: {some} connections, then {all}, then none\n");
    println!(
        "{:<26} {:>10} {:>10} {:>12} {:>10}",
        "", "start MB", "kB each", "at most MB", "after MB"
    );
    // Memory hardly varies from one run to the next.
    let rounds = bench.rounds.min(3);
    let mut ours = Vec::new();
    for &peer in bench
        .programs
        .peers
        .iter()
        .filter(|&&peer| !matches!(peer, Peer::Floor | Peer::FloorLong))
    {
        let mut seen = Vec::new();
        for _ in 0..rounds {
            seen.push(one(bench, peer).with_context(|| format!("{peer} could not be measured"))?);
        }
        let of = |figure: fn(&Memory) -> f64| median(seen.iter().map(figure).collect());
        let (start, each) = (of(|memory| memory.start) / MB, of(|memory| memory.each) / 1e3);
        let (full, after) = (of(|memory| memory.full) / MB, of(|memory| memory.after) / MB);
        println!(
            "{:<26} {start:>10.1} {each:>10.2} {full:>12.1} {after:>10.1}",
            peer.to_string()
        );
        if peer == Peer::Chatterbox {
            ours = seen;
        }
    }
    if !ours.is_empty() {
        println!();
        let each = median(ours.iter().map(|memory| memory.each / 1e3).collect());
        target("kB for each idle connection", each, Bound::AtMost(14.0));
        // At most a quarter above the start, and 20 MB.
        let over = ours
            .iter()
            .map(|memory| (memory.after - 1.25 * memory.start) / MB)
            .collect();
        target(
            "MB above 1.25 times the start after all have left",
            median(over),
            Bound::AtMost(20.0),
        );
        println!("  {all} connections were served: a message came to each of them");
    }
    Ok(())
}

fn one(bench: &Bench, peer: Peer) -> Result<Memory> {
    let server = Server::start(peer, &bench.programs, &[bench.cores.server], &[])?;
    let start = server.resident()? as f64;
    let mut load = Load::connect(server.address, bench.idle)?;
    let each = (settled(&server)? - start) / bench.idle as f64;
    load.grow(server.address, 2 * bench.idle)?;
    load.settle()?;
    let full = server.resident()? as f64;
    load.close()?;
    let begin = Instant::now();
    let mut after = server.resident()? as f64;
    while begin.elapsed() < RETURN && after > 1.25 * start + 20.0 * MB {
        thread::sleep(LOOK);
        after = server.resident()? as f64;
    }
    Ok(Memory {
        start,
        each,
        full,
        after,
    })
}

/// The server's memory once it uses no more CPU time to speak of.
fn settled(server: &Server) -> Result<f64> {
    let begin = Instant::now();
    let mut used = server.cpu_time()?;
    while begin.elapsed() < RETURN {
        thread::sleep(LOOK);
        let now = server.cpu_time()?;
        if now - used < LOOK / 50 {
            break;
        }
        used = now;
    }
    Ok(server.resident()? as f64)
}
