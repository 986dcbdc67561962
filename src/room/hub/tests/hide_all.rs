//! Hiding all messages of a person, in all rooms slice by slice, and showing them again with one command.

use super::{
    rig::{Rig, chat, hall, reply},
    *,
};
use crate::{
    limits,
    room::{AdminCommand, Body, Control, Hide, Operator, OperatorId, OperatorRole, PinRequest, Said, Say},
};

/// The next slice of a sweep.
fn go_on(rig: &mut Rig) -> Vec<Output> {
    let (at_ms, due) = rig.hub.poll_timeout().expect("a sweep is under way");
    assert_eq!(due, Due::Sweep);
    rig.now.mono_ms = at_ms;
    rig.tell(Input::Tick)
}

fn room_name(number: usize) -> RoomName {
    RoomName::new(&format!("room {number}")).unwrap()
}

/// A person with messages in so many rooms, so many in each.
fn talkative(rooms: usize, messages: usize) -> Rig {
    let mut rig = Rig::shared();
    for number in 0..rooms {
        let room = room_name(number);
        rig.ask(2, Command::Join { room, resume: None }).unwrap();
        for _ in 0..messages {
            rig.now.mono_ms += 1000;
            rig.ask(2, chat("secret")).unwrap();
        }
    }
    rig
}

fn hide_everywhere() -> AdminCommand {
    AdminCommand::HidePerson {
        room: None,
        user: UserId(2),
    }
}

#[test]
fn a_person_is_hidden_everywhere_in_slices_and_counted_once_it_is_done() {
    for (rooms, messages) in [(3, limits::SWEPT_HIDDEN / 2 + 1), (2 * limits::SWEPT_ROOMS + 5, 1)] {
        let mut rig = talkative(rooms, messages);
        let first = rig.admin(hide_everywhere());
        let mut redacted = 0;
        let mut outputs = first;
        let mut slices = 0;
        let hidden = loop {
            slices += 1;
            for output in &outputs {
                if let Output::Redact { entries, .. } = output {
                    redacted += entries.len();
                }
            }
            let answered = outputs.iter().find_map(|output| match output {
                Output::Reply { reply, .. } => Some(reply.clone()),
                _ => None,
            });
            match answered {
                Some(reply) => break reply.unwrap(),
                None => outputs = go_on(&mut rig),
            }
        };
        assert_eq!(slices, 3, "{rooms} rooms");
        assert_eq!(redacted, rooms * messages);
        assert!(matches!(hidden, Reply::MessagesHidden { hidden, seq: None } if hidden == rooms * messages));
        let left = rig.hub.rooms.ids().filter(|&room| {
            let log = &rig.hub.rooms.get(room).log;
            log.iter_from(0).any(|entry| format!("{entry:?}").contains("secret"))
        });
        assert_eq!(left.count(), 0);
        assert!(rig.hub.hiding.is_empty() && rig.hub.sweeps.is_empty());
    }
}

#[test]
fn two_people_are_hidden_at_once_and_each_command_is_answered() {
    let mut rig = talkative(limits::SWEPT_ROOMS + 2, 1);
    rig.ask(1, chat("secret")).unwrap();
    let give = |rig: &mut Rig, user, request| {
        let by = Operator {
            id: OperatorId::ORGANIZER,
            role: OperatorRole::Organizer,
        };
        let command = AdminCommand::HidePerson {
            room: None,
            user: UserId(user),
        };
        let to = ReplyTo::Request(request);
        rig.tell(Input::AdminCommand { to, by, command })
    };
    let mut outputs = give(&mut rig, 2, 7);
    outputs.extend(give(&mut rig, 1, 8));
    while rig.hub.poll_timeout().is_some_and(|(_, due)| due == Due::Sweep) {
        outputs.extend(go_on(&mut rig));
    }
    let answers = outputs.iter().filter_map(|output| match output {
        Output::Reply {
            to: ReplyTo::Request(request),
            reply: Ok(Reply::MessagesHidden { hidden, .. }),
        } => Some((*request, *hidden)),
        _ => None,
    });
    assert_eq!(answers.collect::<Vec<_>>(), [(7, limits::SWEPT_ROOMS + 2), (8, 1)]);
}

#[test]
fn a_wipe_answers_a_command_that_it_overtakes() {
    let mut rig = talkative(limits::SWEPT_ROOMS + 2, 1);
    rig.admin(hide_everywhere());
    // One of the slice is the hall, where the person was and said nothing.
    let told = rig.tell(Input::Wipe);
    let answered = |output: &&Output| matches!(output, Output::Reply { reply: Ok(Reply::MessagesHidden { hidden, .. }), .. } if *hidden == limits::SWEPT_ROOMS - 1);
    assert_eq!(told.iter().filter(answered).count(), 1);
    assert!(rig.hub.hiding.is_empty());
}

#[test]
fn one_command_shows_all_again_that_one_has_hidden() {
    let mut rig = Rig::new();
    let many = 2 * limits::UNHIDE;
    rig.ask(2, chat("rude")).unwrap();
    rig.done(AdminCommand::Hide { room: hall(), seq: 1 });
    for number in 0..many {
        rig.now.mono_ms += 1000;
        rig.ask(2, chat(&format!("{number}"))).unwrap();
    }
    rig.ask(1, chat("mine")).unwrap();
    let (room, user) = (hall(), UserId(2));
    let hidden = rig.done(AdminCommand::HidePerson { room: Some(room), user });
    let Reply::MessagesHidden { hidden, seq: Some(seq) } = hidden else {
        panic!("{hidden:?}")
    };
    assert_eq!(hidden, many);
    assert_eq!(rig.history().last().unwrap().seq, seq);
    let unhide = |hide| AdminCommand::UnhidePerson {
        room: hall(),
        user,
        hide,
    };
    let told = rig.admin(unhide(Some(seq)));
    assert!(matches!(reply(&told), Ok(Reply::ShownAgain { shown }) if shown == many));
    let revealed = told.iter().filter(|output| matches!(output, Output::Reveal { .. }));
    assert_eq!(revealed.count(), many);
    let what = Hide::Person { user };
    assert_eq!(
        rig.history().last().unwrap().body,
        Body::Control(Control::Unhide { what })
    );
    let log = &rig.hub.rooms.get(rig.hub.rooms.find(&hall()).unwrap()).log;
    let covered = log
        .iter_from(0)
        .filter(|entry| matches!(entry.body, Body::Hidden { .. }));
    assert_eq!(covered.map(|entry| entry.seq).collect::<Vec<_>>(), [1], "hidden before");
    let again = rig.admin(unhide(Some(seq)));
    assert!(matches!(reply(&again), Ok(Reply::ShownAgain { shown: 0 })));
    assert!(!again.iter().any(|output| matches!(output, Output::Append { .. })));
    assert!(matches!(
        reply(&rig.admin(unhide(None))),
        Ok(Reply::ShownAgain { shown: 1 })
    ));
}

#[test]
fn what_a_process_before_hid_comes_back_with_later_entries() {
    let mut rig = Rig::new();
    for text in ["one", "two", "three"] {
        rig.ask(2, chat(text)).unwrap();
    }
    let said = rig.history();
    let room = rig.hub.rooms.find(&hall()).unwrap();
    let originals = &mut rig.hub.rooms.get_mut(room).policy.hidden;
    // As `restore` keeps the first two.
    for (entry, hide) in said.into_iter().zip([0, 0, 5]) {
        originals.keep(entry, hide);
    }
    let mut back = |hide| {
        let taken = originals.take_of(UserId(2), Some(hide));
        taken.iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    assert_eq!(back(2), [1]);
    assert_eq!(back(4), [2], "another entry hid the third");
    assert_eq!(back(5), [3]);
}

#[test]
fn originals_make_way_for_memory_and_the_newest_stay() {
    let mut rig = Rig::new();
    for _ in 0..2 * limits::UNHIDE {
        rig.now.mono_ms += 1000;
        rig.ask(2, chat("secret")).unwrap();
    }
    rig.done(AdminCommand::HidePerson {
        room: Some(hall()),
        user: UserId(2),
    });
    let kept = |rig: &Rig| {
        let hidden = &rig.hub.rooms.get(rig.hub.rooms.find(&hall()).unwrap()).policy.hidden;
        let bytes: usize = hidden.iter().map(|entry| entry.size()).sum();
        assert_eq!(hidden.bytes(), bytes);
        hidden.iter().count()
    };
    assert_eq!(kept(&rig), 2 * limits::UNHIDE);
    let full = false;
    rig.tell(Input::Memory { shed: 1, full });
    assert_eq!(kept(&rig), limits::UNHIDE);
    let log = &rig.hub.rooms.get(rig.hub.rooms.find(&hall()).unwrap()).log;
    assert_eq!(log.oldest(), 1, "that was enough");
}

#[test]
fn a_hidden_question_pushes_none_off_that_waits_for_an_answer() {
    let mut rig = Rig::new();
    let ask = |rig: &mut Rig, user| {
        rig.now.mono_ms += 1000;
        let text = "When?".into();
        rig.ask(user, Command::Say(Say::new(Said::Question { text })))
    };
    ask(&mut rig, 2).unwrap();
    rig.done(AdminCommand::Hide { room: hall(), seq: 1 });
    for user in 100..100 + limits::QUESTIONS as u64 {
        rig.come(user);
        ask(&mut rig, user).unwrap();
    }
    let unhide = || AdminCommand::Unhide { room: hall(), seq: 1 };
    let full = rig.admin(unhide());
    assert_eq!(reply(&full).unwrap_err(), Code::Full);
    assert!(!full.iter().any(|output| matches!(output, Output::Append { .. })));
    let all = AdminCommand::UnhidePerson {
        room: hall(),
        user: UserId(2),
        hide: None,
    };
    assert!(matches!(rig.done(all), Reply::ShownAgain { shown: 0 }));
    let question = rig.history()[2].seq;
    rig.done(AdminCommand::Answered { room: hall(), question });
    rig.done(unhide());
    let room = rig.hub.rooms.find(&hall()).unwrap();
    let open = rig.hub.questions_on_board(room, UserId(1));
    assert!(open.iter().any(|one| one.question == 1));
}

#[test]
fn what_is_hidden_while_the_store_reads_it_is_not_pinned() {
    let mut rig = Rig::new();
    rig.ask(2, chat("rude")).unwrap();
    let original = rig.history()[0].clone();
    let found = |rig: &mut Rig, head| {
        let request = PinRequest {
            to: ReplyTo::Request(1),
            by: Operator {
                id: OperatorId::ORGANIZER,
                role: OperatorRole::Organizer,
            },
            room: hall(),
            epoch: original.epoch,
            seq: original.seq,
            head,
        };
        let entry = Some(original.clone());
        rig.tell(Input::PinFound { request, entry })
    };
    rig.done(AdminCommand::Hide { room: hall(), seq: 1 });
    assert_eq!(reply(&found(&mut rig, 1)).unwrap_err(), Code::BadRequest);
    assert!(
        rig.hub
            .rooms
            .get(rig.hub.rooms.find(&hall()).unwrap())
            .board
            .pin
            .is_none()
    );
    rig.done(AdminCommand::Unhide { room: hall(), seq: 1 });
    let head = rig.history().last().unwrap().seq;
    assert!(reply(&found(&mut rig, head)).is_ok());
}
