//! Socket.IO: the library does handshakes, heartbeats and packets; events go to the inbox in the order of their arrival, and
//! everything that the hub says goes out through the fan-out.

mod emit;
mod events;
mod joining;
mod session;
mod setup;

pub use emit::{emit, handover};
pub use events::register;
pub use joining::{Handle, Joining, RawEvent, connected, join};
pub use session::{Session, Sessions};
pub use setup::{StackConfig, build};
