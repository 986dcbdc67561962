//! The server's keys: made at the first start and kept in the data directory, so that people are the same people, and the
//! organizer's code is good, after a restart.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown},
    path::Path,
};

/// Signs identities: a full block of randomness for HMAC-SHA-256 (RFC 2104, section 3).
const IDENTITY: &str = "secret";
/// The organizer's: 128 bits, so that its code stays small.
const ORGANIZER: &str = "organizer";

/// What only this server and, of the second one, its organizer know.
#[derive(Clone, Copy)]
pub struct Keys {
    /// Signs identities.
    pub identity: [u8; 32],
    /// Proves orders.
    pub organizer: [u8; 16],
}

impl Keys {
    /// The keys of a data directory, made if they are not there, or some for this run alone.
    ///
    /// # Errors
    /// The directory or a file can't be made or read, or a file is not a key of ours; the message names it.
    pub fn load(data: Option<&Path>) -> io::Result<Self> {
        Ok(Self {
            identity: load(data, IDENTITY)?,
            organizer: load(data, ORGANIZER)?,
        })
    }

    /// The organizer's key of a data directory, which the server has made.
    ///
    /// # Errors
    /// It is not there or can't be read, or is not a key of ours; the message names it.
    pub fn organizer_of(data: &Path) -> io::Result<[u8; 16]> {
        let path = data.join(ORGANIZER);
        read(&path).map_err(|error| named(&path, &error))
    }

    /// Makes a new organizer's key in a data directory: all codes that were given out are worthless from the next start on.
    ///
    /// # Errors
    /// The file can't be made; the message names it.
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
        other => other,
    };
    match key {
        // The disk's faults do not keep anybody from talking.
        Err(error) if is_disk(&error) => {
            tracing::error!("{}: this run has a key of its own", named(&path, &error));
            fresh()
        }
        key => key.map_err(|error| named(&path, &error)),
    }
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
    // One byte more, so that a longer file is seen as wrong.
    File::open(path)?.take(N as u64 + 1).read_to_end(&mut bytes)?;
    let wrong = || io::Error::other(format!("is no key of {N} bytes; delete it to begin anew"));
    bytes.try_into().map_err(|_| wrong())
}

/// Writes beside and renames, so that a power cut leaves a whole key or none. The directory's owner gets it: the server, whoever
/// makes the key.
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
        // Only root can, and not in every file system; others go without.
        let _ = fchown(&file, Some(owner.uid()), Some(owner.gid()));
    }
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(dir)?.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown};

    use super::*;

    #[test]
    fn are_made_once_and_for_their_owner_alone() {
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
        fs::write(dir.join(IDENTITY), b"short").unwrap();
        let error = Keys::load(Some(&dir)).map(drop).unwrap_err().to_string();
        assert!(error.contains("32 bytes"), "{error}");
        fs::remove_dir_all(&dir).unwrap();
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
    fn differ_from_run_to_run_without_a_directory() {
        let (one, other) = (Keys::load(None).unwrap(), Keys::load(None).unwrap());
        assert_ne!(one.identity, other.identity);
        assert_ne!(one.organizer, other.organizer);
    }
}
