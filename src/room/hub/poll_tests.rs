//! Polls: exact counts, one vote each, and what is told when.

use super::*;
use crate::room::{
    Body, Choices, Epoch, Key, Lives, Officer, OfficerId, OfficerRole, Order, Poll, PollId, Question, RestoredRoom,
};

fn config() -> HubConfig {
    HubConfig {
        limits: Limits {
            rate: false,
            ..Limits::default()
        },
        epoch_seed: 1,
        rooms: vec![hall()],
        keeps: true,
    }
}

fn hall() -> RoomName {
    RoomName::new("hall").unwrap()
}

/// A hub, what it keeps, and what the room was told last.
struct Rig {
    hub: Hub,
    kept: BTreeMap<Key, Box<str>>,
    told: Option<Poll>,
    entries: Vec<Poll>,
    now: Now,
}

impl Rig {
    fn new() -> Self {
        Self::of(Hub::new(config()), BTreeMap::new())
    }

    fn of(hub: Hub, kept: BTreeMap<Key, Box<str>>) -> Self {
        let (told, entries, now) = (None, Vec::new(), Now::default());
        Self {
            hub,
            kept,
            told,
            entries,
            now,
        }
    }

    /// What is left after a restart is what was kept.
    fn restart(self) -> Self {
        let kept = self.kept.clone().into_iter().collect();
        let rooms = vec![RestoredRoom {
            name: hall(),
            lives: Lives::first(Epoch(7)),
            head: 0,
            entries: Vec::new(),
        }];
        Self::of(Hub::restore(config(), Restored { rooms, kept }), self.kept)
    }

    fn handle(&mut self, input: Input) -> Result<Reply, Code> {
        self.now.mono_ms += 1000;
        self.hub.handle(self.now, input);
        let mut answer = None;
        while let Some(output) = self.hub.poll_output() {
            match output {
                Output::Keep {
                    key,
                    value: Some(value),
                } => drop(self.kept.insert(key, value)),
                Output::Keep { key, value: None } => drop(self.kept.remove(&key)),
                Output::Latest { latest, .. } => self.told = latest.poll.as_deref().cloned(),
                Output::Append { entry, .. } => {
                    if let Body::Poll { poll } = &entry.body {
                        self.entries.push((**poll).clone());
                    }
                }
                Output::Reply { reply, .. } => answer = Some(reply),
                _ => {}
            }
        }
        answer.expect("an answer").map_err(|refusal| refusal.code)
    }

    fn order(&mut self, order: Order) -> Result<Reply, Code> {
        let by = Officer {
            id: OfficerId(1),
            role: OfficerRole::Helper,
        };
        self.handle(Input::Order {
            to: ReplyTo::Request(0),
            by,
            order,
        })
    }

    fn open(&mut self, change: impl FnOnce(&mut Question)) -> PollId {
        let mut question = Question {
            question: "Tea?".into(),
            choices: ["yes", "no", "both"].map(Into::into).to_vec(),
            several: false,
            hidden: false,
            right: None,
        };
        change(&mut question);
        match self.order(Order::OpenPoll {
            room: hall(),
            poll: question,
        }) {
            Ok(Reply::Polled { poll }) => poll,
            other => panic!("{other:?}"),
        }
    }

    fn close(&mut self) -> Result<Reply, Code> {
        self.order(Order::ClosePoll { room: hall() })
    }

    fn vote(&mut self, user: u64, poll: PollId, choices: &[u64]) -> Result<Reply, Code> {
        let choices = Choices::new(choices.iter().copied()).unwrap();
        self.handle(Input::Request {
            request: 1,
            who: Identity {
                user: UserId(user),
                name: None,
                address: AddressTag::default(),
            },
            room: hall(),
            command: Ok(Command::Vote { poll, choices }),
        })
    }

    fn told(&self) -> &Poll {
        self.told.as_ref().expect("a poll")
    }
}

#[test]
fn everybody_has_one_vote() {
    let mut rig = Rig::new();
    let poll = rig.open(|_| {});
    for (user, choice) in [(1, 0), (2, 0), (3, 1), (3, 2), (1, 0)] {
        assert!(matches!(rig.vote(user, poll, &[choice]), Ok(Reply::Voted { .. })));
    }
    assert_eq!(
        (rig.told().voters, rig.told().counts.as_deref()),
        (3, Some(&[2, 0, 1][..]))
    );
    rig.vote(2, poll, &[]).unwrap();
    assert_eq!(
        (rig.told().voters, rig.told().counts.as_deref()),
        (2, Some(&[1, 0, 1][..]))
    );
    assert_eq!(rig.vote(4, poll, &[0, 1]).unwrap_err(), Code::BadRequest, "one choice");
    assert_eq!(rig.vote(4, poll, &[3]).unwrap_err(), Code::BadRequest, "no such choice");
    assert_eq!(rig.vote(4, PollId(9), &[0]).unwrap_err(), Code::UnknownPoll);
    assert_eq!(rig.told().voters, 2, "a refused vote changes nothing");
}

#[test]
fn several_choices_of_one_person_are_one_voter() {
    let mut rig = Rig::new();
    let poll = rig.open(|question| question.several = true);
    rig.vote(1, poll, &[0, 2]).unwrap();
    rig.vote(1, poll, &[2, 1]).unwrap();
    assert_eq!(
        (rig.told().voters, rig.told().counts.as_deref()),
        (1, Some(&[0, 1, 1][..]))
    );
}

#[test]
fn what_is_hidden_is_told_at_the_end() {
    let mut rig = Rig::new();
    let poll = rig.open(|question| (question.hidden, question.right) = (true, Some(1)));
    rig.vote(1, poll, &[1]).unwrap();
    assert_eq!(
        (rig.told().voters, rig.told().counts.as_deref(), rig.told().asked.right),
        (1, None, None)
    );
    rig.close().unwrap();
    let last = rig.entries.last().unwrap();
    assert_eq!(
        (last.open, last.counts.as_deref(), last.asked.right),
        (false, Some(&[0, 1, 0][..]), Some(1))
    );
    assert_eq!(rig.told(), last);
    assert_eq!(rig.vote(2, poll, &[0]).unwrap_err(), Code::UnknownPoll);
    assert_eq!(rig.close().unwrap_err(), Code::UnknownPoll);
    assert!(
        rig.kept.keys().all(|key| !matches!(key, Key::Vote(..))),
        "counted and forgotten"
    );
}

#[test]
fn another_poll_ends_the_one_before() {
    let mut rig = Rig::new();
    let first = rig.open(|_| {});
    rig.vote(1, first, &[0]).unwrap();
    let second = rig.open(|_| {});
    assert!(second > first);
    assert_eq!(
        rig.entries.iter().map(|poll| poll.open).collect::<Vec<_>>(),
        [true, false, true]
    );
    assert_eq!(rig.entries[1].counts.as_deref(), Some(&[1, 0, 0][..]));
    assert_eq!(rig.told().voters, 0);
    assert_eq!(rig.vote(1, first, &[0]).unwrap_err(), Code::UnknownPoll);
}

#[test]
fn votes_come_back_after_a_restart() {
    let mut rig = Rig::new();
    let poll = rig.open(|_| {});
    for user in 1..=50 {
        rig.vote(user, poll, &[user % 3]).unwrap();
    }
    let mut rig = rig.restart();
    rig.vote(1, poll, &[1]).unwrap();
    assert_eq!(
        (rig.told().voters, rig.told().counts.as_deref()),
        (50, Some(&[16, 17, 17][..]))
    );
    rig.close().unwrap();
    let mut rig = rig.restart();
    assert_eq!(rig.vote(1, poll, &[1]).unwrap_err(), Code::UnknownPoll);
    assert_eq!(rig.open(|_| {}), PollId(2), "numbers go on");
}

#[test]
fn votes_are_bounded() {
    let mut rig = Rig::new();
    let poll = rig.open(|_| {});
    rig.hub.votes = crate::limits::VOTES;
    assert_eq!(rig.vote(1, poll, &[0]).unwrap_err(), Code::Full);
}
