//! The rules of rooms, people and messages, without sockets, clocks and tasks. Time and identities are arguments; every table has its bound
//! in `limits`.

mod admin_command;
mod admin_view;
mod board;
mod body;
mod bucket;
mod command;
mod cursor;
mod dedup;
mod entry;
mod handover;
mod host_job;
mod hub;
mod identity;
mod ids;
mod input;
mod links;
mod log;
pub(crate) mod names;
mod operator;
mod output;
mod persist;
mod person;
mod refusal;
mod reply;
pub(crate) mod roles;
mod settings;
mod tally;
mod words;

pub use admin_command::AdminCommand;
pub use admin_view::{Audited, HeldItem, IssuedCode, PeopleFilter, PersonRecord, PersonState};
pub use board::{Announced, Board, NewPoll, Pin, Poll, PollOnBoard, PollTally, QuestionOnBoard, QuestionTally, Score};
pub use body::{Body, Control, Effect, Hide, Measure, Reference, Said};
pub use bucket::{Bucket, Rate};
pub use command::{Audience, Command, Resume, Say, Scope};
pub use cursor::{Cursor, Gap, Next};
pub use dedup::Accepted;
pub use entry::{Entry, Logged, escaped_len};
pub use handover::{BackupFault, BackupFile, Handover, HandoverState, Machine, Passphrase, Preview, RefusedBackup};
pub use host_job::{HostJob, Progress, Stage, UpdateFile};
pub use hub::{Due, Hub, HubConfig};
pub use identity::{AddressTag, Identity};
pub use ids::{BadName, ConnId, Epoch, MsgId, RoomId, RoomName, Seq, Token, UserId, UserName};
pub use input::{Input, Now};
pub use log::Log;
#[cfg(test)]
pub(crate) use log::tests::Item;
pub use operator::{Operator, OperatorId, OperatorRole, SignedCommand};
pub use output::{Direct, Latest, Output, PageRequest, PinRequest, Remains, Welcome};
pub use persist::{EpochHistory, Key, ParkedRoom, Restored, RestoredRoom, StoredPerson, StoredRoom, StoredValue};
pub use person::{Person, Role};
pub use refusal::{CloseReason, Code, Refusal};
pub use reply::{Confirms, Reply, ReplyTo, RoomInfo};
pub use settings::{Settings, SettingsChange, WallMode, WordMode};
pub use words::{BadWord, Found, Prepared, WordList, Words};
