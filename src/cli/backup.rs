//! `chatterbox backup` and `chatterbox restore`: one file with messages, keys and settings.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail, ensure};
use chatterbox::{
    appliance::doctor::Space,
    backup::{
        archive::{self, Extra},
        restore,
    },
    config,
    limits::{PASSPHRASE_BYTES, PASSPHRASE_LEAST_BYTES, UPDATE_SPARE_BYTES},
    room::Preview,
    store::{self, BEFORE_RESTORE},
    time_zone::TimeZone,
};
use clap::Args;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::sources::{DataFlags, NO_DATA};

/// The file, and its passphrase.
#[derive(Args)]
pub struct BackupArgs {
    /// The backup
    file: PathBuf,
    /// Read the passphrase from the first line of FILE instead of asking for it
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    place: DataFlags,
}

/// The backup to restore.
#[derive(Args)]
pub struct RestoreArgs {
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    backup: BackupArgs,
}

/// Writes a backup, with or without a running server. After a failure no partial file is left.
pub fn backup(args: &BackupArgs) -> Result<()> {
    let sources = args.place.sources();
    let settings = sources
        .file
        .as_ref()
        .map(fs::read)
        .transpose()
        .context("the settings")?;
    let config = config::load(&sources)?;
    let data = config.data.context(NO_DATA)?;
    let passphrase = args.passphrase(true)?;
    let extra = Extra {
        name: config.event_name,
        settings,
        ..Extra::default()
    };
    let directory = args.file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let unfinished = args.file.with_added_extension("unfinished");
    let made = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished);
    let file = made.with_context(|| unfinished.display().to_string())?;
    let written = archive::write(&data, &extra, now_ms(), directory, &passphrase, BufWriter::new(file));
    let finished = written.map_err(anyhow::Error::from).and_then(|file| {
        file.into_inner()?.sync_all()?;
        Ok(fs::rename(&unfinished, &args.file)?)
    });
    if finished.is_err() {
        // The error says more than this one would.
        let _ = fs::remove_file(&unfinished);
    }
    finished.with_context(|| format!("{}: no backup was made", args.file.display()))?;
    eprintln!(
        "{}: keep the passphrase; without it the file can't be opened",
        args.file.display()
    );
    Ok(())
}

/// Restores a backup after a confirmation. Fails while a server is running.
pub fn restore(args: &RestoreArgs) -> Result<()> {
    let backup = &args.backup;
    let data = config::load(&backup.place.sources())?.data.context(NO_DATA)?;
    fs::create_dir_all(&data).with_context(|| data.display().to_string())?;
    // Also goes on with a restoration that was cut.
    restore::apply(&data)?;
    drop(store::lock(&data).context("stop the server first, or restore from the organizer's page")?);
    let file = File::open(&backup.file).with_context(|| backup.file.display().to_string())?;
    let passphrase = backup.passphrase(false)?;
    let room = Space::of(&data)?.free.saturating_sub(UPDATE_SPARE_BYTES);
    let preview = restore::open(&data, BufReader::new(file), &passphrase, room)
        .with_context(|| format!("{}: nothing was restored", backup.file.display()))?;
    tell(&preview);
    if !args.yes && !is_confirmed()? {
        // Removes the opened backup.
        restore::apply(&data)?;
        bail!("nothing was restored");
    }
    restore::confirm(&data)?;
    ensure!(restore::apply(&data)?, "the data of before is in place, see above");
    let before = data.join(BEFORE_RESTORE);
    if before.exists() {
        eprintln!("restored; the data of before is in {}", before.display());
    }
    let settings = data.join(restore::RESTORED_SETTINGS);
    if settings.exists() {
        eprintln!(
            "the settings of the backup are in {}: use what you need of them",
            settings.display()
        );
    }
    Ok(())
}

/// Prints what a restoration would change.
fn tell(preview: &Preview) {
    let Preview {
        name, rooms, messages, ..
    } = preview;
    eprintln!(
        "The backup of {name:?}, made {}, has {messages} messages in {rooms} rooms.",
        TimeZone::default().text(preview.made)
    );
    if let Some(at) = preview.wiped_at {
        eprintln!(
            "Since then everything was deleted ({}): it comes back.",
            TimeZone::default().text(at)
        );
    }
    if preview.hidden > 0 {
        eprintln!(
            "{} messages that were hidden since then are seen again.",
            preview.hidden
        );
    }
    if preview.lost > 0 {
        eprintln!("{} messages of now are not in it: they are set aside.", preview.lost);
    }
    if preview.foreign {
        eprintln!("Another machine made it: do not use both, they have the same keys.");
    }
}

fn is_confirmed() -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("nothing was restored: without a terminal to confirm on, --yes is needed");
    }
    eprint!("Type yes to restore it: ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

impl BackupArgs {
    /// Reads the passphrase from the file or the terminal. A `new` passphrase must be typed twice.
    fn passphrase(&self, new: bool) -> Result<String> {
        let passphrase = match &self.passphrase_file {
            Some(path) => {
                let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
                text.lines().next().unwrap_or_default().to_owned()
            }
            None => {
                let asked = hidden("Passphrase: ")?;
                ensure!(!new || hidden("Once more: ")? == asked, "the two are not the same");
                asked
            }
        };
        let fits = (PASSPHRASE_LEAST_BYTES..=PASSPHRASE_BYTES).contains(&passphrase.len());
        ensure!(
            fits || !new,
            "a passphrase has {PASSPHRASE_LEAST_BYTES} to {PASSPHRASE_BYTES} characters"
        );
        Ok(passphrase)
    }
}

/// Asks for a line of text that the terminal does not display.
fn hidden(question: &str) -> Result<String> {
    let stdin = io::stdin();
    ensure!(
        stdin.is_terminal(),
        "without a terminal to ask on, --passphrase-file is needed"
    );
    let shown = tcgetattr(&stdin)?;
    let mut silent = shown.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    eprint!("{question}");
    io::stderr().flush()?;
    tcsetattr(&stdin, OptionalActions::Flush, &silent)?;
    let mut line = String::new();
    let read = stdin.read_line(&mut line);
    tcsetattr(&stdin, OptionalActions::Flush, &shown)?;
    eprintln!();
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(0)
}
