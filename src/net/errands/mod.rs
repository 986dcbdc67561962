//! Orders that the box's services answer, not the rooms. The driver hands them over and goes on; the answer comes through its inbox.

mod doctor;

use std::{path::PathBuf, sync::Arc};

use tokio::{
    sync::{Semaphore, mpsc},
    task::spawn_blocking,
};

use super::{clock::Clock, message::Message, upload::Uploads};
use crate::{
    config::Config,
    limits,
    room::{Code, Errand, Refusal, Reply, ReplyTo},
};

/// See the module.
pub struct Errands {
    inbox: mpsc::WeakSender<Message>,
    places: Arc<Semaphore>,
    /// Where the services are met; `None` on a computer that is no box.
    box_dir: Option<PathBuf>,
    data: Option<PathBuf>,
    uploads: Arc<Uploads>,
    clock: Arc<Clock>,
}

impl Errands {
    /// Answers go to `inbox`, which this does not keep open.
    pub fn new(config: &Config, inbox: &mpsc::Sender<Message>, uploads: Arc<Uploads>, clock: Arc<Clock>) -> Self {
        Self {
            inbox: inbox.downgrade(),
            places: Arc::new(Semaphore::new(limits::ERRANDS)),
            box_dir: config.box_dir.clone(),
            data: config.data.clone(),
            uploads,
            clock,
        }
    }

    /// Sees to an errand, at once but for the answer. `durable` is whether what is acknowledged is on disk.
    pub fn run(&self, to: ReplyTo, errand: Errand, durable: bool) {
        let (inbox, place) = (self.inbox.clone(), self.places.clone().try_acquire_owned());
        let (box_dir, data) = (self.box_dir.clone(), self.data.clone());
        let (uploads, clock) = (self.uploads.clone(), self.clock.clone());
        tokio::spawn(async move {
            let reply = match (place, errand) {
                (Err(_), _) => Err(busy("others ask the box at this moment")),
                (Ok(_place), Errand::Doctor) => doctor::findings(box_dir, data, durable).await,
                (Ok(_place), Errand::Time(at)) => elsewhere(move || Ok(Reply::Time { used: clock.hear(at) })).await,
                (Ok(_place), Errand::Update(file)) => elsewhere(move || uploads.order(file)).await,
                (Ok(_place), Errand::Updating) => elsewhere(move || uploads.progress()).await,
            };
            if let Some(inbox) = inbox.upgrade() {
                // It may have ended.
                let _ = inbox.send(Message::Done { to, reply }).await;
            }
        });
    }
}

fn busy(message: impl Into<String>) -> Refusal {
    Refusal::retry(Code::Busy, message, limits::BUSY_RETRY_MS)
}

/// What is looked up on the card: by another thread, because a card that fails takes its time.
async fn elsewhere(work: impl FnOnce() -> Result<Reply, Refusal> + Send + 'static) -> Result<Reply, Refusal> {
    answered(spawn_blocking(move || Ok(work())).await)?
}

/// The answer of a service, or that it has none.
fn answered<T>(answer: Result<std::io::Result<T>, tokio::task::JoinError>) -> Result<T, Refusal> {
    let answer = answer.map_err(std::io::Error::other).flatten();
    answer.map_err(|error| busy(format!("the box does not answer: {error}")))
}
