//! Serves an accepted connection with HTTP/1.1. Unlike `axum::serve` it has deadlines for heads and writes, and limits for heads and buffers
//! (`head_timeout_ms`, `head_bytes`, `user_timeout_ms`).

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::FutureExt;
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, time::timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{admission::Permit, service::Service};
use crate::{
    clock,
    limits::Limits,
    memory::Account,
    transport::placed::Placed,
    transport::{
        ingress::Peer,
        lane::{Lane, LaneId, LaneLimits, Stream},
        tls::TlsStream,
    },
};

/// Serves accepted connections: the HTTP service, and the limits and deadlines of every connection.
#[derive(Clone)]
pub struct Serve {
    /// The service that answers requests.
    pub service: Service,
    /// Cancelled at shutdown, to end keep-alive connections.
    pub stop: CancellationToken,
    lane: LaneLimits,
    head_timeout: Duration,
    head_bytes: usize,
    user_timeout: Duration,
    send_buffer_bytes: usize,
    account: Arc<Account>,
}

impl Serve {
    /// Serves connections with `service` within the configured limits, until `stop` is cancelled.
    pub fn new(service: Service, stop: CancellationToken, limits: &Limits, account: Arc<Account>) -> Self {
        Self {
            service,
            stop,
            lane: LaneLimits {
                message_bytes: limits.message_bytes,
                unfinished_ms: limits.unfinished_ms,
                linger_ms: limits.linger_ms,
            },
            head_timeout: Duration::from_millis(limits.head_timeout_ms),
            // hyper reads the body through the same buffer; 8192 bytes is its minimum.
            head_bytes: limits.head_bytes.max(8192),
            user_timeout: Duration::from_millis(limits.user_timeout_ms.into()),
            send_buffer_bytes: limits.send_buffer_bytes,
            account,
        }
    }

    /// Serves an accepted connection until it closes or the server stops.
    pub async fn connection(
        self: Arc<Self>,
        stream: Stream,
        peer: SocketAddr,
        id: LaneId,
        worker: usize,
        permit: Permit,
    ) {
        let secure = match &stream {
            Stream::Plain(stream) => {
                self.tune(stream);
                false
            }
            Stream::Tls(stream) => {
                self.tune(stream.socket());
                if !self.shakes_hands(stream, &permit).await {
                    return;
                }
                true
            }
        };
        let (lane, io) = Lane::open(stream, id, self.lane);
        let io = io.counted(self.account.clone());
        // A listener for both families reports IPv4 peers as mapped IPv6 addresses.
        let address = peer.ip().to_canonical();
        let peer = Peer {
            worker,
            lane: Arc::downgrade(&lane),
            address,
            device: permit.device(),
            secure,
        };
        drop(lane);
        let on_request = permit.on_request();
        let service = service_fn(|mut request: Request<Incoming>| {
            on_request();
            request.extensions_mut().insert(peer.clone());
            begun(self.service.clone().oneshot(request))
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            // Also ends a kept-alive connection on which no request comes.
            .header_read_timeout(self.head_timeout)
            // A server whose clock is not set sends no date (RFC 9110, section 6.6.1).
            .auto_date_header(clock::is_set(SystemTime::now()))
            .max_buf_size(self.head_bytes)
            .serve_connection(TokioIo::new(Placed::new(io, Box::new(permit))), service)
            .with_upgrades();
        tokio::pin!(serving);
        // Errors need no handling: hyper answers a broken head, and a broken connection has no receiver.
        tokio::select! {
            _ = &mut serving => {}
            () = self.stop.cancelled() => {
                serving.as_mut().graceful_shutdown();
                let _ = serving.await;
            }
        }
    }

    /// Whether the TLS handshake succeeds in time. Until then the connection may be evicted, like one that has sent no request.
    async fn shakes_hands(&self, stream: &TlsStream, permit: &Permit) -> bool {
        tokio::select! {
            done = timeout(self.head_timeout, stream.handshake()) => match done {
                Ok(Ok(())) => true,
                Ok(Err(error)) => {
                    tracing::debug!(%error, "tls: the handshake of a new connection failed, so the connection is closed");
                    false
                }
                Err(_) => false,
            },
            () = permit.lost() => false,
            () = self.stop.cancelled() => false,
        }
    }

    fn tune(&self, stream: &TcpStream) {
        let socket = socket2::SockRef::from(stream);
        let tuned = socket
            .set_tcp_nodelay(true)
            .and_then(|()| socket.set_tcp_user_timeout(Some(self.user_timeout)))
            .and_then(|()| socket.set_send_buffer_size(self.send_buffer_bytes));
        if let Err(error) = tuned {
            tracing::debug!(%error, "listener: a socket option of a new connection can't be set; the connection continues with the system's defaults");
        }
    }
}

/// Starts an answer at once. hyper drops a request that it reads together with the end of the connection, and never polls its answer; the end
/// of a session whose client has gone would be noticed at the heartbeat only.
fn begun<F: Future>(answer: F) -> impl Future<Output = F::Output> {
    let mut answer = Box::pin(answer);
    let first = (&mut answer).now_or_never();
    async move {
        match first {
            Some(output) => output,
            None => answer.await,
        }
    }
}
