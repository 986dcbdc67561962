//! The plain WebSocket endpoint's stack as an echo.

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};
use chatterbox::{limits::Limits, transport::websocket};
use futures_util::{SinkExt, StreamExt};
use tungstenite::Message;

pub fn routes(limits: Limits) -> Router {
    Router::new().route("/", get(echo)).with_state(limits)
}

async fn echo(State(limits): State<Limits>, mut request: Request) -> Response {
    let (response, handshake) = match websocket::accept(&mut request) {
        Ok(accepted) => accepted,
        Err(refused) => return refused,
    };
    tokio::spawn(async move {
        let Some(mut socket) = websocket::socket(handshake, &limits).await else {
            return;
        };
        while let Some(Ok(message)) = socket.next().await {
            if matches!(message, Message::Text(_) | Message::Binary(_)) && socket.send(message).await.is_err() {
                return;
            }
        }
    });
    response
}
