//! Who is where: people, their devices and connections, and rooms with their members. `limits::USERS`, `limits::ROOMS` and the configured
//! `connections` bound these tables.

pub(super) mod charge;
pub(super) mod connect;
pub(super) mod devices;
pub(super) mod join;
pub(super) mod looks;
pub(super) mod opening;
pub(super) mod parked;
pub(super) mod people;
pub(super) mod queries;
pub(super) mod recover;
pub(super) mod room;
pub(super) mod rooms;
pub(super) mod shares;
pub(super) mod source;
