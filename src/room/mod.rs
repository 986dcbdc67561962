//! The domain, pure: no sockets, no clocks, no tasks. Time and identities come in as arguments.

mod entry;
mod ids;
mod input;
mod reason;

pub use entry::{Body, Entry, Logged, Person, Role};
pub use ids::{BadName, ConnId, Epoch, MsgId, RoomId, RoomName, Seq, Token, UserId, UserName};
pub use input::{
    Command, Direct, Identity, Input, Latest, Now, Output, Reply, ReplyTo, Resume, RoomInfo, To, Via, Welcome,
};
pub use reason::{CloseReason, Code, Refusal};
