//! What the tests ask of the server itself.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use axum::{
    Json, Router,
    extract::{Query, State},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{app::App, events::bcast, rooms::RoomCommand};

pub fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/rig/stats", get(stats))
        .route("/rig/broadcast", post(broadcast))
        .with_state(app)
}

async fn stats(State(app): State<Arc<App>>) -> Json<Value> {
    let count = |counter: &AtomicU64| counter.load(Relaxed);
    let stats = &app.stats;
    let (connects, disconnects) = (count(&stats.connects), count(&stats.disconnects));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let rss_kb = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .trim()
            .strip_suffix(" kB")?
            .parse::<u64>()
            .ok()
    });
    let fds = std::fs::read_dir("/proc/self/fd").map_or(0, |fds| fds.count());
    let reasons = app.reasons().clone();
    let namespaces = app.namespaces().len();
    Json(json!({
        "rss_kb": rss_kb, "fds": fds, "open": connects.saturating_sub(disconnects), "connects": connects,
        "disconnects": disconnects, "events": count(&stats.events), "emit_errors": count(&stats.emit_errors),
        "namespaces": namespaces, "reasons": reasons,
    }))
}

#[derive(Deserialize)]
#[serde(default)]
struct Wanted {
    n: u64,
    size: usize,
    room: Option<String>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            n: 1,
            size: 0,
            room: None,
        }
    }
}

async fn broadcast(State(app): State<Arc<App>>, Query(Wanted { n, size, room }): Query<Wanted>) -> Json<Value> {
    let text = "x".repeat(size);
    let room = room.filter(|room| !room.is_empty());
    for i in 0..n {
        let (namespace, room, json) = ("/".to_owned(), room.clone(), bcast(i, &text));
        app.send(RoomCommand::Broadcast {
            namespace,
            room,
            json,
            but: None,
        })
        .await;
    }
    Json(json!({ "sent": n }))
}
