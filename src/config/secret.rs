//! The key that signs identities: made at the first start, kept in the data directory, so that people are the same
//! people after a restart.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// The file's name in the data directory.
const FILE: &str = "secret";
/// The key's length, in bytes: a full block of randomness for HMAC-SHA-256 (RFC 2104, section 3).
const KEY_BYTES: usize = 32;

/// The key of a data directory, or one for this run alone.
///
/// # Errors
/// The directory or the file can't be made or read, or the file is not a key of ours; the message names it.
pub fn identity_key(data: Option<&Path>) -> io::Result<[u8; KEY_BYTES]> {
    let Some(dir) = data else {
        return fresh();
    };
    let path = dir.join(FILE);
    let key = match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(dir, &path),
        other => other,
    };
    key.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn fresh() -> io::Result<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key)?;
    Ok(key)
}

fn read(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let mut bytes = Vec::new();
    // One byte more, so that a longer file is seen as wrong.
    File::open(path)?.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let wrong = || io::Error::other(format!("is no key of {KEY_BYTES} bytes; delete it to begin anew"));
    bytes.try_into().map_err(|_| wrong())
}

/// Writes beside and renames, so that a power cut leaves a whole key or none.
fn make(dir: &Path, path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    fs::DirBuilder::new().recursive(true).mode(0o750).create(dir)?;
    let key = fresh()?;
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(dir)?.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn is_made_once_and_for_its_owner_alone() {
        let dir = std::env::temp_dir().join(format!("chatterbox-secret-{}", std::process::id()));
        let key = identity_key(Some(&dir)).unwrap();
        assert_eq!(identity_key(Some(&dir)).unwrap(), key);
        let path = dir.join(FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, b"short").unwrap();
        let error = identity_key(Some(&dir)).unwrap_err().to_string();
        assert!(error.contains("32 bytes"), "{error}");
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn differs_from_run_to_run_without_a_directory() {
        assert_ne!(identity_key(None).unwrap(), identity_key(None).unwrap());
    }
}
