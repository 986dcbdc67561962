//! Everything below the rooms: listener, workers with their lanes and fan-outs, and the Socket.IO library behind its edge. Who
//! speaks and what is said comes from above: the product's driver, or a test application.

use std::{
    future::poll_fn,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use axum::Router;
use socketioxide::SocketIo;
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;
use tower_http::cors::CorsLayer;

use super::{
    admission::Admission,
    door::Links,
    edge::Edge,
    fanout::{Command, Fanout, Frames, Orders, Pages},
    front::Front,
    identity::Identities,
    lane::LaneId,
    message::Message,
    serve::Serve,
    service::{self, Files},
    sio::{self, StackConfig},
    worker::{Arrival, Task, Worker},
};
use crate::{
    limits::{self, Limits},
    room::{Code, Refusal},
    wire,
};

/// Ready to serve entries of the type `E`.
pub struct Stack<E> {
    /// Between transports and fan-outs.
    pub links: Arc<Links>,
    /// To the fan-outs.
    pub orders: Orders<E>,
    /// The Socket.IO library.
    pub io: SocketIo,
    ends: Vec<mpsc::Receiver<Command<E>>>,
    edge: Arc<Edge>,
    limits: Arc<Limits>,
}

/// What comes from above.
pub struct Application {
    /// Answers what is not Socket.IO.
    pub router: Router,
    /// Where Socket.IO is, below the root.
    pub socketio_path: String,
    /// Files below that path.
    pub files: Arc<Files>,
    /// Comes before everything else, if there is one.
    pub front: Option<Arc<Front>>,
    /// Other origins.
    pub cors: Option<CorsLayer>,
    /// Tokens for welcomes.
    pub identities: Arc<Identities>,
    /// Hears of connections that a fan-out has given up.
    pub inbox: mpsc::Sender<Message>,
    /// Asks the store for what the logs have dropped, if there is one.
    pub pages: Option<Pages>,
    /// Runs in the first worker.
    pub driver: Task,
}

impl<E: Frames> Stack<E> {
    /// Sets everything up but opens no socket and starts no thread.
    ///
    /// # Errors
    /// The number of cores can't be told.
    pub fn new(config: &StackConfig) -> io::Result<Self> {
        let workers = match config.limits.workers {
            0 => std::thread::available_parallelism()?.get(),
            count => count,
        };
        let workers = workers.min(limits::WORKERS);
        let links = Arc::new(Links::new(workers));
        let (orders, ends) = Orders::new(workers);
        let (edge, io) = sio::build(config, links.sessions.clone());
        let limits = Arc::new(config.limits.clone());
        Ok(Self {
            links,
            orders,
            io,
            ends,
            edge,
            limits,
        })
    }

    /// Starts the workers.
    ///
    /// # Errors
    /// A runtime or a thread can't be had.
    pub fn start(self, app: Application) -> io::Result<Running> {
        let stop = CancellationToken::new();
        let service = service::build(
            &app.socketio_path,
            self.edge,
            app.files,
            app.router,
            app.front,
            app.cors,
        );
        let serve = Arc::new(Serve::new(service, stop.clone(), &self.limits));
        let mut driver = Some(app.driver);
        let mut arrivals = Vec::new();
        for (index, (commands, board)) in self.ends.into_iter().zip(self.links.boards()).enumerate() {
            let (sender, receiver) = mpsc::channel(limits::ARRIVALS);
            arrivals.push(sender);
            let fanout = Fanout::new(
                self.limits.clone(),
                app.identities.clone(),
                board.clone(),
                app.inbox.clone(),
                app.pages.clone(),
            );
            let worker = Worker {
                index,
                fanout,
                commands,
                arrivals: receiver,
                driver: driver.take(),
            };
            let serve = serve.clone();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            std::thread::Builder::new()
                .name(format!("worker-{index}"))
                .spawn(move || runtime.block_on(worker.run(serve)))?;
        }
        let admission = Arc::new(Admission::new(self.limits.connections, self.limits.per_address));
        Ok(Running {
            admission,
            arrivals,
            links: self.links,
            io: self.io,
            stop,
        })
    }
}

/// The stack at work.
pub struct Running {
    admission: Arc<Admission>,
    arrivals: Vec<mpsc::Sender<Arrival>>,
    links: Arc<Links>,
    io: SocketIo,
    stop: CancellationToken,
}

impl Running {
    /// Hands each connection to the next worker, until `shutdown` resolves.
    ///
    /// # Errors
    /// A listener can't be used. No connection's end is an error.
    pub async fn accept(
        &self,
        listeners: Vec<TcpListener>,
        shutdown: &mut (impl Future<Output = ()> + Unpin),
    ) -> io::Result<()> {
        let listeners = listeners.into_iter().map(|listener| {
            listener.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(listener)
        });
        let listeners: Vec<_> = listeners.collect::<io::Result<_>>()?;
        for number in 0.. {
            let (stream, peer) = tokio::select! {
                () = &mut *shutdown => break,
                accepted = accept(&listeners, number) => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Out of descriptors, or the peer is gone already; the former needs a moment.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(limits::ACCEPT_PAUSE_MS)).await;
                        continue;
                    }
                },
            };
            let Some(place) = self.admission.enter(peer.ip()) else {
                tokio::spawn(turn_away(stream));
                continue;
            };
            let arrival = Arrival {
                stream: stream.into_std()?,
                peer,
                lane: LaneId(number),
                place,
            };
            let worker = usize::try_from(number).unwrap_or_default() % self.arrivals.len();
            // Waits while the worker is behind; the kernel's backlog is the queue then.
            let _ = self.arrivals[worker].send(arrival).await;
        }
        Ok(())
    }

    /// Between transports and fan-outs.
    pub fn links(&self) -> &Arc<Links> {
        &self.links
    }

    /// Resolves when all clients of sessions that were closed have fetched why.
    pub async fn fetched(&self) {
        self.links.sessions.ended().await;
    }

    /// Ends what is left once everybody has been told: polling requests are answered, connections get a moment to read.
    pub async fn stop(&self) {
        let grace = Duration::from_millis(limits::SHUTDOWN_MS);
        let _ = timeout(grace, self.io.close()).await;
        self.stop.cancel();
        let _ = timeout(grace, self.admission.empty()).await;
    }
}

/// A connection of any of them; each goes first in its turn, so that none waits for the others' crowds.
async fn accept(listeners: &[tokio::net::TcpListener], number: u64) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        let first = usize::try_from(number).unwrap_or_default() % listeners.len();
        let (later, sooner) = listeners.split_at(first);
        let accepted = sooner.iter().chain(later).map(|listener| listener.poll_accept(context));
        accepted.into_iter().find(Poll::is_ready).unwrap_or(Poll::Pending)
    })
    .await
}

/// No place: says so in HTTP, whatever the client wanted to speak, and closes.
async fn turn_away(mut stream: TcpStream) {
    let message = "the box has no place for another connection";
    let body = wire::answer_json(&Err(Refusal::retry(Code::Full, message, limits::FULL_RETRY_MS)));
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\nretry-after: {}\r\nconnection: close\r\n\r\n",
        body.len(),
        limits::FULL_RETRY_MS / 1000
    );
    let answer = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&body).await?;
        stream.shutdown().await
    };
    let _ = timeout(Duration::from_millis(limits::TURN_AWAY_MS), answer).await;
}
