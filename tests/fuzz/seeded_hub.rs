//! The hub's target with inputs from seeds: whole seeds, one behind the other, lines of all of them, and mistakes.

use std::{panic::catch_unwind, time::Instant};

use super::{Random, hub, mutate, seeded_files::seeds};

/// Inputs that are tried at most.
const INPUTS: u64 = 400;
/// After so many seconds no other input begins: what is compared takes long where nothing is optimised.
const SECONDS: u64 = 2;
/// Lines behind the whole seeds.
const LINES: usize = 40;

#[test]
fn a_hub_keeps_its_promises_whatever_it_is_told() {
    let seeds = seeds("hub_commands");
    seeds.iter().for_each(|seed| hub::drive(seed));
    let lines: Vec<Vec<u8>> = seeds
        .iter()
        .flat_map(|seed| seed.split(|&byte| byte == b'\n').map(<[u8]>::to_vec))
        .filter(|line| !line.is_empty())
        .collect();
    let commands = lines.iter().filter(|line| matches!(line[0], b'o' | b'h'));
    for line in commands.map(|line| String::from_utf8_lossy(line)) {
        let (_, command) = line.split_once(' ').expect("a command");
        let read = chatterbox::wire::decode_admin_command(command);
        assert!(read.is_ok(), "a seed's command is one: {command}: {read:?}");
    }
    let start = Instant::now();
    for seed in (0..INPUTS).take_while(|_| start.elapsed().as_secs() < SECONDS) {
        let mut random = Random(seed);
        let mut data = seeds[random.below(seeds.len())].clone();
        for _ in 0..random.below(LINES) {
            let mut line = lines[random.below(lines.len())].clone();
            if random.below(4) == 0 {
                mutate(&mut line, &seeds, &mut random);
            }
            data.extend(line);
            data.push(b'\n');
        }
        let broken = catch_unwind(|| hub::drive(&data)).is_err();
        assert!(
            !broken,
            "seed {seed} breaks the hub:\n{}",
            String::from_utf8_lossy(&data)
        );
    }
    hub::costs::print_new();
}
