use super::*;
use crate::{
    limits,
    room::{Audience, Body, Epoch, Identity, Resume, Said, Say, Seq, Token, UserName, Via},
};

/// A hub with a clock that stands still unless told otherwise.
struct Rig {
    hub: Hub,
    now: Now,
}

impl Rig {
    fn new(limits: Limits) -> Self {
        let hub = Hub::new(HubConfig {
            limits,
            epoch_seed: 1,
            rooms: Vec::new(),
            persists: false,
        });
        Self {
            hub,
            now: Now {
                mono_ms: 1000,
                wall_ms: 500_000,
            },
        }
    }

    fn later(&mut self, ms: u64) -> &mut Self {
        self.now.mono_ms += ms;
        self.now.wall_ms += ms;
        self
    }

    fn tell(&mut self, input: Input) -> Vec<Output> {
        self.hub.handle(self.now, input);
        std::iter::from_fn(|| self.hub.poll_output()).collect()
    }

    fn connect_via(&mut self, conn: u64, user: u64, via: Via, room: Option<&str>) -> Vec<Output> {
        let who = Identity::new(UserId(user));
        let room = room.map(room_name);
        self.tell(Input::Connect {
            conn: ConnId(conn),
            who,
            via,
            room,
            resume: None,
        })
    }

    fn connect(&mut self, conn: u64, user: u64, room: &str) -> Vec<Output> {
        self.connect_via(conn, user, Via::SocketIo, Some(room))
    }

    fn command(&mut self, conn: u64, command: Command) -> Vec<Output> {
        self.tell(Input::Command {
            conn: ConnId(conn),
            ack: Some(1),
            command: Ok(command),
        })
    }

    fn request(&mut self, user: u64, room: &str, command: Command) -> Vec<Output> {
        let who = Identity::new(UserId(user));
        self.tell(Input::Request {
            request: 9,
            who,
            room: room_name(room),
            command: Ok(command),
        })
    }
}

fn rig() -> Rig {
    Rig::new(Limits::default())
}

fn room_name(name: &str) -> RoomName {
    RoomName::new(name).unwrap()
}

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

/// One word for each output.
fn kinds(outputs: &[Output]) -> Vec<&'static str> {
    let kind = |output: &Output| match output {
        Output::Welcome { .. } => "welcome",
        Output::RoomOpened { .. } => "opened",
        Output::RoomClosed { .. } => "closed",
        Output::Wiped { .. } => "wipe",
        Output::Host { .. } => "host",
        Output::Page { .. } => "page",
        Output::Persist { .. } => "keep",
        Output::Recall { .. } => "recall",
        Output::Shed { .. } => "shed",
        Output::Append { .. } => "append",
        Output::Attach { .. } => "attach",
        Output::Detach { .. } => "detach",
        Output::Reply { reply: Ok(_), .. } => "ok",
        Output::Reply {
            reply: Err(refusal), ..
        } => refusal.code.as_str(),
        Output::Direct { .. } => "direct",
        Output::Redact { .. } => "redact",
        Output::Latest { .. } => "latest",
        Output::Close { reason, .. } => reason.as_str(),
    };
    outputs.iter().map(kind).collect()
}

/// The only answer among the outputs.
fn reply(outputs: Vec<Output>) -> Result<Reply, Refusal> {
    let mut replies = outputs.into_iter().filter_map(|output| match output {
        Output::Reply { reply, .. } => Some(reply),
        _ => None,
    });
    let reply = replies.next().expect("an answer");
    assert!(replies.next().is_none(), "one answer only");
    reply
}

fn attached_since(outputs: &[Output]) -> Option<Seq> {
    outputs.iter().find_map(|output| match output {
        Output::Attach { since, .. } => Some(*since),
        _ => None,
    })
}

#[test]
fn outputs_come_in_the_promised_order() {
    let mut rig = rig();
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
    let mut rig = rig();
    rig.connect_via(1, 1, Via::WebSocket, None);
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
    let mut rig = Rig::new(Limits {
        message_burst: 1,
        ..Limits::default()
    });
    rig.connect(1, 1, "hall");
    let first = reply(rig.command(1, said_as("hi", "a", Audience::Room))).unwrap();
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
    let again = reply(outputs).unwrap();
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
        reply(rig.command(2, said_as("hi", "a", Audience::Room))),
        Ok(Reply::Sent { seq: Some(2), .. })
    ));
}

#[test]
fn rates_are_refused_exactly_and_floods_closed() {
    let mut rig = Rig::new(Limits {
        message_rate: 5.0,
        message_burst: 2,
        ..Limits::default()
    });
    rig.connect(1, 1, "hall");
    rig.command(1, said("a"));
    rig.command(1, said("b"));
    let refusal = reply(rig.later(50).command(1, said("c"))).unwrap_err();
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
    let mut rig = Rig::new(Limits {
        request_burst: 2,
        ..Limits::default()
    });
    rig.connect_via(1, 1, Via::SocketIo, None);
    assert_eq!(kinds(&rig.command(1, said("a"))), ["not_in_room"]);
    assert_eq!(kinds(&rig.command(1, said("a"))), ["not_in_room"]);
    assert_eq!(kinds(&rig.command(1, said("a"))), ["rate_limited"]);
}

#[test]
fn resuming_says_what_is_lost() {
    let mut rig = Rig::new(Limits {
        rate: false,
        ..Limits::default()
    });
    rig.connect(1, 1, "hall");
    let epoch = match reply(rig.command(1, join("hall"))) {
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
        match reply(outputs) {
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
    let mut rig = rig();
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
    let mut rig = rig();
    rig.connect(1, 1, "hall");
    rig.connect(2, 1, "hall");
    rig.connect(3, 0xabcd_1234, "hall");
    let Ok(Reply::Who { people, online: 2 }) = reply(rig.command(1, Command::Who)) else {
        panic!()
    };
    let names: Vec<_> = people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Guest 0001", "Guest 1234"]);
    let name = UserName::new("Zoé").unwrap();
    rig.command(1, Command::Rename { name });
    let Ok(Reply::Who { people, .. }) = reply(rig.command(3, Command::Who)) else {
        panic!()
    };
    let names: Vec<_> = people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Guest 1234", "Zoé"]);
    rig.tell(Input::Disconnect { conn: ConnId(2) });
    assert!(matches!(
        reply(rig.command(3, Command::Who)),
        Ok(Reply::Who { online: 2, .. })
    ));
    rig.tell(Input::Disconnect { conn: ConnId(1) });
    assert!(matches!(
        reply(rig.command(3, Command::Who)),
        Ok(Reply::Who { online: 1, .. })
    ));
}

fn receivers(outputs: &[Output]) -> Vec<u64> {
    let receiver = |output: &Output| match output {
        Output::Direct { conn, .. } => Some(conn.0),
        _ => None,
    };
    outputs.iter().filter_map(receiver).collect()
}

#[test]
fn private_messages_reach_both_peoples_connections() {
    let mut rig = rig();
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
    assert!(matches!(reply(outputs), Ok(Reply::Delivered { connections: 2, .. })));
    assert_eq!(receivers(&rig.command(1, dm(1))), [1, 2]);
    assert_eq!(kinds(&rig.command(1, dm(4))), ["unknown_user"]);
    assert_eq!(receivers(&rig.request(1, "a", dm(3))), [5, 1, 2]);
}

#[test]
fn to_me_stays_with_my_connections_in_the_room() {
    let mut rig = rig();
    for (conn, user, room) in [(1, 1, "a"), (2, 1, "a"), (3, 1, "b"), (4, 2, "a")] {
        rig.connect(conn, user, room);
    }
    let outputs = rig.command(1, said_as("note", "n", Audience::Me));
    assert_eq!(receivers(&outputs), [1, 2]);
    assert!(matches!(
        reply(outputs),
        Ok(Reply::Sent {
            seq: None,
            duplicate: false,
            ..
        })
    ));
    let again = rig.command(1, said_as("note", "n", Audience::Me));
    assert!(receivers(&again).is_empty());
    assert!(matches!(
        reply(again),
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
    let mut rig = rig();
    assert_eq!(kinds(&rig.request(1, "hall", said("hi"))), ["opened", "append", "ok"]);
    assert_eq!(kinds(&rig.request(1, "hall", join("hall"))), ["bad_request"]);
    assert_eq!(kinds(&rig.request(1, "elsewhere", react("👍"))), ["unknown_room"]);
    assert!(matches!(
        reply(rig.request(1, "elsewhere", Command::Who)),
        Ok(Reply::Who { online: 0, .. })
    ));
    let history = Command::History {
        before: None,
        limit: None,
    };
    let Ok(Reply::History { entries, more: false }) = reply(rig.request(1, "hall", history)) else {
        panic!()
    };
    assert!(matches!(&entries[0].body, Body::Said(Said::Chat { text, .. }) if **text == *"hi"));
    assert_eq!(rig.hub.rooms(), 1, "reading opens no room");
}

#[test]
fn history_pages_backwards() {
    let mut rig = Rig::new(Limits {
        rate: false,
        ..Limits::default()
    });
    rig.connect(1, 1, "hall");
    for n in 1..=5 {
        rig.command(1, said(&n.to_string()));
    }
    rig.command(1, said_as("6", "x", Audience::Others));
    let mut page = |before, limit| match reply(rig.command(1, Command::History { before, limit })) {
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
    let mut rig = Rig::new(Limits {
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
fn a_lease_ends_unless_it_is_renewed() {
    let mut rig = rig();
    rig.connect_via(1, 1, Via::Poll, Some("hall"));
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
    let mut rig = Rig::new(Limits {
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
    let mut rig = rig();
    for conn in 0..limits::USER_CONNECTIONS as u64 {
        rig.connect_via(conn, 1, Via::WebSocket, None);
    }
    assert_eq!(kinds(&rig.connect_via(100, 1, Via::WebSocket, None)), ["full"]);
    let ordinary = limits::CONNECTIONS - limits::RESERVED;
    for n in limits::USER_CONNECTIONS..ordinary {
        rig.connect_via(1000 + n as u64, 1000 + n as u64, Via::WebSocket, None);
    }
    assert_eq!(rig.hub.connections(), ordinary);
    assert_eq!(kinds(&rig.connect_via(101, 2, Via::WebSocket, None)), ["full"]);
    rig.tell(Input::Disconnect { conn: ConnId(0) });
    assert_eq!(kinds(&rig.connect_via(102, 2, Via::WebSocket, None)), ["welcome"]);
}

#[test]
fn users_without_connection_make_way_when_their_rates_are_unused() {
    let mut rig = rig();
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
fn the_time_of_entries_never_goes_back() {
    let mut rig = rig();
    rig.connect(1, 1, "hall");
    let mut at = |wall_ms| {
        rig.now.wall_ms = wall_ms;
        match reply(rig.command(1, said("tick"))) {
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

#[test]
fn stopping_closes_everything_and_answers_everything() {
    let mut rig = rig();
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
    let mut rig = rig();
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
    let via = Via::WebSocket;
    hub.handle(
        Now::default(),
        Input::Connect {
            conn,
            who,
            via,
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
