//! HTTP routes for rooms, admin commands, joining, updates and status, and the checks before all routes. Each route bounds its body and time.

pub mod admin;
pub mod backups;
pub mod cors;
pub mod front;
pub mod join;
pub mod rooms;
pub mod status;
pub mod upload;
