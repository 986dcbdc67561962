//! An update file: two lines that say what it is, their signature, and the slot's content (image/SLOTS.md).

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Refused;

const FIRST_LINE: &str = "chatterbox-update 1\n";
/// The longest line of a head, in bytes.
const LINE_BYTES: u64 = 4096;
/// What is read at once, in bytes.
pub(super) const PIECE: usize = 256 * 1024;

/// What is signed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Head {
    /// For people.
    pub version: String,
    /// What it needs of the boot partition.
    pub boot: u32,
    /// Of the payload, in bytes.
    pub size: u64,
    /// Of the payload, 64 hexadecimal digits.
    pub sha256: String,
}

/// A file whose signature is one of ours.
pub struct Update {
    /// What it says of itself.
    pub head: Head,
    file: File,
    payload: u64,
}

impl Update {
    /// Reads the head and checks its signature; nothing of a head is looked at before that.
    ///
    /// # Errors
    /// It can't be read, or nobody whom we know has signed it.
    pub fn open(path: &Path, keys: &[VerifyingKey]) -> Result<Self, Refused> {
        let mut reader = BufReader::new(File::open(path)?);
        let first = line(&mut reader)?;
        if first != FIRST_LINE {
            return Err(Refused::NoUpdate);
        }
        let second = line(&mut reader)?;
        let signature = line(&mut reader)?;
        let payload = reader.stream_position()?;
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
        Ok(Self {
            head: serde_json::from_str(&second).map_err(|_| Refused::NoUpdate)?,
            file: reader.into_inner(),
            payload,
        })
    }

    /// Reads all of the payload and compares it with the head.
    ///
    /// # Errors
    /// It is not what was signed.
    pub fn check(&mut self) -> Result<(), Refused> {
        if self.file.metadata()?.len() != self.payload + self.head.size {
            return Err(Refused::Damaged);
        }
        let hash = hash(&mut self.content()?)?;
        if hash == self.head.sha256 {
            Ok(())
        } else {
            Err(Refused::Damaged)
        }
    }

    /// The payload, from its start.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn content(&mut self) -> io::Result<impl Read + '_> {
        self.file.seek(SeekFrom::Start(self.payload))?;
        Ok((&mut self.file).take(self.head.size))
    }
}

/// A line with its end. A longer one, or one without an end, is of another kind of file.
fn line(reader: &mut impl BufRead) -> Result<String, Refused> {
    let mut bytes = Vec::new();
    reader.take(LINE_BYTES + 1).read_until(b'\n', &mut bytes)?;
    match String::from_utf8(bytes) {
        Ok(line) if line.ends_with('\n') => Ok(line),
        _ => Err(Refused::NoUpdate),
    }
}

/// SHA-256 in hexadecimal digits.
pub(super) fn hash(reader: &mut impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match reader.read(&mut piece)? {
            0 => return Ok(hex(hasher)),
            count => hasher.update(&piece[..count]),
        }
    }
}

pub(super) fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The keys that may sign: a line of base64 each; `#` begins a note.
///
/// # Errors
/// The file can't be read, or a line is no key.
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
