//! The whole hub, and the fan-out's feeds, against a reference model: seeded, without sockets and clocks.
//!
//! A run makes up what happens from its seed: people who come, talk, read slowly or not at all, vanish and return with any
//! cursor; clocks that stand still, jump and go back; floods and repeats. After every input the hub's answers are compared with
//! the model's (`model`), and whatever a member is given with what is due to it (`client`). A planted bug (`sabotage`) must be found.
//! `crash` and `operators` are runs of their own, over restarts.
//!
//! ```text
//! cargo test --test sim                          # the default number of seeds
//! SIM_SEEDS=100000 cargo test --test sim seeds   # more of them
//! SIM_SEED=17 cargo test --test sim seeds        # one, again
//! SIM_SEEDS=100000 cargo test --test sim evenings
//! ```

mod client;
mod crash;
mod disk;
mod edge;
mod model;
mod operators;
mod rng;
mod sabotage;
mod same;
mod script;
mod storm;
mod world;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use sabotage::Sabotage;
use world::{Seen, World};

/// Seeds that failed once; always run.
const REGRESSIONS: &[u64] = &[];
/// Seeds that run if `SIM_SEEDS` does not say.
const SEEDS: u64 = 2500;
/// The same of evenings with [`operators`].
const EVENINGS: u64 = 400;
/// Seeds within which a planted bug must show.
const SABOTAGE_SEEDS: u64 = 400;

fn run(seed: u64, sabotage: Option<Sabotage>) -> Result<Seen, String> {
    let mut world = World::new(seed, sabotage)?;
    match catch_unwind(AssertUnwindSafe(|| world.run())) {
        Ok(Ok(())) => Ok(world.seen),
        Ok(Err(what)) => Err(format!("{what}\nafter\n{}", world.trail())),
        Err(_) => Err(format!("a panic (shown above) after\n{}", world.trail())),
    }
}

fn from_env(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

/// Runs the seeds on all cores, each core up to its first failure.
fn run_all(seeds: &[u64], run: impl Fn(u64) -> Result<Seen, String> + Sync) -> (Seen, BTreeMap<u64, String>) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut all = (Seen::new(), BTreeMap::new());
    thread::scope(|scope| {
        let run = &run;
        let share = |core| {
            move || {
                let mut seen = Seen::new();
                for seed in seeds.iter().skip(core).step_by(cores) {
                    match run(*seed) {
                        Ok(run) => add(&mut seen, run),
                        Err(what) => return (seen, Some((*seed, what))),
                    }
                }
                (seen, None)
            }
        };
        let threads: Vec<_> = (0..cores).map(|core| scope.spawn(share(core))).collect();
        for thread in threads {
            let (seen, failure) = thread.join().expect("a run's panic is caught");
            add(&mut all.0, seen);
            all.1.extend(failure);
        }
    });
    all
}

fn add(sum: &mut Seen, run: Seen) {
    for (what, count) in run {
        *sum.entry(what).or_default() += count;
    }
}

#[test]
fn seeds() {
    try_all("seeds", SEEDS, REGRESSIONS, CORNERS, |seed| run(seed, None));
}

#[test]
fn evenings_with_officers() {
    try_all("evenings", EVENINGS, &[], operators::CORNERS, |seed| {
        operators::run(seed, None)
    });
}

fn try_all(
    test: &str,
    default: u64,
    regressions: &[u64],
    corners: &[&str],
    run: impl Fn(u64) -> Result<Seen, String> + Sync,
) {
    let seeds: Vec<u64> = match from_env("SIM_SEED") {
        Some(seed) => vec![seed],
        None => (0..from_env("SIM_SEEDS").unwrap_or(default))
            .chain(regressions.iter().copied())
            .collect(),
    };
    let (seen, failures) = run_all(&seeds, run);
    if let Some((seed, what)) = failures.first_key_value() {
        panic!("seed {seed} fails; again with\n  SIM_SEED={seed} cargo test --test sim {test}\n{what}");
    }
    println!("{} {test}: {seen:?}", seeds.len());
    if seeds.len() as u64 >= default {
        for what in corners {
            assert!(seen.contains_key(what), "no seed reached: {what}");
        }
    }
}

/// What the seeds must reach together.
const CORNERS: &[&str] = &[
    "bad_request",
    "unknown_room",
    "unknown_user",
    "not_in_room",
    "too_long",
    "rate_limited",
    "over_budget",
    "full",
    "closing",
    "recovered",
    "joined with a gap",
    "duplicate",
    "long history",
    "echo",
    "dm",
    "closed as full",
    "silent",
    "flooding",
    "stopping",
    "room closed",
    "latest",
    "gap",
    "gap in a gap",
    "overflow",
];

#[test]
fn planted_bugs_are_found() {
    for sabotage in Sabotage::ALL {
        let found = (0..SABOTAGE_SEEDS).find(|seed| run(*seed, Some(*sabotage)).is_err());
        assert!(found.is_some(), "{sabotage:?} is not found");
        println!("{sabotage:?} is found by seed {found:?}");
    }
}
