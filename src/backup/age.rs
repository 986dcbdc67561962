//! Files of the age format (age-encryption.org/v1, C2SP `age.md` 1.0.0) that a passphrase opens, as a writer and a reader.
//!
//! The crate `age` 0.12.1 brings 63 further packages, for recipients, plugins and translated messages that no backup needs. This file has
//! the one recipient that backups use, on the primitives of RustCrypto. The program `age` opens what it writes (`tests/crash/stock.py`).

use std::io::{self, BufRead, Read, Write};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD as BASE64};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::AeadInOut};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::limits;

const FIRST_LINE: &str = "age-encryption.org/v1";
/// Prefix of scrypt's salt, as the format defines it.
const SCRYPT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
const SALT: usize = 16;
const KEY: usize = 32;
const FILE_KEY: usize = 16;
const NONCE: usize = 16;
const TAG: usize = 16;
/// Size of the plaintext in one chunk, in bytes.
const CHUNK: usize = 64 * 1024;
/// Maximum length of a header in bytes; one with a single recipient has about 150.
const HEADER_BYTES: u64 = 1024;

/// The reason why a file can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum AgeError {
    /// The file is not an age file, or its header has another form.
    #[error("this is no backup")]
    Foreign,
    /// The file is encrypted for a key, or with more work than [`limits::BACKUP_WORK_MOST`].
    #[error("this file was encrypted by another program, in a way that this box can't open")]
    Other,
    /// The passphrase is wrong.
    #[error("the passphrase is not the one of this backup")]
    Passphrase,
    /// The file can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// A writer that encrypts to another writer. [`Encrypt::finish`] must write the last chunk.
pub struct Encrypt<W: Write> {
    out: W,
    chunks: Chunks,
    buffer: Vec<u8>,
}

impl<W: Write> Encrypt<W> {
    /// Writes the header. Takes up to a second, and 2^`work` KiB of memory.
    ///
    /// # Errors
    /// `out` can't be written, or the system gives no random numbers.
    pub fn new(mut out: W, passphrase: &str, work: u8) -> io::Result<Self> {
        let mut random = [0; FILE_KEY + SALT + NONCE];
        getrandom::fill(&mut random)?;
        let (file_key, rest) = random.split_at(FILE_KEY);
        let (salt, nonce) = rest.split_at(SALT);
        let mut wrapped = file_key.to_vec();
        cipher(&stretched(passphrase, salt, work)?)
            .encrypt_in_place(&[0; 12].into(), b"", &mut wrapped)
            .expect("a key is short enough");
        let (salt, wrapped) = (BASE64.encode(salt), BASE64.encode(wrapped));
        let signed = format!("{FIRST_LINE}\n-> scrypt {salt} {work}\n{wrapped}\n---");
        let mac = header_mac(file_key, signed.as_bytes()).finalize().into_bytes();
        writeln!(out, "{signed} {}", BASE64.encode(mac))?;
        out.write_all(nonce)?;
        Ok(Self {
            out,
            chunks: Chunks::new(file_key, nonce),
            buffer: Vec::with_capacity(CHUNK + TAG),
        })
    }

    /// Writes the last chunk. Returns the inner writer.
    ///
    /// # Errors
    /// `out` can't be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.chunk(true)?;
        Ok(self.out)
    }

    fn chunk(&mut self, last: bool) -> io::Result<()> {
        let nonce = self.chunks.next(last);
        let sealed = self
            .chunks
            .cipher
            .encrypt_in_place(&nonce.into(), b"", &mut self.buffer);
        sealed.expect("a chunk is short enough");
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl<W: Write> Write for Encrypt<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Only `finish` knows that a full chunk is the last one.
        if self.buffer.len() == CHUNK {
            self.chunk(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A reader that decrypts a file. Reading fails if the file was changed or truncated.
pub struct Decrypt<R: Read> {
    from: R,
    chunks: Chunks,
    buffer: Vec<u8>,
    at: usize,
    /// First byte of the next chunk, read ahead to tell whether the current chunk is the last.
    ahead: Option<u8>,
    last: bool,
}

impl<R: BufRead> Decrypt<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// See [`AgeError`].
    pub fn new(mut from: R, passphrase: &str) -> Result<Self, AgeError> {
        let header = Header::read(&mut from)?;
        let mut file_key = header.wrapped.clone();
        cipher(&stretched(passphrase, &header.salt, header.work)?)
            .decrypt_in_place(&[0; 12].into(), b"", &mut file_key)
            .map_err(|_| AgeError::Passphrase)?;
        let mac = header_mac(&file_key, &header.signed);
        mac.verify_slice(&header.mac).map_err(|_| AgeError::Foreign)?;
        let mut nonce = [0; NONCE];
        from.read_exact(&mut nonce).map_err(|error| cut(&error))?;
        let mut first = [0];
        from.read_exact(&mut first).map_err(|error| cut(&error))?;
        Ok(Self {
            chunks: Chunks::new(&file_key, &nonce),
            from,
            buffer: Vec::with_capacity(CHUNK + TAG),
            at: 0,
            ahead: Some(first[0]),
            last: false,
        })
    }
}

impl<R: Read> Decrypt<R> {
    fn chunk(&mut self) -> io::Result<()> {
        self.buffer.clear();
        self.at = 0;
        let Some(ahead) = self.ahead.take().filter(|_| !self.last) else {
            return Ok(());
        };
        self.buffer.push(ahead);
        let more = (CHUNK + TAG) as u64;
        // One byte of the next chunk as well.
        (&mut self.from).take(more).read_to_end(&mut self.buffer)?;
        if self.buffer.len() > CHUNK + TAG {
            self.ahead = self.buffer.pop();
        }
        self.last = self.ahead.is_none();
        let first = self.chunks.is_first();
        let nonce = self.chunks.next(self.last);
        let opened = self
            .chunks
            .cipher
            .decrypt_in_place(&nonce.into(), b"", &mut self.buffer);
        opened.map_err(|_| damaged())?;
        match self.buffer.is_empty() && !first {
            true => Err(damaged()),
            false => Ok(()),
        }
    }
}

impl<R: Read> Read for Decrypt<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() {
            self.chunk()?;
        }
        let count = into.len().min(self.buffer.len() - self.at);
        into[..count].copy_from_slice(&self.buffer[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Key and position of the payload's chunks.
struct Chunks {
    cipher: ChaCha20Poly1305,
    number: u64,
}

impl Chunks {
    fn new(file_key: &[u8], nonce: &[u8]) -> Self {
        let mut key = [0; KEY];
        let derived = Hkdf::<Sha256>::new(Some(nonce), file_key).expand(b"payload", &mut key);
        derived.expect("a key is short enough");
        Self {
            cipher: cipher(&key),
            number: 0,
        }
    }

    fn is_first(&self) -> bool {
        self.number == 0
    }

    /// Nonce of the next chunk: its number in eleven bytes, and whether it is the last.
    fn next(&mut self, last: bool) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = u8::from(last);
        self.number += 1;
        nonce
    }
}

/// Fields of the header. The file has exactly one recipient, a passphrase.
struct Header {
    /// The text that the MAC covers.
    signed: Vec<u8>,
    salt: Vec<u8>,
    work: u8,
    wrapped: Vec<u8>,
    mac: Vec<u8>,
}

impl Header {
    fn read(from: &mut impl BufRead) -> Result<Self, AgeError> {
        let mut from = from.take(HEADER_BYTES);
        let mut line = || -> Result<String, AgeError> {
            let mut line = Vec::new();
            from.read_until(b'\n', &mut line)?;
            let line = String::from_utf8(line).map_err(|_| AgeError::Foreign)?;
            line.strip_suffix('\n').map(str::to_owned).ok_or(AgeError::Foreign)
        };
        let first = line()?;
        if first != FIRST_LINE {
            return Err(AgeError::Foreign);
        }
        let stanza = line()?;
        let words: Vec<_> = stanza.split(' ').collect();
        let ["->", "scrypt", salt, work] = words[..] else {
            return Err(AgeError::Other);
        };
        let (body, end) = (line()?, line()?);
        let mac = end.strip_prefix("--- ").ok_or(AgeError::Other)?;
        let bytes = |text: &str, count| {
            let bytes = BASE64.decode(text).ok().filter(|bytes| bytes.len() == count);
            bytes.ok_or(AgeError::Foreign)
        };
        let work = work
            .parse()
            .ok()
            .filter(|work| (1..=limits::BACKUP_WORK_MOST).contains(work));
        Ok(Self {
            salt: bytes(salt, SALT)?,
            work: work.ok_or(AgeError::Other)?,
            wrapped: bytes(&body, FILE_KEY + TAG)?,
            mac: bytes(mac, 32)?,
            signed: format!("{first}\n{stanza}\n{body}\n---").into_bytes(),
        })
    }
}

/// Derives the key that encrypts the file key, by scrypt.
fn stretched(passphrase: &str, salt: &[u8], work: u8) -> io::Result<[u8; KEY]> {
    let params = scrypt::Params::new(work, 8, 1).map_err(io::Error::other)?;
    let mut key = [0; KEY];
    let salt = [SCRYPT_LABEL, salt].concat();
    scrypt::scrypt(passphrase.as_bytes(), &salt, &params, &mut key).map_err(io::Error::other)?;
    Ok(key)
}

fn cipher(key: &[u8; KEY]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.into())
}

fn header_mac(file_key: &[u8], signed: &[u8]) -> Hmac<Sha256> {
    let mut key = [0; KEY];
    let derived = Hkdf::<Sha256>::new(None, file_key).expand(b"header", &mut key);
    derived.expect("a key is short enough");
    let keyed = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
    keyed.chain_update(signed)
}

fn damaged() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the file is cut or damaged: copy it once more",
    )
}

fn cut(error: &io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged(),
        kind => io::Error::new(kind, error.to_string()),
    }
}

#[cfg(test)]
#[path = "age_tests.rs"]
mod tests;
