//! The driver's channels to the fan-outs of all workers. A channel holds at most `limits::COMMANDS` updates; a full one makes the driver wait.

use tokio::sync::{mpsc, oneshot};

use super::Update;
use crate::{limits, room::ConnId};

/// The driver's channels to the fan-outs, one for each worker.
pub struct FanoutHandles<E> {
    workers: Vec<mpsc::Sender<Update<E>>>,
}

impl<E> Clone for FanoutHandles<E> {
    fn clone(&self) -> Self {
        Self {
            workers: self.workers.clone(),
        }
    }
}

impl<E> FanoutHandles<E> {
    /// Opens a channel of [`limits::COMMANDS`] updates for each worker; returns the senders and the receivers.
    pub fn new(workers: usize) -> (Self, Vec<mpsc::Receiver<Update<E>>>) {
        let (workers, ends) = (0..workers).map(|_| mpsc::channel(limits::COMMANDS)).unzip();
        (Self { workers }, ends)
    }

    /// Sends an update to the worker of a connection. Waits while its channel is full, which fills the driver's inbox and so slows clients down.
    pub async fn send(&self, conn: ConnId, update: Update<E>) {
        if let Some(worker) = self.workers.get(conn.worker()) {
            // A worker ends with the process.
            let _ = worker.send(update).await;
        }
    }

    /// Sends an update to the worker of a connection from a thread outside the runtime; blocks while the worker's channel is full.
    pub fn send_blocking(&self, conn: ConnId, update: Update<E>) {
        if let Some(worker) = self.workers.get(conn.worker()) {
            let _ = worker.blocking_send(update);
        }
    }

    /// Sends an update to every worker; waits while a channel is full.
    pub async fn send_all(&self, update: impl Fn() -> Update<E>) {
        for worker in &self.workers {
            let _ = worker.send(update()).await;
        }
    }

    /// Waits until every worker has applied all earlier updates and answered its pending polls.
    pub async fn stop(&self) {
        for worker in &self.workers {
            let (stopped, is_stopped) = oneshot::channel();
            if worker.send(Update::Stop { done: stopped }).await.is_ok() {
                let _ = is_stopped.await;
            }
        }
    }
}
