//! `chatterbox update`: writes a signed update to the box's inactive slot.

use std::path::Path;

use anyhow::{Context, Result};
use chatterbox::appliance::update::{self, Slots};

/// Installs the update for the next start.
pub fn run(file: &Path, slots: &Path, keys: &Path) -> Result<()> {
    let slots = slots_of(slots)?;
    let keys = update::keys(keys).with_context(|| keys.display().to_string())?;
    // No file name in the error: the organizer sees it beside the name of the uploaded file.
    let head = update::update(file, &slots, &keys)?;
    println!("Version {} is on the card. The next start tries it.", head.version);
    Ok(())
}

/// Reads which system slots this box has, and which one runs.
pub fn slots_of(file: &Path) -> Result<Slots> {
    Slots::read(file).with_context(|| format!("{}: this is no box that updates itself", file.display()))
}
