//! Gives each machine a random mark, to detect that two machines use the keys of one backup at the same time.
//!
//! The mark is random and not part of backups; the generation counts restorations and is part of them. The organizer's page remembers the
//! newest machine that it has seen with its key. If it later meets an older machine, or another one of the same generation, both are in
//! use, and the page says so ([`Machine::is_twin`]).

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use data_encoding::HEXLOWER;

pub use crate::room::Machine;

/// Name of the file in the data directory with the machine's mark.
pub const FILE: &str = "machine";
/// Name of the file that notes a second machine with the same keys, until the organizer dismisses it.
const TWIN: &str = "twin";

/// Held while a mark is read or made, so that jobs that run at the same time get the same one.
static MAKING: Mutex<()> = Mutex::new(());

impl Machine {
    /// Reads the machine's mark from a data directory; creates a new one if it is missing or damaged.
    ///
    /// # Errors
    /// The disk fails.
    pub fn load(data: &Path) -> io::Result<Self> {
        let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = Self::read(data) {
            return Ok(found);
        }
        let mut mark = [0; 16];
        getrandom::fill(&mut mark)?;
        let made = Self {
            mark: HEXLOWER.encode(&mark),
            generation: 0,
        };
        made.write(data, data)?;
        Ok(made)
    }

    fn read(data: &Path) -> Option<Self> {
        let mut text = String::new();
        File::open(data.join(FILE))
            .ok()?
            .take(100)
            .read_to_string(&mut text)
            .ok()?;
        let (mark, generation) = text.trim_end().split_once(' ')?;
        let is_mark = mark.len() == 32 && mark.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_mark.then_some(())?;
        Some(Self {
            mark: mark.to_owned(),
            generation: generation.parse().ok()?,
        })
    }

    /// Writes the mark into `dir`; the file gets the owner of the directory `data`.
    pub(super) fn write(&self, data: &Path, dir: &Path) -> io::Result<()> {
        let (path, fresh) = (dir.join(FILE), dir.join("machine.new"));
        let mut file = File::create(&fresh)?;
        writeln!(file, "{} {}", self.mark, self.generation)?;
        file.sync_all()?;
        super::give(data, &fresh)?;
        fs::rename(&fresh, &path)?;
        File::open(dir)?.sync_all()
    }

    /// The identity of this machine after it restored a backup of `from`.
    #[must_use]
    pub fn restored(&self, from: &Self) -> Self {
        Self {
            mark: self.mark.clone(),
            generation: self.generation.max(from.generation) + 1,
        }
    }

    /// Whether a machine seen with the same keys must be a second one, because it is newer or has the same generation.
    pub fn is_twin(&self, seen: &Self) -> bool {
        self.mark != seen.mark && seen.generation >= self.generation
    }
}

/// Whether a second machine with the same keys was noted.
pub fn has_twin(data: &Path) -> bool {
    data.join(TWIN).exists()
}

/// Notes that a second machine is in use (`there`), or no longer.
///
/// # Errors
/// The disk fails.
pub fn note_twin(data: &Path, there: bool) -> io::Result<()> {
    match there {
        true => File::create(data.join(TWIN)).map(drop),
        false => match fs::remove_file(data.join(TWIN)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::scratch::Scratch;

    #[test]
    fn a_machine_keeps_its_mark_and_two_machines_have_two() {
        let (one, other) = (Scratch::new("machine-one"), Scratch::new("machine-other"));
        let mark = Machine::load(one.path()).unwrap();
        assert_eq!(Machine::load(one.path()).unwrap(), mark);
        assert_ne!(Machine::load(other.path()).unwrap().mark, mark.mark);
        for damaged in ["", "x 0\n", &"\0".repeat(99), &format!("{} x", mark.mark)] {
            one.put(FILE, damaged);
            assert_ne!(Machine::load(one.path()).unwrap().mark, mark.mark);
        }
    }

    #[test]
    fn jobs_that_ask_at_the_same_time_get_the_same_mark() {
        for _ in 0..20 {
            let dir = Scratch::new("machine-jobs");
            let start = std::sync::Barrier::new(4);
            let marks = std::thread::scope(|scope| {
                let ask = || {
                    start.wait();
                    Machine::load(dir.path()).unwrap().mark
                };
                let jobs = [(); 4].map(|()| scope.spawn(ask));
                jobs.map(|job| job.join().unwrap())
            });
            assert!(marks.iter().all(|mark| *mark == marks[0]), "{marks:?}");
        }
    }

    #[test]
    fn the_second_of_two_machines_is_noticed_and_a_successor_is_not() {
        let machine = |mark: &str, generation| Machine {
            mark: mark.to_owned(),
            generation,
        };
        let first = machine("a", 0);
        let successor = machine("b", 0).restored(&first);
        assert_eq!(successor, machine("b", 1));
        assert!(!successor.is_twin(&first), "the first one is broken, perhaps");
        assert!(first.is_twin(&successor), "no: it is there again");
        let third = machine("c", 0).restored(&first);
        assert!(
            third.is_twin(&successor) && successor.is_twin(&third),
            "two from one backup"
        );
        assert!(
            !successor.is_twin(&successor) && !first.is_twin(&machine("a", 1)),
            "itself"
        );
        let again = first.restored(&first);
        assert!(!again.is_twin(&first));
    }

    #[test]
    fn a_noted_twin_stays_until_it_is_removed() {
        let dir = Scratch::new("machine-twin");
        assert!(!has_twin(dir.path()));
        note_twin(dir.path(), true).unwrap();
        assert!(has_twin(dir.path()));
        note_twin(dir.path(), false).unwrap();
        note_twin(dir.path(), false).unwrap();
        assert!(!has_twin(dir.path()));
    }
}
