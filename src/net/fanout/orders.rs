//! The bounded channels to the fan-outs.

use tokio::sync::{mpsc, oneshot};

use super::Command;
use crate::{limits, room::ConnId};

/// To every worker's fan-out.
pub struct Orders<E> {
    workers: Vec<mpsc::Sender<Command<E>>>,
}

impl<E> Clone for Orders<E> {
    fn clone(&self) -> Self {
        Self {
            workers: self.workers.clone(),
        }
    }
}

impl<E> Orders<E> {
    /// Channels to so many workers, and their ends.
    pub fn new(workers: usize) -> (Self, Vec<mpsc::Receiver<Command<E>>>) {
        let (workers, ends) = (0..workers).map(|_| mpsc::channel(limits::COMMANDS)).unzip();
        (Self { workers }, ends)
    }

    /// To the fan-out that has a connection. Waits while its channel is full: whoever gives orders falls behind then, and its own
    /// inbox holds or tells the senders.
    pub async fn order(&self, conn: ConnId, command: Command<E>) {
        if let Some(worker) = self.workers.get(conn.worker()) {
            // A worker ends only with the process.
            let _ = worker.send(command).await;
        }
    }

    /// [`Self::order`] from a thread that runs no tasks.
    pub fn order_blocking(&self, conn: ConnId, command: Command<E>) {
        if let Some(worker) = self.workers.get(conn.worker()) {
            let _ = worker.blocking_send(command);
        }
    }

    /// To all of them.
    pub async fn order_all(&self, command: impl Fn() -> Command<E>) {
        for worker in &self.workers {
            let _ = worker.send(command()).await;
        }
    }

    /// Waits until everything that was ordered is done, and answers what still waits.
    pub async fn stop(&self) {
        for worker in &self.workers {
            let (stopped, is_stopped) = oneshot::channel();
            if worker.send(Command::Stop { done: stopped }).await.is_ok() {
                let _ = is_stopped.await;
            }
        }
    }
}
