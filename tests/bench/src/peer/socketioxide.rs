//! socketioxide as its own documentation writes a room.

use std::net::TcpListener;

use anyhow::Result;
use axum::{Router, serve::ListenerExt};
use socketioxide::{
    SocketIo,
    extract::{Data, SocketRef},
};

/// Serves until it is killed.
pub async fn serve(listener: TcpListener) -> Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
        // Without it a second small frame waits for the acknowledgement of the first.
        let _ = stream.set_nodelay(true);
    });
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef| {
        socket.join("bench");
        socket.on("chat", async |io: SocketIo, Data::<String>(text)| {
            // It tells of a client whose buffer is full; the load generator counts what is lost.
            let _ = io.to("bench").emit("chat", &text).await;
        });
    });
    Ok(axum::serve(listener, Router::new().layer(layer)).await?)
}
