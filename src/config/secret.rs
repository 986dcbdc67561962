//! The server's keys. They are created at the first start and stored in the data directory, so identities and the organizer's code survive a restart.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
    path::Path,
};

/// File with the key that signs identities: 256 random bits, the length of an HMAC-SHA-256 (RFC 2104, section 3).
const IDENTITY: &str = "secret";
/// File with the organizer's key: 128 bits, so that its code stays short.
const ORGANIZER: &str = "organizer";

/// The server's secret keys: one signs identities; the other, which the organizer also has, signs admin commands.
#[derive(Clone, Copy)]
pub struct Keys {
    /// Key that signs the identity tokens of users.
    pub identity: [u8; 32],
    /// The organizer's key, which signs admin commands.
    pub organizer: [u8; 16],
}

impl Keys {
    /// Loads the keys of a data directory, and creates missing ones.
    ///
    /// Without a directory, or if the disk fails, the keys are temporary. A damaged or unreadable file is quarantined and replaced; the log and
    /// the doctor report it.
    ///
    /// # Errors
    /// A file can't be created for a reason other than a failing disk; the message names it.
    pub fn load(data: Option<&Path>) -> io::Result<Self> {
        Ok(Self {
            identity: load(data, IDENTITY)?,
            organizer: load(data, ORGANIZER)?,
        })
    }

    /// Loads the keys for printing codes, and creates missing ones. A damaged file is an error here; only the server quarantines it.
    ///
    /// # Errors
    /// The directory or a file can't be created or read, or a file is not a key; the message names it.
    pub fn printed(data: &Path) -> io::Result<Self> {
        Ok(Self {
            identity: read_or_make(data, IDENTITY)?,
            organizer: read_or_make(data, ORGANIZER)?,
        })
    }

    /// Loads the organizer's key that the server created.
    ///
    /// # Errors
    /// The file is missing, unreadable or not a key; the message names it.
    pub fn organizer_of(data: &Path) -> io::Result<[u8; 16]> {
        let path = data.join(ORGANIZER);
        read(&path).map_err(|error| named(&path, &error))
    }

    /// Replaces the organizer's key. From the server's next start on, all codes derived from the old key are invalid.
    ///
    /// # Errors
    /// The file can't be created; the message names it.
    pub fn reset_organizer(data: &Path) -> io::Result<()> {
        let path = data.join(ORGANIZER);
        let made = make::<16>(data, &path).map(drop);
        made.map_err(|error| named(&path, &error))
    }
}

fn load<const N: usize>(data: Option<&Path>, file: &str) -> io::Result<[u8; N]> {
    let Some(dir) = data else {
        return fresh();
    };
    let path = dir.join(file);
    let key = match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(dir, &path),
        Err(error) if is_passing(&error) => Err(error),
        Err(error) => anew(dir, file, &error),
        Ok(key) => Ok(key),
    };
    match key {
        // A failing disk does not keep the server from starting.
        Err(error) if is_disk(&error) => {
            tracing::error!(
                "keys: {}: the key can't be stored, so a temporary one is used; the next restart makes its codes and identities invalid. Repair the disk and restart",
                named(&path, &error)
            );
            fresh()
        }
        key => key.map_err(|error| named(&path, &error)),
    }
}

fn read_or_make<const N: usize>(dir: &Path, file: &str) -> io::Result<[u8; N]> {
    let path = dir.join(file);
    let key = match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(dir, &path),
        key => key,
    };
    key.map_err(|error| named(&path, &error))
}

/// Quarantines a damaged key file, and creates a new key.
fn anew<const N: usize>(dir: &Path, file: &str, why: &io::Error) -> io::Result<[u8; N]> {
    let lost = match file {
        ORGANIZER => "codes that were printed or given out are invalid, print them again",
        _ => "all users get new identities",
    };
    let path = dir.join(file);
    match quarantine(dir, file) {
        Ok(name) => {
            tracing::error!(
                "keys: {}: the file can't be used, so it was renamed to {name} and replaced by a new key; {lost}",
                named(&path, why)
            );
            make(dir, &path)
        }
        Err(error) => {
            tracing::error!(%error, "keys: {}: the file can be neither used nor renamed, so a temporary key is used; {lost}. Remove the file by hand and restart", named(&path, why));
            fresh()
        }
    }
}

/// Renames a damaged file; returns the new name.
fn quarantine(dir: &Path, file: &str) -> io::Result<String> {
    let name = |number: u32| format!("{file}.corrupt-{number}");
    let number = (1..)
        .find(|&number| fs::symlink_metadata(dir.join(name(number))).is_err())
        .unwrap_or(u32::MAX);
    fs::rename(dir.join(file), dir.join(name(number)))?;
    Ok(name(number))
}

/// Whether an error is temporary: the process or the machine lacks memory or file descriptors.
fn is_passing(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let short = [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::INTR];
    Errno::from_io_error(error).is_some_and(|error| short.contains(&error))
}

fn is_disk(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(
        error.kind(),
        PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull
    )
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn fresh<const N: usize>() -> io::Result<[u8; N]> {
    let mut key = [0; N];
    getrandom::fill(&mut key)?;
    Ok(key)
}

fn read<const N: usize>(path: &Path) -> io::Result<[u8; N]> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_file() && meta.mode() & 0o077 != 0 {
        // A copy may be readable for all. Only the owner can change that.
        let _ = file.set_permissions(Permissions::from_mode(0o600));
    }
    // One byte more, to detect a longer file.
    file.take(N as u64 + 1).read_to_end(&mut bytes)?;
    let key = bytes.try_into().ok();
    // File systems leave zeros where a power cut lost data.
    key.filter(|key| *key != [0; N])
        .ok_or_else(|| io::Error::other(format!("is damaged: it is no key of {N} bytes")))
}

/// Writes a key to a temporary file and renames it, so that a power cut leaves a whole key or none. The file gets the owner of the
/// directory, the server's user, even if root creates it.
fn make<const N: usize>(dir: &Path, path: &Path) -> io::Result<[u8; N]> {
    fs::DirBuilder::new().recursive(true).mode(0o750).create(dir)?;
    let key = fresh()?;
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(&key)?;
    let (owner, own) = (fs::metadata(dir)?, file.metadata()?);
    if owner.uid() != own.uid() {
        // Fails for users other than root and in some file systems; the key then keeps its owner.
        let _ = fchown(&file, Some(owner.uid()), Some(owner.gid()));
    }
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(dir)?.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::chown;

    use super::*;
    use crate::appliance::scratch::Scratch;

    #[test]
    fn keys_are_created_once_and_readable_by_their_owner_only() {
        let dir = std::env::temp_dir().join(format!("chatterbox-secret-{}", std::process::id()));
        let keys = Keys::load(Some(&dir)).unwrap();
        let again = Keys::load(Some(&dir)).unwrap();
        assert_eq!((keys.identity, keys.organizer), (again.identity, again.organizer));
        for file in [IDENTITY, ORGANIZER] {
            let mode = fs::metadata(dir.join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
        Keys::reset_organizer(&dir).unwrap();
        let reset = Keys::load(Some(&dir)).unwrap();
        assert_eq!(reset.identity, keys.identity);
        assert_ne!(reset.organizer, keys.organizer);
        fs::remove_dir_all(&dir).unwrap();
    }

    /// File contents that are not valid keys.
    const DAMAGED: [&[u8]; 4] = [b"", b"short", &[0; 16], &[7; 33]];

    #[test]
    fn a_damaged_key_is_quarantined_and_a_new_one_made() {
        let dir = Scratch::new("keys-damaged");
        let data = dir.path();
        let mut before = Keys::load(Some(data)).unwrap();
        for (number, bytes) in (1..).zip(DAMAGED) {
            for file in [IDENTITY, ORGANIZER] {
                fs::write(data.join(file), bytes).unwrap();
            }
            let error = Keys::printed(data).map(drop).unwrap_err().to_string();
            assert!(error.contains("is damaged"), "nothing is printed: {error}");
            assert!(!data.join(format!("{IDENTITY}.corrupt-{number}")).exists());

            let keys = Keys::load(Some(data)).unwrap();
            assert!(keys.identity != before.identity && keys.organizer != before.organizer);
            let again = Keys::printed(data).unwrap();
            assert_eq!(
                (keys.identity, keys.organizer),
                (again.identity, again.organizer),
                "it stays"
            );
            for file in [IDENTITY, ORGANIZER] {
                let aside = fs::read(data.join(format!("{file}.corrupt-{number}"))).unwrap();
                assert_eq!(aside, bytes, "{file}");
            }
            before = keys;
        }
    }

    #[test]
    fn an_unreadable_key_is_quarantined() {
        let dir = Scratch::new("keys-unreadable");
        let data = dir.path();
        fs::create_dir(data.join(ORGANIZER)).unwrap();
        let keys = Keys::load(Some(data)).unwrap();
        assert_eq!(Keys::organizer_of(data).unwrap(), keys.organizer);
        assert!(data.join("organizer.corrupt-1").is_dir());
    }

    #[test]
    fn a_key_that_others_can_read_is_made_private() {
        let dir = Scratch::new("keys-mode");
        let keys = Keys::load(Some(dir.path())).unwrap();
        let path = dir.path().join(ORGANIZER);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(Keys::load(Some(dir.path())).unwrap().organizer, keys.organizer);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_server_can_read_what_root_made() {
        let dir = std::env::temp_dir().join(format!("chatterbox-owner-{}", std::process::id()));
        Keys::load(Some(&dir)).unwrap();
        let servers = 61_234;
        if chown(&dir, Some(servers), Some(servers)).is_ok() {
            Keys::reset_organizer(&dir).unwrap();
            let made = fs::metadata(dir.join(ORGANIZER)).unwrap();
            assert_eq!((made.uid(), made.gid(), made.mode() & 0o777), (servers, servers, 0o600));
        }
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn the_organizers_key_is_read_and_never_made() {
        let dir = std::env::temp_dir().join(format!("chatterbox-read-{}", std::process::id()));
        let error = Keys::organizer_of(&dir).unwrap_err().to_string();
        assert!(error.contains("organizer") && !dir.exists(), "{error}");
        let keys = Keys::load(Some(&dir)).unwrap();
        assert_eq!(Keys::organizer_of(&dir).unwrap(), keys.organizer);
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn keys_without_a_directory_differ_between_runs() {
        let (one, other) = (Keys::load(None).unwrap(), Keys::load(None).unwrap());
        assert_ne!(one.identity, other.identity);
        assert_ne!(one.organizer, other.organizer);
    }
}
