//! Permissions of the database and of SQLite's files beside it: readable by the owner alone.

use std::{
    fs::{self, OpenOptions, Permissions},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Name of the database in the data directory.
pub(super) const FILE: &str = "chatterbox.db";
/// Suffixes of the files that SQLite keeps beside it.
pub(super) const SIDE_FILES: &[&str] = &["-wal", "-shm"];
/// Permission bits of all other users.
const OTHERS: u32 = 0o077;

/// Creates the file if needed and removes the permissions of other users. SQLite gives its side files the same mode. Errors of the disk
/// surface when the file is opened.
pub(super) fn keep_private(dir: &Path) {
    let file = dir.join(FILE);
    // An empty file is a new database.
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    for side in SIDE_FILES.iter().chain(&[""]) {
        let path = dir.join(format!("{FILE}{side}"));
        if fs::metadata(&path).is_ok_and(|meta| meta.mode() & OTHERS != 0)
            && let Err(error) = fs::set_permissions(&path, Permissions::from_mode(0o600))
        {
            tracing::warn!(%error, "{} can be read by others", path.display());
        }
    }
}
