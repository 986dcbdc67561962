//! The domain, pure: no sockets, no clocks, no tasks. Time and identities come in as arguments.

mod board;
mod bucket;
mod entry;
mod errand;
mod feed;
mod hub;
mod ids;
mod input;
mod keep;
mod links;
mod listed;
mod log;
mod order;
mod reason;
mod remembered;
mod settings;
mod tally;
mod words;

pub use board::{Announced, Board, Pin, Poll, PollOnBoard, PollTally, QuestionOnBoard, QuestionTally, Score};
pub use bucket::{Bucket, Rate};
pub use entry::{Body, Entry, Hide, Logged, Measure, Person, Role};
pub use errand::{Errand, Progress, Stage, UpdateFile};
pub use feed::{Feed, Gap, Next};
pub use hub::{Due, Hub, HubConfig};
pub use ids::{BadName, ConnId, Epoch, MsgId, RoomId, RoomName, Seq, Token, UserId, UserName};
pub use input::{
    AddressTag, Command, Direct, Identity, Input, Latest, Now, Older, Output, Reply, ReplyTo, Resume, RoomInfo, To,
    Via, Welcome,
};
pub use keep::{KeptPerson, KeptRoom, Key, Lives, Restored, RestoredRoom};
pub use listed::{Audited, HeldItem, IssuedCode};
pub use log::Log;
#[cfg(test)]
pub(crate) use log::tests::Item;
pub use order::{NewPoll, Officer, OfficerId, OfficerRole, Order, Signed};
pub use reason::{CloseReason, Code, Refusal};
pub use remembered::Accepted;
pub use settings::{Settings, SettingsChange, WordMode};
pub use words::{BadWord, Words};
