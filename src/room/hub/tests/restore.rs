use std::{collections::BTreeMap, sync::Arc};

use super::*;
use crate::{
    limits::Limits,
    room::{Epoch, EpochHistory, RestoredRoom, Resume, Said, Say, StoredPerson, Token, UserName},
};

/// What a store would have of one room.
#[derive(Default)]
struct Kept {
    entries: Vec<Arc<crate::room::Entry>>,
    values: BTreeMap<Key, Box<str>>,
}

impl Kept {
    fn take(&mut self, hub: &mut Hub) -> Vec<Output> {
        let outputs: Vec<_> = std::iter::from_fn(|| hub.poll_output()).collect();
        for output in &outputs {
            match output {
                Output::Append { entry, .. } => self.entries.push(entry.clone()),
                Output::Persist {
                    key,
                    value: Some(value),
                } => drop(self.values.insert(key.clone(), value.json().into())),
                Output::Persist { key, value: None } => drop(self.values.remove(key)),
                _ => {}
            }
        }
        outputs
    }

    fn restored(&self) -> Restored {
        let room = self.entries.last().map(|newest| RestoredRoom {
            name: newest.room.clone(),
            epochs: EpochHistory::first(newest.epoch),
            head: newest.seq,
            oldest: 1,
            entries: self.entries.clone(),
            controls: Vec::new(),
            hidden: [].into(),
            accepted: Vec::new(),
        });
        Restored {
            rooms: room.into_iter().collect(),
            values: self.values.clone().into_iter().collect(),
            ..Restored::default()
        }
    }
}

fn config() -> HubConfig {
    HubConfig {
        limits: Limits {
            gift_budget: 10,
            ..Limits::default()
        },
        epoch_seed: 9,
        rooms: Vec::new(),
        persists: true,
    }
}

fn connect(conn: u64, name: Option<&str>, resume: Option<Resume>) -> Input {
    Input::Connect {
        conn: ConnId(conn),
        who: Identity {
            name: name.map(|name| UserName::new(name).unwrap()),
            ..Identity::new(UserId(7))
        },
        leased: false,
        room: Some(RoomName::new("hall").unwrap()),
        resume,
    }
}

fn ask(conn: u64, command: Command) -> Input {
    Input::Command {
        conn: ConnId(conn),
        ack: Some(1),
        command: Ok(command),
    }
}

fn said(id: &str) -> Command {
    Command::Say(Say {
        id: Some(MsgId::new(id).unwrap()),
        ..Say::new(Said::chat("hello"))
    })
}

fn gift(count: u32) -> Command {
    Command::Say(Say::new(Said::Gift {
        name: Token::new("rose").unwrap(),
        count,
        to: None,
    }))
}

fn reply(outputs: &[Output]) -> &Result<Reply, Refusal> {
    let mut replies = outputs.iter().filter_map(|output| match output {
        Output::Reply { reply, .. } => Some(reply),
        _ => None,
    });
    replies.next().expect("an answer")
}

#[test]
fn a_hub_goes_on_where_another_was() {
    let now = Now {
        mono_ms: 5,
        wall_ms: 1_000,
    };
    let mut hub = Hub::new(config());
    let mut kept = Kept::default();
    let inputs = [
        connect(1, Some("Ann"), None),
        ask(1, said("m1")),
        ask(1, gift(7)),
        ask(
            1,
            Command::React {
                emoji: Token::new("❤️").unwrap(),
            },
        ),
        ask(
            1,
            Command::Rename {
                name: UserName::new("Anna").unwrap(),
            },
        ),
        Input::Tick,
    ];
    for input in inputs {
        hub.handle(now, input);
        kept.take(&mut hub);
    }
    hub.handle(Now { mono_ms: 5_000, ..now }, Input::Tick);
    kept.take(&mut hub);

    let mut hub = Hub::restore(config(), kept.restored());
    let opened = std::iter::from_fn(|| hub.poll_output()).collect::<Vec<_>>();
    assert!(matches!(opened[0], Output::RoomOpened { after: 0, .. }), "{opened:?}");
    assert_eq!(opened.len(), 3, "the room and its two entries: {opened:?}");

    // The clock was set back meanwhile.
    let now = Now::default();
    let epoch = kept.entries[0].epoch;
    hub.handle(now, connect(2, None, Some(Resume { epoch, since: 1 })));
    let outputs = kept.take(&mut hub);
    let welcome = outputs.iter().find_map(|output| match output {
        Output::Welcome { welcome, .. } => Some(welcome),
        _ => None,
    });
    assert_eq!(welcome.unwrap().you.name.as_str(), "Anna");
    assert!(
        outputs
            .iter()
            .any(|output| matches!(output, Output::Attach { since: 1, .. }))
    );
    let latest = outputs.iter().find_map(|output| match output {
        Output::Latest { latest, .. } => Some(latest),
        _ => None,
    });
    assert_eq!(latest.unwrap().reactions.values().sum::<u64>(), 1);

    hub.handle(now, ask(2, said("m1")));
    let again = kept.take(&mut hub);
    assert!(
        matches!(
            reply(&again),
            Ok(Reply::Sent {
                seq: Some(1),
                at: 1_000,
                duplicate: true,
                ..
            })
        ),
        "{again:?}"
    );
    hub.handle(now, ask(2, gift(4)));
    assert_eq!(reply(&kept.take(&mut hub)).as_ref().unwrap_err().code, Code::OverBudget);
    hub.handle(now, ask(2, gift(3)));
    let given = kept.take(&mut hub);
    assert!(
        matches!(
            reply(&given),
            Ok(Reply::Sent {
                seq: Some(3),
                at: 1_000,
                ..
            })
        ),
        "{given:?}"
    );
}

#[test]
fn a_place_of_a_life_before_counts_as_far_as_it_is_shared() {
    let epochs = EpochHistory {
        epoch: Epoch(2),
        before: Arc::new([(Epoch(1), 5)]),
    };
    let position = |epoch, since| {
        let epoch = Epoch(epoch);
        epochs.position(Resume { epoch, since }, 9)
    };
    assert_eq!(position(1, 5), Some(5));
    assert_eq!(position(1, 6), None);
    assert_eq!(position(2, 9), Some(9));
    assert_eq!(position(2, 10), None);
    assert_eq!(position(3, 1), None);
}

#[test]
fn what_can_not_be_read_is_passed_over() {
    let values = vec![
        (Key::Person(UserId(7)), "{}".into()),
        (
            Key::Person(UserId(8)),
            crate::room::persist::person_value(&UserName::new("Bo").unwrap()),
        ),
        (Key::Tally(RoomName::new("gone").unwrap()), "{}".into()),
    ];
    let hub = Hub::restore(
        config(),
        Restored {
            values,
            ..Restored::default()
        },
    );
    assert_eq!(hub.people.person(UserId(7)), None);
    assert_eq!(hub.people.person(UserId(8)).unwrap().name.as_str(), "Bo");
    let round: StoredPerson = serde_json::from_str("{\"name\":\"Bo\"}").unwrap();
    assert_eq!(round.name, "Bo");
}

/// Counts of reactions in a room in which nothing was said: after a restart, and after another one before which something was said.
fn reactions_after_restarts(config: &HubConfig) -> [u64; 2] {
    let (now, mut kept) = (Now::default(), Kept::default());
    let mut hub = Hub::new(config.clone());
    let emoji = Token::new("❤️").unwrap();
    for input in [connect(1, None, None), ask(1, Command::React { emoji })] {
        hub.handle(now, input);
    }
    hub.handle(Now { mono_ms: 5_000, ..now }, Input::Tick);
    kept.take(&mut hub);
    assert!(kept.values.keys().any(|key| matches!(key, Key::Tally(_))));
    [2, 3].map(|conn| {
        let mut hub = Hub::restore(config.clone(), kept.restored());
        while hub.poll_output().is_some() {}
        hub.handle(now, connect(conn, None, None));
        hub.handle(now, ask(conn, said("m1")));
        let told = kept.take(&mut hub).into_iter().find_map(|output| match output {
            Output::Latest { latest, .. } => Some(latest.reactions.values().sum()),
            _ => None,
        });
        told.expect("the newcomer counts")
    })
}

#[test]
fn reactions_of_a_room_that_the_store_did_not_know_stay_forgotten() {
    assert_eq!(reactions_after_restarts(&config()), [0, 0]);
}

#[test]
fn a_permanent_room_keeps_its_reactions_though_nothing_was_said() {
    let hall = RoomName::new("hall").unwrap();
    let rooms = vec![hall];
    assert_eq!(reactions_after_restarts(&HubConfig { rooms, ..config() }), [1, 1]);
}
