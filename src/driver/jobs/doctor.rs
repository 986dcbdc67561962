//! Fetches the doctor's findings (problems of the box) and the log for the organizer's page, within `limits::DOCTOR_MS`. On a box, services
//! with more rights than the server provide them (`systemd/box-doctor@.service`).

use std::{path::PathBuf, time::Duration};

use tokio::task::spawn_blocking;

use super::blocking::answered;
use crate::{
    appliance::{doctor, journal, stick::Outcome},
    certificate::Files,
    limits,
    room::{Code, Refusal, Reply},
};

/// Asks the doctor service of a box, or checks this computer if `box_dir` is `None`. Waits at most [`limits::DOCTOR_MS`] for the service.
///
/// # Errors
/// `busy`: the doctor service does not answer.
pub async fn findings(
    box_dir: Option<PathBuf>,
    data: Option<PathBuf>,
    durable: bool,
    certificate: Option<Files>,
) -> Result<Reply, Refusal> {
    let patience = Duration::from_millis(limits::DOCTOR_MS);
    let examined = spawn_blocking(move || match box_dir {
        Some(dir) => {
            let saved = Outcome::read(&dir).is_some_and(|(outcome, _)| outcome == Outcome::Saved);
            doctor::consult(&dir.join(doctor::SOCKET), patience).map(|findings| (findings, saved))
        }
        None => Ok((
            doctor::examine_computer(data.as_deref(), durable, certificate.as_ref()),
            false,
        )),
    });
    let (findings, saved) = answered(examined.await)?;
    Ok(Reply::Findings { findings, saved })
}

/// Asks the box's service for the log, with `wifi_password` masked. Waits at most [`limits::DOCTOR_MS`].
///
/// # Errors
/// `not_allowed`: this computer is not a box. `busy`: the service does not answer.
pub async fn log(box_dir: Option<PathBuf>, wifi_password: Option<String>) -> Result<Reply, Refusal> {
    let none = || Refusal::new(Code::NotAllowed, "this is no box: its log is where its system keeps it");
    let socket = box_dir.ok_or_else(none)?.join(journal::SOCKET);
    let patience = Duration::from_millis(limits::DOCTOR_MS);
    let read = spawn_blocking(move || {
        let secrets: Vec<_> = wifi_password.iter().map(String::as_str).collect();
        journal::read(&socket, patience, &secrets)
    });
    let log = answered(read.await)?;
    Ok(Reply::Log { log })
}
