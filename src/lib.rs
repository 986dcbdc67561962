//! Chatterbox: live rooms for the phones in the room.

pub mod limits;
pub mod room;
