//! `GET /status`: health check with statistics, for the page, for monitoring, and for `chatterbox doctor`. The server's driver must answer within
//! [`limits::STATUS_MS`].

use std::{path::Path, sync::Arc, time::Duration};

use axum::{Router, extract::State, response::Response, routing::get};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    appliance::version,
    config::Config,
    limits, page,
    transport::{
        message::{self, Message},
        request,
    },
};

/// State of the route `GET /status`: the driver's inbox, and the fields of the answer that are fixed at the start.
struct About {
    inbox: mpsc::Sender<Message>,
    name: String,
    problems: Vec<Value>,
    version: String,
}

/// The route `/status`.
pub fn routes(config: &Config, inbox: mpsc::Sender<Message>) -> Router {
    let about = About {
        inbox,
        name: config.event_name.clone(),
        problems: page::told(&config.problems),
        version: version::of(Path::new("/")),
    };
    Router::new().route("/status", get(status)).with_state(Arc::new(about))
}

async fn status(State(about): State<Arc<About>>) -> Response {
    let patience = Duration::from_millis(limits::STATUS_MS);
    let Some(status) = message::ask_within(&about.inbox, patience).await else {
        return request::refuse(&request::stopping());
    };
    let body = json!({
        "name": about.name,
        "version": about.version,
        "members": status.members,
        "rooms": status.rooms,
        "messages": status.entries,
        "durable": status.durable,
        "memory": { "used": status.memory, "budget": status.budget },
        "problems": about.problems,
    });
    request::json(StatusCode::OK, body.to_string().into())
}
