//! The slowest input of each command so far. Figures are printed and never asserted: the machine has other work as well.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write as _},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Characters of an input that are printed.
const SHOWN: usize = 120;

#[derive(Debug)]
struct Slowest {
    time: Duration,
    input: String,
    is_new: bool,
}

static COSTS: Mutex<BTreeMap<String, Slowest>> = Mutex::new(BTreeMap::new());

fn costs() -> MutexGuard<'static, BTreeMap<String, Slowest>> {
    COSTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one input took.
#[derive(Debug)]
pub(super) struct Cost {
    pub(super) command: String,
    pub(super) time: Duration,
    pub(super) input: String,
}

fn is_slower(costs: &BTreeMap<String, Slowest>, cost: &Cost) -> bool {
    costs.get(&cost.command).is_none_or(|slowest| slowest.time < cost.time)
}

/// Whether one of them is the slowest of its command so far.
pub(super) fn are_slower(times: &[Cost]) -> bool {
    let costs = costs();
    times.iter().any(|cost| is_slower(&costs, cost))
}

/// Keeps the slowest of each command.
pub(super) fn note(times: Vec<Cost>) {
    let mut costs = costs();
    for cost in times {
        if is_slower(&costs, &cost) {
            let slowest = Slowest {
                time: cost.time,
                input: cost.input.chars().take(SHOWN).collect(),
                is_new: true,
            };
            costs.insert(cost.command, slowest);
        }
    }
}

/// Prints the slowest inputs that were found since the last call.
pub fn print_new() {
    let mut lines = String::new();
    for (command, slowest) in costs().iter_mut().filter(|(_, slowest)| slowest.is_new) {
        slowest.is_new = false;
        let micros = slowest.time.as_micros();
        let _ = writeln!(lines, "{command:<12} {micros:>8} µs  {}", slowest.input);
    }
    // Not by a macro: the test harness keeps what those print.
    let _ = io::stderr().write_all(lines.as_bytes());
}
