//! One request of a webhook, as the Standard Webhooks specification (1.0.0) has them: a connection of its own, no TLS, no redirects.

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
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    config::{Secret, Webhook},
    limits,
};

/// Why it was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("the receiver can't be reached: {0}")]
    Unreachable(io::Error),
    #[error("the receiver takes too long")]
    TooSlow,
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    #[error("the receiver answered {0}")]
    Status(StatusCode),
}

/// Sends a batch: `id` is its own, the same however often it is tried; `time_s` is now, in seconds since 1970.
///
/// # Errors
/// It was not taken, or nothing was heard of that.
pub async fn post(hook: &Webhook, id: &str, time_s: u64, batch: Bytes) -> Result<(), Problem> {
    let deadline = Instant::now() + Duration::from_millis(limits::WEBHOOK_REQUEST_MS);
    let connecting = TcpStream::connect(address(&hook.url));
    let stream = timeout(Duration::from_millis(limits::WEBHOOK_CONNECT_MS), connecting).await;
    let stream = stream.map_err(|_| Problem::TooSlow)?.map_err(Problem::Unreachable)?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(limits::WEBHOOK_ANSWER_BYTES)
        .handshake(TokioIo::new(stream))
        .await?;
    let exchange = async {
        let answer = timeout_at(deadline, sender.send_request(request(hook, id, time_s, batch))).await;
        let answer = answer.map_err(|_| Problem::TooSlow)??;
        let status = answer.status();
        // A receiver that is cut off while it speaks may take that for an error of ours.
        let _ = timeout_at(deadline, hear_out(answer.into_body())).await;
        if status.is_success() {
            Ok(())
        } else {
            Err(Problem::Status(status))
        }
    };
    let driving = async {
        // What ends the connection is told to the exchange.
        let _ = connection.await;
        pending::<Infallible>().await
    };
    tokio::select! {
        done = exchange => done,
        never = driving => match never {},
    }
}

/// Host and port.
fn address(url: &Uri) -> String {
    format!("{}:{}", url.host().unwrap_or_default(), url.port_u16().unwrap_or(80))
}

fn request(hook: &Webhook, id: &str, time_s: u64, batch: Bytes) -> Request<Full<Bytes>> {
    let signature = hook.secret.as_ref().map(|secret| signature(secret, id, time_s, &batch));
    let mut request = Request::new(Full::new(batch));
    *request.method_mut() = http::Method::POST;
    let path = hook.url.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse().expect("a part of a valid one");
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

/// By which the receiver knows who sent it, and that it is whole.
fn signature(secret: &Secret, id: &str, time_s: u64, batch: &[u8]) -> String {
    let mut signed = Hmac::<Sha256>::new_from_slice(&secret.0).expect("HMAC takes a key of any length");
    signed.update(format!("{id}.{time_s}.").as_bytes());
    signed.update(batch);
    format!("v1,{}", STANDARD.encode(signed.finalize().into_bytes()))
}

/// Reads an answer's body to its end or to the bound, and throws it away.
async fn hear_out(mut body: Incoming) {
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
    use super::*;

    /// The vector that the specification's libraries are tested with.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        assert_eq!(
            signature(&secret, id, 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_request_goes_to_the_path_of_the_url() {
        let hook = |url: &str| Webhook {
            url: url.parse().expect("a url"),
            rooms: Vec::new(),
            secret: None,
        };
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
