//! The content of a backup file: a list of contents, then the files, in a gzipped tar that is encrypted with a passphrase.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};

use super::{
    BackupError,
    age::{Decrypt, Encrypt},
    machine::Machine,
};
use crate::{limits, store};

/// Name of the manifest, which is the first file of a backup.
const MANIFEST: &str = "manifest.json";
/// Name of the database in a backup.
const DATABASE: &str = "chatterbox.db";
/// Key files: name in the data directory, and length in bytes.
const KEYS: [(&str, u64); 2] = [("secret", 32), ("organizer", 16)];
/// Name of the server's configuration file in a backup.
pub const SETTINGS: &str = "settings.toml";
/// Name of a box's settings file in a backup. A box ignores another computer's settings, and vice versa.
pub const BOX_SETTINGS: &str = "chatterbox.toml";
/// Name of the file with a box's generated Wi-Fi password in a backup.
pub const PASSWORD: &str = "password";
/// Version of the backup's content. Later versions may add files that this one ignores; a file that must not be ignored raises the version.
const FORMAT: u32 = 1;
/// Work factor of the passphrase; lower in tests, to save time.
const WORK: u8 = if cfg!(test) { 4 } else { limits::BACKUP_WORK };
/// Name of the temporary copy of the database.
const SNAPSHOT: &str = "snapshot.db";

/// The manifest of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// Version of the program that made the file.
    pub version: String,
    /// Time of the backup in milliseconds since 1970, by the box's clock.
    pub made: u64,
    /// Name of the event.
    pub name: String,
    /// The machine that made the file.
    pub machine: Machine,
}

/// Content of a backup that is not in the data directory.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// Name of the event.
    pub name: String,
    /// The server's configuration file; `None` if there is no file.
    pub settings: Option<Vec<u8>>,
    /// Content of a box's settings file; `None` on other computers.
    pub box_settings: Option<Vec<u8>>,
    /// The generated Wi-Fi password of a box.
    pub password: Option<String>,
}

/// Writes a backup of a data directory; a server may run meanwhile. `work` is a directory on the same disk for a copy of the database.
///
/// # Errors
/// A key or the database is missing or can't be read, or `out` can't be written.
pub fn write<W: Write>(
    data: &Path,
    extra: &Extra,
    made: u64,
    work: &Path,
    passphrase: &str,
    out: W,
) -> Result<W, BackupError> {
    let snapshot = work.join(SNAPSHOT);
    let written = write_with(data, extra, made, &snapshot, passphrase, out);
    store::erase(&snapshot)?;
    written
}

fn write_with<W: Write>(
    data: &Path,
    extra: &Extra,
    made: u64,
    snapshot: &Path,
    passphrase: &str,
    out: W,
) -> Result<W, BackupError> {
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made,
        name: extra.name.clone(),
        machine: Machine::load(data)?,
    };
    let keys = KEYS.map(|(name, bytes)| Ok((name, key(data, name, bytes)?)));
    let keys = keys.into_iter().collect::<Result<Vec<_>, BackupError>>()?;
    store::snapshot(data, snapshot)?;
    let encrypted = Encrypt::new(out, passphrase, WORK)?;
    let mut tar = tar::Builder::new(GzEncoder::new(encrypted, Compression::fast()));
    let manifest = serde_json::to_vec(&manifest).map_err(io::Error::other)?;
    add(&mut tar, MANIFEST, manifest.len() as u64, made, &manifest[..])?;
    for (name, key) in &keys {
        add(&mut tar, name, key.len() as u64, made, &key[..])?;
    }
    let password = extra.password.as_deref().map(str::as_bytes);
    let settings = [
        (SETTINGS, extra.settings.as_deref()),
        (BOX_SETTINGS, extra.box_settings.as_deref()),
        (PASSWORD, password),
    ];
    for (name, bytes) in settings {
        if let Some(bytes) = bytes {
            add(&mut tar, name, bytes.len() as u64, made, bytes)?;
        }
    }
    let database = File::open(snapshot)?;
    let bytes = database.metadata()?.len();
    add(&mut tar, DATABASE, bytes, made, database)?;
    let mut out = tar.into_inner()?.finish()?.finish()?;
    out.flush()?;
    Ok(out)
}

fn key(data: &Path, name: &str, bytes: u64) -> Result<Vec<u8>, BackupError> {
    let key = fs::read(data.join(name))?;
    match key.len() as u64 == bytes {
        true => Ok(key),
        false => Err(BackupError::Content(format!("the key {name} is damaged"))),
    }
}

fn add(tar: &mut tar::Builder<impl Write>, name: &str, bytes: u64, made: u64, content: impl Read) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(made / 1000);
    tar.append_data(&mut header, name, content)
}

/// Opens a backup and writes its files into the empty directory `into`, at most `room` bytes. Returns the manifest.
///
/// After an error the caller removes the files written so far.
///
/// # Errors
/// See [`BackupError`].
pub fn read(from: impl BufRead, passphrase: &str, into: &Path, room: u64) -> Result<Manifest, BackupError> {
    let mut tar = tar::Archive::new(GzDecoder::new(Decrypt::new(from, passphrase)?));
    let mut manifest = None;
    let mut there = BTreeSet::new();
    let mut room = room;
    for entry in tar.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        let size = entry.size();
        if manifest.is_none() {
            manifest = Some(listed(&name, entry)?);
            continue;
        }
        let Some(most) = most(&name, room) else { continue };
        if !entry.header().entry_type().is_file() || size > most {
            return Err(match name == DATABASE {
                true => io::Error::from(io::ErrorKind::StorageFull).into(),
                false => BackupError::Content(format!("{name} is no file of a backup")),
            });
        }
        room -= size.min(room);
        let path = into.join(&name);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        io::copy(&mut entry, &mut file)?;
        file.sync_all()?;
        there.insert(name);
    }
    // Only the last piece shows that nothing was cut.
    let mut rest = tar.into_inner();
    io::copy(&mut rest, &mut io::sink())?;
    io::copy(&mut rest.into_inner(), &mut io::sink())?;
    let manifest = manifest.ok_or_else(|| BackupError::Content("it is empty".to_owned()))?;
    for (name, bytes) in KEYS {
        if !there.contains(name) || key(into, name, bytes).is_err() {
            return Err(BackupError::Content(format!("the key {name} is missing")));
        }
    }
    match there.contains(DATABASE) {
        true => Ok(manifest),
        false => Err(BackupError::Content("the messages are missing".to_owned())),
    }
}

/// Maximum size of a file in a backup, in bytes; `None` for a file that a later version added.
fn most(name: &str, room: u64) -> Option<u64> {
    let key = KEYS.iter().find(|(key, _)| *key == name).map(|(_, bytes)| *bytes);
    match name {
        DATABASE => Some(room),
        SETTINGS | BOX_SETTINGS => Some(limits::BACKUP_SETTINGS_BYTES),
        PASSWORD => Some(limits::PASSPHRASE_BYTES as u64),
        _ => key,
    }
}

/// Reads the manifest.
fn listed(name: &str, entry: impl Read) -> Result<Manifest, BackupError> {
    #[derive(Deserialize)]
    struct Kind {
        format: u32,
        version: String,
    }
    let foreign = || BackupError::Content("it has no list of contents".to_owned());
    if name != MANIFEST {
        return Err(foreign());
    }
    let mut text = Vec::new();
    entry.take(limits::BACKUP_MANIFEST_BYTES).read_to_end(&mut text)?;
    // Other versions may have other fields.
    let kind: Kind = serde_json::from_slice(&text).map_err(|_| foreign())?;
    match kind.format {
        FORMAT => serde_json::from_slice(&text).map_err(|_| foreign()),
        _ => Err(BackupError::Newer(
            kind.version.chars().filter(|c| !c.is_control()).take(40).collect(),
        )),
    }
}
