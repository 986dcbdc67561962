//! The format of an update file: two header lines, their signature, and the content of a slot (`image/SLOTS.md`).

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::refused::Refused;

const FIRST_LINE: &str = "chatterbox-update 1\n";
/// Maximum length of a header line, in bytes.
const LINE_BYTES: u64 = 4096;
/// Size of one read of the payload, in bytes.
pub(super) const PIECE: usize = 256 * 1024;

/// The signed header of an update file.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Head {
    /// Version of the update, as shown to the organizer.
    pub version: String,
    /// Version of the boot files that the update needs.
    pub boot: u32,
    /// Size of the payload, in bytes.
    pub size: u64,
    /// SHA-256 of the payload: 64 hexadecimal digits.
    pub sha256: String,
}

/// An update file whose signature was verified.
pub struct Update {
    /// The signed header.
    pub head: Head,
    file: File,
    payload: u64,
}

impl Update {
    /// Opens a file and reads its header. The signature is verified before the content is parsed.
    ///
    /// # Errors
    /// The file can't be read, is not an update, or has no signature of a known key.
    pub fn open(path: &Path, keys: &[VerifyingKey]) -> Result<Self, Refused> {
        let mut reader = BufReader::new(File::open(path)?);
        let head = read_head(&mut reader, keys)?;
        let payload = reader.stream_position()?;
        Ok(Self {
            head,
            file: reader.into_inner(),
            payload,
        })
    }

    /// Reads the payload and compares it with the header.
    ///
    /// # Errors
    /// The file can't be read, or its payload differs from the signed one.
    pub fn check(&mut self) -> Result<(), Refused> {
        if Some(self.file.metadata()?.len()) != self.payload.checked_add(self.head.size) {
            return Err(Refused::Damaged);
        }
        let hash = hash(&mut self.content()?)?;
        if hash == self.head.sha256 {
            Ok(())
        } else {
            Err(Refused::Damaged)
        }
    }

    /// A reader at the start of the payload.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn content(&mut self) -> io::Result<impl Read + '_> {
        self.file.seek(SeekFrom::Start(self.payload))?;
        Ok((&mut self.file).take(self.head.size))
    }
}

/// Reads the three lines of a header; the reader is then at the payload.
///
/// # Errors
/// The lines can't be read, are not a header, or have no signature of a known key.
pub fn read_head(reader: &mut impl BufRead, keys: &[VerifyingKey]) -> Result<Head, Refused> {
    let first = line(reader)?;
    if first != FIRST_LINE {
        return Err(Refused::NoUpdate);
    }
    let second = line(reader)?;
    let signature = line(reader)?;
    let signature = BASE64.decode(signature.trim_end()).ok();
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
    let signed = format!("{first}{second}");
    let by_us = |signature: Signature| {
        keys.iter()
            .any(|key| key.verify_strict(signed.as_bytes(), &signature).is_ok())
    };
    if !signature.is_some_and(by_us) {
        return Err(Refused::NotSigned);
    }
    serde_json::from_str(&second).map_err(|_| Refused::NoUpdate)
}

/// Reads a line with its line break.
///
/// # Errors
/// The line is too long or has no line break: the file is of another kind.
fn line(reader: &mut impl BufRead) -> Result<String, Refused> {
    let mut bytes = Vec::new();
    reader.take(LINE_BYTES + 1).read_until(b'\n', &mut bytes)?;
    match String::from_utf8(bytes) {
        Ok(line) if line.ends_with('\n') => Ok(line),
        _ => Err(Refused::NoUpdate),
    }
}

/// SHA-256 of the reader's content, in hexadecimal digits.
pub(super) fn hash(reader: &mut impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match reader.read(&mut piece)? {
            0 => return Ok(HEXLOWER.encode(&hasher.finalize())),
            count => hasher.update(&piece[..count]),
        }
    }
}

/// Reads the public keys that may sign updates: one in base64 on each line; `#` starts a comment.
///
/// # Errors
/// The file can't be read, or a line is not a key.
pub fn keys(path: &Path) -> io::Result<Vec<VerifyingKey>> {
    let text = fs::read_to_string(path)?;
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let bytes = BASE64.decode(line).ok().and_then(|bytes| bytes.try_into().ok());
            let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
            key.ok_or_else(|| io::Error::other(format!("{line:?} is no ed25519 key")))
        })
        .collect()
}
