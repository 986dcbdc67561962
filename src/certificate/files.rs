//! Reads the two files of an HTTPS certificate, at most `limits::CERTIFICATE_BYTES` each, and notices when they change.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    chain::{Certificate, Time},
    fault::Fault,
};
use crate::limits::CERTIFICATE_BYTES;

/// Names of the files in a directory that holds both.
const CERTIFICATE: &str = "cert.pem";
const KEY: &str = "key.pem";

/// Paths of the certificate chain and of its private key, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Path of the certificate chain: the server's certificate, then those of its issuers.
    pub certificate: PathBuf,
    /// Path of the certificate's private key.
    pub key: PathBuf,
}

impl Files {
    /// The files `cert.pem` and `key.pem` of a directory; each name may have a prefix.
    pub fn within(directory: &Path, prefix: &str) -> Self {
        Self {
            certificate: directory.join(format!("{prefix}{CERTIFICATE}")),
            key: directory.join(format!("{prefix}{KEY}")),
        }
    }

    /// Whether at least one of the certificate's two files exists.
    pub fn any(&self) -> bool {
        self.certificate.exists() || self.key.exists()
    }

    /// Reads both files; returns the certificate's content first, then the key's.
    ///
    /// # Errors
    /// A file is missing, unreadable or too long.
    pub fn contents(&self) -> Result<(Vec<u8>, Vec<u8>), Fault> {
        Ok((content(&self.certificate)?, content(&self.key)?))
    }

    /// Reads the certificate.
    ///
    /// # Errors
    /// The reason why it can't be served.
    pub fn load(&self) -> Result<Certificate, Fault> {
        let (certificate, key) = self.contents()?;
        Certificate::read((&self.certificate, &certificate), (&self.key, &key))
    }

    /// The fault that prevents use of the certificate for the server `host`, if any; without a host any name is accepted.
    pub fn fault(&self, host: Option<&str>, time: Time) -> Option<Fault> {
        match self.load() {
            Err(fault) => Some(fault),
            Ok(certificate) if certificate.name(host.unwrap_or_default()).is_none() => Some(Fault::Name),
            Ok(certificate) => certificate.outdated(time),
        }
    }

    /// Modification times and lengths of the files, by which a change is detected; `None` for a missing file.
    pub(super) fn look(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.certificate, &self.key].map(|path| {
            let file = path.metadata().ok()?;
            Some((file.modified().ok()?, file.len()))
        })
    }
}

fn content(path: &Path) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(CERTIFICATE_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > CERTIFICATE_BYTES => Err(Fault::file(path, "it is too long")),
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Fault::file(path, "it is missing")),
        Err(error) => Err(Fault::file(path, format!("it can't be read ({error})"))),
    }
}
