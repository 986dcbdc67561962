//! `chatterbox doctor`: what is wrong with this box, one plain sentence each, with what to do.
//!
//! Each check looks at files of the kernel and of the box below a root that a test may choose. A file that is not there says nothing:
//! boards differ in what they tell.

mod card;
mod clock;
mod consult;
mod power;
mod radio;
mod server;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

pub use self::{
    consult::{SOCKET, WELL, consult, examine_computer},
    server::{Health, ask},
};
use crate::appliance::settings::Settings;

/// Room on a file system, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// That is left.
    pub free: u64,
    /// In all.
    pub size: u64,
}

impl Space {
    /// Of the file system that holds `path`.
    ///
    /// # Errors
    /// There is none.
    pub fn of(path: &Path) -> io::Result<Self> {
        let stat = rustix::fs::statvfs(path)?;
        Ok(Self {
            free: stat.f_bavail.saturating_mul(stat.f_frsize),
            size: stat.f_blocks.saturating_mul(stat.f_frsize),
        })
    }
}

/// What the checks look at.
pub struct Machine {
    root: PathBuf,
    settings: Settings,
    mistakes: usize,
    /// Of the card's data part; `None` if it can't be told.
    space: Option<Space>,
    /// What the server says of itself; `None` if nobody has asked.
    health: Option<Health>,
}

impl Machine {
    /// The machine whose files are below `root`.
    pub fn new(root: &Path, health: Option<Health>) -> Self {
        let file = fs::read(root.join("boot/firmware/chatterbox.toml"));
        let (settings, troubles) = file.map_or_else(|_| Default::default(), |bytes| Settings::read(&bytes));
        Self {
            root: root.to_owned(),
            settings,
            mistakes: troubles.len(),
            space: Space::of(&root.join("data")).ok(),
            health,
        }
    }

    /// Everything that is wrong; nothing is best.
    pub fn examine(&self) -> Vec<String> {
        let mut found = Vec::new();
        server::check(self, &mut found);
        card::check(self, &mut found);
        power::check(self, &mut found);
        radio::check(self, &mut found);
        clock::check(self, &mut found);
        found
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A file's text without the space around it.
    fn text(&self, path: &str) -> Option<String> {
        let bytes = fs::read(self.path(path)).ok()?;
        Some(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    fn number(&self, path: &str) -> Option<u64> {
        self.text(path)?.parse().ok()
    }

    /// The names in a directory, in order.
    fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(path)).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }

    /// Whether a program of this name runs (proc(5)).
    fn runs(&self, program: &str) -> bool {
        let processes = self.names("proc");
        let mut processes = processes.iter().filter(|name| name.bytes().all(|c| c.is_ascii_digit()));
        processes.any(|process| self.text(&format!("proc/{process}/comm")).as_deref() == Some(program))
    }
}

#[cfg(test)]
mod tests;
