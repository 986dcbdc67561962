//! What an order asks of somebody else than the rooms.

/// Who answers an order about which the rooms know nothing: whoever runs the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Says what is wrong: [`super::Order::Doctor`].
    Doctor,
}
