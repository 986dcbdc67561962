//! `chatterbox`, `chatterbox serve`: runs the server until SIGINT or SIGTERM.

use std::{
    env,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    time::SystemTime,
};

use anyhow::{Context, Result};
use chatterbox::{
    appliance::{announce, prepare, printed},
    backup::restore,
    certificate::Time,
    config::{self, Config, Keys},
    logging,
    server::{
        self, Ended,
        listener::{self, Listeners},
        running::Running,
    },
    store::BEFORE_RESTORE,
};
use tokio::signal::unix::{SignalKind, signal};

use super::sources::Serve;

/// Runs the server until it is told to stop; after a confirmed restoration it starts again.
pub fn run(args: &Serve) -> Result<()> {
    let mut config = config::load(&args.sources())?;
    config.settings_file = settings_file(&config, args.sources().file);
    logging::init(args.log.as_deref()).context("--log")?;
    loop {
        if let Some(data) = &config.data
            && restore::apply(data).with_context(|| format!("{}: a restored backup", data.display()))?
        {
            tracing::warn!(
                "backup: restored; the previous data is in {} until the next restoration or wipe",
                data.join(BEFORE_RESTORE).display()
            );
        }
        let keys = Keys::load(config.data.as_deref())?;
        let listeners = listener::open(config.listen, config.tls.as_ref().map(|tls| tls.listen))?;
        let supervised = listeners.inherited || env::var_os("NOTIFY_SOCKET").is_some();
        greet(&config, &keys, &listeners)?;
        match server::run(&config, &keys, listeners, told_to_stop()).context("the server could not be set up")? {
            // systemd starts the service again.
            Ended::Restart if !supervised => {}
            Ended::Restart | Ended::Stopped => return Ok(()),
        }
    }
}

/// Path of the settings file for backups: a box's own, or the configuration file.
fn settings_file(config: &Config, file: Option<PathBuf>) -> Option<PathBuf> {
    let of_box = config.box_dir.as_ref().map(|dir| dir.join(prepare::SETTINGS));
    of_box.or(file)
}

/// Waits until the server must stop: at Ctrl-C, or at SIGTERM, which systemd sends.
async fn told_to_stop() {
    let mut terminate = signal(SignalKind::terminate()).expect("a handler can be set at the start");
    let mut interrupt = signal(SignalKind::interrupt()).expect("a handler can be set at the start");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// The address by the certificate, if that is good: its name has to lead here.
fn https(config: &Config, listeners: &Listeners) -> Option<String> {
    let (tls, address) = (config.tls.as_ref()?, listeners.tls.first()?.local_addr().ok()?);
    let time = Time {
        now: SystemTime::now(),
        is_trusted: config.box_dir.is_none(),
    };
    let host = config.host.as_deref().unwrap_or_default();
    let origin = tls.files.load().ok()?.origin(host, address.port(), time)?;
    Some(format!("{origin}/"))
}

fn greet(config: &Config, keys: &Keys, listeners: &Listeners) -> io::Result<()> {
    let listening = listeners.sockets[0].local_addr()?;
    let mut urls = announce::urls(listening);
    urls.extend(https(config, listeners));
    let mut out = io::stdout().lock();
    let colours = out.is_terminal();
    let mut greeting = announce::greeting(&config.event_name, &urls, colours);
    // Only on a terminal: a log must not contain the key.
    let base = Running::new(config, listening).url();
    if let Some(base) = base.filter(|_| out.is_terminal()) {
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
