//! The doctor's findings. On a box a service with more rights than the server examines it (`systemd/box-doctor@.service`).

use std::{path::PathBuf, time::Duration};

use tokio::task::spawn_blocking;

use super::blocking::answered;
use crate::{
    appliance::doctor,
    limits,
    room::{Refusal, Reply},
};

/// Asks the box's doctor, or examines this computer if `box_dir` is none. Waits at most [`limits::DOCTOR_MS`] for the box.
///
/// # Errors
/// `busy`: the box's doctor does not answer.
pub async fn findings(box_dir: Option<PathBuf>, data: Option<PathBuf>, durable: bool) -> Result<Reply, Refusal> {
    let patience = Duration::from_millis(limits::DOCTOR_MS);
    let examined = spawn_blocking(move || match box_dir {
        Some(dir) => doctor::consult(&dir.join(doctor::SOCKET), patience),
        None => Ok(doctor::examine_computer(data.as_deref(), durable)),
    });
    let findings = answered(examined.await)?;
    Ok(Reply::Findings { findings })
}
