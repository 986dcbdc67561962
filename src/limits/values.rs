//! Limits of the values that programs share in a room.

/// Number of shared values in a room.
pub const VALUES: usize = 64;
/// Number of those that one device may make. Operators and staff may make all.
pub const DEVICE_VALUES: usize = 16;
/// Maximum length of a value as JSON, in bytes.
pub const VALUE_BYTES: usize = 1024;
/// Maximum length of a value's key, in characters.
pub const VALUE_KEY_CHARS: usize = 40;
