//! An HTTPS certificate with those of its issuers, and for which host names and days it is good.

use std::{
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use x509_cert::{
    der::{DateTime, Decode},
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use super::fault::Fault;
use crate::{clock, wire::bytes_without_mark};

/// Longest name of a host in bytes (RFC 1035, 2.3.4).
const NAME_BYTES: usize = 253;

/// A certificate with its issuers', and the key that fits.
pub struct Certificate {
    /// The certificate with its private key, as TLS handshakes need it.
    pub key: Arc<CertifiedKey>,
    /// DNS names in lower case, in their order; the first label may be `*`.
    names: Vec<String>,
    begins: DateTime,
    ends: DateTime,
}

/// The time by which a certificate is judged, and whether the clock can be trusted.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    /// The time, perhaps of a clock that was never set.
    pub now: SystemTime,
    /// Whether the clock shows the right time or a later one. A box's clock goes on from the last known time until a time server answers.
    pub is_trusted: bool,
}

impl Certificate {
    /// Reads a certificate and its key from the contents of both files; the paths only name them in faults.
    ///
    /// # Errors
    /// A file is not what it should be, or the key belongs to another certificate.
    pub fn read((path, certificate): (&Path, &[u8]), key: (&Path, &[u8])) -> Result<Self, Fault> {
        let wrong = |why: &str| Fault::file(path, why);
        let chain: Vec<_> = CertificateDer::pem_slice_iter(bytes_without_mark(certificate))
            .collect::<Result<_, _>>()
            .map_err(|_| wrong("it is damaged"))?;
        let first = chain.first().ok_or_else(|| wrong("no certificate in PEM is in it"))?;
        let parsed = x509_cert::Certificate::from_der(first).map_err(|_| wrong("it is damaged"))?;
        let parsed = parsed.tbs_certificate();
        let names = match parsed.get_extension::<SubjectAltName>() {
            Ok(names) => names.map(|(_, names)| names.0).unwrap_or_default(),
            Err(_) => return Err(wrong("it is damaged")),
        };
        let (begins, ends) = (parsed.validity().not_before, parsed.validity().not_after);
        let key = fitting_key(chain.clone(), key)?;
        Ok(Self {
            key: Arc::new(key),
            names: names.into_iter().filter_map(dns_name).collect(),
            begins: begins.to_date_time(),
            ends: ends.to_date_time(),
        })
    }

    /// Whether a request for this host, in lower case and without a port, is for a name of the certificate (RFC 6125, section 6.4.3).
    pub fn has(&self, host: &str) -> bool {
        let rest = host.split_once('.').map(|(_, rest)| rest);
        self.names
            .iter()
            .any(|name| name == host || name.strip_prefix("*.").is_some_and(|domain| rest == Some(domain)))
    }

    /// The name for codes and cards, of a server that answers for every name in its network and is called `host`. mDNS names
    /// (`.local`) of others are not answered.
    pub fn name(&self, host: &str) -> Option<String> {
        if self.has(host) {
            return Some(host.to_owned());
        }
        let label = host.split('.').next().unwrap_or_default();
        let names = || self.names.iter().filter(|name| !name.ends_with(".local"));
        let alike = names().find(|name| name.split('.').next() == Some(label));
        let whole = alike.or_else(|| names().find(|name| !name.starts_with('*'))).cloned();
        whole.or_else(|| {
            let domain = names().find_map(|name| name.strip_prefix("*."))?;
            Some(format!("{label}.{domain}"))
        })
    }

    /// Why the certificate is not good at this time; `None` if it is. A clock that lags can't tell that a certificate is not valid yet.
    pub fn outdated(&self, time: Time) -> Option<Fault> {
        let now = time.now.duration_since(UNIX_EPOCH).unwrap_or_default();
        if !clock::is_set(time.now) {
            None
        } else if now > self.ends.unix_duration() {
            Some(Fault::Expired(day(self.ends)))
        } else if time.is_trusted && now < self.begins.unix_duration() {
            Some(Fault::Early(day(self.begins)))
        } else {
            None
        }
    }

    /// The web origin for codes and cards of the server `host`, which may have a port; `None` if the certificate is not good for it.
    pub fn origin(&self, host: &str, port: u16, time: Time) -> Option<String> {
        let host = host.split(':').next().unwrap_or_default();
        let name = self.name(host).filter(|_| self.outdated(time).is_none())?;
        Some(match port {
            443 => format!("https://{name}"),
            port => format!("https://{name}:{port}"),
        })
    }
}

/// The key in a file, which must belong to the first certificate of the chain.
fn fitting_key(chain: Vec<CertificateDer<'static>>, (path, key): (&Path, &[u8])) -> Result<CertifiedKey, Fault> {
    let key = bytes_without_mark(key);
    let wrong = |why: &str| Fault::file(path, why);
    let has_password = || key.windows(9).any(|word| word == b"ENCRYPTED");
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| match has_password() {
        true => wrong("its key has a password"),
        false => wrong("no key in PEM is in it"),
    })?;
    match CertifiedKey::from_der(chain, key, &ring::default_provider()) {
        Ok(key) => Ok(key),
        Err(rustls::Error::InconsistentKeys(_)) => Err(Fault::Mismatch),
        Err(_) => Err(wrong("its key is of a kind that is not supported")),
    }
}

/// A DNS name in lower case, if it has the form of one.
fn dns_name(name: GeneralName) -> Option<String> {
    let GeneralName::DnsName(name) = name else {
        return None;
    };
    let name = name.as_str().to_ascii_lowercase();
    let rest = name.strip_prefix("*.").unwrap_or(&name);
    let part = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    (name.len() <= NAME_BYTES && rest.split('.').all(part)).then_some(name)
}

/// A date as `2026-11-24` (ISO 8601), for messages about a certificate's days.
fn day(at: DateTime) -> String {
    format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())
}
