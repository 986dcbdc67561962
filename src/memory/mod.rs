//! The memory budget: one total, in bytes, for everything that clients can make the server hold.
//!
//! [`Account`] counts the bytes. Tickets count the workers' share (entries with their encodings, frames for one connection, requests,
//! connections) and release the bytes when they are dropped, on whichever thread. The hub sums up its own state, and the driver writes the
//! sum into the account after each batch of inputs ([`Part::Rooms`]). Counting costs one atomic addition for each entry and format, none
//! for a delivery; there is no lock.
//!
//! The budget comes from `limits.memory_mib`, else from the machine ([`from_machine`]). The account approximates the allocator's usage: each
//! [`Ticket`] adds [`crate::limits::MEMORY_OVERHEAD`] for size classes and reference counts. The server's fixed part
//! ([`crate::limits::MEMORY_FIXED_BYTES`]: program, pages, SQLite's caches) is not part of the budget.
//!
//! # Overload, in the order of its steps
//!
//! 1. **Sessions that have joined nothing.** Polling sessions without a namespace get a sixteenth of the budget, then new ones are refused as `full`
//!    ([`crate::limits::HALF_OPEN_SHARE`]). They expire within `limits.connect_timeout_ms`.
//! 2. **Connections.** All connections and sessions together get half of the budget, then new ones are refused as `full`
//!    ([`crate::limits::CONNECTIONS_SHARE`]); one with TLS counts for three ([`crate::limits::TLS_BYTES`]). Existing ones stay, and the organizer's reserved places remain.
//! 3. **Requests.** Bodies and messages in transit get an eighth; the next one is refused as `busy`, or its connection closed with `unfinished`
//!    ([`crate::limits::REQUESTS_SHARE`]).
//! 4. **Slow readers.** The queue of one connection may take a sixteenth of the free budget, at most [`crate::limits::DIRECT_BYTES`]. Beyond,
//!    the connection is closed with `overflow` and may reconnect. The share shrinks as the budget fills, so that the queues of any number of
//!    slow readers stay within it.
//! 5. **Old entries.** From [`crate::limits::SHED_ABOVE`] of the budget on, the oldest entries of the largest logs are evicted, down to
//!    [`crate::limits::SHED_TO`]. Members who have not read them are told of a gap; stored entries stay readable from disk.
//! 6. **New messages.** The approval queue gets an eighth of the budget ([`crate::limits::APPROVAL_SHARE`]); further messages for it are refused
//!    as `busy`. If the whole budget is used up after all steps, messages, gifts, questions and private messages are refused as `busy`, too.

mod account;
mod machine;

pub use account::{Account, Part, Ticket};
pub use machine::{from_machine, of as of_process};

use crate::limits::Limits;

/// The budget in bytes: the configured one, otherwise derived from the machine.
pub fn budget(limits: &Limits) -> usize {
    match limits.memory_mib {
        0 => from_machine(),
        mib => usize::try_from(mib).unwrap_or(usize::MAX).saturating_mul(1024 * 1024),
    }
}
