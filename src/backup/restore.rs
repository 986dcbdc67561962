//! Puts a backup in place of a data directory's data. A cut at any moment leaves the old data or the new, and the next start goes on.
//!
//! | directory | content |
//! |---|---|
//! | [`OPENED`] | an opened backup, checked; removed at the next start unless it is confirmed |
//! | [`CONFIRMED`] | the same, confirmed: the old data moves to `before` in it, file by file |
//! | `restored` | the old data has moved: the new data moves out of it, file by file |
//! | [`BEFORE_RESTORE`] | the data before the restoration, until the next restoration or wipe |
//!
//! The steps between them are renames.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, BufRead},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use super::{
    BackupError,
    archive::{self, BOX_SETTINGS, PASSWORD, SETTINGS},
    give,
    machine::{self, Machine},
};
use crate::{
    room::Preview,
    store::{self, BEFORE_RESTORE, CONFIRMED, HANDOVER, OPENED, check_copy, compare, erase},
};

/// Directory from which the new data is moved into place; see the table of this module.
const RESTORED: &str = "restored";
/// Directory with the old data, on its way to [`BEFORE_RESTORE`].
const BEFORE: &str = "before";
/// Files that a restoration replaces, including the database's side files.
const FILES: [&str; 6] = [
    "chatterbox.db-wal",
    "chatterbox.db-shm",
    "chatterbox.db",
    "secret",
    "organizer",
    machine::FILE,
];
/// Name of a restored configuration file in the data directory.
pub const RESTORED_SETTINGS: &str = "restored-settings.toml";
/// Name of a box's restored settings file in the data directory; the box copies it to its boot partition.
pub const RESTORED_BOX: &str = "restored-chatterbox.toml";
/// Name of the restored file with the generated Wi-Fi password in the data directory.
pub const RESTORED_PASSWORD: &str = "restored-password";

/// Opens a backup beside the current data, at most `room` bytes. The data changes only after [`confirm`] and [`apply`].
///
/// # Errors
/// See [`BackupError`]; no files of the backup are left on the disk then.
pub fn open(data: &Path, from: impl BufRead, passphrase: &str, room: u64) -> Result<Preview, BackupError> {
    let opened = data.join(OPENED);
    erase(&opened)?;
    let preview = open_into(data, &opened, from, passphrase, room);
    if preview.is_err() {
        erase(&opened)?;
    }
    preview
}

fn open_into(
    data: &Path,
    opened: &Path,
    from: impl BufRead,
    passphrase: &str,
    room: u64,
) -> Result<Preview, BackupError> {
    DirBuilder::new().mode(0o700).create(opened)?;
    let manifest = archive::read(from, passphrase, opened, room)?;
    check_copy(opened)?;
    let compared = compare(data, opened)?;
    let own = Machine::load(data)?;
    own.restored(&manifest.machine).write(data, opened)?;
    for entry in fs::read_dir(opened)? {
        give(data, &entry?.path())?;
    }
    give(data, opened)?;
    File::open(opened.join("chatterbox.db"))?.sync_all()?;
    File::open(opened)?.sync_all()?;
    Ok(Preview {
        made: manifest.made,
        name: manifest.name,
        rooms: compared.rooms,
        messages: compared.messages,
        lost: compared.lost,
        hidden: compared.hidden,
        wiped_at: compared.wiped_at,
        foreign: own.mark != manifest.machine.mark,
    })
}

/// Marks the opened backup to be put in place at the next start.
///
/// # Errors
/// No backup is open, or the disk fails.
pub fn confirm(data: &Path) -> io::Result<()> {
    erase(&data.join(CONFIRMED))?;
    fs::rename(data.join(OPENED), data.join(CONFIRMED))?;
    File::open(data)?.sync_all()
}

/// Puts a confirmed backup in place, or continues an interrupted restoration. Removes the files of unconfirmed backups. Returns whether a
/// backup was put in place.
///
/// Must run before the server reads the directory.
///
/// # Errors
/// The disk fails after the old data was moved, or another process uses the directory. An earlier failure is only logged: the old data
/// stays in place, and the next start tries again.
pub fn apply(data: &Path) -> io::Result<bool> {
    if ![OPENED, CONFIRMED, RESTORED, HANDOVER]
        .iter()
        .any(|name| data.join(name).exists())
    {
        return Ok(false);
    }
    let _lock = store::lock(data)?;
    erase(&data.join(OPENED))?;
    erase(&data.join(HANDOVER))?;
    let confirmed = data.join(CONFIRMED);
    if confirmed.exists() {
        if let Err(error) = set_aside(data, &confirmed) {
            put_back(data, &confirmed)?;
            tracing::error!(%error, "backup: the confirmed backup can't be put in place; the previous data stays, and the next start tries again");
            return Ok(false);
        }
        step();
        fs::rename(&confirmed, data.join(RESTORED))?;
        File::open(data)?.sync_all()?;
    }
    match data.join(RESTORED).exists() {
        true => put_in_place(data, &data.join(RESTORED)).map(|()| true),
        false => Ok(false),
    }
}

/// Moves the old data out of the data directory.
fn set_aside(data: &Path, confirmed: &Path) -> io::Result<()> {
    let before = confirmed.join(BEFORE);
    if !before.exists() {
        DirBuilder::new().mode(0o700).create(&before)?;
        give(data, &before)?;
    }
    for name in FILES {
        rename_if_there(&data.join(name), &before.join(name))?;
    }
    File::open(&before)?.sync_all()?;
    File::open(data)?.sync_all()
}

/// Moves the old data back into the data directory.
fn put_back(data: &Path, confirmed: &Path) -> io::Result<()> {
    let moved = FILES
        .iter()
        .filter(|name| !data.join(name).exists())
        .try_for_each(|name| rename_if_there(&confirmed.join(BEFORE).join(name), &data.join(name)));
    moved.and_then(|()| File::open(data)?.sync_all())
}

/// Moves the new data into the data directory, then the rest of the restoration.
fn put_in_place(data: &Path, restored: &Path) -> io::Result<()> {
    let settings = [
        (SETTINGS, RESTORED_SETTINGS),
        (PASSWORD, RESTORED_PASSWORD),
        (BOX_SETTINGS, RESTORED_BOX),
    ];
    for (from, to) in FILES.map(|name| (name, name)).into_iter().chain(settings) {
        rename_if_there(&restored.join(from), &data.join(to))?;
    }
    File::open(data)?.sync_all()?;
    let before = restored.join(BEFORE);
    step();
    if before.exists() {
        erase(&data.join(BEFORE_RESTORE))?;
        step();
        fs::rename(&before, data.join(BEFORE_RESTORE))?;
    }
    machine::note_twin(data, false)?;
    step();
    erase(restored)?;
    File::open(data)?.sync_all()
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    step();
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A point at which a test can simulate a power cut.
fn step() {
    #[cfg(test)]
    tests::step();
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
