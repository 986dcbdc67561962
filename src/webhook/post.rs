//! Sends one batch of a room's entries to a webhook's receiver by the Standard Webhooks specification (1.0.0), on a separate connection,
//! without TLS and redirects.
//!
//! The time to connect, the time of the whole exchange, and the size of the answer are limited.

use std::{convert::Infallible, future::pending, io, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    config::{Secret, Webhook},
    limits,
};

/// The reason why a batch was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error("the receiver can't be reached: {0}")]
    Unreachable(io::Error),
    #[error("the receiver does not answer in time")]
    TooSlow,
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    #[error("the receiver answered {0}")]
    Status(StatusCode),
}

/// Posts a batch. `id` is the same for all retries of the batch; `time_s` is the current time in seconds since 1970.
///
/// # Errors
/// The receiver did not accept the batch, or can't be reached.
pub async fn post(hook: &Webhook, id: &str, time_s: u64, batch: Bytes) -> Result<(), PostError> {
    let deadline = Instant::now() + Duration::from_millis(limits::WEBHOOK_REQUEST_MS);
    let connecting = TcpStream::connect(address(&hook.url));
    let stream = timeout(Duration::from_millis(limits::WEBHOOK_CONNECT_MS), connecting).await;
    let stream = stream
        .map_err(|_| PostError::TooSlow)?
        .map_err(PostError::Unreachable)?;
    // hyper skips interim answers (RFC 9110, section 15.2) without a bound of its own.
    let (reading, writing) = stream.into_split();
    let stream = tokio::io::join(reading.take(limits::WEBHOOK_HEARD_BYTES as u64), writing);
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(limits::WEBHOOK_ANSWER_BYTES)
        .handshake(TokioIo::new(stream))
        .await?;
    let exchange = async {
        let answer = timeout_at(deadline, sender.send_request(request(hook, id, time_s, batch))).await;
        let answer = answer.map_err(|_| PostError::TooSlow)??;
        let status = answer.status();
        // A receiver that is cut off while it sends may log an error.
        let _ = timeout_at(deadline, drain(answer.into_body())).await;
        if status.is_success() {
            Ok(())
        } else {
            Err(PostError::Status(status))
        }
    };
    let driving = async {
        // The exchange reports the errors of the connection.
        let _ = connection.await;
        pending::<Infallible>().await
    };
    tokio::select! {
        done = exchange => done,
        never = driving => match never {},
    }
}

/// Host and port of the URL to connect to; the port is 80 if the URL has none.
fn address(url: &Uri) -> String {
    format!("{}:{}", url.host().unwrap_or_default(), url.port_u16().unwrap_or(80))
}

fn request(hook: &Webhook, id: &str, time_s: u64, batch: Bytes) -> Request<Full<Bytes>> {
    let signature = hook.secret.as_ref().map(|secret| signature(secret, id, time_s, &batch));
    let mut request = Request::new(Full::new(batch));
    *request.method_mut() = http::Method::POST;
    let path = hook.url.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse().expect("part of a valid URI");
    let host = hook.url.authority().map_or("", |authority| authority.as_str());
    let value = |text: &str| HeaderValue::from_str(text).expect("visible ASCII");
    let headers = request.headers_mut();
    headers.insert(header::HOST, value(host));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(
        header::USER_AGENT,
        HeaderValue::from_static(concat!("chatterbox/", env!("CARGO_PKG_VERSION"))),
    );
    headers.insert("webhook-id", value(id));
    headers.insert("webhook-timestamp", HeaderValue::from(time_s));
    if let Some(signature) = signature {
        headers.insert("webhook-signature", value(&signature));
    }
    request
}

/// The signature by which the receiver authenticates the batch.
fn signature(secret: &Secret, id: &str, time_s: u64, batch: &[u8]) -> String {
    let mut signed = Hmac::<Sha256>::new_from_slice(&secret.0).expect("HMAC takes a key of any length");
    signed.update(format!("{id}.{time_s}.").as_bytes());
    signed.update(batch);
    format!("v1,{}", STANDARD.encode(signed.finalize().into_bytes()))
}

/// Reads and discards an answer's body, up to [`limits::WEBHOOK_ANSWER_BYTES`].
async fn drain(mut body: Incoming) {
    let mut left = limits::WEBHOOK_ANSWER_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else {
            return;
        };
        left = rest;
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        time::sleep,
    };

    use super::*;

    /// Checks the test vector that the specification's libraries use.
    #[test]
    fn signatures_match_the_specifications_vector() {
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        assert_eq!(
            signature(&secret, id, 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    fn hook(url: &str) -> Webhook {
        Webhook {
            url: url.parse().expect("a url"),
            rooms: Vec::new(),
            secret: None,
        }
    }

    /// Posts to a receiver that sends only interim (1xx) answers, with `pause` between them.
    async fn interim(pause: Duration) -> PostError {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let port = listener.local_addr().expect("bound").port();
        let receiver = async {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            // An answer ahead of the request would break the connection.
            stream.read_u8().await.expect("a request");
            while stream.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n").await.is_ok() {
                sleep(pause).await;
            }
            pending::<Infallible>().await
        };
        let hook = hook(&format!("http://127.0.0.1:{port}/"));
        tokio::select! {
            done = post(&hook, "1f6b-7-9", 5, Bytes::from_static(b"{}")) => done.expect_err("no answer"),
            never = receiver => match never {},
        }
    }

    #[tokio::test]
    async fn endless_interim_answers_are_cut_off() {
        let error = interim(Duration::ZERO).await;
        assert!(matches!(error, PostError::Broken(_)), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn interim_answers_do_not_prolong_a_request() {
        let error = interim(Duration::from_secs(1)).await;
        assert!(matches!(error, PostError::TooSlow), "{error}");
    }

    #[test]
    fn a_request_goes_to_the_path_of_the_url() {
        let sent = |url| request(&hook(url), "1f6b-7-9", 5, Bytes::from_static(b"{}"));
        for (url, at, path, host) in [
            ("http://[::1]:9000/a/b?c=d", "[::1]:9000", "/a/b?c=d", "[::1]:9000"),
            ("http://box", "box:80", "/", "box"),
        ] {
            assert_eq!(address(&hook(url).url), at);
            let request = sent(url);
            assert_eq!(request.uri(), path);
            assert_eq!(request.headers()["host"], host);
            assert_eq!(request.headers()["webhook-timestamp"], "5");
            assert!(!request.headers().contains_key("webhook-signature"));
        }
    }
}
