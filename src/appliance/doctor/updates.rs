//! Checks the last update: whether it was rolled back, interrupted by a power cut, or refused.

use std::fs;

use super::machine::{BOOT, Machine};
use crate::appliance::{
    diagnostic::short,
    update::{Slots, State},
};

/// Directory of updates that were uploaded from phones.
const SENT: &str = "data/box/updates";

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    went_back(machine, found);
    let cut = |dir: &str| {
        let names = machine.names(dir);
        names
            .into_iter()
            .find(|name| name.contains(".update.try") && !name.ends_with("try1"))
    };
    if let Some(name) = cut(BOOT).or_else(|| cut(SENT)) {
        found.push(format!(
            "A power cut ended an update ({}): the box makes it once more now. Leave the power on for ten minutes.",
            short(name.split(".try").next().unwrap_or_default())
        ));
    }
    for name in machine.names(BOOT).iter().filter(|name| name.ends_with(".refused.txt")) {
        let reason = fs::read(machine.path(BOOT).join(name)).unwrap_or_default();
        let reason = String::from_utf8_lossy(&reason);
        let reason = reason.lines().next().unwrap_or_default().trim_end_matches('.');
        found.push(format!(
            "The update {} was not taken: {}. Delete {} on BOX when you have read it.",
            short(name.trim_end_matches(".refused.txt")),
            reason.chars().filter(|c| !c.is_control()).take(200).collect::<String>(),
            short(name)
        ));
    }
}

/// Finds an update that was rolled back.
fn went_back(machine: &Machine, found: &mut Vec<String>) {
    let Ok(slots) = Slots::read(&machine.path("run/slots")) else {
        return;
    };
    let state = State::read(&machine.path("boot/firmware/slots.txt"));
    if let Some((tried, 0)) = state.trial
        && tried != slots.running
    {
        found.push(
            "The last update did not serve, and the box went back to the system before it. Nothing is lost; try a newer update.".to_owned(),
        );
    }
}
