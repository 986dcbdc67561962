//! Bounds of backups.

/// Work of a backup's passphrase, as scrypt's power of two: 64 MiB of memory and up to a second on a Pi 3, for each guess of an attacker.
pub const BACKUP_WORK: u8 = 16;
/// The same at most of a file that is opened: a box with 512 MB has no memory for more.
pub const BACKUP_WORK_MOST: u8 = 16;
/// Least and most bytes of a passphrase. The file crosses an open Wi-Fi, where every device can copy it and guess.
pub const PASSPHRASE_LEAST_BYTES: usize = 12;
/// See [`PASSPHRASE_LEAST_BYTES`].
pub const PASSPHRASE_BYTES: usize = 128;
/// A backup's list of contents, in bytes.
pub const BACKUP_MANIFEST_BYTES: u64 = 4096;
/// Settings in a backup, in bytes.
pub const BACKUP_SETTINGS_BYTES: u64 = 256 * 1024;
/// Backup files, in bytes: the usual bound of stored messages ([`super::Limits::store_mib`]), without any compression.
pub const BACKUP_BYTES: u64 = 300 * 1024 * 1024;
/// One piece of a backup that is downloaded, in bytes.
pub const BACKUP_PIECE_BYTES: usize = 64 * 1024;
