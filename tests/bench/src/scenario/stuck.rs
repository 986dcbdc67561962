//! One client of the room stops reading. What do the others notice?

use anyhow::{Context, Result, ensure};

use super::{Bench, stretch};
use crate::{
    load::Pace,
    peer::{Peer, Server},
    report::{self, Bound, Row},
    system,
};

/// Clients in the room while the stuck one gets stuck.
const FEW: usize = 4;

pub fn run(bench: &Bench) -> Result<()> {
    println!(
        "\n## One stuck reader beside {} others: 40 messages a second\n",
        bench.clients
    );
    let peers: Vec<_> = bench
        .programs
        .peers
        .iter()
        .copied()
        .filter(|peer| matches!(peer, Peer::Chatterbox | Peer::Socketioxide | Peer::Broadcast))
        .collect();
    let row = |name| Row {
        name,
        rounds: Vec::new(),
    };
    let mut rows: Vec<[Row; 2]> = peers
        .iter()
        .map(|peer| [row(peer.to_string()), row(format!("{peer}, one stuck"))])
        .collect();
    for round in 0..bench.rounds {
        for (peer, pair) in peers.iter().zip(&mut rows) {
            // Which of the two comes first alternates, so that neither always finds the machine as the other left it.
            for turn in 0..2 {
                let stuck = (round + turn) % 2;
                let sample = one(bench, *peer, stuck == 1).with_context(|| format!("{peer} could not be measured"))?;
                pair[stuck].rounds.push(sample);
            }
        }
    }
    report::table(rows.as_flattened());
    for (peer, [without, with]) in peers.iter().zip(&rows) {
        let times = with.ratio(without, |sample| sample.p99_ms);
        report::target(
            &format!("{peer}: the others' p99, with / without"),
            times,
            Bound::AtMost(1.2),
        );
    }
    Ok(())
}

fn one(bench: &Bench, peer: Peer, stuck: bool) -> Result<report::Sample> {
    let server = Server::start(peer, &bench.programs, &[bench.cores.server], &[])?;
    // In a room of few it takes a moment to fill what the kernel holds for one client: up to some megabytes.
    let mut load = server.fill(FEW)?;
    let sleeper = if stuck {
        Some(load.add_sleeper(server.address)?)
    } else {
        None
    };
    load.grow(server.address, bench.clients)?;
    load.settle()?;
    let sample = stretch(&server, &mut load, Pace::Rate(40.0), bench.window)?;
    if let Some(sleeper) = sleeper {
        let waits = system::unsent(server.address.port(), sleeper)?;
        ensure!(waits > 0, "the stuck client was closed, or is not stuck");
    }
    load.close()?;
    Ok(sample)
}
