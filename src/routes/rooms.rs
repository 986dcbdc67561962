//! HTTP routes of the rooms: WebSocket, event stream, polling, and the list of rooms. Nothing grows here.

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::get};
use tokio::sync::oneshot;

use super::admin;
use crate::transport::{
    self,
    ingress::Ingress,
    message::Message,
    request::{answer, refuse, stopping},
};

/// The routes of rooms and of admin commands.
pub fn routes(ingress: Arc<Ingress>) -> Router {
    Router::new()
        .route("/rooms", get(rooms))
        .merge(transport::routes())
        .merge(admin::routes())
        .with_state(ingress)
}

/// Handles `GET /rooms`: lists the open rooms, each with its number of people.
async fn rooms(State(ingress): State<Arc<Ingress>>) -> Response {
    let (reply, answered) = oneshot::channel();
    if ingress.inbox.send(Message::Rooms { reply }).await.is_err() {
        return refuse(&stopping());
    }
    answer(&ingress, answered).await
}
