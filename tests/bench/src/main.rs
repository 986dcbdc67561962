//! What a broadcast costs: Chatterbox beside a floor and other servers, all under the same load.
//!
//! ```text
//! cargo run --release --manifest-path tests/bench/Cargo.toml -- [SCENARIO…]
//! ```
//!
//! Each server is a process of its own on one core; the load generator has the other: one thread with 1,000 Socket.IO clients
//! (WebSocket) in one room and texts of 100 bytes. In each round every server is measured in its turn, and the medians of
//! five rounds are shown: CPU time of the server for each message that came to a client, messages that came a second, latency
//! from the moment when a message was due. Every client counts what it got. A ratio is the median of the rounds' ratios.
//!
//! | scenario | load |
//! |---|---|
//! | `paced` | 40 messages a second |
//! | `saturated` | four messages in flight at any time; Chatterbox with `pace_ms = 0` |
//! | `hot` | 200 messages a second; Chatterbox with its default pace |
//! | `stuck` | 40 a second, with and without one more client that has stopped reading |
//! | `idle` | 5,000 connections, then 10,000, then none: memory |
//! | `cores` | 16 messages in flight, on one core and on two |
//!
//! The floor writes a ready frame to each client with `send(2)`, one thread, and does nothing else; the long floor does so with
//! frames as long as Chatterbox's, which carry more than the text. A frame's length counts: a receiver's kernel acknowledges
//! at once when more than some 500 bytes have come, and on one machine the sender pays for that.
//!
//! Chatterbox runs with `limits.rate` and `limits.per_address` off, since all clients have one address here.
//! Node's peer needs `node` and `npm`, that of uWebSockets `python3`; what is not there is left out.

mod frame;
mod load;
mod peer;
mod report;
mod scenario;
mod system;

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand, ValueEnum};

use peer::{Peer, install::Programs};
use scenario::{Bench, Scenario};

/// Measures what a broadcast costs, beside other servers, and prints ratios.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Cli {
    /// What to measure; everything if nothing is named.
    scenarios: Vec<Scenario>,
    /// The servers to compare; all that can be had here if none is named.
    #[arg(long, value_delimiter = ',', value_name = "PEER,…")]
    peers: Vec<Peer>,
    /// A Chatterbox that is built already; otherwise cargo builds one.
    #[arg(long, value_name = "PROGRAM")]
    binary: Option<PathBuf>,
    /// Another Chatterbox, such as the build before: measured in the same rounds.
    #[arg(long, value_name = "PROGRAM")]
    before: Option<PathBuf>,
    /// Clients in the room.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    clients: u32,
    /// Rounds; the medians are shown.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How long each server is measured in each round, in seconds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Connections of `idle` whose memory is measured; twice as many are served.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    idle: u32,
    #[command(subcommand)]
    part: Option<Part>,
}

/// What the processes that this program starts of itself are to be.
#[derive(Subcommand)]
#[command(hide = true)]
enum Part {
    /// One of the servers that are built in.
    Serve {
        /// The server.
        peer: Peer,
        /// Where, on the loopback address.
        port: u16,
    },
    /// Another program, on some cores.
    Become {
        /// Their numbers.
        #[arg(value_delimiter = ',', num_args = 1)]
        cores: Vec<usize>,
        /// The program and its arguments.
        #[arg(last = true)]
        command: Vec<String>,
    },
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let descriptors = system::raise_descriptors()?;
    match cli.part {
        Some(Part::Serve { peer, port }) => {
            ensure!(peer.is_built_in(), "{peer} is a program of its own");
            return peer::serve(peer, port);
        }
        Some(Part::Become { cores, command }) => return system::become_server(&cores, &command),
        None => {}
    }
    let scenarios = if cli.scenarios.is_empty() {
        Scenario::value_variants()
    } else {
        &cli.scenarios
    };
    let peers = if cli.peers.is_empty() {
        &Peer::ALL
    } else {
        cli.peers.as_slice()
    };
    let programs = Programs::prepare(peers, cli.binary, cli.before)?;
    let bench = Bench {
        programs,
        cores: system::Cores::choose()?,
        clients: cli.clients as usize,
        rounds: cli.rounds as usize,
        window: Duration::from_secs(cli.seconds.into()),
        idle: cli.idle as usize,
    };
    println!(
        "{}; {} clients, {} rounds of {} s",
        system::facts()?,
        cli.clients,
        cli.rounds,
        cli.seconds
    );
    let needed = if scenarios.contains(&Scenario::Idle) {
        bench.clients.max(2 * bench.idle)
    } else {
        bench.clients
    };
    ensure!(
        needed as u64 + 64 < descriptors,
        "{needed} connections need more than {descriptors} descriptors (ulimit -n)"
    );
    system::pin(&[bench.cores.load])?;
    for &scenario in scenarios {
        bench.run(scenario)?;
    }
    Ok(())
}
