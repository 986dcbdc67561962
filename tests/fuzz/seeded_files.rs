//! The targets of files, with inputs from seeds.

use std::{fs, path::Path};

use super::{Random, every_seed, files, mutate};

/// Heads of updates, some of them signed: a signature takes a millisecond where nothing is optimised.
const UPDATE_INPUTS: u64 = 150;
/// Settings files: a box writes a dozen files for each.
const SETTINGS_INPUTS: u64 = 200;
/// Damaged databases: each is opened, written to, and exported.
const JOURNAL_INPUTS: u64 = 40;

pub(super) fn seeds(target: &str) -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/seeds")
        .join(target);
    let mut paths: Vec<_> = fs::read_dir(dir)
        .expect("the seeds")
        .map(|entry| entry.expect("a seed").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a seed")).collect()
}

fn mutated(target: &str, count: u64, drive: fn(&[u8])) {
    let seeds = seeds(target);
    seeds.iter().for_each(|seed| drive(seed));
    every_seed(count, target, drive, |mut random| {
        let mut data = seeds[random.below(seeds.len())].clone();
        for _ in 0..random.below(6) {
            mutate(&mut data, &seeds, &mut random);
        }
        data
    });
}

#[test]
fn an_update_is_what_was_signed() {
    mutated("update", UPDATE_INPUTS, files::update::drive);
}

#[test]
fn a_box_has_settings_whatever_stands_in_its_file() {
    mutated("settings", SETTINGS_INPUTS, files::settings::drive);
}

#[test]
fn a_damaged_database_is_opened_or_set_aside() {
    for seed in seeds("journal") {
        files::journal::drive(&seed);
    }
    let drive = files::journal::drive;
    every_seed(JOURNAL_INPUTS, "a database", drive, |mut random: Random| {
        random.bytes(40)
    });
}
