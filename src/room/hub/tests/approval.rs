use super::{
    rig::{Rig, chat, hall},
    *,
};
use crate::{
    limits,
    room::{AdminCommand, Body, Said, Say, SettingsChange},
};

/// As many people as it takes fill the queue.
fn fill(rig: &mut Rig) {
    for number in 0..limits::APPROVAL_QUEUE {
        let user = 100 + (number / limits::DEVICE_APPROVALS) as u64;
        if number % limits::DEVICE_APPROVALS == 0 {
            rig.come(user);
        }
        rig.now.mono_ms += 1000;
        rig.ask(user, chat("held")).unwrap();
    }
}

#[test]
fn the_queue_of_what_is_held_is_bounded() {
    let mut rig = Rig::new();
    let hold = Some(true);
    rig.set(SettingsChange {
        hold,
        ..Default::default()
    });
    fill(&mut rig);
    rig.now.mono_ms += 1000;
    assert_eq!(rig.ask(1, chat("one more")).unwrap_err(), Code::Busy);
}

#[test]
fn whoever_is_let_in_is_not_approved_with_all_they_said() {
    let mut rig = Rig::new();
    rig.set(SettingsChange {
        newcomers_wait: Some(true),
        ..Default::default()
    });
    rig.come(3);
    rig.ask(3, chat("waits for the sender")).unwrap();
    rig.set(SettingsChange {
        hold: Some(true),
        ..Default::default()
    });
    rig.ask(3, chat("waits for itself")).unwrap();
    let mut rig = rig.restarted();
    rig.come(1);
    let user = UserId(3);
    rig.done(AdminCommand::Admit { room: None, user });
    let history = rig.history();
    let shown = |text: &str| {
        let mut bodies = history.iter().map(|entry| &entry.body);
        bodies.any(|body| matches!(body, Body::Said(Said::Chat { text: said, .. }) if **said == *text))
    };
    assert!(shown("waits for the sender") && !shown("waits for itself"));
    let Reply::HeldItems { items } = rig.done(AdminCommand::Held { room: hall() }) else {
        panic!("a list")
    };
    assert_eq!(items.len(), 1);
}

#[test]
fn what_finds_no_place_in_the_queue_does_not_count_for_the_slow_mode() {
    let mut rig = Rig::new();
    rig.set(SettingsChange {
        hold: Some(true),
        ..Default::default()
    });
    fill(&mut rig);
    rig.set(SettingsChange {
        slow_s: Some(10),
        ..Default::default()
    });
    rig.now.mono_ms += 20_000;
    assert_eq!(rig.ask(1, chat("full")).unwrap_err(), Code::Busy);
    assert_eq!(rig.ask(1, chat("full")).unwrap_err(), Code::Busy, "and not too soon");
}

#[test]
fn whoever_approves_sees_all_that_they_approve() {
    let mut rig = Rig::new();
    rig.set(SettingsChange {
        hold: Some(true),
        ..Default::default()
    });
    let said = Command::Say(Say::new(Said::Chat {
        text: "nice".into(),
        more: r#""not so nice",{"a":[1]}"#.into(),
        re: None,
        edited: false,
    }));
    rig.ask(1, said).unwrap();
    rig.ask(1, chat("plain")).unwrap();
    let Reply::HeldItems { items } = rig.done(AdminCommand::Held { room: hall() }) else {
        panic!("a list")
    };
    let shown = serde_json::to_value(&items).unwrap();
    assert_eq!(shown[0]["more"], serde_json::json!(["not so nice", {"a": [1]}]));
    assert!(shown[1].get("more").is_none());
}

#[test]
fn what_is_approved_after_a_restart_has_its_senders_badge() {
    let mut rig = Rig::new();
    rig.set(SettingsChange {
        hold: Some(true),
        ..Default::default()
    });
    rig.ask(2, chat("held")).unwrap();
    let (user, badge) = (UserId(2), crate::room::Role::Bot);
    rig.done(AdminCommand::Badge { user, badge });
    let mut rig = rig.restarted();
    rig.come(1);
    rig.done(AdminCommand::Approve {
        room: hall(),
        number: 1,
    });
    assert_eq!(rig.history().last().unwrap().from.role, badge);
}
