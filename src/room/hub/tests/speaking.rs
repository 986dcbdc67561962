//! What one says: order, rates, receivers, history.

use super::{
    rig::{Rig, answer, kinds, room_name},
    *,
};
use crate::{
    limits,
    room::{Audience, Body, Said, Say, Token},
};

fn said(text: &str) -> Command {
    Command::Say(Say::new(Said::chat(text)))
}

fn said_as(text: &str, id: &str, audience: Audience) -> Command {
    Command::Say(Say {
        id: Some(MsgId::new(id).unwrap()),
        audience,
        ..Say::new(Said::chat(text))
    })
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

fn gift(count: u32, to: Option<u64>) -> Command {
    Command::Say(Say::new(Said::Gift {
        name: Token::new("rose").unwrap(),
        count,
        to: to.map(UserId),
    }))
}

fn receivers(outputs: &[Output]) -> Vec<u64> {
    let receiver = |output: &Output| match output {
        Output::Direct { conn, .. } => Some(conn.0),
        _ => None,
    };
    outputs.iter().filter_map(receiver).collect()
}

#[test]
fn outputs_come_in_the_promised_order() {
    let mut rig = Rig::in_memory(Limits::default());
    assert_eq!(
        kinds(&rig.connect(1, 1, "hall")),
        ["welcome", "opened", "attach", "latest"]
    );
    assert_eq!(kinds(&rig.command(1, said("hi"))), ["append", "ok"]);
    assert_eq!(
        kinds(&rig.command(1, join("bar"))),
        ["detach", "opened", "ok", "attach", "latest"]
    );
    assert_eq!(kinds(&rig.command(1, Command::Leave)), ["detach", "closed", "ok"]);
    assert_eq!(kinds(&rig.command(1, Command::Leave)), ["not_in_room"]);
}

#[test]
fn a_refusal_without_acknowledgement_is_told_all_the_same() {
    let mut rig = Rig::in_memory(Limits::default());
    rig.connect_via(1, 1, false, None);
    let input = |command| Input::Command {
        conn: ConnId(1),
        ack: None,
        command: Ok(command),
    };
    let outputs = rig.tell(input(said("hi")));
    assert!(
        matches!(&outputs[..], [Output::Direct { direct, .. }] if matches!(**direct, crate::room::Direct::Refused(_)))
    );
    rig.tell(input(join("hall")));
    assert_eq!(kinds(&rig.tell(input(said("hi")))), ["append"]);
}

#[test]
fn a_repeated_id_is_accepted_once_and_free() {
    let mut rig = Rig::in_memory(Limits {
        message_burst: 1,
        ..Limits::default()
    });
    rig.connect(1, 1, "hall");
    let first = answer(&rig.command(1, said_as("hi", "a", Audience::Room))).unwrap();
    let Reply::Sent {
        seq: Some(1),
        at: 500_000,
        duplicate: false,
        ..
    } = first
    else {
        panic!("{first:?}")
    };
    let outputs = rig.later(50).command(1, said_as("hi", "a", Audience::Room));
    assert_eq!(kinds(&outputs), ["ok"]);
    let again = answer(&outputs).unwrap();
    let Reply::Sent {
        seq: Some(1),
        at: 500_000,
        duplicate: true,
        ..
    } = again
    else {
        panic!("{again:?}")
    };
    assert_eq!(
        kinds(&rig.command(1, said_as("hi", "b", Audience::Room))),
        ["rate_limited"]
    );
    rig.connect(2, 2, "hall");
    assert!(matches!(
        answer(&rig.command(2, said_as("hi", "a", Audience::Room))),
        Ok(Reply::Sent { seq: Some(2), .. })
    ));
}

#[test]
fn rates_are_refused_exactly_and_floods_closed() {
    let mut rig = Rig::in_memory(Limits {
        message_rate: 5.0,
        message_burst: 2,
        ..Limits::default()
    });
    rig.connect(1, 1, "hall");
    rig.command(1, said("a"));
    rig.command(1, said("b"));
    let refusal = answer(&rig.later(50).command(1, said("c"))).unwrap_err();
    assert_eq!((refusal.code, refusal.retry_after_ms), (Code::RateLimited, Some(150)));
    assert_eq!(kinds(&rig.later(149).command(1, said("c"))), ["rate_limited"]);
    rig.now.mono_ms += 1;
    assert_eq!(kinds(&rig.command(1, said("c"))), ["append", "ok"]);
    let mut refused = 0;
    while kinds(&rig.command(1, said("flood"))) == ["rate_limited"] {
        refused += 1;
    }
    // Two were refused before, of which the time since made up for one.
    assert_eq!(refused, limits::REFUSAL_BURST - 1);
    assert_eq!(kinds(&rig.command(1, said("flood"))), ["closing"]);
    assert_eq!(rig.hub.connections(), 0);
}

#[test]
fn refusals_cost_requests() {
    let mut rig = Rig::in_memory(Limits {
        request_burst: 2,
        ..Limits::default()
    });
    rig.connect_via(1, 1, false, None);
    assert_eq!(kinds(&rig.command(1, said("a"))), ["not_in_room"]);
    assert_eq!(kinds(&rig.command(1, said("a"))), ["not_in_room"]);
    assert_eq!(kinds(&rig.command(1, said("a"))), ["rate_limited"]);
}

#[test]
fn private_messages_reach_both_peoples_connections() {
    let mut rig = Rig::in_memory(Limits::default());
    for (conn, user, room) in [(1, 1, "a"), (2, 1, "b"), (3, 2, "c"), (4, 2, "a"), (5, 3, "a")] {
        rig.connect(conn, user, room);
    }
    let dm = |to| Command::Dm {
        to: UserId(to),
        text: "psst".into(),
        re: None,
        id: None,
    };
    let outputs = rig.command(1, dm(2));
    assert_eq!(receivers(&outputs), [3, 4, 2]);
    assert!(matches!(answer(&outputs), Ok(Reply::Delivered { connections: 2, .. })));
    assert_eq!(receivers(&rig.command(1, dm(1))), [1, 2]);
    assert_eq!(kinds(&rig.command(1, dm(4))), ["unknown_user"]);
    assert_eq!(receivers(&rig.request(1, "a", dm(3))), [5, 1, 2]);
}

#[test]
fn to_me_stays_with_my_connections_in_the_room() {
    let mut rig = Rig::in_memory(Limits::default());
    for (conn, user, room) in [(1, 1, "a"), (2, 1, "a"), (3, 1, "b"), (4, 2, "a")] {
        rig.connect(conn, user, room);
    }
    let outputs = rig.command(1, said_as("note", "n", Audience::Me));
    assert_eq!(receivers(&outputs), [1, 2]);
    assert!(matches!(
        answer(&outputs),
        Ok(Reply::Sent {
            seq: None,
            duplicate: false,
            ..
        })
    ));
    let again = rig.command(1, said_as("note", "n", Audience::Me));
    assert!(receivers(&again).is_empty());
    assert!(matches!(
        answer(&again),
        Ok(Reply::Sent {
            seq: None,
            duplicate: true,
            ..
        })
    ));
    let outputs = rig.command(1, said_as("to the others", "o", Audience::Others));
    let Output::Append { entry, .. } = &outputs[0] else {
        panic!("{outputs:?}")
    };
    assert_eq!(entry.skip, Some(UserId(1)));
}

#[test]
fn requests_speak_without_membership() {
    let mut rig = Rig::in_memory(Limits::default());
    assert_eq!(kinds(&rig.request(1, "hall", said("hi"))), ["opened", "append", "ok"]);
    assert_eq!(kinds(&rig.request(1, "hall", join("hall"))), ["bad_request"]);
    assert_eq!(kinds(&rig.request(1, "elsewhere", react("👍"))), ["unknown_room"]);
    assert!(matches!(
        answer(&rig.request(1, "elsewhere", Command::Who)),
        Ok(Reply::Who { online: 0, .. })
    ));
    let history = Command::History {
        before: None,
        limit: None,
    };
    let Ok(Reply::History { entries, more: false }) = answer(&rig.request(1, "hall", history)) else {
        panic!()
    };
    assert!(matches!(&entries[0].body, Body::Said(Said::Chat { text, .. }) if **text == *"hi"));
    assert_eq!(rig.hub.rooms(), 1, "reading opens no room");
}

#[test]
fn history_pages_backwards() {
    let mut rig = Rig::in_memory(Limits {
        rate: false,
        ..Limits::default()
    });
    rig.connect(1, 1, "hall");
    for n in 1..=5 {
        rig.command(1, said(&n.to_string()));
    }
    rig.command(1, said_as("6", "x", Audience::Others));
    let mut page = |before, limit| match answer(&rig.command(1, Command::History { before, limit })) {
        Ok(Reply::History { entries, more }) => (entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), more),
        other => panic!("{other:?}"),
    };
    assert_eq!(page(None, Some(2)), (vec![4, 5], true));
    assert_eq!(page(Some(4), Some(2)), (vec![2, 3], true));
    assert_eq!(page(Some(3), Some(2)), (vec![1, 2], false));
    assert_eq!(page(Some(1), None), (vec![], false));
}

#[test]
fn gifts_are_bounded_by_count_budget_and_receiver() {
    let mut rig = Rig::in_memory(Limits {
        gift_budget: 5,
        ..Limits::default()
    });
    rig.connect(1, 1, "hall");
    assert_eq!(kinds(&rig.command(1, gift(0, None))), ["bad_request"]);
    assert_eq!(kinds(&rig.command(1, gift(100, None))), ["bad_request"]);
    assert_eq!(kinds(&rig.command(1, gift(1, Some(2)))), ["unknown_user"]);
    assert_eq!(kinds(&rig.command(1, gift(3, None))), ["append", "ok"]);
    assert_eq!(kinds(&rig.command(1, gift(3, None))), ["over_budget"]);
    assert_eq!(kinds(&rig.command(1, gift(2, Some(1)))), ["append", "ok"]);
    assert_eq!(kinds(&rig.request(2, "new", gift(5, None))), ["opened", "append", "ok"]);
    assert_eq!(kinds(&rig.request(2, "new", gift(1, None))), ["over_budget"]);
}

#[test]
fn the_time_of_entries_never_goes_back() {
    let mut rig = Rig::in_memory(Limits::default());
    rig.connect(1, 1, "hall");
    let mut at = |wall_ms| {
        rig.now.wall_ms = wall_ms;
        match answer(&rig.command(1, said("tick"))) {
            Ok(Reply::Sent { at, .. }) => at,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!([at(100), at(300), at(200), at(301)], [100, 300, 300, 301]);
    let (set, back) = (limits::CLOCK_SET_MS, limits::CLOCK_BACK_MS);
    assert_eq!(at(set + 2 * back), set + 2 * back);
    assert_eq!(at(300), set + 2 * back, "the clock is not set");
    assert_eq!(at(set + back), set + 2 * back, "as much as a clock may be behind");
    assert_eq!(at(set + 5), set + 5, "the clock was wrong, and leaves no mark");
    assert_eq!(at(set + 3), set + 5);
}
