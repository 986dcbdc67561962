//! Makes the database and SQLite's side files readable for their owner only. Nothing grows.

use std::{
    fs::{self, OpenOptions, Permissions},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// File name of the database in the data directory.
pub(super) const FILE: &str = "chatterbox.db";
/// Suffixes of the side files that SQLite keeps beside the database.
pub(super) const SIDE_FILES: &[&str] = &["-wal", "-shm"];
/// Permission bits of everyone except the owner.
const OTHERS: u32 = 0o077;

/// Creates the file if needed and removes other users' permissions. SQLite gives its side files the same mode. Disk errors are ignored
/// here; opening the file reports them.
pub(super) fn keep_private(dir: &Path) {
    let file = dir.join(FILE);
    // An empty file is a new database.
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    for side in SIDE_FILES.iter().chain(&[""]) {
        let path = dir.join(format!("{FILE}{side}"));
        if fs::metadata(&path).is_ok_and(|meta| meta.mode() & OTHERS != 0)
            && let Err(error) = fs::set_permissions(&path, Permissions::from_mode(0o600))
        {
            tracing::warn!(%error, "store: other users of this computer can read {}, and its permissions can't be changed; run chmod 600 on it", path.display());
        }
    }
}
