//! The network side of the server: accepts connections, hands each to a worker (a thread with its connections and its fan-out), and serves
//! Socket.IO through the Engine.IO edge. At most `limits::WORKERS` workers.
//!
//! The stack knows no rooms; the driver or a test application sends updates to the fan-outs. `admission` limits the connections; a worker
//! that falls behind makes the listener wait.

use std::{
    future::poll_fn,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use axum::Router;
use rustls::{ServerConfig, ServerConnection};
use socketioxide::SocketIo;
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;
use tower_http::cors::CorsLayer;

use super::{
    admission::Admission,
    reserve,
    serve::Serve,
    service::{self, Files},
    worker::{Arrival, Task, Worker},
};
use crate::{
    fanout::{Fanout, FanoutHandles, Frames, Pages, Update},
    limits::{self, Limits},
    memory::Account,
    routes::front::Front,
    transport::{
        device::Devices,
        engineio::Edge,
        identity::Identities,
        ingress::WorkerRegistry,
        lane::{LaneId, Stream},
        message::Message,
        socketio,
    },
};

/// The network stack before its workers start, for log entries of type `E`: registry, channels to the fan-outs, Socket.IO.
pub struct Stack<E> {
    /// The workers and their signal queues.
    pub registry: Arc<WorkerRegistry>,
    /// The channels to the fan-outs of all workers.
    pub fanouts: FanoutHandles<E>,
    /// The Socket.IO library.
    pub io: SocketIo,
    ends: Vec<mpsc::Receiver<Update<E>>>,
    edge: Arc<Edge>,
    limits: Arc<Limits>,
    account: Arc<Account>,
}

/// The application that runs on a network stack: its HTTP routes, files and checks, and the driver's inbox.
pub struct Application {
    /// Answers all requests outside of the Socket.IO path.
    pub router: Router,
    /// Path of the Socket.IO endpoint.
    pub socketio_path: String,
    /// Static files below the Socket.IO path.
    pub files: Arc<Files>,
    /// Checks each request first: host name and captive portal. `None` for no checks.
    pub front: Option<Arc<Front>>,
    /// CORS headers for other web origins; `None` for none.
    pub cors: Option<CorsLayer>,
    /// Issues the identity tokens that clients get in their welcome.
    pub identities: Arc<Identities>,
    /// The driver's inbox, to which fan-outs report closed connections.
    pub inbox: mpsc::Sender<Message>,
    /// Reads entries that the logs have dropped; `None` without a store.
    pub pages: Option<Pages>,
    /// The task of the driver, which owns the hub. It runs on the runtime of the first worker thread.
    pub driver: Task,
}

impl<E: Frames> Stack<E> {
    /// Creates a stack without opening a socket or starting a thread.
    ///
    /// # Errors
    /// The number of cores is unknown.
    pub fn new(limits: &Limits, account: Arc<Account>) -> io::Result<Self> {
        let workers = match limits.workers {
            0 => std::thread::available_parallelism()?.get(),
            count => count,
        };
        let workers = workers.min(limits::WORKERS);
        let registry = Arc::new(WorkerRegistry::new(workers));
        let (fanouts, ends) = FanoutHandles::new(workers);
        let (edge, io) = socketio::build(limits, account.clone(), registry.sessions.clone());
        let limits = Arc::new(limits.clone());
        Ok(Self {
            registry,
            fanouts,
            io,
            ends,
            edge,
            limits,
            account,
        })
    }

    /// Replaces the edge, which checks Engine.IO requests before the Socket.IO library that it calls; the library is replaced with it.
    pub fn with_edge(mut self, edge: Edge) -> Self {
        self.edge = Arc::new(edge);
        self
    }

    /// Starts the workers and their threads.
    ///
    /// # Errors
    /// A runtime or a thread can't be created.
    pub fn start(self, app: Application) -> io::Result<Running> {
        let stop = CancellationToken::new();
        let service = service::build(
            self.registry.clone(),
            &app.socketio_path,
            self.edge,
            app.files,
            app.router,
            app.front,
            app.cors,
        );
        let serve = Arc::new(Serve::new(service, stop.clone(), &self.limits, self.account.clone()));
        let mut driver = Some(app.driver);
        let mut arrivals = Vec::new();
        for (index, (updates, signals)) in self.ends.into_iter().zip(self.registry.all_signals()).enumerate() {
            let (sender, receiver) = mpsc::channel(limits::ARRIVALS);
            arrivals.push(sender);
            let fanout = Fanout::new(
                self.limits.clone(),
                self.account.clone(),
                app.identities.clone(),
                signals.clone(),
                app.inbox.clone(),
                app.pages.clone(),
            );
            let worker = Worker {
                index,
                fanout,
                updates,
                arrivals: receiver,
                driver: driver.take(),
            };
            let serve = serve.clone();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            std::thread::Builder::new()
                .name(format!("worker-{index}"))
                .spawn(move || runtime.block_on(worker.run(serve)))?;
        }
        let admission = Arc::new(Admission::new(
            self.limits.connections,
            self.limits.per_address,
            self.account,
        ));
        Ok(Running {
            admission,
            devices: Devices::default(),
            arrivals,
            registry: self.registry,
            io: self.io,
            stop,
        })
    }
}

/// A listening socket, and for HTTPS its TLS configuration.
pub struct Listening {
    /// The listening socket.
    pub socket: TcpListener,
    /// Settings of handshakes; none for plain HTTP.
    pub tls: Option<Arc<ServerConfig>>,
}

impl From<TcpListener> for Listening {
    fn from(socket: TcpListener) -> Self {
        Self { socket, tls: None }
    }
}

/// A network stack whose workers run and which can accept connections.
pub struct Running {
    admission: Arc<Admission>,
    devices: Devices,
    arrivals: Vec<mpsc::Sender<Arrival>>,
    registry: Arc<WorkerRegistry>,
    io: SocketIo,
    stop: CancellationToken,
}

impl Running {
    /// Hands accepted connections to the workers in turn, until `shutdown` resolves.
    ///
    /// # Errors
    /// A listener or a worker fails. A failed connection is not an error.
    pub async fn accept(
        &self,
        listeners: Vec<Listening>,
        shutdown: &mut (impl Future<Output = ()> + Unpin),
    ) -> io::Result<()> {
        let listeners = listeners.into_iter().map(|listening| {
            listening.socket.set_nonblocking(true)?;
            Ok((tokio::net::TcpListener::from_std(listening.socket)?, listening.tls))
        });
        let listeners: Vec<_> = listeners.collect::<io::Result<_>>()?;
        for number in 0.. {
            let (stream, peer, tls) = tokio::select! {
                biased;
                () = &mut *shutdown => break,
                accepted = self.accept_next(&listeners, number) => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // The peer is gone already, or the process is out of descriptors, which takes a moment to pass.
                        tracing::warn!(%error, "listener: a new connection was not accepted; retrying after a pause. If this line repeats, raise the limit of open files (LimitNOFILE)");
                        tokio::time::sleep(Duration::from_millis(limits::ACCEPT_PAUSE_MS)).await;
                        continue;
                    }
                },
            };
            let tls = match tls.map(ServerConnection::new).transpose() {
                Ok(tls) => tls.map(Box::new),
                Err(error) => {
                    tracing::warn!(%error, "tls: a new HTTPS connection was closed before its handshake, because it got no TLS session; its client must connect again");
                    continue;
                }
            };
            let bytes = limits::CONNECTION_BYTES + if tls.is_some() { limits::TLS_BYTES } else { 0 };
            let permit = self.admission.enter(self.devices.at(peer.ip()), bytes, Instant::now());
            let worker = usize::try_from(number).unwrap_or_default() % self.arrivals.len();
            let worker = self.arrivals[worker].clone();
            let arrive = move |stream: Stream, permit| async move {
                let (stream, tls) = stream.into_parts()?;
                let lane = LaneId(number);
                let _ = worker
                    .send(Arrival {
                        stream,
                        tls,
                        peer,
                        lane,
                        permit,
                    })
                    .await;
                io::Result::Ok(())
            };
            let stream = Stream::new(stream, tls);
            if !permit.is_reserved() {
                // Waits while the worker is busy; new connections queue in the kernel's backlog.
                arrive(stream, permit).await?;
                continue;
            }
            tokio::spawn(async move {
                if reserve::operates(&stream, &permit).await {
                    return arrive(stream, permit).await;
                }
                reserve::turn_away(stream).await;
                Ok(())
            });
        }
        Ok(())
    }

    /// Accepts the next connection, once the operators' requests before it have their answers or a place to wait for them.
    async fn accept_next(
        &self,
        listeners: &[Listener],
        number: u64,
    ) -> io::Result<(TcpStream, SocketAddr, Option<Arc<ServerConfig>>)> {
        self.admission.ready().await;
        accept(listeners, number).await
    }

    /// The workers and their signal queues.
    pub fn registry(&self) -> &Arc<WorkerRegistry> {
        &self.registry
    }

    /// Waits until the clients of closed polling sessions have fetched the close reason; stops after [`limits::LAST_FETCH_MS`] without a request.
    pub async fn fetched(&self) {
        let patience = Duration::from_millis(limits::LAST_FETCH_MS);
        self.registry.sessions.ended(patience).await;
    }

    /// Answers pending polls, and closes the remaining connections after a moment to read.
    pub async fn stop(&self) {
        let grace = Duration::from_millis(limits::SHUTDOWN_MS);
        let _ = timeout(grace, self.io.close()).await;
        self.stop.cancel();
        let _ = timeout(grace, self.admission.empty()).await;
    }
}

/// A listening socket of the runtime, and the TLS configuration of its connections.
type Listener = (tokio::net::TcpListener, Option<Arc<ServerConfig>>);

/// Accepts a connection from any listener. The order of polling rotates with `number`, so that a busy listener does not starve the others.
async fn accept(listeners: &[Listener], number: u64) -> io::Result<(TcpStream, SocketAddr, Option<Arc<ServerConfig>>)> {
    poll_fn(|context| {
        let first = usize::try_from(number).unwrap_or_default() % listeners.len();
        let (later, sooner) = listeners.split_at(first);
        for (listener, tls) in sooner.iter().chain(later) {
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                return Poll::Ready(accepted.map(|(stream, peer)| (stream, peer, tls.clone())));
            }
        }
        Poll::Pending
    })
    .await
}
