//! What is wrong. On a box the doctor says it, who sees more than the server may (systemd/box-doctor@.service).

use std::{path::PathBuf, time::Duration};

use tokio::task::spawn_blocking;

use super::answered;
use crate::{
    doctor, limits,
    room::{Refusal, Reply},
};

/// The answer to the order. Files are read by another thread: a card that fails takes its time.
pub async fn findings(box_dir: Option<PathBuf>, data: Option<PathBuf>, durable: bool) -> Result<Reply, Refusal> {
    let patience = Duration::from_millis(limits::DOCTOR_MS);
    let examined = spawn_blocking(move || match box_dir {
        Some(dir) => doctor::consult(&dir.join(doctor::SOCKET), patience),
        None => Ok(doctor::examine_computer(data.as_deref(), durable)),
    });
    let findings = answered(examined.await)?;
    Ok(Reply::Findings { findings })
}
