//! Host jobs: admin commands that the computer answers and not a room (backups, updates, the doctor), and the preparation of long word
//! lists. Each job is a task beside the driver, and its answer comes back through the driver's inbox. At most [`limits::HOST_JOBS`] run at
//! once; more are refused as `busy`.

mod blocking;
mod doctor;
pub mod handover;
mod prepare;
mod report;
pub mod upload;

use std::{path::PathBuf, sync::Arc};

use tokio::{
    sync::{Mutex, Semaphore, mpsc},
    task::spawn_blocking,
};

use self::{blocking::busy, handover::Handovers, prepare::prepare, report::Report, upload::Uploads};
use crate::{
    certificate::Files,
    clock::Clock,
    config::Config,
    limits,
    room::{AddressTag, AdminCommand, HostJob, Input, Operator, Reply, ReplyTo, WordList},
    transport::message::Message,
};

const TOO_MANY: &str = "the box is busy with other requests; please try again";

/// Starts host jobs, and limits how many run at once.
pub struct HostJobs {
    inbox: mpsc::WeakSender<Message>,
    places: Arc<Semaphore>,
    /// Lock that prepares word lists one at a time, in the order of their commands.
    turn: Arc<Mutex<()>>,
    /// Directory with the sockets of the box's services; `None` on other computers.
    box_dir: Option<PathBuf>,
    data: Option<PathBuf>,
    /// The Wi-Fi password, which is masked in the log that the organizer gets.
    wifi_password: Option<String>,
    /// The configured certificate, for the doctor.
    certificate: Option<Files>,
    uploads: Arc<Uploads>,
    handovers: Arc<Handovers>,
    clock: Arc<Clock>,
}

impl HostJobs {
    /// Makes the starter of host jobs, whose answers go to the driver's `inbox`. Running jobs do not keep the inbox open.
    pub fn new(
        config: &Config,
        inbox: &mpsc::Sender<Message>,
        uploads: Arc<Uploads>,
        handovers: Arc<Handovers>,
        clock: Arc<Clock>,
    ) -> Self {
        Self {
            inbox: inbox.downgrade(),
            places: Arc::new(Semaphore::new(limits::HOST_JOBS)),
            turn: Arc::default(),
            box_dir: config.box_dir.clone(),
            data: config.data.clone(),
            wifi_password: config.wifi.as_ref().and_then(|wifi| wifi.password.clone()),
            certificate: config.tls.as_ref().map(|tls| tls.files.clone()),
            uploads,
            handovers,
            clock,
        }
    }

    /// Starts a job that the device `from` requested. `durable` tells the doctor whether commits reach the disk.
    pub fn run(&self, to: ReplyTo, from: AddressTag, job: HostJob, durable: bool) {
        let (inbox, place) = (self.inbox.clone(), self.places.clone().try_acquire_owned());
        let (box_dir, data, wifi_password) = (self.box_dir.clone(), self.data.clone(), self.wifi_password.clone());
        let (uploads, handovers, clock) = (self.uploads.clone(), self.handovers.clone(), self.clock.clone());
        let certificate = self.certificate.clone();
        tokio::spawn(async move {
            let reply = match (place, job) {
                (Err(_), _) => Err(busy(TOO_MANY)),
                (Ok(_place), HostJob::Doctor) => doctor::findings(box_dir, data, durable, certificate).await,
                (Ok(_place), HostJob::Time(at)) => {
                    blocking::run(move || {
                        Ok(Reply::Time {
                            used: clock.set_from_phone(at),
                        })
                    })
                    .await
                }
                (Ok(_place), HostJob::Update(file)) => blocking::run(move || uploads.announce(file, from)).await,
                (Ok(_place), HostJob::Updating) => blocking::run(move || uploads.progress()).await,
                (Ok(_place), HostJob::Backup(passphrase, by)) => {
                    let (handovers, report) = (handovers.clone(), Report::new(inbox.clone(), by, "backup"));
                    blocking::run(move || handovers.make(passphrase, from, report)).await
                }
                (Ok(_place), HostJob::Restore(file, passphrase, by)) => {
                    let (handovers, report) = (handovers.clone(), Report::new(inbox.clone(), by, "restore"));
                    blocking::run(move || handovers.announce(file, passphrase, from, report)).await
                }
                (Ok(_place), HostJob::Reset) => {
                    let handovers = handovers.clone();
                    blocking::run(move || handovers.reset()).await
                }
                (Ok(_place), HostJob::Log) => doctor::log(box_dir, wifi_password).await,
                (Ok(_place), HostJob::ConfirmRestore) => {
                    let handovers = handovers.clone();
                    blocking::run(move || handovers.confirm()).await
                }
                (Ok(_place), HostJob::Handover { seen, alone }) => {
                    let handovers = handovers.clone();
                    blocking::run(move || handovers.state(seen.as_ref(), alone)).await
                }
            };
            if let Some(inbox) = inbox.upgrade() {
                // The driver may have ended.
                let _ = inbox.send(Message::Done { to, reply }).await;
            }
            handovers.restart_if_due();
        });
    }

    /// Prepares an admin command about words, using the current list. Prepared commands reach the hub in their original order.
    pub fn prepare(&self, to: ReplyTo, by: Operator, command: AdminCommand, list: Arc<WordList>) {
        let (inbox, place) = (self.inbox.clone(), self.places.clone().try_acquire_owned());
        let turn = self.turn.clone().lock_owned();
        tokio::spawn(async move {
            let _turn = turn.await;
            let prepared = match place {
                Err(_) => Err(busy(TOO_MANY)),
                Ok(_place) => {
                    let prepared = spawn_blocking(move || (prepare(&command, &list), command)).await;
                    prepared.map_err(|error| busy(format!("the words were not prepared: {error}")))
                }
            };
            let message = match prepared {
                Ok((prepared, command)) => Message::Prepared {
                    input: Input::AdminCommand { to, by, command },
                    prepared,
                },
                Err(refusal) => Message::Done {
                    to,
                    reply: Err(refusal),
                },
            };
            if let Some(inbox) = inbox.upgrade() {
                // The driver may have ended.
                let _ = inbox.send(message).await;
            }
        });
    }
}
