//! The echo application's namespaces.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use chatterbox::{
    room::ConnId,
    transport::{
        ingress::WorkerRegistry,
        socketio::{self, Handle, Joining, RawEvent},
    },
};
use serde_json::Value as Json;
use socketioxide::{
    SocketIo,
    extract::{SocketRef, TryData},
    handler::ConnectHandler,
    socket::{DisconnectReason, Socket},
};
use tokio::sync::mpsc;

use crate::{clientsuite, events::Auth, flags::Mode, recovery::Recoveries, rooms::RoomCommand};

/// Delay from the CONNECT answer to the event `auth`.
const AUTH_AFTER: Duration = Duration::from_millis(40);

/// Counters since the start.
#[derive(Default)]
pub struct Stats {
    pub connects: AtomicU64,
    pub disconnects: AtomicU64,
    pub events: AtomicU64,
    pub emit_errors: AtomicU64,
    pub reasons: Mutex<BTreeMap<String, u64>>,
    pub namespaces: Mutex<BTreeSet<String>>,
}

/// The echo application.
pub struct App {
    pub io: SocketIo,
    pub stats: Stats,
    /// Selects the namespaces and the answers to events.
    pub mode: Mode,
    /// Sockets of the client suite.
    pub recoveries: Recoveries,
    registry: Arc<WorkerRegistry>,
    commands: mpsc::Sender<RoomCommand>,
}

impl App {
    pub fn new(mode: Mode, io: SocketIo, registry: Arc<WorkerRegistry>, commands: mpsc::Sender<RoomCommand>) -> Self {
        Self {
            io,
            stats: Stats::default(),
            mode,
            recoveries: Recoveries::default(),
            registry,
            commands,
        }
    }

    /// Opens the namespaces.
    pub fn register(self: &Arc<Self>) {
        macro_rules! handler {
            () => {{
                let (app, before) = (self.clone(), self.clone());
                let connected = move |Handle(socket): Handle| {
                    let app = app.clone();
                    async move { app.connected(&socket).await }
                };
                connected.with(move |Handle(socket): Handle, TryData(auth): TryData<Json>| {
                    let (app, auth) = (before.clone(), auth.unwrap_or(Json::Null));
                    async move { app.enter(socket, auth).await }
                })
            }};
        }
        if self.mode == Mode::ClientSuite {
            clientsuite::NAMESPACES
                .iter()
                .for_each(|&namespace| self.io.ns(namespace, handler!()));
            return;
        }
        for namespace in ["/", "/custom", "/private"] {
            self.io.ns(namespace, handler!());
        }
        self.io
            .dyn_ns("/dyn/{id}", handler!())
            .expect("a path of one parameter");
    }

    /// Runs before the CONNECT answer.
    async fn enter(self: Arc<Self>, socket: Arc<Socket>, auth: Json) -> Result<(), String> {
        match self.mode {
            Mode::ClientSuite => clientsuite::admit(&socket)?,
            _ if socket.ns() == "/private" && !authorized(&socket, &auth) => return Err("not authorized".to_owned()),
            _ => {}
        }
        let Joining { conn, sink, .. } = socketio::join(&self.registry, &socket)?;
        if self.mode == Mode::ClientSuite {
            let (id, answer) = self.recoveries.enter(&socket, &auth);
            socket.extensions.insert(id);
            sink.session.amend(answer);
        }
        socket.extensions.insert(Auth(auth));
        self.stats.connects.fetch_add(1, Relaxed);
        self.namespaces().insert(socket.ns().to_owned());
        let app = self.clone();
        socket.on_fallback(move |event: RawEvent| {
            app.event(conn, event);
            ready(())
        });
        let app = self.clone();
        socket.on_disconnect(move |socket: SocketRef, reason: DisconnectReason| async move {
            app.stats.disconnects.fetch_add(1, Relaxed);
            *app.reasons().entry(reason.to_string()).or_default() += 1;
            app.registry.sessions.leave(socket.id, conn);
            app.send(RoomCommand::Disconnect { conn }).await;
        });
        if self.mode == Mode::ClientSuite {
            // It broadcasts nothing, and its clients do not expect the event with which the product's fan-out takes over.
            return Ok(());
        }
        self.send(RoomCommand::Connect {
            conn,
            sink: Box::new(sink),
        })
        .await;
        Ok(())
    }

    /// Runs once the library takes events for the socket.
    async fn connected(&self, socket: &Arc<Socket>) {
        socketio::connected(&self.registry, socket);
        if self.mode == Mode::ClientSuite {
            self.greet(socket);
            return;
        }
        // A test that awaits the CONNECT answer, and only then listens for this event, must not get both in one read.
        tokio::time::sleep(AUTH_AFTER).await;
        let auth = socket
            .extensions
            .get::<Auth>()
            .map(|Auth(auth)| auth)
            .filter(|auth| !auth.is_null());
        self.count(socket.emit("auth", &auth.unwrap_or_else(|| Json::Object(Default::default()))));
    }

    /// Namespaces with a connection so far.
    pub fn namespaces(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.stats.namespaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of disconnects for each reason.
    pub fn reasons(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.stats.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an emit that the library refused.
    pub fn count<E>(&self, result: Result<(), E>) -> bool {
        let failed = result.is_err();
        self.stats.emit_errors.fetch_add(failed.into(), Relaxed);
        !failed
    }

    /// Sends a command to the rooms; waits while the queue is full.
    pub async fn send(&self, command: RoomCommand) {
        // The receiver lives as long as the process.
        let _ = self.commands.send(command).await;
    }

    /// Sends a command to the rooms without waiting; a full queue counts as an error.
    pub fn try_send(&self, command: RoomCommand) {
        self.count(self.commands.try_send(command).map_err(drop));
    }

    /// A connection handle of the same worker.
    pub fn next_conn(&self, beside: ConnId) -> ConnId {
        self.registry.next_conn(beside.worker())
    }
}

fn authorized(socket: &Socket, auth: &Json) -> bool {
    let query = socket.req_parts().uri.query().unwrap_or_default();
    auth.get("token").is_some_and(|token| token == "secret") || query.split('&').any(|pair| pair == "token=secret")
}

/// An event array as JSON.
pub fn event_json(name: &str, args: &[Box<serde_json::value::RawValue>]) -> Bytes {
    let mut json = format!("[{}", Json::from(name));
    for arg in args {
        json.push(',');
        json.push_str(arg.get());
    }
    json.push(']');
    json.into()
}
