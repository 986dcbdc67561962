//! Work on the card, by a thread of the runtime's pool: a card that fails takes its time, and the worker must not wait for it.

use std::io;

use tokio::task::{JoinError, spawn_blocking};

use crate::{
    limits,
    room::{Code, Refusal, Reply},
};

/// Runs work that blocks.
///
/// # Errors
/// The work's own, or `busy` if its thread panicked.
pub async fn run(work: impl FnOnce() -> Result<Reply, Refusal> + Send + 'static) -> Result<Reply, Refusal> {
    answered(spawn_blocking(move || Ok(work())).await)?
}

/// The answer of a service of the box.
///
/// # Errors
/// `busy`: the service can't be reached or gave no answer.
pub fn answered<T>(answer: Result<io::Result<T>, JoinError>) -> Result<T, Refusal> {
    let answer = answer.map_err(io::Error::other).flatten();
    answer.map_err(|error| busy(format!("the box does not answer: {error}")))
}

/// The refusal of a job that may be tried again soon.
pub fn busy(message: impl Into<String>) -> Refusal {
    Refusal::retry(Code::Busy, message, limits::BUSY_RETRY_MS)
}
