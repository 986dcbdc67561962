//! One accepted connection served with HTTP/1.1, with the deadlines and bounds that `axum::serve` does not have.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::Request;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::util::MapRequest;

use super::{
    admission::{Place, Placed},
    clock,
    door::Origin,
    lane::{Lane, LaneId, LaneLimits},
    service::Service,
};
use crate::limits::Limits;

/// How connections are served.
#[derive(Clone)]
pub struct Serve {
    /// What answers.
    pub service: Service,
    /// Ends keep-alive, so that a shutdown comes to its end.
    pub stop: CancellationToken,
    lane: LaneLimits,
    head_timeout: Duration,
    head_bytes: usize,
    user_timeout: Duration,
    send_buffer_bytes: usize,
}

impl Serve {
    /// Takes its bounds from the configuration.
    pub fn new(service: Service, stop: CancellationToken, limits: &Limits) -> Self {
        Self {
            service,
            stop,
            lane: LaneLimits {
                message_bytes: limits.message_bytes,
                unfinished_ms: limits.unfinished_ms,
                linger_ms: limits.linger_ms,
            },
            head_timeout: Duration::from_millis(limits.head_timeout_ms),
            // hyper reads the body through the same buffer, whose least size this is.
            head_bytes: limits.head_bytes.max(8192),
            user_timeout: Duration::from_millis(limits.user_timeout_ms.into()),
            send_buffer_bytes: limits.send_buffer_bytes,
        }
    }

    /// Serves a connection to its end.
    pub async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        id: LaneId,
        worker: usize,
        place: Place,
    ) {
        self.tune(&stream);
        let (lane, io) = Lane::open(stream, id, self.lane);
        // An IPv4 peer of a listener for both families, as itself.
        let address = peer.ip().to_canonical();
        let origin = Origin {
            worker,
            lane: Arc::downgrade(&lane),
            address,
        };
        drop(lane);
        let service = MapRequest::new(self.service.clone(), move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(origin.clone());
            request
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            // Counts from the moment when a head may come: a connection kept alive without a request ends by it, too.
            .header_read_timeout(self.head_timeout)
            // A server without a clock says no date (RFC 9110, 6.6.1).
            .auto_date_header(clock::is_set(SystemTime::now()))
            .max_buf_size(self.head_bytes)
            .serve_connection(TokioIo::new(Placed::new(io, place)), TowerToHyperService::new(service))
            .with_upgrades();
        tokio::pin!(serving);
        // Its errors are the client's: a broken head is answered by hyper, a broken connection has nobody to tell.
        tokio::select! {
            _ = &mut serving => {}
            () = self.stop.cancelled() => {
                serving.as_mut().graceful_shutdown();
                let _ = serving.await;
            }
        }
    }

    fn tune(&self, stream: &TcpStream) {
        let socket = socket2::SockRef::from(stream);
        let tuned = socket
            .set_tcp_nodelay(true)
            .and_then(|()| socket.set_tcp_user_timeout(Some(self.user_timeout)))
            .and_then(|()| socket.set_send_buffer_size(self.send_buffer_bytes));
        if let Err(error) = tuned {
            tracing::debug!(%error, "a socket keeps the system's settings");
        }
    }
}
