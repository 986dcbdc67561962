//! `chatterbox export`: exports a room's messages, with or without a running server.

use std::{
    fs::File,
    io::{self, BufWriter},
    path::PathBuf,
};

use anyhow::{Context, Result};
use chatterbox::{
    config,
    room::RoomName,
    store::{self, Export, Format},
};
use clap::Args;

use super::sources::{DataFlags, NO_DATA};

/// Messages to export, and their format.
#[derive(Args)]
pub struct ExportArgs {
    /// The room
    room: String,
    /// jsonl (a JSON object a line), csv (for spreadsheets) or html (to read and print)
    #[arg(long, default_value = "jsonl", value_parser = str::parse::<Format>)]
    format: Format,
    /// Only messages from this time on, in the zone of server.time_zone: 2026-11-24, 2026-11-24T20:00; with a Z in UTC
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only messages before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Include messages that moderators have hidden
    #[arg(long)]
    hidden: bool,
    /// Write to FILE instead of the standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: DataFlags,
}

/// Writes a room's stored messages to stdout in the chosen format.
pub fn run(args: ExportArgs) -> Result<()> {
    let config = config::load(&args.place.sources())?;
    let dir = config.data.context(NO_DATA)?;
    let zone = &config.time_zone;
    let time = |text: Option<String>| {
        text.map(|text| zone.parse(&text))
            .transpose()
            .map_err(anyhow::Error::msg)
    };
    let export = Export {
        room: RoomName::new(&args.room).with_context(|| format!("{:?}: the room's name", args.room))?,
        format: args.format,
        from_ms: time(args.from)?.unwrap_or(0),
        to_ms: time(args.to)?.unwrap_or(u64::MAX),
        hidden: args.hidden,
        event_name: config.event_name,
        time_zone: config.time_zone,
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
