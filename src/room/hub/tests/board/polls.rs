use super::*;

#[test]
fn each_person_has_one_vote_over_all_connections() {
    let mut rig = three();
    assert!(matches!(rig.give(open(new_poll())), Ok(Reply::PollOpened { poll: 1 })));
    assert_eq!(rig.poll().votes, Some([0, 0, 0].into()));
    rig.connect(4, 1, "hall");
    for conn in [1, 1, 4] {
        assert!(matches!(rig.ask(conn, vote(&[2])), Ok(Reply::Voted { poll: 1, .. })));
    }
    let request = Input::Request {
        request: 1,
        who: Identity::new(UserId(1)),
        room: hall(),
        command: Ok(vote(&[0])),
    };
    assert_eq!(reply(&rig.tell(request)).unwrap_err(), Code::AlreadyVoted);
    rig.ask(2, vote(&[0])).unwrap();
    for bad in [&[][..], &[3], &[0, 1]] {
        assert_eq!(rig.ask(3, vote(bad)).unwrap_err(), Code::BadRequest, "{bad:?}");
    }
    assert_eq!(rig.board(1).polls[0].mine, [2]);
    rig.give(close(1)).unwrap();
    let closed = rig.poll();
    assert_eq!(
        (closed.open, closed.voters, closed.votes),
        (false, 2, Some([1, 0, 1].into()))
    );
    // An answer that was lost comes when it is asked for again; nothing new counts.
    assert!(rig.ask(1, vote(&[2])).is_ok());
    assert_eq!(rig.ask(3, vote(&[1])).unwrap_err(), Code::PollClosed);
    assert!(rig.give(close(2)).is_err());
}

#[test]
fn a_vote_may_be_changed_where_that_is_allowed() {
    let mut rig = three();
    let poll = NewPoll {
        change: true,
        several: true,
        ..new_poll()
    };
    rig.give(open(poll)).unwrap();
    rig.ask(1, vote(&[0, 1, 1])).unwrap();
    rig.ask(1, vote(&[1, 2])).unwrap();
    rig.give(close(1)).unwrap();
    assert_eq!((rig.poll().voters, rig.poll().votes), (1, Some([0, 1, 1].into())));
}

#[test]
fn a_quiz_keeps_its_answer_and_hidden_votes_to_itself() {
    let mut rig = three();
    let quiz = NewPoll {
        hidden: true,
        right: Some(1),
        ..new_poll()
    };
    rig.give(open(quiz)).unwrap();
    rig.ask(1, vote(&[1])).unwrap();
    let board = rig.board(2);
    assert_eq!((board.polls[0].poll.right, &board.polls[0].poll.votes), (None, &None));
    let Ok(Reply::Polls { polls }) = rig.give(AdminCommand::Polls { room: hall() }) else {
        panic!("the polls")
    };
    assert_eq!((polls[0].right, &polls[0].votes), (Some(1), &Some([0, 1, 0].into())));
    rig.give(AdminCommand::ShowPoll { room: hall(), poll: 1 }).unwrap();
    assert_eq!((rig.poll().right, rig.poll().votes), (None, Some([0, 1, 0].into())));
    rig.give(close(1)).unwrap();
    assert_eq!(rig.poll().right, Some(1));
}

#[test]
fn live_counts_go_with_the_latest_values() {
    let mut rig = three();
    rig.give(open(new_poll())).unwrap();
    rig.ask(1, vote(&[0])).unwrap();
    rig.ask(2, vote(&[0])).unwrap();
    let entries = rig.entries.len();
    rig.now.mono_ms = 10_000;
    let outputs = rig.tell(Input::Tick);
    let latest = outputs.iter().find_map(|output| match output {
        Output::Latest { latest, .. } => Some(latest),
        _ => None,
    });
    let tally = PollTally {
        poll: 1,
        voters: 2,
        votes: Some([2, 0, 0].into()),
    };
    assert_eq!(latest.expect("latest values").polls, [tally]);
    assert_eq!(rig.entries.len(), entries, "a vote is no entry");
}

#[test]
fn bad_polls_are_refused() {
    let mut rig = three();
    let poll = |change: &dyn Fn(&mut NewPoll)| {
        let mut poll = new_poll();
        change(&mut poll);
        open(poll)
    };
    for (bad, code) in [
        (poll(&|it| it.choices = ["A".into()].into()), Code::BadRequest),
        (poll(&|it| it.choices = vec!["A".into(); 11].into()), Code::BadRequest),
        (
            poll(&|it| it.choices = ["A".into(), " A\u{200b}".into()].into()),
            Code::BadRequest,
        ),
        (poll(&|it| it.right = Some(3)), Code::BadRequest),
        (poll(&|it| it.question = " ".into()), Code::BadRequest),
        (poll(&|it| it.choices[1] = "x".repeat(281).into()), Code::TooLong),
    ] {
        assert_eq!(rig.give(bad.clone()).unwrap_err(), code, "{bad:?}");
    }
    for number in 1..=limits::POLLS as u32 {
        assert!(matches!(rig.give(open(new_poll())), Ok(Reply::PollOpened { poll }) if poll == number));
    }
    assert_eq!(rig.give(open(new_poll())).unwrap_err(), Code::Full);
    rig.ask(1, vote(&[0])).unwrap();
    rig.give(close(1)).unwrap();
    assert!(rig.give(open(new_poll())).is_ok());
    assert!(
        !rig.stored.contains_key(&Key::Vote(hall(), 1, UserId(1))),
        "its votes go with it"
    );
    assert_eq!(rig.ask(1, vote(&[0])).unwrap_err(), Code::BadRequest);
}

#[test]
fn all_of_it_outlives_the_process() {
    let mut rig = three();
    rig.give(open(new_poll())).unwrap();
    for (conn, choice) in [(1, 0), (2, 2), (3, 2)] {
        rig.ask(conn, vote(&[choice])).unwrap();
    }
    rig.ask(1, ask("When is the break?")).unwrap();
    let question = rig.entries.last().unwrap().seq;
    rig.ask(2, Command::Upvote { question }).unwrap();
    rig.ask(2, gift(3, Some(1))).unwrap();
    let (seq, text) = (None, Some("Wi-Fi: fête".into()));
    let room = hall();
    rig.give(AdminCommand::Pin { room, seq, text }).unwrap();
    let before = rig.board(2);
    rig.die();
    assert_eq!(rig.board(2), before);
    // The answer may have been lost; the vote is not, and counts once.
    rig.ask(3, vote(&[2])).unwrap();
    assert_eq!(rig.ask(3, vote(&[0])).unwrap_err(), Code::AlreadyVoted);
    rig.give(close(1)).unwrap();
    assert_eq!((rig.poll().voters, rig.poll().votes), (3, Some([1, 0, 2].into())));
    assert!(matches!(rig.give(open(new_poll())), Ok(Reply::PollOpened { poll: 2 })));
}

#[test]
fn fifty_voters_count_once_each_however_often_the_process_ends() {
    let mut rig = three();
    rig.give(open(new_poll())).unwrap();
    for round in 0..3 {
        for user in 1..=50 {
            let choice = u8::try_from(user % 3).unwrap();
            let request = Input::Request {
                request: user,
                who: Identity::new(UserId(user)),
                room: hall(),
                command: Ok(vote(&[choice])),
            };
            for _ in 0..2 {
                assert!(reply(&rig.tell(request.clone())).is_ok(), "{user}");
            }
            if (user + 17 * round).is_multiple_of(11) {
                rig.die();
            }
        }
    }
    rig.give(close(1)).unwrap();
    assert_eq!((rig.poll().voters, rig.poll().votes), (50, Some([16, 17, 17].into())));
}
