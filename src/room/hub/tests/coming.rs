//! Coming and going: rooms, connections, people and their bounds.

use super::{
    rig::{Rig, answer, kinds, room_name},
    *,
};
use crate::{
    limits,
    room::{Epoch, Resume, Said, Say, Token, UserName},
};

fn said(text: &str) -> Command {
    Command::Say(Say::new(Said::chat(text)))
}

fn join(name: &str) -> Command {
    Command::Join {
        room: room_name(name),
        resume: None,
    }
}

fn react(emoji: &str) -> Command {
    Command::React {
        emoji: Token::new(emoji).unwrap(),
    }
}

fn attached_since(outputs: &[Output]) -> Option<Seq> {
    outputs.iter().find_map(|output| match output {
        Output::Attach { since, .. } => Some(*since),
        _ => None,
    })
}

#[test]
fn resuming_says_what_is_lost() {
    let mut rig = Rig::in_memory(Limits {
        rate: false,
        ..Limits::default()
    });
    rig.connect(1, 1, "hall");
    let epoch = match answer(&rig.command(1, join("hall"))) {
        Ok(Reply::Joined {
            epoch,
            recovered: false,
            missed: 0,
            members: 1,
            ..
        }) => epoch,
        other => panic!("{other:?}"),
    };
    for n in 0..limits::RING_ENTRIES + 10 {
        rig.command(1, said(&n.to_string()));
    }
    rig.connect(2, 2, "other");
    let mut resume = |epoch, since| {
        let command = Command::Join {
            room: room_name("hall"),
            resume: Some(Resume { epoch, since }),
        };
        let outputs = rig.command(2, command);
        let since = attached_since(&outputs).unwrap();
        rig.command(2, Command::Leave);
        match answer(&outputs) {
            Ok(Reply::Joined { recovered, missed, .. }) => (since, recovered, missed),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(resume(epoch, 10), (10, true, 0));
    assert_eq!(resume(epoch, 9), (9, false, 1));
    assert_eq!(resume(epoch, 2058), (2058, true, 0));
    assert_eq!(resume(epoch, 2059), (2058, false, 0));
    assert_eq!(resume(Epoch(1), 2058), (0, false, 10));
}

#[test]
fn the_latest_values_come_at_once_then_at_their_pace() {
    let mut rig = Rig::in_memory(Limits::default());
    assert_eq!(kinds(&rig.connect(1, 1, "hall")).last(), Some(&"latest"));
    assert_eq!(kinds(&rig.command(1, react("❤️"))), ["ok"]);
    assert_eq!(kinds(&rig.command(1, react("❤️"))), ["ok"]);
    let (at_ms, due) = rig.hub.poll_timeout().unwrap();
    assert_eq!((at_ms, due), (1250, Due::Latest(RoomId(0))));
    assert!(rig.later(249).tell(Input::Tick).is_empty());
    let outputs = rig.later(1).tell(Input::Tick);
    let [Output::Latest { latest, .. }] = &outputs[..] else {
        panic!("{outputs:?}")
    };
    assert_eq!((latest.online, latest.reactions[&Token::new("❤️").unwrap()]), (1, 2));
    assert_eq!(rig.hub.poll_timeout(), None);
    // A user came and went: nothing changed.
    rig.connect(2, 2, "hall");
    rig.tell(Input::Disconnect { conn: ConnId(2) });
    assert!(rig.later(1000).tell(Input::Tick).is_empty());
    assert_eq!(kinds(&rig.later(1000).command(1, react("👍"))), ["ok", "latest"]);
}

#[test]
fn people_count_once() {
    let mut rig = Rig::in_memory(Limits::default());
    rig.connect(1, 1, "hall");
    rig.connect(2, 1, "hall");
    rig.connect(3, 0xabcd_1234, "hall");
    let Ok(Reply::Who { people, online: 2 }) = answer(&rig.command(1, Command::Who)) else {
        panic!()
    };
    let names: Vec<_> = people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Guest 0001", "Guest 1234"]);
    let name = UserName::new("Zoé").unwrap();
    rig.command(1, Command::Rename { name });
    let Ok(Reply::Who { people, .. }) = answer(&rig.command(3, Command::Who)) else {
        panic!()
    };
    let names: Vec<_> = people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Guest 1234", "Zoé"]);
    rig.tell(Input::Disconnect { conn: ConnId(2) });
    assert!(matches!(
        answer(&rig.command(3, Command::Who)),
        Ok(Reply::Who { online: 2, .. })
    ));
    rig.tell(Input::Disconnect { conn: ConnId(1) });
    assert!(matches!(
        answer(&rig.command(3, Command::Who)),
        Ok(Reply::Who { online: 1, .. })
    ));
}

#[test]
fn a_lease_ends_unless_it_is_renewed() {
    let mut rig = Rig::in_memory(Limits::default());
    rig.connect_via(1, 1, true, Some("hall"));
    rig.later(300).tell(Input::Tick);
    assert_eq!(rig.hub.poll_timeout(), Some((61_000, Due::Lease(ConnId(1)))));
    rig.later(30_000).tell(Input::Renew {
        conn: ConnId(1),
        has: None,
    });
    assert!(rig.later(59_999).tell(Input::Tick).is_empty());
    assert_eq!(kinds(&rig.later(1).tell(Input::Tick)), ["silent", "closed"]);
    assert_eq!(rig.hub.poll_timeout(), None);
}

#[test]
fn rooms_make_way_in_the_order_of_their_use() {
    let mut rig = Rig::in_memory(Limits {
        rate: false,
        ..Limits::default()
    });
    for n in 0..limits::ROOMS {
        rig.later(1).request(n as u64, &format!("r{n}"), said("kept"));
    }
    rig.later(1).request(1, "r0", said("used again"));
    let outputs = rig.later(1).request(1, "new", said("hi"));
    assert_eq!(kinds(&outputs), ["closed", "opened", "append", "ok"]);
    assert!(matches!(outputs[0], Output::RoomClosed { room: RoomId(1), .. }));
    for n in 0..limits::ROOMS as u64 {
        rig.connect(n, n, &format!("full {n}"));
    }
    assert_eq!(rig.hub.rooms(), limits::ROOMS);
    assert_eq!(kinds(&rig.request(1, "one more", said("hi"))), ["full"]);
    assert_eq!(kinds(&rig.connect(1000, 1000, "one more")), ["welcome", "direct"]);
    // A user who is alone in a room makes the place that they need.
    let outputs = rig.command(0, join("one more"));
    assert_eq!(
        kinds(&outputs),
        ["detach", "closed", "opened", "ok", "attach", "latest"]
    );
}

#[test]
fn connections_are_bounded_for_one_and_for_all() {
    let mut rig = Rig::in_memory(Limits::default());
    for conn in 0..limits::USER_CONNECTIONS as u64 {
        rig.connect_via(conn, 1, false, None);
    }
    assert_eq!(kinds(&rig.connect_via(100, 1, false, None)), ["full"]);
    let ordinary = limits::CONNECTIONS - limits::RESERVED;
    for n in limits::USER_CONNECTIONS..ordinary {
        rig.connect_via(1000 + n as u64, 1000 + n as u64, false, None);
    }
    assert_eq!(rig.hub.connections(), ordinary);
    assert_eq!(kinds(&rig.connect_via(101, 2, false, None)), ["full"]);
    rig.tell(Input::Disconnect { conn: ConnId(0) });
    assert_eq!(kinds(&rig.connect_via(102, 2, false, None)), ["welcome"]);
}

#[test]
fn users_without_connection_make_way_when_their_rates_are_unused() {
    let mut rig = Rig::in_memory(Limits::default());
    for user in 1..=limits::USERS as u64 {
        assert_eq!(kinds(&rig.request(user, "hall", Command::Who)), ["ok"]);
    }
    assert_eq!(kinds(&rig.request(0xffff_ffff, "hall", Command::Who)), ["full"]);
    assert_eq!(
        kinds(&rig.later(4000).request(0xffff_ffff, "hall", Command::Who)),
        ["ok"]
    );
}

#[test]
fn stopping_closes_everything_and_answers_everything() {
    let mut rig = Rig::in_memory(Limits::default());
    rig.connect(1, 1, "hall");
    rig.connect(2, 2, "hall");
    assert_eq!(kinds(&rig.tell(Input::Shutdown)), ["stopping", "stopping"]);
    assert_eq!(rig.hub.poll_timeout(), None);
    assert_eq!(kinds(&rig.command(1, said("late"))), ["closing"]);
    assert_eq!(kinds(&rig.request(3, "hall", said("late"))), ["closing"]);
    assert_eq!(kinds(&rig.connect(4, 4, "hall")), ["stopping"]);
    assert!(rig.tell(Input::Disconnect { conn: ConnId(1) }).is_empty());
}

#[test]
fn a_client_that_breaks_a_rule_is_closed_behind_its_answers() {
    let mut rig = Rig::in_memory(Limits::default());
    rig.connect(1, 1, "hall");
    let refuse = |conn| Input::Refuse {
        conn: ConnId(conn),
        reason: CloseReason::Broken,
    };
    assert_eq!(kinds(&rig.tell(refuse(1))), ["broken", "closed"], "and its empty room");
    assert_eq!(rig.hub.connections(), 0);
    assert!(rig.tell(refuse(1)).is_empty() && rig.tell(refuse(2)).is_empty());
}

#[test]
fn rooms_that_stay_are_there_without_anybody() {
    let stays = RoomName::new("stays").unwrap();
    let config = HubConfig {
        limits: Limits::default(),
        epoch_seed: 1,
        rooms: vec![stays.clone()],
        persists: false,
    };
    let mut hub = Hub::new(config);
    assert!(matches!(hub.poll_output(), Some(Output::RoomOpened { name, .. }) if name == stays));
    let conn = ConnId(1);
    let who = Identity::new(UserId(1));
    let leased = false;
    hub.handle(
        Now::default(),
        Input::Connect {
            conn,
            who,
            leased,
            room: Some(stays),
            resume: None,
        },
    );
    hub.handle(Now::default(), Input::Disconnect { conn });
    let outputs: Vec<_> = std::iter::from_fn(|| hub.poll_output()).collect();
    assert!(
        !outputs.iter().any(|output| matches!(output, Output::RoomClosed { .. })),
        "{outputs:?}"
    );
    assert_eq!(hub.rooms(), 1);
}
