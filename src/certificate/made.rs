//! Certificates for tests.

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

/// A certificate that is valid from one year's beginning to another's, and its key, both in PEM.
pub fn signed(names: &[&str], begins: i32, ends: i32) -> (String, String) {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = date_time_ymd(begins, 1, 1);
    params.not_after = date_time_ymd(ends, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}
