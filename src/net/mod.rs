//! The only I/O: sockets, transports, identities.

pub mod identity;
