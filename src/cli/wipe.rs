//! `chatterbox wipe`: removes all messages and names, with or without a running server.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result, bail};
use chatterbox::{
    backup::restore,
    config,
    store::{self, Wiped},
};
use clap::Args;

use super::sources::{DataFlags, NO_DATA};

/// Flags of `chatterbox wipe`.
#[derive(Args)]
pub struct WipeArgs {
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    place: DataFlags,
}

/// Asks for confirmation, then removes all messages and names.
pub fn run(args: WipeArgs) -> Result<()> {
    let config = config::load(&args.place.sources())?;
    let dir = config.data.context(NO_DATA)?;
    // A restoration that was cut has its messages elsewhere; a running server has none.
    if let Err(error) = restore::apply(&dir) {
        tracing::debug!(%error, "backup: a restoration that was cut, if any, could not be finished before the wipe (a running server may hold the data directory); the wipe goes on");
    }
    if !args.yes {
        if !io::stdin().is_terminal() {
            bail!("nothing was removed: without a terminal to confirm on, --yes is needed");
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
        Wiped::ByTheServer => "the running server cleared its memory as well",
    };
    eprintln!("everything was removed; {how}");
    Ok(())
}
