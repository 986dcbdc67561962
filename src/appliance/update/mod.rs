//! `chatterbox update FILE`: writes a signed system to the inactive slot; the box tries it at the next start.
//!
//! The running slot stays bootable at every moment, even in a power cut: the other slot is marked for a trial only after it was written,
//! flushed and read back. `image/SLOTS.md` describes the initrd's part.

mod confirm;
mod file;
mod inbox;
mod refused;
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
    file::{Head, keys, read_head},
    inbox::{CHECKED, CHECKING, NAMES, REFUSED, check_inbox},
    refused::{Refused, refusal_code},
    slots::{Slot, Slots, State, TRIES},
};

/// Number of bytes at the start of a slot that are erased first and written last, because a slot without them can't be mounted.
const START: usize = 4096;

/// A step of writing an update to the SD card's inactive slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    State,
    Write,
    Flush,
}

/// Called before each step; tests return an error to simulate a power cut there.
type Before<'a> = dyn FnMut(Step) -> io::Result<()> + 'a;

/// Checks the whole file, writes it to the other slot, and marks that slot for a trial.
///
/// # Errors
/// See [`Refused`].
pub fn update(path: &Path, slots: &Slots, keys: &[VerifyingKey]) -> Result<Head, Refused> {
    steps(path, slots, keys, &mut |_| Ok(()))
}

fn steps(path: &Path, slots: &Slots, keys: &[VerifyingKey], before: &mut Before<'_>) -> Result<Head, Refused> {
    if slots.trial {
        // During a trial the other slot is the good one.
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

    let settled = State::confirmed(slots.running);
    if State::read(&slots.state) != settled {
        before(Step::State)?;
        settled.write(&slots.state)?;
    }
    write(&mut update, &device, before)?;
    drop(device);
    // Opened again: the kernel drops its cache of a closed device, so this reads from the card.
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

/// Writes the payload in such an order that the slot stays invalid until the last step.
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
    // The file may have changed since the check.
    if data_encoding::HEXLOWER.encode(&hasher.finalize()) != signed {
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
mod inbox_tests;
#[cfg(test)]
mod tests;
