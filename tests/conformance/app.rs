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
    net::{
        door::Links,
        sio::{self, Handle, Joining, RawEvent},
    },
    room::ConnId,
};
use serde_json::Value as Json;
use socketioxide::{
    SocketIo,
    extract::{SocketRef, TryData},
    handler::ConnectHandler,
    socket::{DisconnectReason, Socket},
};
use tokio::sync::mpsc;

use crate::{events::Auth, rooms::Order};

/// From the CONNECT answer to the event `auth`.
const AUTH_AFTER: Duration = Duration::from_millis(2);

/// What has happened since the start.
#[derive(Default)]
pub struct Stats {
    pub connects: AtomicU64,
    pub disconnects: AtomicU64,
    pub events: AtomicU64,
    pub emit_errors: AtomicU64,
    pub reasons: Mutex<BTreeMap<String, u64>>,
    pub namespaces: Mutex<BTreeSet<String>>,
}

/// See the module.
pub struct App {
    pub io: SocketIo,
    pub stats: Stats,
    links: Arc<Links>,
    orders: mpsc::Sender<Order>,
}

impl App {
    pub fn new(io: SocketIo, links: Arc<Links>, orders: mpsc::Sender<Order>) -> Self {
        Self {
            io,
            stats: Stats::default(),
            links,
            orders,
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
        for namespace in ["/", "/custom", "/private"] {
            self.io.ns(namespace, handler!());
        }
        self.io
            .dyn_ns("/dyn/{id}", handler!())
            .expect("a path of one parameter");
    }

    /// Runs before the CONNECT answer.
    async fn enter(self: Arc<Self>, socket: Arc<Socket>, auth: Json) -> Result<(), String> {
        if socket.ns() == "/private" && !authorized(&socket, &auth) {
            return Err("not authorized".to_owned());
        }
        socket.extensions.insert(Auth(auth));
        let Joining { conn, sink, .. } = sio::join(&self.links, &socket)?;
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
            app.links.sessions.leave(socket.id, conn);
            app.order(Order::Gone { conn }).await;
        });
        self.order(Order::Come {
            conn,
            sink: Box::new(sink),
        })
        .await;
        Ok(())
    }

    /// Runs once the library takes events for the socket.
    async fn connected(&self, socket: &Arc<Socket>) {
        sio::connected(&self.links, socket);
        // A test that awaits the CONNECT answer, and only then listens for this event, must not get both in one read.
        tokio::time::sleep(AUTH_AFTER).await;
        let auth = socket
            .extensions
            .get::<Auth>()
            .map(|Auth(auth)| auth)
            .filter(|auth| !auth.is_null());
        self.count(socket.emit("auth", &auth.unwrap_or_else(|| Json::Object(Default::default()))));
    }

    /// Namespaces that somebody has connected to.
    pub fn namespaces(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.stats.namespaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why sockets have ended, and how often.
    pub fn reasons(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.stats.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what the library did not take.
    pub fn count<E>(&self, result: Result<(), E>) -> bool {
        let failed = result.is_err();
        self.stats.emit_errors.fetch_add(failed.into(), Relaxed);
        !failed
    }

    /// To the rooms, waiting for a place in the queue.
    pub async fn order(&self, order: Order) {
        // The receiver lives as long as the process.
        let _ = self.orders.send(order).await;
    }

    /// To the rooms from where nothing may wait.
    pub fn order_now(&self, order: Order) {
        self.count(self.orders.try_send(order).map_err(drop));
    }

    /// A conn for the same worker.
    pub fn next_conn(&self, beside: ConnId) -> ConnId {
        self.links.next_conn(beside.worker())
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
