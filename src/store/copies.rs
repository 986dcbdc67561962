//! Erases the copies of the database in the data directory (the data from before a restoration, backups being made or opened), for a wipe.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// Directory with the data from before the last restoration.
pub const BEFORE_RESTORE: &str = "before-restore";
/// Directory with a backup that is being made or downloaded.
pub const HANDOVER: &str = "handover";
/// Directory with an opened backup that waits for confirmation.
pub const OPENED: &str = "restoring.part";
/// Directory with a confirmed backup, which the next start puts in place.
pub const CONFIRMED: &str = "restoring";

/// Number of bytes that one write overwrites.
const PIECE: usize = 64 * 1024;

/// Erases all copies of the messages in a data directory.
///
/// # Errors
/// The disk can't be written.
pub fn erase_copies(dir: &Path) -> io::Result<()> {
    [BEFORE_RESTORE, HANDOVER, OPENED, CONFIRMED]
        .iter()
        .try_for_each(|name| erase(&dir.join(name)))
}

/// Overwrites a file, or all files in a directory, with zeros, and removes them. Encrypted files (`.age`) are only removed. A missing path
/// is not an error.
///
/// # Errors
/// The disk can't be written.
pub fn erase(path: &Path) -> io::Result<()> {
    let meta = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        meta => meta?,
    };
    if meta.is_dir() {
        for entry in fs::read_dir(path)? {
            erase(&entry?.path())?;
        }
        return fs::remove_dir(path);
    }
    if meta.is_file() && path.extension().is_none_or(|kind| kind != "age") {
        overwrite(&mut OpenOptions::new().write(true).open(path)?, meta.len())?;
    }
    fs::remove_file(path)
}

fn overwrite(file: &mut File, mut left: u64) -> io::Result<()> {
    let zeros = [0; PIECE];
    while left > 0 {
        let piece = left.min(PIECE as u64);
        file.write_all(&zeros[..usize::try_from(piece).unwrap_or(PIECE)])?;
        left -= piece;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::appliance::scratch::Scratch;

    #[test]
    fn erased_files_are_overwritten_and_gone() {
        let scratch = Scratch::new("erase");
        let dir = scratch.path();
        let elsewhere = dir.join("elsewhere");
        fs::write(&elsewhere, "stays").unwrap();
        let copy = dir.join(BEFORE_RESTORE);
        fs::create_dir_all(copy.join("deeper")).unwrap();
        fs::write(copy.join("deeper/chatterbox.db"), vec![7; 3 * PIECE + 5]).unwrap();
        // A second name shows what became of the file's content.
        fs::hard_link(copy.join("deeper/chatterbox.db"), dir.join("second")).unwrap();
        symlink(&elsewhere, copy.join("link")).unwrap();
        erase_copies(dir).unwrap();
        assert!(!copy.exists());
        assert_eq!(fs::read(dir.join("second")).unwrap(), vec![0; 3 * PIECE + 5]);
        assert_eq!(
            fs::read_to_string(&elsewhere).unwrap(),
            "stays",
            "a link is not followed"
        );
        erase_copies(dir).unwrap();
    }
}
