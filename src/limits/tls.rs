//! Limits of HTTPS connections: sizes of records and of the certificate's files, and the memory of a connection.

/// Maximum size of a file with a certificate or a key, in bytes: a chain of four certificates takes 8 KB.
pub const CERTIFICATE_BYTES: u64 = 64 * 1024;
/// Interval between two looks at the certificate's files, in milliseconds: programs renew certificates weeks before their end.
pub const CERTIFICATE_LOOK_MS: u64 = 60_000;
/// Maximum plaintext of one TLS record to a client, in bytes. For a slow client at most one record waits in memory.
pub const TLS_RECORD_BYTES: usize = 4096;
/// Bytes that a client may send without a byte of plaintext in them: a handshake, or the longest record (RFC 8446, section 5.2; 16 KiB,
/// its head, and 2 KiB with TLS 1.2).
pub const TLS_BARREN_BYTES: usize = 20 * 1024;
/// What a TLS connection costs besides, in bytes: an unfinished record from the client, the plaintext of the one before, a record towards
/// it, keys and tables. An idle one takes about 12 KB.
pub const TLS_BYTES: usize = TLS_BARREN_BYTES + 16 * 1024 + TLS_RECORD_BYTES + 6 * 1024;

const _: () = assert!(TLS_BARREN_BYTES > 5 + 16 * 1024 + 2048);
