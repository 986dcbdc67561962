//! An Engine.IO echo behind the product's edge, without Socket.IO: what engine.io-client's own tests expect of their server,
//! and the protocol's suites, which expect an echo.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body};
use bytes::Bytes;
use chatterbox::{
    limits,
    transport::engineio::{self, LIBRARY_PATH, Library},
};
use engineioxide::{
    DisconnectReason, Socket, Str, config::EngineIoConfig, handler::EngineIoHandler, service::EngineIoService,
};
use http::{HeaderMap, Method, Request, Response, Uri};
use serde_json::Value as Json;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::flags::Flags;

/// The library with the echo as its handler.
pub fn library(flags: &Flags) -> Library {
    let limits = &flags.limits;
    let ms = Duration::from_millis;
    let engine = EngineIoConfig::builder()
        .req_path(LIBRARY_PATH)
        .ping_interval(ms(limits.ping_interval_ms))
        .ping_timeout(ms(limits.ping_timeout_ms))
        .max_payload(u64::try_from(limits.payload_bytes).expect("a length"))
        .max_buffer_size(flags.buffer_packets)
        .ws_read_buffer_size(limits::WS_READ_BUFFER)
        .ws_max_message_size(limits.message_bytes)
        .ws_max_frame_size(limits.message_bytes)
        .build();
    let echo = Arc::new(Echo {
        greeting: flags.greeting.clone(),
    });
    Library::new(Service(EngineIoService::with_config_inner(Router::new(), echo, engine)))
}

/// Delay from a WebSocket handshake's answer to the open packet. Suites that listen for messages only after the handshake must not get both in
/// one read.
const OPENS_AFTER: Duration = Duration::from_millis(40);

/// The library, with [`OPENS_AFTER`] before each new WebSocket session.
#[derive(Clone)]
struct Service(EngineIoService<Echo, Router>);

impl tower::Service<Request<Body>> for Service {
    type Response = <EngineIoService<Echo, Router> as tower::Service<Request<Body>>>::Response;
    type Error = Infallible;
    type Future = <EngineIoService<Echo, Router> as tower::Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        tower::Service::<Request<Body>>::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        tower::Service::call(&mut self.0, request)
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> tower::Service<(S, Request<()>)> for Service {
    type Response = ();
    type Error = Infallible;
    type Future = Ready<Result<(), Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, socket: (S, Request<()>)) -> Self::Future {
        let mut library = self.0.clone();
        let is_new = !is_named(socket.1.uri(), "sid");
        tokio::spawn(async move {
            if is_new {
                tokio::time::sleep(OPENS_AFTER).await;
            }
            // The call fails only for a malformed request line, which the edge does not write.
            let _ = tower::Service::call(&mut library, socket).await;
        });
        ready(Ok(()))
    }
}

/// Whether a URI has a parameter of this name.
pub fn is_named(uri: &Uri, parameter: &str) -> bool {
    let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.any(|(name, _)| name == parameter)
}

/// Refuses requests with a parameter `deny`.
pub fn refuse(_: &Method, uri: &Uri, _: &HeaderMap) -> Option<Response<Body>> {
    is_named(uri, "deny").then(engineio::forbidden)
}

#[derive(Debug)]
struct Echo {
    /// The first message to each client.
    greeting: Option<String>,
}

impl EngineIoHandler for Echo {
    type Data = ();

    fn on_connect(self: Arc<Self>, socket: Arc<Socket<()>>) {
        if let Some(greeting) = &self.greeting {
            say(&socket, greeting.clone());
        }
    }

    fn on_disconnect(&self, _: Arc<Socket<()>>, _: DisconnectReason) {}

    fn on_message(self: &Arc<Self>, message: Str, socket: Arc<Socket<()>>) {
        match message.as_str() {
            "give binary" => say_binary(&socket, Bytes::from_static(&[0, 1, 2, 3, 4])),
            "give utf8" => say(&socket, "пойду спать всем спокойной ночи"),
            "sendHeaders" => say(&socket, headers(&socket.req_parts.headers).to_string()),
            _ => say(&socket, message),
        }
    }

    fn on_binary(self: &Arc<Self>, message: Bytes, socket: Arc<Socket<()>>) {
        say_binary(&socket, message);
    }
}

/// Sends a text. A full buffer ends the session.
fn say(socket: &Socket<()>, text: impl Into<Str>) {
    if socket.emit(text).is_err() {
        socket.close(DisconnectReason::TransportError);
    }
}

/// Sends bytes, as [`say`] does.
fn say_binary(socket: &Socket<()>, bytes: Bytes) {
    if socket.emit_binary(bytes).is_err() {
        socket.close(DisconnectReason::TransportError);
    }
}

/// A handshake's headers as an object.
pub fn headers(headers: &HeaderMap) -> Json {
    let text = |value: &http::HeaderValue| Json::from(String::from_utf8_lossy(value.as_bytes()).into_owned());
    let pairs = headers.iter().map(|(name, value)| (name.to_string(), text(value)));
    Json::Object(pairs.collect())
}
