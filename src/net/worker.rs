//! One worker: a thread with a runtime of its own, the connections that it was given, and its fan-out. The first one has the
//! driver as well.

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use tokio::{net::TcpStream, sync::mpsc};

use super::{
    admission::Place,
    fanout::{Command, Fanout, Frames},
    lane::LaneId,
    serve::Serve,
};

/// A connection that the listener accepted and admitted.
pub struct Arrival {
    /// The socket, in non-blocking mode, of no runtime yet.
    pub stream: std::net::TcpStream,
    /// The other end.
    pub peer: SocketAddr,
    /// Its number.
    pub lane: LaneId,
    /// Its place among the connections.
    pub place: Place,
}

/// Runs beside the connections.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a worker is made of.
pub struct Worker<E> {
    /// Its number, from 0.
    pub index: usize,
    /// Its fan-out.
    pub fanout: Fanout<E>,
    /// The fan-out's commands.
    pub commands: mpsc::Receiver<Command<E>>,
    /// The connections that it is to serve.
    pub arrivals: mpsc::Receiver<Arrival>,
    /// Who gives the orders, in one of the workers.
    pub driver: Option<Task>,
}

impl<E: Frames> Worker<E> {
    /// Serves on the calling thread for as long as the process lives.
    pub async fn run(self, serve: Arc<Serve>) {
        let Self {
            index,
            fanout,
            commands,
            mut arrivals,
            driver,
        } = self;
        if let Some(driver) = driver {
            tokio::spawn(driver);
        }
        tokio::spawn(fanout.run(commands));
        while let Some(Arrival {
            stream,
            peer,
            lane,
            place,
        }) = arrivals.recv().await
        {
            match TcpStream::from_std(stream) {
                Ok(stream) => drop(tokio::spawn(serve.clone().connection(stream, peer, lane, index, place))),
                Err(error) => tracing::warn!(%error, "a connection could not be registered"),
            }
        }
    }
}
