//! Socket.IO: the library does handshakes, heartbeats and packets. Events go to the driver's inbox (`limits::INBOX`) in order; entries, answers and
//! direct messages go out through the fan-out.

mod events;
mod joining;
mod lost;
mod recovery;
mod session;
mod setup;
mod workarounds;

pub use events::register;
pub use joining::{Joining, connected, handover, join};
pub use session::{Session, Sessions};
pub use setup::{build, builder};
pub use workarounds::{Handle, RawEvent, emit};
