//! What the documentation of axum and tokio would have one write: a WebSocket task for each client, and a broadcast channel.
//! It speaks as much of Socket.IO as our clients need, by hand.

use std::net::TcpListener;

use anyhow::Result;
use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::Response,
    routing::get,
    serve::ListenerExt,
};
use tokio::sync::broadcast::{self, error::RecvError};

/// Messages that a client may be behind.
const CHANNEL: usize = 1024;

/// Serves until it is killed.
pub async fn serve(listener: TcpListener) -> Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
        // Without it a second small frame waits for the acknowledgement of the first.
        let _ = stream.set_nodelay(true);
    });
    let (room, _) = broadcast::channel::<Utf8Bytes>(CHANNEL);
    let app = Router::new().route("/socket.io/", get(upgrade)).with_state(room);
    Ok(axum::serve(listener, app).await?)
}

async fn upgrade(State(room): State<broadcast::Sender<Utf8Bytes>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |socket| {
        // An error is a client that has gone.
        let _ = talk(socket, room).await;
    })
}

async fn talk(mut socket: WebSocket, room: broadcast::Sender<Utf8Bytes>) -> Result<()> {
    socket.send(Message::Text(super::OPEN.into())).await?;
    let mut messages = room.subscribe();
    let mut joined = false;
    loop {
        tokio::select! {
            message = messages.recv(), if joined => match message {
                Ok(text) => socket.send(Message::Text(text)).await?,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            },
            said = socket.recv() => match said {
                Some(Ok(Message::Text(packet))) if packet.starts_with("40") => {
                    socket.send(Message::Text(super::CONNECTED.into())).await?;
                    messages = room.subscribe();
                    joined = true;
                }
                Some(Ok(Message::Text(packet))) if packet.starts_with("42") => {
                    let _ = room.send(packet);
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(()),
            },
        }
    }
}
