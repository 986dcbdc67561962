//! An echo server on the product's own Socket.IO stack (listener, lanes, edge, library, fan-out), so that it can be judged by
//! cases that were written for any Socket.IO server.
//!
//! `cargo run --release --example conformance -- --listen 127.0.0.1:3000`; the flags are those of [`flags`]. It adds nothing to
//! the product.

mod app;
mod args;
mod events;
mod flags;
mod rig;
mod rooms;
mod websocket;

use std::{net::TcpListener, sync::Arc};

use chatterbox::net::{
    identity::Identities,
    sio::StackConfig,
    stack::{Application, Stack},
};
use tokio::sync::mpsc;

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
    let stack = Stack::new(&StackConfig {
        limits: flags.limits.clone(),
        ack_timeout: flags.ack_timeout,
        buffer_packets: flags.buffer_packets,
        keep_headers: true,
    })?;
    let (inbox, gone) = mpsc::channel(1024);
    let (orders, said) = mpsc::channel(4096);
    let app = Arc::new(App::new(stack.io.clone(), stack.links.clone(), orders));
    app.register();
    let rooms = Rooms::new(stack.orders.clone(), stack.links.clone());
    let mut router = match flags.mode {
        Mode::SocketIo => rig::routes(app.clone()),
        Mode::WebSocket => websocket::routes(flags.limits.clone()),
    };
    if let Some(files) = &flags.files {
        router = router.fallback_service(tower_http::services::ServeDir::new(files));
    }
    let running = stack.start(Application {
        router,
        socketio_path: flags.path.clone(),
        files: Arc::new(|_: &_, _: &_, _: &_| None),
        front: None,
        cors: Some(tower_http::cors::CorsLayer::very_permissive()),
        identities: Arc::new(Identities::new([0; 32])),
        inbox,
        pages: None,
        driver: Box::pin(rooms.run(said, gone)),
    })?;
    eprintln!("listening on {}", listener.local_addr()?);
    let mut forever = std::future::pending();
    running.accept(vec![listener], &mut forever).await?;
    Ok(())
}
