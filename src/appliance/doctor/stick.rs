//! Checks whether the transcripts could be saved to the USB stick that is plugged in.

use super::machine::Machine;
use crate::appliance::stick::Outcome;

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    let Some((outcome, device)) = Outcome::read(&machine.path("run/box")) else {
        return;
    };
    // The report of a stick that was pulled out is stale.
    let is_here = machine.names("sys/class/block").contains(&device);
    match outcome {
        Outcome::Full if is_here => found.push(
            "The USB stick is full: delete files on it, or plug in another one, and the box saves the transcripts.".to_owned(),
        ),
        Outcome::Failed if is_here => found.push(
            "The transcripts can't be saved to the USB stick: plug in one that is not locked, with the format FAT32 or exFAT.".to_owned(),
        ),
        Outcome::Saved | Outcome::Full | Outcome::Failed => {}
    }
}
