//! The commands about what was said: export and wipe, beside a server that runs or without one.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    path::PathBuf,
};

use anyhow::{Context, Result, bail};
use chatterbox::{
    config,
    room::RoomName,
    store::{self, Export, Format, Wiped, utc},
};
use clap::Args;

use crate::cli::Place;

/// Which messages, and how.
#[derive(Args)]
pub struct ExportArgs {
    /// The room
    room: String,
    /// jsonl (a JSON object a line), csv (for spreadsheets) or html (to read and print)
    #[arg(long, default_value = "jsonl", value_parser = str::parse::<Format>)]
    format: Format,
    /// Only what was said from then on, in UTC: 2026-11-24, 2026-11-24T20:00
    #[arg(long, value_name = "TIME", value_parser = utc::parse)]
    from: Option<u64>,
    /// Only what was said before then
    #[arg(long, value_name = "TIME", value_parser = utc::parse)]
    to: Option<u64>,
    /// With what helpers have hidden
    #[arg(long)]
    hidden: bool,
    /// Write to FILE instead of the standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// What is to go.
#[derive(Args)]
pub struct WipeArgs {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    place: Place,
}

/// Writes a room's messages.
pub fn export(args: ExportArgs) -> Result<()> {
    let config = config::load(&args.place.sources())?;
    let dir = config.data.context(NO_DATA)?;
    let export = Export {
        room: RoomName::new(&args.room).with_context(|| format!("{:?}: the room's name", args.room))?,
        format: args.format,
        from_ms: args.from.unwrap_or(0),
        to_ms: args.to.unwrap_or(u64::MAX),
        hidden: args.hidden,
        event_name: config.event_name,
    };
    let written = match &args.output {
        Some(path) => {
            let file = File::create(path).with_context(|| path.display().to_string())?;
            store::export(&dir, &export, &mut BufWriter::new(file))?
        }
        None => store::export(&dir, &export, &mut BufWriter::new(io::stdout().lock()))?,
    };
    eprintln!("{written} messages of {}", export.room);
    Ok(())
}

/// Removes everything, if that is really wanted.
pub fn wipe(args: WipeArgs) -> Result<()> {
    let config = config::load(&args.place.sources())?;
    let dir = config.data.context(NO_DATA)?;
    if !args.yes {
        if !io::stdin().is_terminal() {
            bail!("nothing was removed: --yes is needed where nobody can be asked");
        }
        eprint!(
            "This removes all messages and names in {} for good. Type yes to go on: ",
            dir.display()
        );
        io::stderr().flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if answer.trim() != "yes" {
            bail!("nothing was removed");
        }
    }
    let how = match store::wipe(&dir)? {
        Wiped::Here => "no server runs",
        Wiped::ByTheServer => "the server that runs has forgotten it as well",
    };
    eprintln!("everything was removed; {how}");
    Ok(())
}

const NO_DATA: &str = "no data directory: name it with --data DIR, or in the configuration with --config FILE";
