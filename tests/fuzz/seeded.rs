//! The fuzz targets' bodies with inputs from seeds: the same on every machine, and no tools needed.

#[path = "src/choices.rs"]
mod choices;
#[path = "src/decode.rs"]
mod decode;
#[path = "src/files/mod.rs"]
mod files;
#[path = "src/hub/mod.rs"]
mod hub;
#[path = "src/lane/mod.rs"]
mod lane;
mod seeded_files;
mod seeded_hub;

use std::{fs, panic::catch_unwind, path::Path};

/// Inputs of the lane, some milliseconds each.
const LANE_INPUTS: u64 = 5000;
/// Inputs of the decoders, which are done with one in microseconds.
const DECODE_INPUTS: u64 = 200_000;

/// Sebastiano Vigna's splitmix64: one state gives one sequence.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most)).map(|_| self.next() as u8).collect()
    }
}

fn every_seed(count: u64, what: &str, drive: fn(&[u8]), input: impl Fn(Random) -> Vec<u8>) {
    for seed in 0..count {
        let data = input(Random(seed));
        if catch_unwind(|| drive(&data)).is_err() {
            panic!("seed {seed} breaks {what}: {:?}", String::from_utf8_lossy(&data));
        }
    }
}

#[test]
fn a_lane_keeps_its_promises() {
    every_seed(LANE_INPUTS, "the lane", lane::drive, |mut random| random.bytes(600));
}

#[test]
fn decoders_keep_their_promises() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds/decode");
    let mut paths: Vec<_> = fs::read_dir(dir)
        .expect("the seeds")
        .map(|entry| entry.expect("a seed").path())
        .collect();
    paths.sort();
    let seeds: Vec<_> = paths.iter().map(|path| fs::read(path).expect("a seed")).collect();
    for (path, seed) in paths.iter().zip(&seeds) {
        assert!(catch_unwind(|| decode::drive(seed)).is_ok(), "{}", path.display());
    }
    every_seed(DECODE_INPUTS, "a decoder", decode::drive, |mut random| {
        let mut data = seeds[random.below(seeds.len())].clone();
        for _ in 0..random.below(6) {
            mutate(&mut data, &seeds, &mut random);
        }
        data
    });
}

/// Changes one place: another byte, none, one that JSON knows, or a piece of another seed.
fn mutate(data: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    const KNOWN: &[u8] = b"[]{}\",:\\0u-e.n ";
    let at = random.below(data.len() + 1);
    let end = data.len().min(at + random.below(4));
    let other = &seeds[random.below(seeds.len())];
    let from = random.below(other.len());
    let new = match random.below(4) {
        0 => vec![random.next() as u8],
        1 => Vec::new(),
        2 => vec![KNOWN[random.below(KNOWN.len())]],
        _ => other[from..other.len().min(from + random.below(20))].to_vec(),
    };
    data.splice(at..end, new);
}
