//! The HTTP service that answers all requests: host check, CORS, Socket.IO below its path, and the routes of rooms and pages.
//!
//! A stopping server answers requests of existing Socket.IO sessions, and refuses all others.

use std::{convert::Infallible, sync::Arc};

use axum::{Router, body::Body};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use hyper::body::Incoming;
use tower::{Layer, ServiceExt, service_fn, util::BoxCloneSyncService};

use crate::{
    room::{Code, Refusal},
    routes::front::Front,
    transport::{
        engineio::Edge,
        ingress::WorkerRegistry,
        query,
        request::{refuse, stopping},
    },
};

/// The HTTP service; cheap to clone for each connection.
pub type Service = BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>;

/// Answers a request for a static file below the Socket.IO path; `None` for all other requests.
pub type Files = dyn Fn(&Method, &Uri, &HeaderMap) -> Option<Response<Body>> + Send + Sync;

/// Builds the service: `front` sees each request first, then `files` and `edge` those below `path`, and `router` all others.
pub fn build(
    registry: Arc<WorkerRegistry>,
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
        let (front, registry) = (front.clone(), registry.clone());
        async move {
            let request = request.map(Body::new);
            let below = request.uri().path().strip_prefix(&*path);
            let engine = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if registry.is_stopping() && !(engine && has_session(&request)) {
                return Ok(stopping_response());
            }
            if let Some(answer) = front.and_then(|front| front.answer(&request, engine)) {
                return Ok(answer);
            }
            if !engine {
                return router.oneshot(request).await.map(in_json);
            }
            Ok(match files(request.method(), request.uri(), request.headers()) {
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

/// Turns an error of the HTTP framework, which is plain text or empty, into a refusal in JSON.
fn in_json(response: Response<Body>) -> Response<Body> {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let message = match status {
        StatusCode::NOT_FOUND => "nothing is at this address",
        StatusCode::METHOD_NOT_ALLOWED => "this address takes another method, see Allow",
        status if status.is_client_error() => "the request could not be read",
        _ => return response,
    };
    if !plain {
        return response;
    }
    let mut refused = refuse(&Refusal::new(Code::BadRequest, message));
    *refused.status_mut() = status;
    if let Some(allow) = response.headers().get(header::ALLOW) {
        refused.headers_mut().insert(header::ALLOW, allow.clone());
    }
    refused
}

fn has_session<B>(request: &Request<B>) -> bool {
    query::pairs(request.uri().query()).is_ok_and(|pairs| query::value(&pairs, "sid").is_some())
}

/// Asks the client to retry on a new connection, which reaches the next server.
fn stopping_response() -> Response<Body> {
    let mut response = refuse(&stopping());
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}
