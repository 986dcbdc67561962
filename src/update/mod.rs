//! `chatterbox update FILE`: a signed system into the slot that does not run, tried at the next start.
//!
//! Whatever happens on the way, power cuts included, the slot that runs now is there at the next start: the other one is marked for a
//! trial only when it has been written, flushed, and read back. `image/SLOTS.md` says what the initrd makes of it.

mod confirm;
mod file;
mod slots;

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
    path::Path,
};

use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};

use self::file::{PIECE, Update};
pub use self::{
    confirm::{NotHealthy, confirm},
    file::{Head, keys},
    slots::{Slot, Slots, State, TRIES},
};

/// A slot without its first bytes does not mount: they are taken away first and come last.
const START: usize = 4096;

/// Why an update was not made. Nothing that the box starts from has changed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each says what it is")]
pub enum Refused {
    #[error("this is no update file")]
    NoUpdate,
    #[error("the update is not signed by a key that this box knows")]
    NotSigned,
    #[error("the update is damaged: copy it once more")]
    Damaged,
    #[error("the update needs newer boot files: flash the card anew, or copy the release's boot files first")]
    NewerBoot,
    #[error("the update is larger than its place on the card")]
    TooLarge,
    #[error("the box tries an update at this moment: wait until it is confirmed")]
    OnTrial,
    #[error("the card gave back something else than was written: it fails, use another one")]
    Card,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// A step that reaches the card, before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    State,
    Write,
    Flush,
}

/// Asked before each step; an error ends the update there, as a power cut would.
type Before<'a> = dyn FnMut(Step) -> io::Result<()> + 'a;

/// Checks the file as a whole, writes it into the other slot, and marks that for a trial.
///
/// # Errors
/// See [`Refused`].
pub fn update(path: &Path, slots: &Slots, keys: &[VerifyingKey]) -> Result<Head, Refused> {
    steps(path, slots, keys, &mut |_| Ok(()))
}

fn steps(path: &Path, slots: &Slots, keys: &[VerifyingKey], before: &mut Before<'_>) -> Result<Head, Refused> {
    if slots.trial {
        // The other slot is the good one.
        return Err(Refused::OnTrial);
    }
    let mut update = Update::open(path, keys)?;
    if update.head.boot > slots.boot {
        return Err(Refused::NewerBoot);
    }
    let target = slots.running.other();
    let mut device = OpenOptions::new().read(true).write(true).open(slots.device(target))?;
    if update.head.size > device.seek(SeekFrom::End(0))? {
        return Err(Refused::TooLarge);
    }
    update.check()?;

    let settled = State::settled(slots.running);
    if State::read(&slots.state) != settled {
        before(Step::State)?;
        settled.write(&slots.state)?;
    }
    write(&mut update, &device, before)?;
    drop(device);
    // Opened anew: the kernel drops what it knows of a device that nobody has open, so this comes from the card.
    let mut written = File::open(slots.device(target))?.take(update.head.size);
    if file::hash(&mut written)? != update.head.sha256 {
        return Err(Refused::Card);
    }
    before(Step::State)?;
    let tried = State {
        good: slots.running,
        trial: Some((target, TRIES)),
    };
    tried.write(&slots.state)?;
    Ok(update.head)
}

/// Writes the payload so that the slot is of no use until the last step.
fn write(update: &mut Update, device: &File, before: &mut Before<'_>) -> Result<(), Refused> {
    let signed = update.head.sha256.clone();
    before(Step::Write)?;
    device.write_all_at(&[0; START], 0)?;
    before(Step::Flush)?;
    device.sync_all()?;

    let mut content = update.content()?;
    let mut start = Vec::with_capacity(START);
    (&mut content).take(START as u64).read_to_end(&mut start)?;
    let mut hasher = Sha256::new();
    hasher.update(&start);
    let mut at = start.len() as u64;
    let mut piece = vec![0; PIECE];
    loop {
        let count = content.read(&mut piece)?;
        if count == 0 {
            break;
        }
        hasher.update(&piece[..count]);
        before(Step::Write)?;
        device.write_all_at(&piece[..count], at)?;
        at += count as u64;
    }
    // The file may have changed since it was checked.
    if file::hex(hasher) != signed {
        return Err(Refused::Damaged);
    }
    before(Step::Flush)?;
    device.sync_all()?;
    before(Step::Write)?;
    device.write_all_at(&start, 0)?;
    before(Step::Flush)?;
    device.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests;
