//! An echo server on the product's own Socket.IO stack (listener, lanes, edge, library, fan-out), so that it can be judged by
//! cases that were written for any Socket.IO server.
//!
//! `cargo run --release --example conformance -- --listen 127.0.0.1:3000`; the flags are those of [`flags`]. It adds nothing to
//! the product.

mod app;
mod args;
mod clientsuite;
mod engineio;
mod events;
mod flags;
mod recovery;
mod rig;
mod rooms;
mod websocket;

use std::{net::TcpListener, sync::Arc};

use axum::Router;
use chatterbox::{
    memory::{self, Account},
    server::{
        service::Files,
        stack::{Application, Stack},
    },
    transport::{
        engineio::{Edge, EdgeConfig, Library},
        identity::Identities,
        socketio,
    },
};
use tokio::sync::mpsc;
use tower::Layer;

use self::{
    app::App,
    flags::{Flags, Mode},
    rooms::Rooms,
};

fn main() -> anyhow::Result<()> {
    let flags = Flags::read(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(flags))
}

async fn serve(flags: Flags) -> anyhow::Result<()> {
    let listener = TcpListener::bind(&flags.listen)?;
    let account = Account::new(memory::budget(&flags.limits));
    let mut stack = Stack::new(&flags.limits, account.clone())?;
    let library = match flags.mode {
        Mode::EngineIo => engineio::library(&flags),
        Mode::SocketIo | Mode::ClientSuite | Mode::WebSocket => {
            let builder = socketio::builder(&flags.limits).max_buffer_size(flags.buffer_packets);
            let (layer, io) = builder.ack_timeout(flags.ack_timeout).build_layer();
            stack.io = io;
            Library::new(layer.layer(Router::new()))
        }
    };
    let edge = EdgeConfig {
        keep_headers: true,
        // Suites expect the reference server's own words.
        no_namespace: None,
        is_socketio: flags.mode != Mode::EngineIo,
        ..EdgeConfig::new(&flags.limits, account)
    };
    let sessions = stack.registry.sessions.clone();
    stack = stack.with_edge(Edge::new(edge, library, sessions));
    let (inbox, gone) = mpsc::channel(1024);
    let (commands, receiver) = mpsc::channel(4096);
    let app = Arc::new(App::new(flags.mode, stack.io.clone(), stack.registry.clone(), commands));
    app.register();
    let rooms = Rooms::new(stack.fanouts.clone(), stack.registry.clone());
    let mut router = match flags.mode {
        Mode::SocketIo | Mode::ClientSuite | Mode::EngineIo => rig::routes(app.clone()),
        Mode::WebSocket => websocket::routes(flags.limits.clone()),
    };
    if let Some(files) = &flags.files {
        router = router.fallback_service(tower_http::services::ServeDir::new(files));
    }
    let mut default_path = "/socket.io";
    let mut first: Arc<Files> = Arc::new(|_: &_, _: &_, _: &_| None);
    if flags.mode == Mode::ClientSuite {
        first = Arc::new(clientsuite::delay);
    }
    if flags.mode == Mode::EngineIo {
        default_path = "/engine.io";
        first = Arc::new(engineio::refuse);
    }
    let running = stack.start(Application {
        router,
        socketio_path: flags.path.unwrap_or_else(|| default_path.to_owned()),
        files: first,
        front: None,
        cors: Some(tower_http::cors::CorsLayer::very_permissive()),
        identities: Arc::new(Identities::new([0; 32])),
        inbox,
        pages: None,
        driver: Box::pin(rooms.run(receiver, gone)),
    })?;
    eprintln!("listening on {}", listener.local_addr()?);
    let mut forever = std::future::pending();
    running.accept(vec![listener.into()], &mut forever).await?;
    Ok(())
}
