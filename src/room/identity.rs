//! Identities of clients, as the transports have checked them.

use serde::Serialize;

use super::{UserId, UserName};

/// The transport of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// Socket.IO on any of its transports.
    SocketIo,
    /// Plain WebSocket.
    WebSocket,
    /// Server-sent events.
    Sse,
    /// A polling lease. It ends unless it is renewed within [`crate::limits::Limits::poll_lease_ms`].
    Poll,
}

/// The identity of a client, as the transport checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// From a verified token, or new.
    pub user: UserId,
    /// The name that the client sent; without one the hub uses the known name, or derives one from the id. Either may get a number.
    pub name: Option<UserName>,
    /// The device of the client.
    pub address: AddressTag,
    /// The identity is shared by all clients without a token at that address.
    pub shared: bool,
    /// The seat whose code the client sent.
    pub seat: Option<u32>,
    /// The client asks for a reserved place, to prove there that it is an operator.
    pub operates: bool,
}

impl Identity {
    /// A user alone on a device, without a name or a seat.
    pub fn new(user: UserId) -> Self {
        Self {
            user,
            name: None,
            address: AddressTag(user.0),
            shared: false,
            seat: None,
            operates: false,
        }
    }
}

/// A keyed digest of a device's address (a phone's MAC, else its IP address). It stays the same while the server's key does, and
/// reveals nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressTag(pub u64);
