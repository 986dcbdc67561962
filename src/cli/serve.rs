//! `chatterbox`, `chatterbox serve`: runs the server until SIGINT or SIGTERM.

use std::{
    io::{self, IsTerminal, Write},
    net::TcpListener,
};

use anyhow::{Context, Result};
use chatterbox::{
    appliance::{announce, printed},
    config::{self, Config, Keys},
    logging,
    server::{self, listener},
};
use tokio::signal::unix::{SignalKind, signal};

use super::sources::Serve;

/// Runs the server.
pub fn run(args: &Serve) -> Result<()> {
    let config = config::load(&args.sources())?;
    logging::init(args.log.as_deref()).context("--log")?;
    let keys = Keys::load(config.data.as_deref())?;
    let listeners = listener::open(config.listen)?;
    greet(&config, &keys, &listeners.sockets[0])?;
    server::run(&config, &keys, listeners, told_to_stop()).context("the server could not be set up")
}

/// Completes at Ctrl-C, or at SIGTERM from systemd.
async fn told_to_stop() {
    let mut terminate = signal(SignalKind::terminate()).expect("a handler can be set at the start");
    let mut interrupt = signal(SignalKind::interrupt()).expect("a handler can be set at the start");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

fn greet(config: &Config, keys: &Keys, listener: &TcpListener) -> io::Result<()> {
    let urls = announce::urls(listener.local_addr()?);
    let mut out = io::stdout().lock();
    let colours = out.is_terminal();
    let mut greeting = announce::greeting(&config.event_name, &urls, colours);
    // Only on a terminal: a log must not contain the key.
    if let Some(base) = urls.first().filter(|_| out.is_terminal()) {
        let base = config
            .host
            .as_ref()
            .map_or_else(|| base.clone(), |host| format!("http://{host}/"));
        let (url, lines) = (
            printed::organizer_url(&base, &keys.organizer),
            printed::organizer_lines(&keys.organizer),
        );
        greeting += &announce::organizer(&url, &lines, colours);
    }
    // A closed standard output does not keep the server from running.
    let _ = out.write_all(greeting.as_bytes());
    Ok(())
}
