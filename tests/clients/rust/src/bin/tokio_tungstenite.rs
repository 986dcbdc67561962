//! A member over a plain WebSocket, with `tokio-tungstenite`. The argument is the server's address.

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let server = std::env::args().nth(1).expect("an address, as ws://192.168.1.5:8080");
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("{server}/ws?room=main&name=Ann")).await?;
    socket.send(Message::text(r#"[1,"chat","hello"]"#)).await?;
    while let Some(message) = socket.next().await {
        println!("{}", message?);
    }
    Ok(())
}
