//! Ends polling sessions whose heartbeat is overdue. The library's timer fires a few milliseconds late, and a heartbeat that comes in between
//! would bring the session back.

use std::time::Duration;

use http::Request;
use socketioxide::socket::Sid;
use tokio::time::{Instant, sleep};

use super::{
    Edge,
    request::{EngineError, EngineRequest},
};

/// How long a request of an overdue session waits at most for the library to end the session.
const LATE: Duration = Duration::from_millis(100);

/// Time between two looks at an overdue session.
const AGAIN: Duration = Duration::from_millis(1);

impl Edge {
    /// Lets the library end a session whose heartbeat is overdue, before a request of it counts as a sign of life.
    pub(super) async fn end_overdue(&self, request: &EngineRequest, sid: Sid, http: &Request<()>) {
        let now = Instant::now();
        while self.polling.is_overdue(sid)
            && now.elapsed() < LATE
            && self.is_polling(request, sid, http).await != Err(EngineError::UnknownSession)
        {
            sleep(AGAIN).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{str::from_utf8, sync::Arc, thread};

    use axum::{
        Router,
        body::{Body, to_bytes},
    };
    use bytes::Bytes;
    use engineioxide::{
        DisconnectReason, Socket, Str, config::EngineIoConfig, handler::EngineIoHandler, service::EngineIoService,
    };
    use http::{Method, StatusCode};

    use super::*;
    use crate::{
        limits::Limits,
        memory::Account,
        transport::engineio::{EdgeConfig, LIBRARY_PATH, Library, payload},
    };

    #[derive(Debug)]
    struct Silent;

    impl EngineIoHandler for Silent {
        type Data = ();

        fn on_connect(self: Arc<Self>, _: Arc<Socket<()>>) {}
        fn on_disconnect(&self, _: Arc<Socket<()>>, _: DisconnectReason) {}
        fn on_message(self: &Arc<Self>, _: Str, _: Arc<Socket<()>>) {}
        fn on_binary(self: &Arc<Self>, _: Bytes, _: Arc<Socket<()>>) {}
    }

    const INTERVAL: Duration = Duration::from_millis(500);
    const TIMEOUT: Duration = Duration::from_secs(1);

    fn edge() -> Arc<Edge> {
        let engine = EngineIoConfig::builder()
            .req_path(LIBRARY_PATH)
            .ping_interval(INTERVAL)
            .ping_timeout(TIMEOUT)
            .build();
        let service = EngineIoService::with_config_inner(Router::new(), Arc::new(Silent), engine);
        let config = EdgeConfig {
            ping_interval: INTERVAL,
            ping_timeout: TIMEOUT,
            is_socketio: false,
            ..EdgeConfig::new(&Limits::default(), Account::new(1 << 30))
        };
        Arc::new(Edge::new(config, Library::new(service), Arc::default()))
    }

    async fn answer(edge: &Arc<Edge>, method: Method, query: &str, body: &'static str) -> (StatusCode, Bytes) {
        let mut http = Request::new(Body::from(body));
        *http.method_mut() = method;
        *http.uri_mut() = format!("/engine.io/?transport=polling&{query}").parse().unwrap();
        let response = edge.clone().answer(http).await;
        (
            response.status(),
            to_bytes(response.into_body(), usize::MAX).await.unwrap(),
        )
    }

    /// The runtime has one thread, so that its timers do not fire while that sleeps.
    #[tokio::test]
    async fn a_heartbeat_behind_the_deadline_is_too_late_although_no_timer_has_fired() {
        for (eio, beat) in [("EIO=3", "1:2"), ("EIO=4", "3")] {
            let edge = edge();
            let (_, open) = answer(&edge, Method::GET, eio, "").await;
            let sid = payload::opened_sid(&open).expect("an open packet");
            let session = format!("{eio}&sid={sid}");
            let silence = match eio {
                "EIO=4" => {
                    let (_, ping) = answer(&edge, Method::GET, &session, "").await;
                    assert_eq!(ping, "2");
                    TIMEOUT
                }
                _ => INTERVAL + TIMEOUT,
            };
            let (status, _) = answer(&edge, Method::POST, &session, beat).await;
            assert_eq!(status, StatusCode::OK, "in time");
            if eio == "EIO=4" {
                let (_, ping) = answer(&edge, Method::GET, &session, "").await;
                assert_eq!(ping, "2");
            }
            // The library's task hears of it, and sets its timer.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            thread::sleep(silence);
            let (status, error) = answer(&edge, Method::POST, &session, beat).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{eio}: {:?}", from_utf8(&error));
            assert!(
                edge.polling.is_empty(),
                "{eio}: the table keeps no session that is over"
            );
        }
    }
}
