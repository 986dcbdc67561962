//! All limits, each with its reason. Fixed limits are constants; configurable ones are in [`Limits`].

mod backup;
mod board;
mod desk;
mod device;
mod fixed;
mod memory;
mod or_off;
mod settings;
mod store;
mod tls;
mod values;
mod webhook;

pub use backup::*;
pub use board::*;
pub use desk::*;
pub use device::*;
pub use fixed::*;
pub use memory::*;
pub use settings::Limits;
pub use store::*;
pub use tls::*;
pub use values::*;
pub use webhook::*;

const _: () = assert!(LAST_PACKETS as usize + (EMIT_WINDOW as usize) < SESSION_PACKETS);
const _: () = assert!(GATE_LOW < GATE_HIGH && QUEUE_LOW < QUEUE_HIGH);
/// The answers to commands that were read before reading stopped must fit into the queue: commands in flight, queued answers, and those
/// still in the read buffer (an event takes at least 14 bytes).
const _: () = assert!(QUEUE_HIGH + GATE_HIGH as usize + WS_READ_BUFFER / 14 < LANE_FRAMES);
/// Empty texts reach the limit of a log's entries before that of its bytes.
const _: () = assert!(RING_BYTES / ENTRY_FIXED_BYTES >= RING_ENTRIES);
/// Every message that is still in the log, and so may be sent again, is still known by its id.
const _: () = assert!(DEDUP_IDS >= RING_ENTRIES);
const _: () = assert!(HISTORY_ENTRIES <= RING_ENTRIES && CONTROL_ENTRIES <= RING_ENTRIES);
const _: () = assert!(SEATS as usize <= ACCESS_RECORDS);
const _: () = assert!(BOX_WEBHOOKS * BOX_ROOMS.div_ceil(WEBHOOK_ROOMS) <= WEBHOOKS);
const _: () = assert!(WELCOME_ROOMS <= ROOMS && USER_CONNECTIONS <= CONNECTIONS && CONNECTIONS < USERS);
const _: () = assert!(INBOX_BATCH <= INBOX && COMMAND_BATCH <= COMMANDS);
