//! Checks the organizer's settings file and the printable card.

use std::fs;

use super::machine::{BOOT, Machine};

/// Path of the up-to-date card, beside the services' configuration.
const MEANT: &str = "run/box/card.html";

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    match machine.mistakes.as_slice() {
        [] => {}
        [only] => found.push(format!("chatterbox.toml has a mistake: {only}.")),
        many => found.push(format!(
            "chatterbox.toml has mistakes ({}): PROBLEMS.txt beside it on the card names them.",
            many.len()
        )),
    }
    let Ok(meant) = fs::read(machine.path(MEANT)) else {
        return;
    };
    if fs::read(machine.path(BOOT).join("card.html")).ok() != Some(meant) {
        found.push(
            "The card to print (card.html) is not that of this Wi-Fi, because BOX takes no more files: delete some there, and start the box again.".to_owned(),
        );
    }
}
