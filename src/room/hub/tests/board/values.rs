//! Values that programs share in a room.

use super::{
    rig::{kinds, room_name},
    *,
};
use crate::room::{Role, SetValue, SharedValue, SharedValues, ValueKey, Writers};

fn key(text: &str) -> ValueKey {
    ValueKey::new(text).unwrap()
}

fn change(name: &str, value: Option<&str>, expected: Option<u64>) -> SetValue {
    SetValue {
        key: key(name),
        value: value.map(Into::into),
        texts: value.filter(|value| value.starts_with('"')).unwrap_or_default().into(),
        expected,
        write: None,
    }
}

fn put(name: &str, value: &str) -> Command {
    Command::Set(Box::new(change(name, Some(value), None)))
}

fn put_if(name: &str, value: &str, expected: u64) -> Command {
    Command::Set(Box::new(change(name, Some(value), Some(expected))))
}

fn remove(name: &str) -> Command {
    Command::Set(Box::new(change(name, None, None)))
}

fn for_writers(name: &str, write: Writers) -> Command {
    let write = Some(write);
    Command::Set(Box::new(SetValue {
        write,
        ..change(name, Some("1"), None)
    }))
}

fn revision(reply: Result<Reply, Code>) -> u64 {
    match reply {
        Ok(Reply::Set { revision, .. }) => revision,
        other => panic!("{other:?}"),
    }
}

fn all(rig: &mut Rig, conn: u64) -> Arc<SharedValues> {
    match rig.ask(conn, Command::Get { key: None }) {
        Ok(Reply::Values(values)) => values,
        other => panic!("{other:?}"),
    }
}

fn shown(values: &SharedValues) -> Vec<(&str, &str)> {
    let values = values.values.iter();
    values.map(|(key, value)| (key.as_str(), &*value.value)).collect()
}

fn broadcasts(outputs: &[Output]) -> Vec<Vec<(String, Option<String>)>> {
    let of = |output: &Output| match output {
        Output::Values { change, .. } => {
            let changed = change.now.since(&change.before).into_iter();
            let text = |value: &SharedValue| value.value.to_string();
            Some(changed.map(|(key, value)| (key.to_string(), value.map(text))).collect())
        }
        _ => None,
    };
    outputs.iter().filter_map(of).collect()
}

#[test]
fn a_value_is_set_only_from_the_revision_that_was_read() {
    let mut rig = three();
    let first = revision(rig.ask(1, put_if("score", "1", 0)));
    assert_eq!(rig.ask(2, put_if("score", "7", 0)).unwrap_err(), Code::Conflict);
    let second = revision(rig.ask(2, put_if("score", "2", first)));
    assert!(second > first);
    assert_eq!(
        rig.ask(1, put_if("score", "2", first)).unwrap_err(),
        Code::Conflict,
        "another person's"
    );
    // The same change, sent again because its answer was lost, is answered as it was, and stored again.
    let outputs = rig.command(2, put_if("score", "2", first));
    assert_eq!(revision(reply(&outputs)), second);
    assert!(kinds(&outputs).contains(&"persist"));
    assert_eq!(
        rig.ask(2, put_if("score", "3", first)).unwrap_err(),
        Code::Conflict,
        "another value"
    );
    let values = all(&mut rig, 1);
    assert_eq!((shown(&values), values.revision), (vec![("score", "2")], second));
    let value = &values.values[&key("score")];
    assert_eq!((value.owner, value.by, value.before), (UserId(1), UserId(2), first));
    let gone = revision(rig.ask(3, remove("score")));
    assert!(gone > second);
    assert_eq!(revision(rig.ask(3, remove("score"))), 0, "nothing was there");
    let take = |expected| Command::Set(Box::new(change("score", None, Some(expected))));
    assert_eq!(
        rig.ask(2, take(second)).unwrap_err(),
        Code::Conflict,
        "another one took it"
    );
    assert_eq!(revision(rig.ask(2, take(0))), 0);
    assert_eq!(rig.ask(1, put_if("score", "1", second)).unwrap_err(), Code::Conflict);
    assert!(revision(rig.ask(1, put_if("score", "1", 0))) > gone);
}

#[test]
fn writers_keep_others_out() {
    let mut rig = three();
    rig.ask(1, for_writers("mine", Writers::Owner)).unwrap();
    for command in [put("mine", "2"), remove("mine"), for_writers("mine", Writers::Anyone)] {
        assert_eq!(rig.ask(2, command).unwrap_err(), Code::NotAllowed);
    }
    rig.ask(1, put("mine", "2")).unwrap();
    rig.ask(1, put("open", "1")).unwrap();
    assert_eq!(
        rig.ask(2, for_writers("open", Writers::Owner)).unwrap_err(),
        Code::NotAllowed
    );
    rig.ask(2, put("open", "2")).unwrap();
    assert_eq!(
        rig.ask(1, for_writers("open", Writers::Moderators)).unwrap_err(),
        Code::NotAllowed
    );
    let badge = Role::Moderator;
    let user = UserId(3);
    rig.give(AdminCommand::Badge { user, badge }).unwrap();
    rig.ask(3, for_writers("light", Writers::Moderators)).unwrap();
    assert_eq!(rig.ask(1, put("light", "2")).unwrap_err(), Code::NotAllowed);
    rig.ask(3, put("mine", "3")).unwrap();
    let values = all(&mut rig, 2);
    assert_eq!(shown(&values), [("light", "1"), ("mine", "3"), ("open", "2")]);
    assert_eq!(
        values.values[&key("mine")].write,
        Writers::Owner,
        "it stays the owner's"
    );
}

#[test]
fn changes_are_told_together_and_a_watcher_misses_none() {
    let mut rig = three();
    let first = rig.later(1000).command(1, put("a", "1"));
    assert_eq!(broadcasts(&first), [[("a".to_owned(), Some("1".to_owned()))]]);
    for number in 2..=9 {
        assert!(broadcasts(&rig.command(1, put("a", &number.to_string()))).is_empty());
    }
    rig.ask(2, put("b", "true")).unwrap();
    let told = rig.later(crate::limits::Limits::default().latest_ms).tell(Input::Tick);
    let both = [
        ("a".to_owned(), Some("9".to_owned())),
        ("b".to_owned(), Some("true".to_owned())),
    ];
    assert_eq!(broadcasts(&told), [both]);
    rig.ask(1, remove("a")).unwrap();
    let outputs = rig.command(2, Command::Watch);
    assert_eq!(
        kinds(&outputs),
        ["values", "watch", "ok"],
        "its worker has what the answer has"
    );
    assert_eq!(broadcasts(&outputs), [[("a".to_owned(), None)]]);
    let Ok(Reply::Values(values)) = reply(&outputs) else {
        panic!("{outputs:?}")
    };
    let watched = outputs.iter().find_map(|output| match output {
        Output::Watch { conn, revision } => Some((*conn, *revision)),
        _ => None,
    });
    assert_eq!(
        (shown(&values), watched),
        (vec![("b", "true")], Some((ConnId(2), values.revision)))
    );
    let posted = reply(&rig.request(1, "hall", Command::Watch));
    assert_eq!(posted.unwrap_err(), Code::BadRequest, "no connection");
}

#[test]
fn values_outlive_a_restart_and_their_revisions_are_not_used_again() {
    let mut rig = three();
    rig.ask(1, put("a", "1")).unwrap();
    rig.ask(1, put("b", "2")).unwrap();
    let removed = revision(rig.ask(1, remove("b")));
    // In an empty room without entries.
    let elsewhere = rig.request(1, "elsewhere", put("c", r#"{"x":[1]}"#));
    let lost = revision(reply(&elsewhere));
    assert!(!kinds(&elsewhere).contains(&"closed"), "{elsewhere:?}");
    rig.stored.remove(&Key::Value(room_name("elsewhere"), key("c")));
    let mut rig = rig.restarted();
    rig.later(1000);
    rig.come(1);
    let values = all(&mut rig, 1);
    assert_eq!((shown(&values), values.revision), (vec![("a", "1")], removed));
    // The power went before the disk had that change: another one must not get its number.
    assert!(revision(reply(&rig.request(1, "elsewhere", put("c", "3")))) > lost);
    let mut again = rig.restarted();
    let read = again.request(1, "elsewhere", Command::Get { key: Some(key("c")) });
    let Ok(Reply::Values(values)) = reply(&read) else {
        panic!("{read:?}")
    };
    assert_eq!(shown(&values), [("c", "3")]);
}

#[test]
fn a_restored_room_tells_its_values_at_once() {
    let mut rig = three();
    rig.ask(1, put("a", "1")).unwrap();
    let values = rig.stored.clone().into_iter().collect();
    let restored = Restored {
        values,
        ..Restored::default()
    };
    let mut hub = Hub::restore(config(), restored);
    let outputs: Vec<_> = std::iter::from_fn(|| hub.poll_output()).collect();
    assert_eq!(kinds(&outputs), ["opened", "values"]);
}

#[test]
fn a_room_and_a_device_have_so_many_values() {
    let mut rig = Rig::empty(config());
    for user in 1..=6 {
        let who = Identity {
            address: AddressTag(user),
            ..Identity::new(UserId(user))
        };
        rig.come_as(user, who);
    }
    let long = format!("\"{}\"", "x".repeat(limits::VALUE_BYTES - 1));
    assert_eq!(rig.ask(1, put("a", &long)).unwrap_err(), Code::TooLong);
    let mut made = 0;
    for user in 1..=limits::VALUES.div_ceil(limits::DEVICE_VALUES) as u64 {
        for number in 0..limits::DEVICE_VALUES {
            rig.later(1000)
                .ask(user, put(&format!("{user}.{number}"), "1"))
                .unwrap();
            made += 1;
        }
        if made < limits::VALUES {
            assert_eq!(
                rig.later(1000).ask(user, put("more", "1")).unwrap_err(),
                Code::Full,
                "{user}"
            );
        }
    }
    assert_eq!(rig.later(1000).ask(6, put("more", "1")).unwrap_err(), Code::Full);
    rig.later(1000).ask(6, put("1.0", "2")).unwrap();
    rig.later(1000).ask(6, remove("1.0")).unwrap();
    rig.later(1000).ask(1, put("more", "1")).unwrap();
    assert_eq!(rig.later(1000).ask(1, put("again", "1")).unwrap_err(), Code::Full);
}

#[test]
fn values_are_moderated_like_what_is_said() {
    let mut rig = three();
    rig.ask(1, put("old", "1")).unwrap();
    rig.give(AdminCommand::Words {
        list: vec!["darn".into()],
    })
    .unwrap();
    let words = Some(crate::room::WordMode::Hold);
    let set_to = |set| AdminCommand::Settings { room: hall(), set };
    rig.give(set_to(SettingsChange {
        words,
        ..SettingsChange::default()
    }))
    .unwrap();
    assert_eq!(rig.ask(1, put("old", "\"darn\"")).unwrap_err(), Code::BadWord);
    assert_eq!(rig.ask(1, put("darn", "1")).unwrap_err(), Code::BadWord);
    rig.ask(1, put("old", "\"well\"")).unwrap();
    let hold = Some(true);
    rig.give(set_to(SettingsChange {
        hold,
        ..SettingsChange::default()
    }))
    .unwrap();
    assert_eq!(rig.ask(1, put("old", "\"so\"")).unwrap_err(), Code::NotAllowed);
    assert_eq!(rig.ask(1, put("new", "1")).unwrap_err(), Code::NotAllowed);
    rig.ask(2, put("old", "2")).unwrap();
    let (user, room) = (UserId(1), hall());
    let seconds = 60;
    rig.give(AdminCommand::Mute { room, user, seconds }).unwrap();
    assert_eq!(rig.ask(1, put("old", "3")).unwrap_err(), Code::Muted);
    assert_eq!(shown(&all(&mut rig, 1)), [("old", "2")]);
}

#[test]
fn hiding_a_person_removes_the_texts_that_they_set() {
    let mut rig = three();
    rig.ask(1, put("a", "\"rude\"")).unwrap();
    rig.ask(1, put("b", "7")).unwrap();
    rig.ask(2, put("c", "\"nice\"")).unwrap();
    let room = None;
    rig.give(AdminCommand::HidePerson { room, user: UserId(1) }).unwrap();
    assert_eq!(shown(&all(&mut rig, 2)), [("b", "7"), ("c", "\"nice\"")]);
    assert!(!format!("{:?}", rig.stored).contains("rude"));
}
