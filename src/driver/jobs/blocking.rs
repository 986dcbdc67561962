//! Runs blocking work of host jobs on a thread pool, because a failing SD card may block for long, and the worker must not wait. At most
//! `limits::HOST_JOBS` run at once.

use std::io;

use tokio::task::{JoinError, spawn_blocking};

use crate::{
    limits,
    room::{Code, Refusal, Reply},
};

/// Runs blocking work on the thread pool.
///
/// # Errors
/// The error of the work itself, or `busy` if its thread panicked.
pub async fn run(work: impl FnOnce() -> Result<Reply, Refusal> + Send + 'static) -> Result<Reply, Refusal> {
    answered(spawn_blocking(move || Ok(work())).await)?
}

/// The answer of a box's service to a host job, or the refusal if there is none.
///
/// # Errors
/// `busy`: the service can't be reached or did not answer.
pub fn answered<T>(answer: Result<io::Result<T>, JoinError>) -> Result<T, Refusal> {
    let answer = answer.map_err(io::Error::other).flatten();
    answer.map_err(|error| busy(format!("the box does not answer: {error}")))
}

/// A refusal with code `busy`, for a job that may be repeated soon.
pub fn busy(message: impl Into<String>) -> Refusal {
    Refusal::retry(Code::Busy, message, limits::BUSY_RETRY_MS)
}
