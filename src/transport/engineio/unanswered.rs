//! Ends a polling session whose client aborts a waiting poll, because the client is gone then. Nothing grows.

use std::sync::Arc;

use futures_util::FutureExt;
use http::Request;
use socketioxide::socket::Sid;

use super::{
    Edge,
    request::EngineRequest,
    sessions::{Guard, Probe},
};

/// A pending poll. Dropping it unanswered ends its session, because the client has gone; other members see that without waiting for the heartbeat.
///
/// The reference server ends the session, too (socketio/socket.io, `packages/engine.io/lib/transports/polling.ts`, `onPollRequest`).
/// A client that is about to upgrade may abort its poll.
pub struct Unanswered {
    edge: Arc<Edge>,
    request: EngineRequest,
    sid: Sid,
    pub guard: Guard,
    is_answered: bool,
}

impl Unanswered {
    /// Registers the poll of session `sid` as pending, until it is answered or dropped.
    pub fn new(edge: &Arc<Edge>, request: &EngineRequest, sid: Sid) -> Self {
        Self {
            edge: edge.clone(),
            request: request.clone(),
            sid,
            guard: edge.polling.enter(sid),
            is_answered: false,
        }
    }

    /// Marks the poll as answered, so that the session stays.
    pub fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if self.is_answered || self.guard.probe() != Probe::None {
            return;
        }
        let (edge, request, sid) = (self.edge.clone(), self.request.clone(), self.sid);
        // A runtime that stops drops its requests, and its sessions with them.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let mut ending = Box::pin(async move { edge.end_session(&request, sid, &Request::new(())).await });
            // The library needs no wait for it, so that no later request meets the session.
            if (&mut ending).now_or_never().is_none() {
                runtime.spawn(ending);
            }
        }
    }
}
