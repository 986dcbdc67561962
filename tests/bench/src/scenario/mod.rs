//! What is measured.

mod cores;
mod flow;
mod idle;
mod stuck;

use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::{
    load::{Load, Pace},
    peer::{Peer, Server, install::Programs},
    report::Sample,
    system::{self, Cores},
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// 40 messages a second in one room.
    Paced,
    /// Four messages in flight at any time, without the pace.
    Saturated,
    /// 200 messages a second, with the default pace.
    Hot,
    /// 40 messages a second, and one more client that does not read.
    Stuck,
    /// Connections that do nothing: memory.
    Idle,
    /// 16 messages in flight, on one core and on two.
    Cores,
}

/// How to measure.
pub struct Bench {
    /// The servers.
    pub programs: Programs,
    /// Where they and the load run.
    pub cores: Cores,
    /// Clients in the room.
    pub clients: usize,
    /// Rounds of which the medians are shown.
    pub rounds: usize,
    /// How long each server is measured in each round.
    pub window: Duration,
    /// Connections of the idle scenario whose memory is measured.
    pub idle: usize,
}

impl Bench {
    /// Measures and prints.
    pub fn run(&self, scenario: Scenario) -> Result<()> {
        match scenario {
            Scenario::Paced | Scenario::Saturated | Scenario::Hot => flow::run(self, scenario),
            Scenario::Stuck => stuck::run(self),
            Scenario::Idle => idle::run(self),
            Scenario::Cores => cores::run(self),
        }
    }

    /// One server's figures at one pace.
    fn measure(&self, peer: Peer, cores: &[usize], settings: &[&str], pace: Pace) -> Result<Sample> {
        let sample = || {
            let server = Server::start(peer, &self.programs, cores, settings)?;
            let mut load = server.fill(self.clients)?;
            let sample = stretch(&server, &mut load, pace, self.window)?;
            load.close()?;
            Ok::<_, anyhow::Error>(sample)
        };
        sample().with_context(|| format!("{peer} could not be measured"))
    }
}

/// Measures a server with its room, after a third of `window` for it to get warm.
fn stretch(server: &Server, load: &mut Load, pace: Pace, window: Duration) -> Result<Sample> {
    load.run(pace, window / 3)?;
    let (server_before, load_before) = (server.cpu_time()?, system::own_cpu_time()?);
    let stretch = load.run(pace, window)?;
    let server_cpu = server.cpu_time()?.saturating_sub(server_before).as_secs_f64();
    let load_cpu = system::own_cpu_time()?.saturating_sub(load_before).as_secs_f64();
    let (seconds, deliveries) = (stretch.time.as_secs_f64(), stretch.deliveries as f64);
    Ok(Sample {
        cpu_us: server_cpu / deliveries * 1e6,
        rate: deliveries / seconds,
        p50_ms: stretch.latency.value_at_quantile(0.5) as f64 / 1e3,
        p99_ms: stretch.latency.value_at_quantile(0.99) as f64 / 1e3,
        lost: load.drain()?,
        server_cores: server_cpu / seconds,
        load_cores: load_cpu / seconds,
    })
}
