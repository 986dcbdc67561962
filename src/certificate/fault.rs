//! Says what is wrong with an HTTPS certificate, in one sentence with its remedy. Plain data.

use std::{fmt, path::Path};

/// Reason why join codes and the captive portal name the HTTP address although there is a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A file can't be used.
    File {
        /// Name of the certificate's or the key's file.
        file: String,
        /// The fault as a clause, such as "it is missing".
        why: String,
    },
    /// The key belongs to another certificate.
    Mismatch,
    /// The certificate has no name that leads to this server.
    Name,
    /// The certificate has expired; its last day.
    Expired(String),
    /// The certificate is not valid yet; its first day.
    Early(String),
}

impl Fault {
    /// A file can't be used.
    pub(super) fn file(path: &Path, why: impl fmt::Display) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self::File {
            file: name.to_string_lossy().into_owned(),
            why: why.to_string(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, why } => write!(
                f,
                "The certificate's file {file} can't be used: {why}. Phones use http:// meanwhile; put both files there as PEM, the key without a password."
            ),
            Self::Mismatch => f.write_str(
                "The certificate's key belongs to another certificate. Phones use http:// meanwhile; put the two files there that were made together.",
            ),
            Self::Name => f.write_str(
                "The certificate has no host name for this server. Phones use http:// meanwhile; use a certificate with a DNS name.",
            ),
            Self::Expired(day) => write!(
                f,
                "The certificate expired on {day}. Phones use http:// meanwhile; put a renewed one there."
            ),
            Self::Early(day) => write!(
                f,
                "The certificate is not valid before {day}. Phones use http:// meanwhile; check the clock, or use another one."
            ),
        }
    }
}
