//! One worker: a thread with a runtime of its own, its connections, and its fan-out. The first worker runs the driver as well.
//!
//! The listener hands it connections through a bounded channel ([`crate::limits::ARRIVALS`]).

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use rustls::ServerConnection;
use tokio::{net::TcpStream, sync::mpsc};

use super::{admission::Permit, serve::Serve};
use crate::{
    fanout::{Fanout, Frames, Update},
    transport::lane::{LaneId, Stream},
};

/// A connection that the listener accepted and admitted.
pub struct Arrival {
    /// The socket, non-blocking and not registered with a runtime.
    pub stream: std::net::TcpStream,
    /// Its TLS connection, before the handshake or behind it; none for plain HTTP.
    pub tls: Option<Box<ServerConnection>>,
    /// Address of the client.
    pub peer: SocketAddr,
    /// Id of its lane, unique since the start.
    pub lane: LaneId,
    /// Its place in the admission table.
    pub place: Permit,
}

/// A task that runs beside the connections.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A worker before its start.
pub struct Worker<E> {
    /// Index among the workers, from 0.
    pub index: usize,
    /// Its fan-out.
    pub fanout: Fanout<E>,
    /// The fan-out's updates from the driver.
    pub updates: mpsc::Receiver<Update<E>>,
    /// Accepted connections for this worker.
    pub arrivals: mpsc::Receiver<Arrival>,
    /// The driver, in one of the workers.
    pub driver: Option<Task>,
}

impl<E: Frames> Worker<E> {
    /// Serves on the calling thread for as long as the process lives.
    pub async fn run(self, serve: Arc<Serve>) {
        let Self {
            index,
            fanout,
            updates,
            mut arrivals,
            driver,
        } = self;
        if let Some(driver) = driver {
            tokio::spawn(driver);
        }
        tokio::spawn(fanout.run(updates));
        while let Some(Arrival {
            stream,
            tls,
            peer,
            lane,
            place,
        }) = arrivals.recv().await
        {
            match TcpStream::from_std(stream) {
                Ok(stream) => {
                    let stream = Stream::new(stream, tls);
                    drop(tokio::spawn(serve.clone().connection(stream, peer, lane, index, place)));
                }
                Err(error) => {
                    tracing::warn!(%error, "worker: a connection was dropped, it could not be registered with the runtime")
                }
            }
        }
    }
}
