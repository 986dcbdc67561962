use super::{
    device::{fresh, neighbour},
    rig::{self, Rig},
    *,
};
use crate::{
    limits,
    room::{AdminCommand, Role, escaped_len},
};

/// The guest who sleeps.
const BO: u64 = 2;
/// When a silent connection is closed by default, and a moment more.
const ASLEEP_MS: u64 = 46_000;

fn dm(to: u64, text: &str) -> Command {
    Command::Dm {
        to: UserId(to),
        text: text.into(),
        re: None,
        id: None,
    }
}

/// Eight people of one phone who have been here for a while.
fn eight(config: impl FnOnce(&mut Limits)) -> Rig {
    let mut settings = rig::config();
    config(&mut settings.limits);
    let mut rig = Rig::with(settings);
    for user in 100..108 {
        rig.come_as(user, fresh(user));
    }
    rig.come_as(5, neighbour());
    rig.now.mono_ms += 60_000;
    rig
}

/// Has all eight write as fast as they may while Bo sleeps: frames and bytes that wait for Bo then.
fn flood(rig: &mut Rig, text: &str) -> (usize, usize) {
    let mut waiting = (0, 0);
    for _ in 0..ASLEEP_MS / 500 {
        rig.now.mono_ms += 500;
        for user in 100..108 {
            for _ in 0..3 {
                let outputs = rig.tell(Input::Command {
                    conn: ConnId(user),
                    ack: None,
                    command: Ok(dm(BO, text)),
                });
                let to_bo = |output: &&Output| matches!(output, Output::Direct { conn: ConnId(BO), .. });
                let frames = outputs.iter().filter(to_bo).count();
                waiting = (waiting.0 + frames, waiting.1 + frames * escaped_len(text));
            }
        }
    }
    waiting
}

#[test]
fn eight_identities_of_one_phone_leave_a_sleeping_guest_half_of_the_queue() {
    for text in ["x".into(), "x".repeat(8000), "\u{1}".repeat(8000)] {
        let mut rig = eight(|_| {});
        let (frames, bytes) = flood(&mut rig, &text);
        assert!(frames >= 20, "{frames} frames");
        assert!(frames <= limits::LANE_FRAMES * 5 / 8, "{frames} frames");
        assert!(bytes <= limits::DIRECT_BYTES * 5 / 8, "{bytes} bytes");
        assert!(rig.ask(5, dm(BO, "from another phone")).is_ok());
    }
}

#[test]
fn a_share_is_of_one_receiver_and_comes_back() {
    let mut rig = eight(|_| {});
    let burst = rig.config.limits.message_burst;
    let mut sent = 0;
    while rig.ask(100 + sent % 8, dm(BO, "x")).is_ok() {
        sent += 1;
    }
    assert_eq!(sent, u64::from(burst));
    assert_eq!(rig.ask(107, dm(BO, "x")).err(), Some(Code::RateLimited));
    assert!(rig.ask(107, dm(5, "x")).is_ok(), "to another person");
    assert!(rig.ask(107, dm(100, "x")).is_ok());
    rig.now.mono_ms += 200;
    assert!(rig.ask(106, dm(BO, "x")).is_ok(), "one more");
    assert_eq!(rig.ask(107, dm(BO, "x")).err(), Some(Code::RateLimited));
    rig.done(AdminCommand::Badge {
        user: UserId(107),
        badge: Role::Moderator,
    });
    assert!(
        rig.ask(107, dm(BO, "x")).is_ok(),
        "those who run the evening do not wait"
    );
}

#[test]
fn phones_behind_one_router_have_no_share() {
    let mut rig = eight(|limits| limits.per_address = None);
    let burst = u64::from(rig.config.limits.message_burst);
    for number in 0..2 * burst {
        assert!(rig.ask(100 + number % 8, dm(BO, "x")).is_ok(), "{number}");
    }
}

#[test]
fn pairs_are_bounded() {
    let limits = Limits::default();
    let mut rates = PrivateRates::new(&limits);
    let now = Now {
        mono_ms: 1000,
        wall_ms: 0,
    };
    for user in 0..limits::PRIVATE_PAIRS as u64 + 10 {
        let pair = (AddressTag(1), UserId(user));
        // The first one is full last.
        let cost = if user == 0 { 10 } else { 1 };
        let bucket = rates.with(pair, cost, now).unwrap().unwrap();
        rates.set(pair, bucket);
    }
    assert_eq!(rates.used.len(), limits::PRIVATE_PAIRS);
    assert_eq!(rates.by_full.len(), limits::PRIVATE_PAIRS);
    assert!(rates.used.contains_key(&(AddressTag(1), UserId(0))));
}
