//! Chatterbox: live rooms for the phones in the room.

pub mod announce;
pub mod config;
pub mod limits;
pub mod listener;
pub mod logging;
pub mod net;
pub mod page;
pub mod room;
