//! `chatterbox box …`: steps of the box's own services.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use chatterbox::{
    appliance::{
        self,
        doctor::{self, Machine},
        handover,
        prepare::Places,
        printed,
        stick::{self, Outcome},
        update,
    },
    config::{self, Keys, Sources},
};
use clap::Subcommand;

use super::{doctor::OWN, update::slots_of};

/// A step of a box's own services, as a subcommand of `chatterbox box`.
#[derive(Subcommand)]
pub enum OnBox {
    /// Write the services' configuration from chatterbox.toml on the boot partition
    Prepare {
        /// The boot partition
        #[arg(long, value_name = "DIR")]
        boot: PathBuf,
        /// Directory for the services' configuration
        #[arg(long, value_name = "DIR")]
        run: PathBuf,
        /// The box's persistent state
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// The kernel's devices
        #[arg(long, value_name = "DIR", default_value = "/sys")]
        sys: PathBuf,
    },
    /// Write the doctor's findings as texts for the boot partition and the screen
    Tell {
        /// Directory of the services' configuration, and for the texts
        #[arg(long, value_name = "DIR")]
        run: PathBuf,
    },
    /// Write the organizer's card to the boot partition, once for each organizer's key
    OrganizerCard {
        /// The boot partition
        #[arg(long, value_name = "DIR")]
        boot: PathBuf,
        /// The box's persistent state
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// The server's data directory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Put restored settings on the boot partition; prints "changed" if they differ from those that are there
    TakeSettings {
        /// The boot partition
        #[arg(long, value_name = "DIR")]
        boot: PathBuf,
        /// The box's persistent state
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// The server's data directory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Save the transcripts of all rooms to a USB stick
    Save {
        /// Where the stick is mounted; without it the stick could not be mounted
        #[arg(long, value_name = "DIR")]
        stick: Option<PathBuf>,
        /// Name of its device
        #[arg(long, value_name = "NAME")]
        device: String,
        /// Directory of the services' configuration, and for the outcome
        #[arg(long, value_name = "DIR")]
        run: PathBuf,
        /// The server's data directory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Erase data, keys and settings if a file on the boot partition asks for it
    Reset {
        /// The boot partition
        #[arg(long, value_name = "DIR")]
        boot: PathBuf,
        /// The box's persistent state
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// The server's data directory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Check the update from a phone and hand it on to be installed
    CheckUpload {
        /// The server's directory for updates
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// Public keys that may sign updates
        #[arg(long, value_name = "FILE", default_value = "/usr/share/chatterbox/update-keys")]
        keys: PathBuf,
    },
    /// During a trial: keep the updated system once the server answers
    Confirm {
        /// File of the running system with its slots
        #[arg(long, value_name = "FILE", default_value = "/run/slots")]
        slots: PathBuf,
        /// The server
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:80")]
        server: SocketAddr,
        /// Seconds to wait for it
        #[arg(long, value_name = "SECONDS", default_value_t = 270)]
        wait: u64,
    },
}

/// Runs one step of the box's services.
pub fn run(step: OnBox) -> Result<()> {
    match step {
        OnBox::Prepare { boot, run, state, sys } => prepare(&Places { boot, run, state, sys }),
        OnBox::Tell { run } => tell(&run),
        OnBox::OrganizerCard { boot, state, data } => organizer_card(&boot, &state, &data),
        OnBox::TakeSettings { boot, state, data } => {
            if handover::take_settings(&boot, &state, &data).context("the restored settings")? {
                println!("changed");
            }
            Ok(())
        }
        OnBox::Reset { boot, state, data } => {
            if handover::reset(&boot, &state, &data).context("the reset; the next start tries again")? {
                eprintln!("the box is as new");
            }
            Ok(())
        }
        OnBox::Save {
            stick,
            device,
            run,
            data,
        } => save(stick.as_deref(), &device, &run, &data),
        OnBox::CheckUpload { dir, keys } => check_upload(&dir, &keys),
        OnBox::Confirm { slots, server, wait } => confirm(&slots, server, wait),
    }
}

/// Prepares the services' configuration, and prints mistakes in the settings; mistakes do not fail the step.
fn prepare(places: &Places) -> Result<()> {
    for line in appliance::prepare::prepare(places)? {
        eprintln!("chatterbox.toml, {line}");
    }
    Ok(())
}

fn tell(run: &Path) -> Result<()> {
    let machine = Machine::new(Path::new("/"), Some(doctor::ask(OWN)));
    doctor::tell(&machine, run).with_context(|| run.display().to_string())
}

/// Writes the organizer's card. A failure is printed but does not stop the box from starting.
fn organizer_card(boot: &Path, state: &Path, data: &Path) -> Result<()> {
    let written = Keys::organizer_of(data).map_err(Into::into).and_then(|key| {
        appliance::organizer::write(boot, state, &key, |card, base, language| {
            printed::with_part(card, &printed::organizer_part(base, &key, language))
        })
    });
    if let Err(error) = written {
        eprintln!("the organizer's card can't be written, the next start tries again: {error:#}");
    }
    Ok(())
}

/// Saves the transcripts. The outcome is told on the page and by the doctor.
fn save(stick: Option<&Path>, device: &str, run: &Path, data: &Path) -> Result<()> {
    let sources = Sources {
        file: Some(run.join("server.toml")),
        ..Sources::default()
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let saved = match stick {
        Some(stick) => stick::save(stick, data, &config::load(&sources)?, now),
        None => Some(Outcome::Failed),
    };
    saved
        .map_or(Ok(()), |outcome| outcome.tell(run, device))
        .context("the outcome")
}

fn check_upload(dir: &Path, keys: &Path) -> Result<()> {
    let keys = update::keys(keys).with_context(|| keys.display().to_string())?;
    update::check_inbox(dir, &keys).with_context(|| dir.display().to_string())
}

fn confirm(slots: &Path, server: SocketAddr, wait_s: u64) -> Result<()> {
    Ok(update::confirm(
        &slots_of(slots)?,
        server,
        "/status",
        Duration::from_secs(wait_s),
    )?)
}
