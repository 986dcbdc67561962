//! The HTTPS certificate in use: a running server looks at its files every `limits::CERTIFICATE_LOOK_MS` and takes renewed ones.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, UNIX_EPOCH},
};

use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::{
    chain::{Certificate, Time},
    fault::Fault,
    files::Files,
};
use crate::{clock::Clock, limits::CERTIFICATE_LOOK_MS};

/// The HTTPS certificate in use, shared by handshakes and routes; [`Secure::follow`] replaces it when its files change.
pub struct Secure {
    files: Files,
    /// Port of the listener, as clients write it.
    port: u16,
    clock: Arc<Clock>,
    current: RwLock<Arc<Certificate>>,
}

impl Secure {
    /// Reads the certificate of a server that listens on `port`.
    ///
    /// # Errors
    /// The certificate can't be served.
    pub fn load(files: Files, port: u16, clock: Arc<Clock>) -> Result<Arc<Self>, Fault> {
        let current = RwLock::new(Arc::new(files.load()?));
        Ok(Arc::new(Self {
            files,
            port,
            clock,
            current,
        }))
    }

    /// The certificate that new connections get.
    pub fn current(&self) -> Arc<Certificate> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The web origin for codes of the server `host`; `None` while the certificate is not good for it.
    pub fn origin(&self, host: &str) -> Option<String> {
        let time = Time {
            now: UNIX_EPOCH + Duration::from_millis(self.clock.now().wall_ms),
            is_trusted: self.clock.is_trusted(),
        };
        self.current().origin(host, self.port, time)
    }

    /// Looks at the certificate's files every [`CERTIFICATE_LOOK_MS`] and reads them again when they have changed; never returns.
    pub async fn follow(self: Arc<Self>) {
        let mut seen = self.files.look();
        loop {
            tokio::time::sleep(Duration::from_millis(CERTIFICATE_LOOK_MS)).await;
            let now = self.files.look();
            if now != seen {
                seen = now;
                self.renew();
            }
        }
    }

    /// Reads the files again. The old certificate stays if the new one can't be served: the next look may find the second file.
    pub(super) fn renew(&self) {
        match self.files.load() {
            Ok(fresh) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
                tracing::info!("tls: the renewed certificate is in use; no restart is needed");
            }
            Err(fault) => tracing::warn!(
                "tls: the certificate's files have changed but can't be used, so the old certificate stays in use. {fault}"
            ),
        }
    }
}

impl ResolvesServerCert for Secure {
    /// Gives every client the one certificate, whatever host name it asks for: clients know best whether it is good for them.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().key.clone())
    }
}

impl fmt::Debug for Secure {
    /// Shows the files' paths, never the private key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secure")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}
