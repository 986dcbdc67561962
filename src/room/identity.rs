//! The identity of a connecting client, as a transport has checked it: user, device and role. Plain data; nothing grows.

use super::{UserId, UserName};

/// The identity of a client, as the transport checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// User id from a verified token, or a new one.
    pub user: UserId,
    /// The name that the client sent. Otherwise the hub uses the known name, or derives one from the id. It may append a number.
    pub name: Option<UserName>,
    /// Digest of the address of the client's device.
    pub address: AddressTag,
    /// Whether all clients without a token at that address share this identity.
    pub shared: bool,
    /// Number of the seat (personal entry code) whose code the client sent; `None` without a valid code.
    pub seat: Option<u32>,
    /// Whether the client asks for a reserved connection slot, in order to prove that it is an operator.
    pub operates: bool,
}

impl Identity {
    /// The identity of `user` without a name or a seat code. Its device is derived from the user's id, so no two users share limits.
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

/// A keyed digest of a device's address (a phone's MAC address, otherwise its IP address). It is stable for one server key and not reversible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressTag(pub u64);
