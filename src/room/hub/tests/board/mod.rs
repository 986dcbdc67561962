mod desk;
mod polls;
mod questions;
mod values;

use super::{
    rig::{self, Rig, hall, reply},
    *,
};
use crate::{
    limits,
    room::{
        AdminCommand, Board, Body, Control, EpochHistory, Hide, NewPoll, Operator, OperatorId, OperatorRole, Pin, Poll,
        PollTally, RestoredRoom, Said, Say, SettingsChange, Token,
    },
};

fn config() -> HubConfig {
    let limits = Limits {
        rate: false,
        ..Limits::default()
    };
    HubConfig {
        limits,
        ..rig::config()
    }
}

/// The people 1, 2 and 3 in the hall, each on a connection of that number.
fn three() -> Rig {
    let mut rig = Rig::empty(config());
    rig.now = Now::default();
    rig.three_connect();
    rig
}

impl Rig {
    fn three_connect(&mut self) {
        for number in 1..=3 {
            self.connect(number, number, "hall");
        }
    }

    fn give(&mut self, command: AdminCommand) -> Result<Reply, Code> {
        reply(&self.admin(command))
    }

    fn last(&self) -> &Body {
        &self.entries.last().expect("an entry").body
    }

    fn poll(&self) -> Poll {
        match self.last() {
            Body::Control(Control::Poll { poll }) => (**poll).clone(),
            other => panic!("a poll: {other:?}"),
        }
    }

    fn board(&mut self, conn: u64) -> Board {
        match self.ask(conn, Command::Board) {
            Ok(Reply::Board(board)) => *board,
            other => panic!("the board: {other:?}"),
        }
    }

    /// The process ends without a word, and another goes on from what was kept.
    fn die(&mut self) {
        let newest = self.entries.last().expect("something was said");
        let room = RestoredRoom {
            oldest: 1,
            controls: Vec::new(),
            hidden: [].into(),
            accepted: Vec::new(),
            name: hall(),
            epochs: EpochHistory::first(newest.epoch),
            head: newest.seq,
            entries: self.entries.clone(),
        };
        let restored = Restored {
            rooms: vec![room],
            values: self.stored.clone().into_iter().rev().collect(),
            ..Restored::default()
        };
        self.hub = Hub::restore(config(), restored);
        while self.hub.poll_output().is_some() {}
        self.three_connect();
    }
}

fn new_poll() -> NewPoll {
    NewPoll {
        question: "Which song?".into(),
        choices: ["A".into(), "B".into(), "C".into()].into(),
        several: false,
        hidden: false,
        change: false,
        right: None,
    }
}

fn open(poll: NewPoll) -> AdminCommand {
    AdminCommand::Poll { room: hall(), poll }
}

fn close(poll: u32) -> AdminCommand {
    AdminCommand::ClosePoll { room: hall(), poll }
}

fn vote(choices: &[u8]) -> Command {
    let choices = choices.to_vec();
    Command::Vote { poll: 1, choices }
}

fn gift(count: u32, to: Option<u64>) -> Command {
    Command::Say(Say::new(Said::Gift {
        name: Token::new("rose").unwrap(),
        count,
        to: to.map(UserId),
    }))
}

fn ask(text: &str) -> Command {
    let text = text.into();
    Command::Say(Say::new(Said::Question { text }))
}

fn set(set: SettingsChange) -> AdminCommand {
    AdminCommand::Settings { room: hall(), set }
}

#[test]
fn an_announcement_to_all_is_counted_where_it_came() {
    let mut rig = three();
    let join = Command::Join {
        room: RoomName::new("bar").unwrap(),
        resume: None,
    };
    rig.ask(3, join).unwrap();
    let announce = AdminCommand::Announce {
        room: None,
        text: "open".into(),
    };
    let Ok(Reply::Announced { sent }) = rig.give(announce) else {
        panic!("announced")
    };
    assert_eq!(
        sent.iter().map(|it| it.room.as_str()).collect::<Vec<_>>(),
        ["hall", "bar"]
    );
    let seq = sent[0].seq;
    for conn in [1, 1] {
        rig.ask(conn, Command::Seen { seq }).unwrap();
    }
    rig.ask(2, Command::Seen { seq: seq - 1 }).unwrap();
    let room = hall();
    let reached = rig.give(AdminCommand::Reached { room, seq });
    assert!(
        matches!(reached, Ok(Reply::Reached { reached: 1, online: 2 })),
        "{reached:?}"
    );
    assert_eq!(
        rig.ask(2, Command::Seen { seq: seq + 1 }).unwrap_err(),
        Code::BadRequest
    );
    // A client that resumes from there has it.
    let epoch = rig.entries.iter().find(|entry| entry.room == hall()).unwrap().epoch;
    let join = Command::Join {
        room: hall(),
        resume: Some(crate::room::Resume { epoch, since: seq }),
    };
    rig.ask(2, join).unwrap();
    let reached = rig.give(AdminCommand::Reached { room: hall(), seq });
    assert!(
        matches!(reached, Ok(Reply::Reached { reached: 2, online: 2 })),
        "{reached:?}"
    );
}

#[test]
fn gifts_are_counted_for_both_sides_and_bounded_by_order() {
    let mut rig = three();
    let gift_budget = Some(5);
    rig.give(set(SettingsChange {
        gift_budget,
        ..SettingsChange::default()
    }))
    .unwrap();
    rig.ask(1, gift(3, Some(2))).unwrap();
    rig.ask(1, gift(2, None)).unwrap();
    assert_eq!(rig.ask(1, gift(1, None)).unwrap_err(), Code::OverBudget);
    rig.ask(3, gift(4, Some(1))).unwrap();
    let board = rig.board(2);
    let scores =
        |scores: &[crate::room::Score]| -> Vec<_> { scores.iter().map(|it| (it.who.id.0, it.gifts)).collect() };
    assert_eq!(scores(&board.givers), [(1, 5), (3, 4)]);
    assert_eq!(scores(&board.receivers), [(1, 4), (2, 3)]);
}

#[test]
fn rooms_have_titles_and_an_order() {
    let mut rig = three();
    let bar = RoomName::new("bar").unwrap();
    let change = SettingsChange {
        title: Some(" The bar ".into()),
        order: Some(1),
        ..SettingsChange::default()
    };
    let room = bar.clone();
    rig.give(AdminCommand::Settings { room, set: change }).unwrap();
    let rooms: Vec<_> = rig.hub.rooms.list(limits::ROOMS);
    let shown: Vec<_> = rooms.iter().map(|it| (it.name.as_str(), it.title.as_deref())).collect();
    assert_eq!(shown, [("hall", None), ("bar", Some("The bar"))]);
    let title = Some("x".repeat(281).into());
    let long = SettingsChange {
        title,
        ..SettingsChange::default()
    };
    assert_eq!(rig.give(set(long)).unwrap_err(), Code::TooLong);
    // A room without a title and with nothing else set goes with its last member.
    let change = SettingsChange {
        title: Some("".into()),
        order: Some(0),
        ..SettingsChange::default()
    };
    rig.give(AdminCommand::Settings { room: bar, set: change }).unwrap();
    assert!(rig.stored.keys().all(|key| !matches!(key, Key::Room(_))));
}
