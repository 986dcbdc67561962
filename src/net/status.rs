//! `GET /status`: how it goes, for the page, for monitoring, and for `chatterbox doctor`.

use std::{sync::Arc, time::Duration};

use ::http::StatusCode;
use axum::{Router, extract::State, response::Response, routing::get};
use serde_json::json;
use tokio::sync::mpsc;

use super::{http, message::Message, tend};
use crate::{config::Config, limits};

/// What does not change while the server runs.
struct About {
    inbox: mpsc::Sender<Message>,
    name: String,
    problems: Vec<String>,
}

/// The route.
pub fn routes(config: &Config, inbox: mpsc::Sender<Message>) -> Router {
    let about = About {
        inbox,
        name: config.event_name.clone(),
        problems: config.problems.clone(),
    };
    Router::new().route("/status", get(status)).with_state(Arc::new(about))
}

async fn status(State(about): State<Arc<About>>) -> Response {
    let patience = Duration::from_millis(limits::STATUS_MS);
    let Some(status) = tend::ask_within(&about.inbox, patience).await else {
        return http::refuse(&http::stopping());
    };
    let body = json!({
        "name": about.name,
        "members": status.members,
        "rooms": status.rooms,
        "messages": status.entries,
        "durable": status.durable,
        "problems": about.problems,
    });
    http::json(StatusCode::OK, body.to_string().into())
}
