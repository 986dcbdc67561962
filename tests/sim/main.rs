//! The whole hub, its store and the fan-out's feeds, against one reference model: seeded, without sockets and clocks.
//!
//! A run makes up what happens from its seed: people who come, talk, read slowly or not at all, vanish and return with any
//! cursor; clocks that stand still, jump and go back; floods and repeats. In some runs processes end and go on from a disk, and in some of
//! those operators give commands (`world::Realm`). After every input the hub's answers are compared with the model's (`model`), and what each
//! member is given with what is due to it (`client`). A planted bug (`bug`) must be found.
//!
//! ```text
//! cargo test --test sim                          # the default number of seeds
//! SIM_SEEDS=100000 cargo test --test sim seeds   # more of them
//! SIM_SEED=17 cargo test --test sim seeds        # one, again
//! ```

mod bug;
mod check;
mod client;
mod disk;
mod duty;
mod edge;
mod model;
mod plant;
mod rng;
mod same;
mod script;
mod seen;
mod storm;
mod talk;
mod world;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use bug::Bug;
use world::{Realm, Seen, World};

/// Seeds that failed once; always run.
const REGRESSIONS: &[u64] = &[];
/// Seeds that run if `SIM_SEEDS` does not say.
const SEEDS: u64 = 3500;
/// Seeds within which a planted bug must show.
const BUG_SEEDS: u64 = 400;

fn run(seed: u64, realm: Option<Realm>, bug: Option<Bug>) -> Result<Seen, String> {
    let mut world = World::new(seed, realm, bug)?;
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
    let seeds: Vec<u64> = match from_env("SIM_SEED") {
        Some(seed) => vec![seed],
        None => (0..from_env("SIM_SEEDS").unwrap_or(SEEDS))
            .chain(REGRESSIONS.iter().copied())
            .collect(),
    };
    let (seen, failures) = run_all(&seeds, |seed| run(seed, None, None));
    if let Some((seed, what)) = failures.first_key_value() {
        panic!("seed {seed} fails; again with\n  SIM_SEED={seed} cargo test --test sim seeds\n{what}");
    }
    println!("{} seeds: {seen:?}", seeds.len());
    if seeds.len() as u64 >= SEEDS {
        for what in CORNERS {
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
    "restart",
    "held back",
    "hide",
    "hidePerson",
    "hidden",
    "an older entry is hidden",
    "unhide",
    "unknown_message",
    "mute",
    "unmute",
    "ban",
    "ban of an address",
    "unban",
    "admit",
    "badge",
    "freeSeat",
    "approve",
    "reject",
    "poll",
    "closePoll",
    "showPoll",
    "answered",
    "pin",
    "unpin",
    "revoke",
    "not_allowed",
    "banned",
    "muted",
    "waiting",
    "seat_needed",
    "seat_taken",
    "locked",
    "room_closed",
    "reactions_only",
    "bad_word",
    "no_links",
    "conflict",
    "amended",
    "set",
    "watch",
    "poll_closed",
    "already_voted",
    "slow_mode",
    "busy",
    "crash",
    "an entry of the store",
    "a page of the store",
];

#[test]
fn planted_bugs_are_found() {
    let all: Vec<_> = (0..Bug::ALL.len() as u64).collect();
    let (_, failures) = run_all(&all, |number| find(Bug::ALL[number as usize]));
    assert!(failures.is_empty(), "{failures:?}");
}

fn find(bug: Bug) -> Result<Seen, String> {
    let realm = Some(bug.realm());
    let mut found = (0..BUG_SEEDS).filter(|seed| run(*seed, realm, Some(bug)).is_err());
    let seed = found.next().ok_or_else(|| format!("{bug:?} is not found"))?;
    println!("{bug:?} is found by seed {seed}");
    // It is the bug that was found, and not something else.
    run(seed, realm, None).map_err(|what| format!("seed {seed} fails without {bug:?}, too: {what}"))
}
