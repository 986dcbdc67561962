//! The two system slots: which one runs and which one to try next, from `/run/slots` and `slots.txt` (`image/SLOTS.md`).

use std::{
    fmt, fs,
    fs::{File, OpenOptions},
    io::{self, Read},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Size of `slots.txt`: one sector, written in place, so that a power cut leaves the old or the new content.
const STATE_BYTES: usize = 512;
/// Number of starts within which an updated system must become healthy.
pub const TRIES: u8 = 3;

/// One of the two system slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The first slot.
    A,
    /// Second slot.
    B,
}

impl Slot {
    /// The other one of the two system slots.
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "a" => Some(Self::A),
            "b" => Some(Self::B),
            _ => None,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "a",
            Self::B => "b",
        })
    }
}

/// The two system slots of the running box: which one runs, whether it is on trial, and their devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    /// The slot that is running.
    pub running: Slot,
    /// Whether the running slot is on trial.
    pub trial: bool,
    /// Version of the boot files on the box.
    pub boot: u32,
    /// Path of `slots.txt`.
    pub state: PathBuf,
    a: PathBuf,
    b: PathBuf,
}

impl Slots {
    /// Reads the file that the initrd writes.
    ///
    /// # Errors
    /// The file is missing or incomplete, because this computer is not a box with slots.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let read = || {
            Some(Self {
                running: Slot::read(value("running")?)?,
                trial: value("trial")? == "yes",
                boot: value("boot")?.parse().ok()?,
                state: value("state")?.into(),
                a: value("a")?.into(),
                b: value("b")?.into(),
            })
        };
        read().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "does not name the slots"))
    }

    /// Path of a slot's block device.
    pub fn device(&self, slot: Slot) -> &Path {
        match slot {
            Slot::A => &self.a,
            Slot::B => &self.b,
        }
    }
}

/// Content of `slots.txt`: the last healthy slot, and the slot on trial with its remaining number of starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The last slot that was healthy.
    pub good: Slot,
    /// The slot on trial, and its remaining number of starts.
    pub trial: Option<(Slot, u8)>,
}

impl State {
    /// The state after a trial: `good` is started from now on, and no slot is on trial.
    pub fn confirmed(good: Slot) -> Self {
        Self { good, trial: None }
    }

    /// Reads the file as the initrd does; an unreadable file means slot A without a trial.
    pub fn read(path: &Path) -> Self {
        let mut bytes = [0; STATE_BYTES];
        let count = File::open(path).and_then(|mut file| file.read(&mut bytes)).unwrap_or(0);
        let text = String::from_utf8_lossy(&bytes[..count]);
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let left = value("left").and_then(|left| left.trim_end().parse().ok()).unwrap_or(0);
        let tried = value("try").and_then(Slot::read);
        Self {
            good: value("good").and_then(Slot::read).unwrap_or(Slot::A),
            trial: tried.map(|slot| (slot, left)),
        }
    }

    /// Writes the sector in place and flushes it. A read-only boot partition is remounted for the write.
    ///
    /// # Errors
    /// The file is missing, or the card can't be written.
    pub fn write(self, path: &Path) -> io::Result<()> {
        let (tried, left) = match self.trial {
            Some((slot, left)) => (slot.to_string(), left),
            None => ("-".to_owned(), 0),
        };
        let lines = format!("good={}\ntry={tried}\nleft={left}", self.good);
        let text = format!("{lines:<width$}\n", width = STATE_BYTES - 1);
        let write = || {
            let file = OpenOptions::new().write(true).open(path)?;
            file.write_all_at(text.as_bytes(), 0)?;
            file.sync_all()
        };
        match write() {
            Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
                let mounted = path.parent().unwrap_or(Path::new("/"));
                remount("rw", mounted)?;
                let written = write();
                let closed = remount("ro", mounted);
                written.and(closed)
            }
            done => done,
        }
    }
}

fn remount(how: &str, mounted: &Path) -> io::Result<()> {
    let status = Command::new("mount")
        .args(["-o", &format!("remount,{how}")])
        .arg(mounted)
        .status()?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{} can't be mounted {how}",
        mounted.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::scratch::Scratch;

    #[test]
    fn the_state_is_one_sector_that_the_initrd_reads() {
        let dir = Scratch::new("slots");
        dir.put("slots.txt", &" ".repeat(STATE_BYTES));
        let path = dir.path().join("slots.txt");
        assert_eq!(State::read(&path), State::confirmed(Slot::A), "unreadable is a");
        let state = State {
            good: Slot::B,
            trial: Some((Slot::A, 3)),
        };
        state.write(&path).unwrap();
        let text = dir.text("slots.txt");
        assert_eq!(text.len(), STATE_BYTES);
        assert!(text.starts_with("good=b\ntry=a\nleft=3 ") && text.ends_with(" \n"));
        assert_eq!(State::read(&path), state);
        State::confirmed(Slot::A).write(&path).unwrap();
        assert!(dir.text("slots.txt").starts_with("good=a\ntry=-\nleft=0 "));
        assert_eq!(State::read(&path), State::confirmed(Slot::A));
        assert_eq!(State::read(&dir.path().join("none")), State::confirmed(Slot::A));
        assert!(
            state.write(&dir.path().join("none")).is_err(),
            "no new file: it would not be in place"
        );
    }

    #[test]
    fn the_running_system_knows_its_slots() {
        let dir = Scratch::new("run-slots");
        let text = "running=b\ntrial=yes\nboot=1\na=/dev/mmcblk0p2\nb=/dev/mmcblk0p3\nstate=/boot/firmware/slots.txt\n";
        dir.put("slots", text);
        let slots = Slots::read(&dir.path().join("slots")).unwrap();
        assert_eq!((slots.running, slots.trial, slots.boot), (Slot::B, true, 1));
        assert_eq!(slots.device(Slot::A), Path::new("/dev/mmcblk0p2"));
        for line in text.lines().filter(|line| !line.starts_with("trial")) {
            dir.put("slots", &text.replace(line, "x"));
            assert!(Slots::read(&dir.path().join("slots")).is_err(), "{line}");
        }
    }
}
