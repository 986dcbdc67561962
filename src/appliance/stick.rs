//! `chatterbox box save`: writes the transcripts of all rooms to a USB stick (`systemd/box-stick@.service`).
//!
//! A stick may be pulled out at any moment: the transcripts are written and flushed under a temporary name, and then get their own. What
//! such a name has left is removed the next time. The outcome is a file for the page and the doctor.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use super::prepare::{PUBLIC, put};
use crate::{
    config::Config,
    room::RoomName,
    store::{self, Export, Format, StoreError},
};

/// Name of the outcome's file in the box's run directory.
pub const OUTCOME: &str = "stick";
/// Beginning of the names of our directories on a stick.
const OURS: &str = "chatterbox-";
/// End of a directory's name until it is whole.
const PART: &str = ".part";
/// More copies of one minute are refused.
const COPIES: u32 = 99;

/// What became of the transcripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They are on the stick.
    Saved,
    /// The stick has no room for them.
    Full,
    /// The stick can't be written or read.
    Failed,
}

impl Outcome {
    const ALL: [(Self, &'static str); 3] = [(Self::Saved, "saved"), (Self::Full, "full"), (Self::Failed, "failed")];

    /// Reads the outcome's file, if there is one, with the name of the stick's device.
    pub fn read(run: &Path) -> Option<(Self, String)> {
        let text = fs::read_to_string(run.join(OUTCOME)).ok()?;
        let (word, device) = text.trim_end().split_once(' ')?;
        let (outcome, _) = Self::ALL.iter().find(|(_, known)| *known == word)?;
        Some((*outcome, device.to_owned()))
    }

    /// Writes the outcome's file.
    ///
    /// # Errors
    /// The run directory can't be written.
    pub fn tell(self, run: &Path, device: &str) -> io::Result<()> {
        let word = Self::ALL
            .iter()
            .find(|(outcome, _)| *outcome == self)
            .map_or("", |(_, word)| word);
        put(&run.join(OUTCOME), &format!("{word} {device}\n"), PUBLIC)
    }
}

/// Writes the transcripts of all rooms with stored entries to a directory of its own on the stick, named by `now_ms`. `None` if nothing
/// was said yet.
pub fn save(stick: &Path, data: &Path, config: &Config, now_ms: u64) -> Option<Outcome> {
    match write(stick, data, config, now_ms) {
        Ok(saved) => saved.then_some(Outcome::Saved),
        Err(error) => {
            tracing::warn!(%error, "box: the transcripts can't be saved to the USB stick; use another stick");
            let full = [
                io::ErrorKind::StorageFull,
                io::ErrorKind::QuotaExceeded,
                io::ErrorKind::FileTooLarge,
            ];
            Some(if full.contains(&error.kind()) {
                Outcome::Full
            } else {
                Outcome::Failed
            })
        }
    }
}

fn write(stick: &Path, data: &Path, config: &Config, now_ms: u64) -> io::Result<bool> {
    remove_parts(stick)?;
    let rooms = store::rooms(data).map_err(|error| unread(&error))?;
    if rooms.is_empty() {
        return Ok(false);
    }
    let time = config.time_zone.text(now_ms);
    // `2026-11-24T20:02:03Z` becomes `2026-11-24-2002`, because the file systems of sticks allow no colons.
    let minute: String = time
        .chars()
        .take(16)
        .map(|c| if c == 'T' { '-' } else { c })
        .filter(|c| *c != ':')
        .collect();
    let named = |copy| match copy {
        1 => format!("{OURS}{minute}"),
        copy => format!("{OURS}{minute}-{copy}"),
    };
    let name = (1..=COPIES).map(named).find(|name| !stick.join(name).exists());
    let name = name.ok_or(io::ErrorKind::AlreadyExists)?;
    let part = stick.join(format!("{name}{PART}"));
    fs::create_dir(&part)?;
    let written = fill(&part, data, config, &rooms)
        .and_then(|()| fs::rename(&part, stick.join(&name)))
        .and_then(|()| File::open(stick)?.sync_all());
    if written.is_err() {
        // A full stick gets its room back.
        let _ = fs::remove_dir_all(&part);
    }
    written.map(|()| true)
}

/// Removes what a stick has left that was pulled out too early. Links are not followed.
fn remove_parts(stick: &Path) -> io::Result<()> {
    for entry in fs::read_dir(stick)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_part = name
            .to_str()
            .is_some_and(|name| name.starts_with(OURS) && name.ends_with(PART));
        if is_part && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn fill(part: &Path, data: &Path, config: &Config, rooms: &[RoomName]) -> io::Result<()> {
    for (index, room) in rooms.iter().enumerate() {
        for (format, ending) in [(Format::Html, "html"), (Format::Csv, "csv")] {
            let export = Export {
                room: room.clone(),
                format,
                from_ms: 0,
                to_ms: u64::MAX,
                hidden: false,
                event_name: config.event_name.clone(),
                time_zone: config.time_zone.clone(),
            };
            let path = part.join(format!("{}-{}.{ending}", index + 1, plain(room.as_str())));
            let mut out = Noting {
                file: BufWriter::new(File::create_new(path)?),
                failed: None,
            };
            let exported = store::export(data, &export, &mut out);
            let Noting { file, failed } = out;
            if let Err(error) = exported {
                return Err(failed.unwrap_or_else(|| unread(&error)));
            }
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        }
    }
    File::open(part)?.sync_all()
}

fn unread(error: &StoreError) -> io::Error {
    io::Error::other(error.to_string())
}

/// A room's name without the characters that FAT and exFAT do not allow. The number in front of it keeps names apart.
fn plain(name: &str) -> String {
    let plain = name.chars().map(|c| {
        if c.is_control() || "\"*/:<>?\\|".contains(c) {
            '_'
        } else {
            c
        }
    });
    plain.collect::<String>().trim_end_matches(['.', ' ']).to_owned()
}

/// A file that keeps the error of a failed write: a full stick is told from a damaged one.
struct Noting {
    file: BufWriter<File>,
    failed: Option<io::Error>,
}

impl Noting {
    fn note<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        done.map_err(|error| {
            let kind = error.kind();
            self.failed = Some(error);
            kind.into()
        })
    }
}

impl Write for Noting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.file.write(bytes);
        self.note(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.file.flush();
        self.note(done)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::appliance::scratch::Scratch;

    #[test]
    fn the_outcome_is_read_as_it_was_written() {
        let dir = Scratch::new("stick-outcome");
        assert_eq!(Outcome::read(dir.path()), None);
        for (outcome, _) in Outcome::ALL {
            outcome.tell(dir.path(), "sda1").unwrap();
            assert_eq!(Outcome::read(dir.path()), Some((outcome, "sda1".to_owned())));
        }
        dir.put(OUTCOME, "something else");
        assert_eq!(Outcome::read(dir.path()), None);
    }

    #[test]
    fn parts_of_a_stick_that_was_pulled_out_go_and_all_else_stays() {
        let dir = Scratch::new("stick-parts");
        dir.put("stick/chatterbox-2026-11-24-2002.part/1-hall.html", "<!doctype");
        dir.put("stick/chatterbox-2026-11-24-2001/1-hall.html", "whole");
        dir.put("stick/holiday.part/photo.jpg", "theirs");
        dir.put("stick/chatterbox-notes.part", "theirs");
        let stick = dir.path().join("stick");
        symlink(stick.join("holiday.part"), stick.join("chatterbox-link.part")).unwrap();
        assert_eq!(
            save(&stick, &dir.path().join("data"), &Config::default(), 0),
            None,
            "nothing was said"
        );
        let mut names: Vec<_> = fs::read_dir(&stick)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        let rest = [
            "chatterbox-2026-11-24-2001",
            "chatterbox-link.part",
            "chatterbox-notes.part",
            "holiday.part",
        ];
        assert_eq!(names, rest);
        assert_eq!(dir.text("stick/holiday.part/photo.jpg"), "theirs");
    }

    #[test]
    fn a_rooms_name_becomes_one_that_sticks_allow() {
        for (name, file) in [
            ("hall", "hall"),
            ("a:b?\"c\"", "a_b__c_"),
            ("what...", "what"),
            ("Фойе 1", "Фойе 1"),
        ] {
            assert_eq!(plain(name), file);
        }
    }

    #[test]
    fn a_missing_stick_is_no_full_one() {
        let dir = Scratch::new("stick-missing");
        let gone = dir.path().join("gone");
        assert_eq!(save(&gone, dir.path(), &Config::default(), 0), Some(Outcome::Failed));
    }
}
