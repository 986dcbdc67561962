//! The thin binary: reads what is wanted, says where it is found, serves until it is told to stop.

mod cli;
mod records;

use std::{
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result};
use chatterbox::{
    announce,
    appliance::{self, prepare::Places},
    config::{self, Config, Keys, Sources},
    doctor::{self, Machine},
    listener, logging, net, printed,
    update::{self, Slots},
};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use cli::{Cli, Command, OnBox, Organizer, Printed, Serve};

/// Chosen by measurement: the system's allocator keeps what thousands of connections have used (see `.cargo/config.toml`).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let done = match Cli::parse().command() {
        Command::Serve(args) => serve(&args),
        Command::CheckConfig { file } => check_config(file),
        Command::Doctor { root, server } => return doctor(&root, server),
        Command::Update { file, slots, keys } => update(&file, &slots, &keys),
        Command::Card { boot } => card(&boot),
        Command::OrganizerCard { printed, boot, svg } => organizer_card(&printed, boot.as_deref(), svg),
        Command::Organizer(Organizer::Reset(args)) => reset(&args),
        Command::Seats { printed, count } => seats(&printed, count),
        Command::Box(OnBox::Prepare { boot, run, state, sys }) => prepare(&Places { boot, run, state, sys }),
        Command::Box(OnBox::OrganizerCard { boot, state, data }) => box_card(&boot, &state, &data),
        Command::Box(OnBox::Confirm { slots, server, wait }) => confirm(&slots, server, wait),
        Command::Export(args) => records::export(args),
        Command::Wipe(args) => records::wipe(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chatterbox: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn check_config(file: PathBuf) -> Result<()> {
    let good = format!("{}: nothing is wrong", file.display());
    config::load(&Sources {
        file: Some(file),
        ..Sources::default()
    })?;
    println!("{good}");
    Ok(())
}

fn card(boot: &Path) -> Result<()> {
    let card = appliance::prepare::card(boot)?;
    io::stdout().write_all(card.as_bytes())?;
    Ok(())
}

/// What is printed is worth something only if its key is still there when the server runs.
fn printable(printed: &Printed) -> Result<(Config, Keys, String)> {
    let config = config::load(&printed.serve.sources())?;
    let data = config
        .data
        .as_deref()
        .context("--data names the directory of the server whose codes these are")?;
    let keys = Keys::load(Some(data))?;
    let url = match (&printed.url, &config.host) {
        (Some(url), _) => format!("{}/", url.trim_end_matches('/')),
        (None, Some(host)) => format!("http://{host}/"),
        (None, None) => {
            let urls = announce::urls(config.listen.address());
            urls.into_iter()
                .next()
                .context("this machine has no address: say --url")?
        }
    };
    Ok((config, keys, url))
}

fn organizer_card(printed: &Printed, boot: Option<&Path>, svg: bool) -> Result<()> {
    let (config, keys, url) = printable(printed)?;
    let page = match boot {
        _ if svg => printed::organizer_svg(&url, &keys.organizer),
        Some(boot) => {
            let part = printed::organizer_part(&url, &keys.organizer);
            printed::with_part(&appliance::prepare::card(boot)?, &part)
        }
        None => printed::organizer_card(&config.event_name, &url, &keys),
    };
    io::stdout().write_all(page.as_bytes())?;
    Ok(())
}

/// A box whose boot partition takes no card starts all the same.
fn box_card(boot: &Path, state: &Path, data: &Path) -> Result<()> {
    let written = Keys::organizer_of(data).map_err(Into::into).and_then(|key| {
        appliance::organizer::write(boot, state, &key, |card, base| {
            printed::with_part(card, &printed::organizer_part(base, &key))
        })
    });
    if let Err(error) = written {
        eprintln!("the organizer's card could not be written: {error:#}");
    }
    Ok(())
}

fn seats(printed: &Printed, count: u32) -> Result<()> {
    let (config, keys, url) = printable(printed)?;
    let page = printed::seats(&config.event_name, &url, &keys, count);
    io::stdout().write_all(page.as_bytes())?;
    Ok(())
}

fn reset(args: &Serve) -> Result<()> {
    let config = config::load(&args.sources())?;
    let data = config.data.as_deref().context("--data names the server's directory")?;
    Keys::reset_organizer(data)?;
    eprintln!("There is a new organizer's code. It is good from the server's next start on.");
    Ok(())
}

/// The box goes on without what is wrong in its settings.
fn prepare(places: &Places) -> Result<()> {
    for trouble in appliance::prepare::prepare(places)? {
        eprintln!("chatterbox.toml, {trouble}");
    }
    Ok(())
}

fn doctor(root: &Path, server: Option<SocketAddr>) -> ExitCode {
    let own = root == Path::new("/");
    let server = server.or(own.then_some(SocketAddr::from(([127, 0, 0, 1], 80))));
    let found = Machine::new(root, server.map(doctor::ask)).examine();
    found.iter().for_each(|sentence| println!("{sentence}"));
    if found.is_empty() {
        println!("{}", doctor::WELL);
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

fn update(file: &Path, slots: &Path, keys: &Path) -> Result<()> {
    let slots = slots_of(slots)?;
    let keys = update::keys(keys).with_context(|| keys.display().to_string())?;
    let head = update::update(file, &slots, &keys).with_context(|| file.display().to_string())?;
    println!("Version {} is on the card. The next start tries it.", head.version);
    Ok(())
}

fn confirm(slots: &Path, server: SocketAddr, wait_s: u64) -> Result<()> {
    Ok(update::confirm(
        &slots_of(slots)?,
        server,
        "/status",
        Duration::from_secs(wait_s),
    )?)
}

fn slots_of(file: &Path) -> Result<Slots> {
    Slots::read(file).with_context(|| format!("{}: this is no box that updates itself", file.display()))
}

fn serve(args: &Serve) -> Result<()> {
    let config = config::load(&args.sources())?;
    logging::init(args.log.as_deref()).context("--log")?;
    let keys = Keys::load(config.data.as_deref())?;
    let listeners = listener::open(config.listen)?;
    greet(&config, &keys, &listeners[0])?;
    net::run(&config, &keys, listeners, told_to_stop()).context("the server could not be set up")
}

/// Ctrl-C, or SIGTERM from systemd.
async fn told_to_stop() {
    let mut terminate = signal(SignalKind::terminate()).expect("a handler can be set at the start");
    let mut interrupt = signal(SignalKind::interrupt()).expect("a handler can be set at the start");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

fn greet(config: &Config, keys: &Keys, listener: &std::net::TcpListener) -> io::Result<()> {
    let urls = announce::urls(listener.local_addr()?);
    let mut out = io::stdout().lock();
    let colours = out.is_terminal();
    let mut greeting = announce::greeting(&config.event_name, &urls, colours);
    // Not where it would stand in a log.
    if let Some(base) = urls.first().filter(|_| out.is_terminal()) {
        let base = config
            .host
            .as_ref()
            .map_or_else(|| base.clone(), |host| format!("http://{host}/"));
        greeting += &announce::organizer(&printed::organizer_url(&base, &keys.organizer), colours);
    }
    // Nobody may be reading, and the rooms are open all the same.
    let _ = out.write_all(greeting.as_bytes());
    Ok(())
}
