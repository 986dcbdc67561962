//! What one phone may take with as many identities as it likes.

use super::{
    rig::{Rig, chat, hall, reply},
    *,
};
use crate::{
    limits,
    room::{AdminCommand, Body, NewPoll, Operator, OperatorId, OperatorRole, Said, Say, SettingsChange, Token},
};

/// The device of all identities of an attack.
const PHONE: AddressTag = AddressTag(666);

pub(super) fn fresh(user: u64) -> Identity {
    Identity {
        address: PHONE,
        ..Identity::new(UserId(user))
    }
}

/// Another person on another phone.
pub(super) fn neighbour() -> Identity {
    Identity::new(UserId(5))
}

pub(super) fn request(rig: &mut Rig, who: Identity, room: &RoomName, command: Command) -> Result<Reply, Code> {
    let outputs = rig.tell(Input::Request {
        request: 9,
        who,
        room: room.clone(),
        command: Ok(command),
    });
    reply(&outputs)
}

fn closed(outputs: &[Output]) -> Option<CloseReason> {
    outputs.iter().find_map(|output| match output {
        Output::Close { reason, .. } => Some(*reason),
        _ => None,
    })
}

#[test]
fn twelve_thousand_sessions_of_one_phone_leave_everybody_else_their_places() {
    let mut rig = Rig::new();
    let most = u64::from(rig.hub.limits.per_address.unwrap());
    let mut refused = 0;
    for number in 0..12_288 {
        rig.now.mono_ms += 500;
        let outputs = rig.tell(Input::Connect {
            conn: ConnId(1000 + number),
            who: fresh(1000 + number % 200),
            leased: false,
            room: Some(hall()),
            resume: None,
        });
        refused += u64::from(closed(&outputs) == Some(CloseReason::Full));
    }
    assert_eq!(refused, 12_288 - most);
    assert_eq!(closed(&rig.come_as(5, neighbour())), None);
    rig.tell(Input::Disconnect { conn: ConnId(1000) });
    assert_eq!(closed(&rig.come_as(99_999, fresh(1000))), None, "a place is free again");
}

#[test]
fn polling_leases_of_one_phone_are_bounded_and_end() {
    let mut rig = Rig::new();
    let most = u64::from(rig.hub.limits.per_address.unwrap());
    let lease = |rig: &mut Rig, number: u64| {
        let outputs = rig.tell(Input::Connect {
            conn: ConnId(1000 + number),
            who: fresh(1000),
            leased: true,
            room: Some(RoomName::new(&format!("r{number}")).unwrap()),
            resume: None,
        });
        closed(&outputs)
    };
    for number in 0..most {
        assert_eq!(lease(&mut rig, number), None);
    }
    assert_eq!(lease(&mut rig, most), Some(CloseReason::Full));
    rig.now.mono_ms += rig.hub.limits.poll_lease_ms;
    rig.tell(Input::Tick);
    assert_eq!(lease(&mut rig, most + 1), None);
}

/// Everything that the identities of a phone can send at one moment, and in the ten seconds after it.
#[test]
fn many_identities_of_one_phone_speak_no_faster_than_its_share() {
    let mut rig = Rig::new();
    let (people, rate) = (rig.hub.limits.device_people, rig.hub.limits.message_rate);
    let burst = people * rig.hub.limits.message_burst;
    let send = |rig: &mut Rig, user: u64| {
        let sent = request(rig, fresh(1000 + user % 100), &hall(), chat("flood"));
        u32::from(sent.is_ok())
    };
    let at_once: u32 = (0..18_803).map(|user| send(&mut rig, user)).sum();
    assert_eq!(at_once, burst);
    assert!(request(&mut rig, neighbour(), &hall(), chat("me, too")).is_ok());
    let mut later = 0;
    for _ in 0..10 {
        rig.now.mono_ms += 1000;
        later += (0..1000).map(|user| send(&mut rig, user)).sum::<u32>();
    }
    assert_eq!(later, 10 * people * rate as u32);
}

#[test]
fn a_newborn_identity_starts_with_little_and_a_known_one_with_its_burst() {
    let mut rig = Rig::new();
    let burst = |rig: &mut Rig, who: &Identity| {
        let sent = (0..100).filter(|_| request(rig, who.clone(), &hall(), chat("x")).is_ok());
        sent.count() as u32
    };
    assert_eq!(burst(&mut rig, &neighbour()), limits::NEWBORN_MESSAGES);
    rig.now.mono_ms += 60_000;
    assert_eq!(burst(&mut rig, &neighbour()), rig.hub.limits.message_burst);
}

#[test]
fn new_identities_of_one_phone_come_slowly_and_cost_nobody_elses_name() {
    let mut rig = Rig::new();
    let most = rig.hub.limits.device_people * limits::NEWCOMER_BURST;
    let born = (0..10_000)
        .filter(|user| request(&mut rig, fresh(1000 + user), &hall(), Command::Who).err() != Some(Code::Full));
    assert_eq!(born.count() as u32, most);
    assert_ne!(
        request(&mut rig, neighbour(), &hall(), Command::Who).err(),
        Some(Code::Full)
    );
}

#[test]
fn the_slow_mode_is_not_passed_by_fresh_identities_of_one_phone() {
    let slow = SettingsChange {
        slow_s: Some(300),
        ..Default::default()
    };
    let mut rig = Rig::new();
    rig.set(slow.clone());
    assert!(request(&mut rig, fresh(1000), &hall(), chat("1")).is_ok());
    for user in 1001..1010 {
        assert_eq!(
            request(&mut rig, fresh(user), &hall(), chat("2")).err(),
            Some(Code::SlowMode)
        );
    }
    assert!(request(&mut rig, neighbour(), &hall(), chat("3")).is_ok());
    rig.now.mono_ms += 300_000;
    assert!(request(&mut rig, fresh(1009), &hall(), chat("4")).is_ok());

    let mut rig = Rig::shared();
    rig.set(slow);
    for user in 1000..1010 {
        assert!(request(&mut rig, fresh(user), &hall(), chat("a hall behind one router")).is_ok());
    }
}

#[test]
fn a_poll_and_a_question_count_no_more_than_a_households_votes_from_one_phone() {
    let mut rig = Rig::new();
    let poll = NewPoll {
        question: "Tea?".into(),
        choices: ["yes", "no"].map(Box::from).into(),
        several: false,
        hidden: false,
        change: true,
        right: None,
    };
    rig.done(AdminCommand::Poll { room: hall(), poll });
    let vote = |user: u64, choice: u8| {
        (
            fresh(user),
            Command::Vote {
                poll: 1,
                choices: vec![choice],
            },
        )
    };
    let votes = (0..500).filter(|user| {
        rig.now.mono_ms += 1000;
        let (who, vote) = vote(1000 + user, 0);
        request(&mut rig, who, &hall(), vote).is_ok()
    });
    assert_eq!(votes.count() as u32, Limits::default().device_people);
    let (who, change) = vote(1000, 1);
    assert!(
        request(&mut rig, who, &hall(), change).is_ok(),
        "who has voted may change it"
    );
    let (_, theirs) = vote(0, 0);
    assert!(request(&mut rig, neighbour(), &hall(), theirs).is_ok());

    let text = "Why?".into();
    let asked = request(
        &mut rig,
        neighbour(),
        &hall(),
        Command::Say(Say::new(Said::Question { text })),
    );
    let Ok(Reply::Sent {
        seq: Some(question), ..
    }) = asked
    else {
        panic!("{asked:?}")
    };
    let upvotes = (0..500).filter(|user| {
        rig.now.mono_ms += 1000;
        request(&mut rig, fresh(1000 + user), &hall(), Command::Upvote { question }).is_ok()
    });
    assert_eq!(upvotes.count() as u32, Limits::default().device_people);
}

#[test]
fn one_phone_fills_neither_board_nor_queue_nor_reactions() {
    let mut rig = Rig::new();
    let count = |rig: &mut Rig, command: &dyn Fn(u64) -> Command| {
        let done = (0..300).filter(|number| {
            rig.now.mono_ms += 2000;
            request(rig, fresh(1000 + number), &hall(), command(*number)).is_ok()
        });
        done.count()
    };
    let ask = |_| Command::Say(Say::new(Said::Question { text: "Why?".into() }));
    let react = |number| Command::React {
        emoji: Token::new(&format!("r{number}")).unwrap(),
    };
    assert_eq!(count(&mut rig, &ask), limits::DEVICE_QUESTIONS);
    assert!(request(&mut rig, neighbour(), &hall(), ask(0)).is_ok());
    assert_eq!(count(&mut rig, &react), limits::DEVICE_REACTIONS);
    assert!(request(&mut rig, neighbour(), &hall(), react(999)).is_ok());
    rig.set(SettingsChange {
        hold: Some(true),
        ..Default::default()
    });
    assert_eq!(count(&mut rig, &|_| chat("x")), limits::DEVICE_APPROVALS);
    assert!(request(&mut rig, neighbour(), &hall(), chat("x")).is_ok());
}

#[test]
fn rooms_of_one_phone_push_out_its_own_alone() {
    let mut rig = Rig::new();
    let old = RoomName::new("old").unwrap();
    request(&mut rig, neighbour(), &old, chat("remember me")).unwrap();
    for number in 0..256 {
        rig.now.mono_ms += 2000;
        let room = RoomName::new(&format!("r{number}")).unwrap();
        request(&mut rig, fresh(1000), &room, chat("mine")).unwrap();
    }
    assert_eq!(rig.hub.rooms(), 2 + limits::DEVICE_ROOMS);
    let room = rig.hub.rooms.find(&old).expect("nobody pushed it out");
    let log = &rig.hub.rooms.get(room).log;
    assert!(
        log.iter_from(0)
            .any(|entry| matches!(&entry.body, Body::Said(Said::Chat { text, .. }) if &**text == "remember me"))
    );

    // With people in them all there is no place for another one.
    for number in 0..limits::DEVICE_ROOMS as u64 {
        rig.now.mono_ms += 2000;
        let room = RoomName::new(&format!("s{number}")).unwrap();
        rig.tell(Input::Connect {
            conn: ConnId(1000 + number),
            who: fresh(1000),
            leased: false,
            room: Some(room),
            resume: None,
        });
    }
    rig.now.mono_ms += 2000;
    let more = RoomName::new("more").unwrap();
    assert_eq!(request(&mut rig, fresh(1000), &more, chat("x")).err(), Some(Code::Full));
    assert!(request(&mut rig, neighbour(), &more, chat("x")).is_ok());
}

fn operator(user: u64) -> Identity {
    Identity {
        operates: true,
        ..fresh(user)
    }
}

fn prove(rig: &mut Rig, conn: u64) -> Vec<Output> {
    let by = Operator {
        id: OperatorId::ORGANIZER,
        role: OperatorRole::Organizer,
    };
    let to = ReplyTo::Conn(ConnId(conn), Some(1));
    rig.tell(Input::AdminCommand {
        to,
        by,
        command: AdminCommand::Codes {},
    })
}

#[test]
fn beyond_a_full_phone_there_are_places_for_a_proof_that_are_free_again_without_one() {
    let mut rig = Rig::new();
    for number in 0..u64::from(rig.hub.limits.per_address.unwrap()) {
        rig.come_as(1000 + number, fresh(1000 + number % 50));
    }
    assert_eq!(closed(&rig.come_as(2000, fresh(1001))), Some(CloseReason::Full));
    for conn in 0..limits::DEVICE_RESERVED as u64 {
        assert_eq!(closed(&rig.come_as(3000 + conn, operator(1002))), None);
    }
    let newest = rig.come_as(3999, operator(1002));
    let way = |output: &Output| matches!(output, Output::Close { conn: ConnId(3000), .. });
    assert!(newest.iter().any(way), "the oldest makes way");
    assert_eq!(
        rig.ask(3001, chat("unproved")).err(),
        Some(Code::Full),
        "for nothing but a proof"
    );
    assert!(
        rig.ask(
            3001,
            Command::Nonce {
                nonce: Some("n".into())
            }
        )
        .is_ok()
    );
    assert!(reply(&prove(&mut rig, 3001)).is_ok());
    rig.now.mono_ms += limits::RESERVED_MS;
    let ended = rig.tell(Input::Tick);
    let ended = ended.iter().filter(|output| matches!(output, Output::Close { .. }));
    assert_eq!(ended.count(), limits::DEVICE_RESERVED - 1);
    let join = Command::Join {
        room: hall(),
        resume: None,
    };
    assert!(
        rig.ask(3001, join).is_ok(),
        "the proof has the place, and all that others may"
    );
    assert_eq!(
        closed(&rig.come_as(4000, fresh(1002))),
        None,
        "an operator needs no second proof"
    );
}

#[test]
fn without_a_cap_on_addresses_one_address_is_a_hall() {
    let mut rig = Rig::shared();
    for number in 0..300 {
        assert_eq!(closed(&rig.come_as(1000 + number, fresh(1000 + number))), None);
        assert!(rig.ask(1000 + number, chat("hello")).is_ok());
    }
}

#[test]
fn a_ban_of_the_address_or_of_the_identity_does_not_stop_who_proves_the_key() {
    let mut rig = Rig::new();
    rig.come_as(1000, fresh(1000));
    rig.done(AdminCommand::Ban {
        user: UserId(1000),
        address: true,
    });
    assert_eq!(closed(&rig.come_as(2000, fresh(2000))), Some(CloseReason::Banned));
    for (conn, user) in [(3000, 3000), (3001, 1000)] {
        assert_eq!(closed(&rig.come_as(conn, operator(user))), None);
        assert!(rig.ask(conn, chat("unproved")).is_err());
        assert!(reply(&prove(&mut rig, conn)).is_ok());
        rig.now.mono_ms += limits::RESERVED_MS;
        assert_eq!(closed(&rig.tell(Input::Tick)), None);
        let join = Command::Join {
            room: hall(),
            resume: None,
        };
        assert!(rig.ask(conn, join).is_ok());
        assert!(rig.ask(conn, chat("proved")).is_ok());
    }
    assert_eq!(closed(&rig.come_as(4000, operator(4000))), None);
    rig.now.mono_ms += limits::RESERVED_MS;
    assert_eq!(closed(&rig.tell(Input::Tick)), Some(CloseReason::Full), "no proof came");
}

#[test]
fn a_phone_that_floods_delays_no_proof_from_behind_its_address() {
    let mut rig = Rig::new();
    rig.come_as(1000, operator(1000));
    for user in 2000..12_000 {
        let _ = request(&mut rig, fresh(user % 100 + 2000), &hall(), Command::Who);
    }
    let nonce = Some("n".into());
    assert!(rig.ask(1000, Command::Nonce { nonce }).is_ok());
    assert!(reply(&prove(&mut rig, 1000)).is_ok());
    assert!(
        rig.ask(1000, chat("good evening")).is_ok(),
        "nor anything else of theirs"
    );
}
