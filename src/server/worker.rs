//! A worker: a thread with its own async runtime, its connections, and the fan-out that sends them their rooms' entries. The first worker
//! also runs the driver. The listener passes connections through a bounded channel ([`crate::limits::ARRIVALS`]).

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
    /// The socket, non-blocking and not yet registered with a runtime.
    pub stream: std::net::TcpStream,
    /// Its TLS connection, before its handshake or after it; `None` for plain HTTP.
    pub tls: Option<Box<ServerConnection>>,
    /// Address of the client.
    pub peer: SocketAddr,
    /// Id of the connection's lane (its outgoing side), unique since the start.
    pub lane: LaneId,
    /// The connection's slot in the admission table; freed when dropped.
    pub permit: Permit,
}

/// A future that runs beside the connections, such as the driver.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A worker (thread with its own connections and fan-out) that has not started yet.
pub struct Worker<E> {
    /// Index of the worker, from 0.
    pub index: usize,
    /// The fan-out, which sends rooms' entries to this worker's connections.
    pub fanout: Fanout<E>,
    /// Receives the driver's updates for the fan-out.
    pub updates: mpsc::Receiver<Update<E>>,
    /// Receives accepted connections.
    pub arrivals: mpsc::Receiver<Arrival>,
    /// The driver's task; only the first worker has one.
    pub driver: Option<Task>,
}

impl<E: Frames> Worker<E> {
    /// Runs the worker on the calling thread until the process ends.
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
            permit,
        }) = arrivals.recv().await
        {
            match TcpStream::from_std(stream) {
                Ok(stream) => {
                    let stream = Stream::new(stream, tls);
                    drop(tokio::spawn(
                        serve.clone().connection(stream, peer, lane, index, permit),
                    ));
                }
                Err(error) => {
                    tracing::warn!(%error, "worker: a new connection was closed, because its socket can't be registered; its client must connect again. If this line repeats, raise LimitNOFILE")
                }
            }
        }
    }
}
