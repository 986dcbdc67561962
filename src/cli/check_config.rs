//! `chatterbox check-config`: checks a configuration file and reports mistakes with their places.

use std::path::PathBuf;

use anyhow::Result;
use chatterbox::config::{self, Sources};

/// Prints that the file is valid, or fails with all mistakes.
pub fn run(file: PathBuf) -> Result<()> {
    let good = format!("{}: nothing is wrong", file.display());
    config::load(&Sources {
        file: Some(file),
        ..Sources::default()
    })?;
    println!("{good}");
    Ok(())
}
