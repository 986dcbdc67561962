//! Wraps the Socket.IO library, which the Engine.IO edge calls, as one type: socketioxide in the product, engineioxide alone in test programs.

use std::convert::Infallible;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{Request, Response};
use tower::{Service, ServiceExt, util::BoxCloneSyncService};

use super::workarounds::stream::EdgeStream;
use crate::transport::websocket::handshake::Stream;

/// A WebSocket stream and the request that opened it.
type Socket = (Box<EdgeStream<Stream>>, Request<()>);

/// A service as engineioxide provides it: HTTP requests for polling, frame streams for WebSocket.
pub struct Library {
    requests: BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>,
    sockets: Box<dyn Fn(Socket) + Send + Sync>,
}

impl Library {
    /// Wraps the service of socketioxide or engineioxide.
    pub fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>, Error = Infallible, Future: Send>,
        S: Service<Socket, Response = ()> + Clone + Send + Sync + 'static,
        B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
    {
        let sockets = service.clone();
        Self {
            requests: BoxCloneSyncService::new(ServiceExt::<Request<Body>>::map_response(service, |response| {
                response.map(Body::new)
            })),
            // The call fails only for a malformed request line, which the edge does not write.
            sockets: Box::new(move |socket| drop(sockets.clone().call(socket))),
        }
    }

    /// Lets the library answer a polling request.
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let Ok(response) = self.requests.clone().oneshot(request).await;
        response
    }

    /// Passes a WebSocket stream to the library. Boxed, because several states of the library's task reserve space for it.
    pub fn take(&self, stream: EdgeStream<Stream>, request: Request<()>) {
        (self.sockets)((Box::new(stream), request));
    }
}
