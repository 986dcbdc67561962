use super::{
    rig::{Rig, chat, config, hall},
    *,
};
use crate::{
    limits,
    room::{AdminCommand, Say, SettingsChange},
};

const TEXT: usize = 1000;

fn come(rig: &mut Rig, user: u64, room: &str) {
    rig.tell(Input::Connect {
        conn: ConnId(user),
        who: Identity::new(UserId(user)),
        leased: false,
        room: Some(RoomName::new(room).unwrap()),
        resume: None,
    });
}

fn say(rig: &mut Rig, user: u64) -> Result<Reply, Code> {
    rig.now.mono_ms += 1000;
    rig.ask(user, chat(&"x".repeat(TEXT)))
}

fn oldest(rig: &Rig, room: &str) -> (Seq, Seq) {
    let id = rig.hub.rooms.find(&RoomName::new(room).unwrap()).expect("it is there");
    let log = &rig.hub.rooms.get(id).log;
    (log.oldest(), log.head())
}

#[test]
fn the_fullest_logs_lose_their_oldest_entries_and_the_others_nothing() {
    let mut rig = Rig::new();
    let rooms = [(50, "full", 40), (51, "fuller", 60), (52, "quiet", 5)];
    for (user, room, messages) in rooms {
        come(&mut rig, user, room);
        for _ in 0..messages {
            say(&mut rig, user).unwrap();
        }
    }
    let before = rig.hub.log_bytes();
    let shed = before / 2;
    let outputs = rig.tell(Input::Memory { shed, full: false });
    let after = rig.hub.log_bytes();
    assert!(
        before - after >= shed && before - after < shed + 8 * TEXT,
        "{before} {after}"
    );
    let (full, fuller, quiet) = (oldest(&rig, "full"), oldest(&rig, "fuller"), oldest(&rig, "quiet"));
    assert_eq!((full.1, fuller.1, quiet), (40, 60, (1, 5)), "numbers go on");
    let left = [full, fuller].map(|(oldest, head)| head + 1 - oldest);
    assert!(left[0].abs_diff(left[1]) <= 8, "both are as full now: {left:?}");
    // The replicas of the logs drop the same ones.
    for (room, oldest) in [("full", full.0), ("fuller", fuller.0)] {
        let id = rig.hub.rooms.find(&RoomName::new(room).unwrap()).unwrap();
        let told = outputs.iter().filter_map(|output| match output {
            Output::Shed { room, oldest } if *room == id => Some(*oldest),
            _ => None,
        });
        assert_eq!(told.max(), Some(oldest));
    }
}

#[test]
fn the_newest_entry_is_never_shed_and_one_step_is_bounded() {
    let mut rig = Rig::new();
    come(&mut rig, 50, "talk");
    for _ in 0..limits::SHED_ENTRIES + 100 {
        say(&mut rig, 50).unwrap();
    }
    let shed = usize::MAX;
    rig.tell(Input::Memory { shed, full: false });
    assert_eq!(oldest(&rig, "talk").0, limits::SHED_ENTRIES as Seq + 1);
    rig.tell(Input::Memory { shed, full: false });
    let (oldest, head) = oldest(&rig, "talk");
    assert_eq!(oldest, head);
    let outputs = rig.tell(Input::Memory { shed, full: false });
    assert!(outputs.is_empty(), "nothing is left to shed");
    assert!(matches!(say(&mut rig, 50), Ok(Reply::Sent { seq: Some(seq), .. }) if seq == head + 1));
}

#[test]
fn a_full_budget_refuses_what_is_said_and_no_more() {
    let mut rig = Rig::new();
    come(&mut rig, 50, "talk");
    let full = |full| Input::Memory { shed: 0, full };
    rig.tell(full(true));
    assert_eq!(say(&mut rig, 50).unwrap_err(), Code::Busy);
    let (to, re, id) = (UserId(50), None, None);
    let text: Box<str> = "psst".into();
    assert_eq!(rig.ask(50, Command::Dm { to, text, re, id }).unwrap_err(), Code::Busy);
    assert!(rig.ask(50, Command::Who).is_ok());
    rig.set(SettingsChange {
        slow_s: Some(1),
        ..Default::default()
    });
    rig.tell(full(false));
    assert!(say(&mut rig, 50).is_ok());
}

#[test]
fn the_approval_queues_of_all_rooms_have_one_part_of_the_budget() {
    let mut config = config();
    config.limits.memory_mib = 1;
    let mut rig = Rig::with(config);
    rig.set(SettingsChange {
        hold: Some(true),
        ..Default::default()
    });
    let mut held = 0;
    let refused = (0..).find_map(|n| {
        let user = 100 + n / limits::DEVICE_APPROVALS as u64;
        if n % limits::DEVICE_APPROVALS as u64 == 0 {
            rig.come(user);
        }
        held = n;
        say(&mut rig, user).err()
    });
    assert_eq!(refused, Some(Code::Busy));
    let part = (1 << 20) / limits::APPROVAL_SHARE;
    let bytes = rig
        .hub
        .rooms
        .get(rig.hub.rooms.find(&hall()).unwrap())
        .policy
        .held
        .bytes();
    assert!(
        bytes <= part && bytes + 2 * TEXT > part,
        "{bytes} of {part} after {held}"
    );
    assert!(rig.hub.own_bytes() >= bytes, "they are counted");
    // What is decided makes room.
    for number in 1..=held {
        rig.done(AdminCommand::Reject { room: hall(), number });
    }
    let empty = rig
        .hub
        .rooms
        .get(rig.hub.rooms.find(&hall()).unwrap())
        .policy
        .held
        .bytes();
    assert_eq!(empty, 0);
    assert!(say(&mut rig, 100).is_ok());
}

#[test]
fn what_is_said_counts_while_it_is_kept() {
    let mut rig = Rig::new();
    come(&mut rig, 50, "talk");
    let before = (rig.hub.log_bytes(), rig.hub.own_bytes());
    let id = MsgId::new("one").unwrap();
    let named = match chat(&"\u{1}".repeat(TEXT)) {
        Command::Say(say) => Command::Say(Say { id: Some(id), ..say }),
        _ => unreachable!("a chat"),
    };
    rig.now.mono_ms += 1000;
    rig.ask(50, named).unwrap();
    assert!(rig.hub.log_bytes() - before.0 > 6 * TEXT, "escapes are weighed");
    assert!(rig.hub.own_bytes() - before.1 >= limits::DEDUP_ID_BYTES);
}
