//! Connection state recovery of the client suite's server, and the ids of its sockets.
//!
//! The reference server gives each socket an id of its own, apart from the session's, and takes a client that sends the `pid` of
//! its last CONNECT answer and an offset for the same socket (socketio/socket.io, `packages/socket.io/lib/namespace.ts`,
//! `_createSocket`). Nothing is missed between: this server says something only to a client that asks.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use chatterbox::transport::lane::Amendment;
use serde_json::Value as Json;
use socketioxide::socket::{Sid, Socket};

/// Sockets that can come back; of more the oldest are forgotten.
const KNOWN: usize = 1024;

/// A socket's public id.
#[derive(Clone)]
pub struct Id(pub String);

/// Ids by the `pid` that brings them back.
#[derive(Default)]
pub struct Recoveries {
    known: Mutex<VecDeque<(String, Id)>>,
    said: AtomicU64,
}

impl Recoveries {
    /// The id of a socket that connects with these parameters, and its CONNECT answer in place of the library's.
    pub fn enter(&self, socket: &Socket, auth: &Json) -> (Id, Amendment) {
        let text = |key| auth.get(key).and_then(Json::as_str);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let old = text("pid")
            .filter(|_| text("offset").is_some())
            .and_then(|pid| known.iter().find(|(other, _)| other == pid))
            .cloned();
        let (pid, id) = old.unwrap_or_else(|| {
            let fresh = (Sid::new().to_string(), Id(Sid::new().to_string()));
            known.push_back(fresh.clone());
            if known.len() > KNOWN {
                known.pop_front();
            }
            fresh
        });
        let front = match socket.ns() {
            "/" => "40".to_owned(),
            namespace => format!("40{namespace},"),
        };
        let amendment = Amendment {
            packet: format!("{front}{{\"sid\":\"{}\"}}", socket.id).into(),
            instead: format!("{front}{{\"sid\":\"{}\",\"pid\":\"{pid}\"}}", id.0).into(),
        };
        (id, amendment)
    }

    /// The next event's offset.
    pub fn offset(&self) -> String {
        format!("{:x}", self.said.fetch_add(1, Relaxed))
    }
}
