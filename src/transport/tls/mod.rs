//! TLS under the lane: a stream that encrypts is a socket like another, so every technique works over it, and the fan-out writes to it as to
//! any lane. HTTP/1.1 alone is offered.
//!
//! A broadcast is still encoded once. The record layer copies it for each connection, since each has keys of its own.

mod stream;
#[cfg(test)]
mod tests;

use std::{io, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::ring,
    server::NoServerSessionStorage,
    version::{TLS12, TLS13},
};

pub use self::stream::TlsStream;
use crate::certificate::Secure;

/// The settings of all handshakes. Sessions are resumed by tickets, so the server remembers none.
///
/// # Errors
/// The system gives no random numbers for the tickets' keys.
pub fn handshakes(secure: Arc<Secure>) -> io::Result<Arc<ServerConfig>> {
    let provider = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .expect("ring has suites for both versions");
    let mut config = config.with_no_client_auth().with_cert_resolver(secure);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.ticketer = ring::Ticketer::new().map_err(io::Error::other)?;
    Ok(Arc::new(config))
}
