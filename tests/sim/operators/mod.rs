//! Operators give admin commands while people talk, leave, come back over restarts, and change their names and addresses.
//!
//! The judge ([`model`]) is written from PROTOCOL.md. What a planted bug ([`plant`]) does must not pass it.

mod duty;
mod fanout;
mod line;
mod model;
mod plant;
mod script;
mod stage;

use std::panic::{AssertUnwindSafe, catch_unwind};

use self::plant::Plant;
pub use self::stage::Stage;
use crate::world::Seen;

/// Seeds within which a planted bug must show.
const PLANT_SEEDS: u64 = 400;

/// One evening.
pub fn run(seed: u64, plant: Option<Plant>) -> Result<Seen, String> {
    let mut stage = Stage::new(seed, plant);
    match catch_unwind(AssertUnwindSafe(|| stage.run())) {
        Ok(Ok(())) => Ok(stage.seen),
        Ok(Err(what)) => Err(format!("{what}\nafter\n{}", stage.trail())),
        Err(_) => Err(format!("a panic (shown above) after\n{}", stage.trail())),
    }
}

/// What the seeds must reach together.
pub const CORNERS: &[&str] = &[
    "restart",
    "gap",
    "duplicate",
    "held back",
    "history of the store",
    "hide",
    "hidePerson",
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
    "bad_request",
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
    "unknown_user",
    "not_in_room",
    "poll_closed",
    "already_voted",
    "slow_mode",
    "over_budget",
    "busy",
];

#[test]
fn planted_bugs_of_moderation_are_found() {
    for plant in Plant::ALL {
        let found = (0..PLANT_SEEDS).find(|seed| run(*seed, Some(*plant)).is_err());
        assert!(found.is_some(), "{plant:?} is not found");
        println!("{plant:?} is found by seed {found:?}");
    }
}
