//! HTTP routes for rooms, admin commands, joining, updates and status, and the checks in front of all routes.

pub mod admin;
pub mod backups;
pub mod cors;
pub mod front;
pub mod join;
pub mod rooms;
pub mod status;
pub mod upload;
