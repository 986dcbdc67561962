//! Reads the files of the kernel and of the box that the doctor's checks need, below a root directory that tests can replace.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::health::Health;
use crate::{
    appliance::{prepare, settings::BoxSettings},
    page::Mistake,
};

/// Mount point of the boot partition, relative to the root directory.
pub(super) const BOOT: &str = "boot/firmware";

/// Space on a file system, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Number of free bytes.
    pub free: u64,
    /// Total number of bytes.
    pub size: u64,
}

impl Space {
    /// Space of the file system that contains `path`.
    ///
    /// # Errors
    /// The path does not exist or can't be read.
    pub fn of(path: &Path) -> io::Result<Self> {
        let stat = rustix::fs::statvfs(path)?;
        Ok(Self {
            free: stat.f_bavail.saturating_mul(stat.f_frsize),
            size: stat.f_blocks.saturating_mul(stat.f_frsize),
        })
    }
}

/// The machine that the doctor checks: the root of its files, and the server's report.
pub struct Machine {
    root: PathBuf,
    pub(super) settings: BoxSettings,
    pub(super) mistakes: Vec<Mistake>,
    /// Space of the card's data partition; `None` if unknown.
    pub(super) space: Option<Space>,
    /// The server's report; `None` if the server was not asked.
    pub(super) health: Option<Health>,
}

impl Machine {
    /// A machine whose files are below `root`; `health` is `None` if no server is to be checked.
    pub fn new(root: &Path, health: Option<Health>) -> Self {
        let (settings, mistakes) = prepare::read(&root.join(BOOT));
        Self {
            root: root.to_owned(),
            settings,
            mistakes,
            space: Space::of(&root.join("data")).ok(),
            health,
        }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The trimmed text of a file; `None` if it can't be read.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let bytes = fs::read(self.path(path)).ok()?;
        Some(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    pub(super) fn number(&self, path: &str) -> Option<u64> {
        self.text(path)?.parse().ok()
    }

    /// The sorted names in a directory.
    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(path)).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }

    /// Whether a program with this name is running (proc(5)).
    pub(super) fn runs(&self, program: &str) -> bool {
        let processes = self.names("proc");
        let mut processes = processes.iter().filter(|name| name.bytes().all(|c| c.is_ascii_digit()));
        processes.any(|process| self.text(&format!("proc/{process}/comm")).as_deref() == Some(program))
    }
}
