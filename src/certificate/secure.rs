//! The certificate in force of a running server, which follows its files.

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

/// See the module. Shared by handshakes and routes.
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

    /// The certificate in force.
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

    /// Follows the files for ever: a renewed certificate needs no restart.
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
                tracing::info!("certificate: the renewed one is in use");
            }
            Err(fault) => tracing::warn!("certificate: the files have changed, and the old one stays in use: {fault}"),
        }
    }
}

impl ResolvesServerCert for Secure {
    /// The one certificate, whatever name the client asks for: clients know best whether it is good for them.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().key.clone())
    }
}

impl fmt::Debug for Secure {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secure")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}
