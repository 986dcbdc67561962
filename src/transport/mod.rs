//! Transports: each technique by which clients connect has a folder, which turns bytes into a [`room::Command`](crate::room::Command) and back.
//!
//! All share [`ingress`] (identity, worker registry), and send [`message`]s to the driver's bounded inbox. [`backpressure`] stops reading from a
//! client whose commands wait.

use std::sync::Arc;

use axum::{Router, routing::get};

use ingress::Ingress;

pub mod backpressure;
pub mod body;
pub mod device;
pub mod engineio;
pub mod identity;
pub mod ingress;
pub mod lane;
pub mod message;
pub mod opening;
pub mod placed;
pub mod polling;
pub mod proof;
pub mod query;
pub mod request;
pub mod signal;
pub mod socketio;
pub mod sse;
pub mod tls;
pub mod websocket;
pub mod words;

/// The HTTP routes of the techniques beside Socket.IO, whose edge takes all requests below its path.
pub fn routes() -> Router<Arc<Ingress>> {
    Router::new()
        .route("/ws", get(websocket::upgrade))
        .route("/rooms/{room}/events", get(sse::events))
        .route("/rooms/{room}/messages", get(polling::poll).post(polling::post))
}
