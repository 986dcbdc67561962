//! Limits of backups: sizes of the file's parts, the passphrase, and the work of the key derivation.

/// Work factor of a backup's passphrase, as scrypt's power of two. Each guess costs 64 MiB of memory and up to a second on a Pi 3.
pub const BACKUP_WORK: u8 = 16;
/// Highest scrypt work factor of a backup that is opened, as a power of two. A box with 512 MB has no memory for more.
pub const BACKUP_WORK_MOST: u8 = 16;
/// Minimum length of a passphrase in bytes. The backup crosses an open Wi-Fi, where any device can copy it and try passphrases.
pub const PASSPHRASE_LEAST_BYTES: usize = 12;
/// Maximum length of a passphrase, in bytes.
pub const PASSPHRASE_BYTES: usize = 128;
/// Maximum size of a backup's manifest, in bytes.
pub const BACKUP_MANIFEST_BYTES: u64 = 4096;
/// Maximum size of a settings file in a backup, in bytes.
pub const BACKUP_SETTINGS_BYTES: u64 = 256 * 1024;
/// Maximum size of a backup file in bytes: the default limit of stored messages ([`super::Limits::store_mib`]), without compression.
pub const BACKUP_BYTES: u64 = 300 * 1024 * 1024;
/// Size of one piece of a backup's download, in bytes.
pub const BACKUP_PIECE_BYTES: usize = 64 * 1024;
