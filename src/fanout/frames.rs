//! The part of an entry that the fan-out needs: its number, and its bytes in each wire format. A handle to shared bytes; nothing grows.

use bytes::Bytes;

use crate::{
    room::Logged,
    wire::{Encoded, Format},
};

/// An entry that the fan-out sends. Its bytes are encoded once for each format, and shared by all members.
pub trait Frames: Logged + Send + Sync + 'static {
    /// The entry's bytes in one wire format; encoded at the first call for the format.
    fn bytes(&self, format: Format) -> &Bytes;
}

impl Frames for Encoded {
    fn bytes(&self, format: Format) -> &Bytes {
        self.bytes(format)
    }
}
