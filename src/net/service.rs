//! Everything that answers HTTP requests, as one service: Socket.IO below its path, rooms, pages.

use std::{convert::Infallible, sync::Arc};

use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, Response};
use hyper::body::Incoming;
use tower::{Layer, ServiceExt, service_fn, util::BoxCloneSyncService};

use super::{edge::Edge, front::Front};

/// One for each connection, cheap to clone.
pub type Service = BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>;

/// Answers a request for a static file below the Socket.IO path, if it is one.
pub type Files = dyn Fn(&Method, &str, &HeaderMap) -> Option<Response<Body>> + Send + Sync;

/// Puts the parts together: `edge` has the requests below `path` but for `files`, `router` all others. `front`
/// comes before all of them.
pub fn build(
    path: &str,
    edge: Arc<Edge>,
    files: Arc<Files>,
    router: Router,
    front: Option<Arc<Front>>,
    cors: Option<tower_http::cors::CorsLayer>,
) -> Service {
    let path: Arc<str> = path.into();
    let service = service_fn(move |request: Request<Incoming>| {
        let (path, edge, files, router) = (path.clone(), edge.clone(), files.clone(), router.clone());
        let front = front.clone();
        async move {
            let request = request.map(Body::new);
            let below = request.uri().path().strip_prefix(&*path);
            let engine = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if let Some(answer) = front.and_then(|front| front.answer(&request, engine)) {
                return Ok(answer);
            }
            if !engine {
                return router.oneshot(request).await;
            }
            Ok(match files(request.method(), request.uri().path(), request.headers()) {
                Some(file) => file,
                None => edge.answer(request).await,
            })
        }
    });
    match cors {
        Some(cors) => BoxCloneSyncService::new(cors.layer(service)),
        None => BoxCloneSyncService::new(service),
    }
}
