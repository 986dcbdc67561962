//! Seats that are turned on during an evening.

use super::{
    rig::{Rig, chat, hall},
    *,
};
use crate::{
    limits,
    room::{AdminCommand, Direct},
};

fn seated(user: u64, seat: u32) -> Identity {
    Identity {
        seat: Some(seat),
        ..Identity::new(UserId(user))
    }
}

/// The connections that are told of the seats, with the milliseconds that they have.
fn told(outputs: &[Output]) -> Vec<(u64, u64)> {
    let told = outputs.iter().filter_map(|output| match output {
        Output::Direct { conn, direct } => match **direct {
            Direct::Seat { within_ms } => Some((conn.0, within_ms)),
            _ => None,
        },
        _ => None,
    });
    told.collect()
}

#[test]
fn those_inside_are_told_and_stay_for_a_minute_while_newcomers_need_a_seat_at_once() {
    let mut rig = Rig::new();
    let outputs = rig.admin(AdminCommand::Seats { count: 3 });
    assert_eq!(told(&outputs), [(1, limits::SEATS_MS), (2, limits::SEATS_MS)]);
    rig.come(3);
    assert!(!rig.hub.is_inside(ConnId(3)), "a newcomer");
    assert_eq!(rig.ask(3, chat("hi")).unwrap_err(), Code::SeatNeeded);
    rig.ask(1, chat("where is my card?")).unwrap();
    let room = RoomName::new("bar").unwrap();
    rig.ask(1, Command::Join { room, resume: None }).unwrap();
    let outputs = rig.admin(AdminCommand::Seats { count: 4 });
    assert_eq!(told(&outputs), [], "the time does not begin anew");
    assert!(rig.hub.is_inside(ConnId(2)));
    // One types the code: a new connection of the same person.
    rig.come_as(22, seated(2, 1));
    rig.now.mono_ms += limits::SEATS_MS - 1;
    rig.tell(Input::Tick);
    assert!(rig.hub.is_inside(ConnId(1)));
    rig.now.mono_ms += 1;
    rig.tell(Input::Tick);
    assert!(!rig.hub.is_inside(ConnId(1)));
    assert!(rig.hub.is_inside(ConnId(2)) && rig.hub.is_inside(ConnId(22)));
    assert_eq!(rig.ask(1, chat("hi")).unwrap_err(), Code::SeatNeeded);
}

#[test]
fn a_member_that_polls_stays_as_long() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Seats { count: 3 });
    let who = Identity::new(UserId(1));
    assert_eq!(rig.hub.admits(&who).unwrap_err().code, Code::SeatNeeded);
    assert!(rig.hub.admits_lease(&who, Some(ConnId(1))).is_ok());
    assert!(rig.hub.admits_to(&who, &hall()).is_ok());
}

#[test]
fn who_loses_their_seat_in_that_minute_is_out_at_once() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Seats { count: 3 });
    rig.come_as(30, seated(3, 1));
    rig.done(AdminCommand::FreeSeat { seat: 1 });
    assert!(!rig.hub.is_inside(ConnId(30)));
    assert!(rig.hub.is_inside(ConnId(1)), "who never had one");
}

#[test]
fn seats_that_are_turned_off_in_time_put_nobody_out() {
    let mut rig = Rig::new();
    for count in [3, 0, 5] {
        rig.done(AdminCommand::Seats { count });
        rig.now.mono_ms += limits::SEATS_MS / 2 + 1;
        rig.tell(Input::Tick);
        assert!(rig.hub.is_inside(ConnId(1)), "{count} seats");
    }
    rig.done(AdminCommand::Seats { count: 0 });
    rig.now.mono_ms += limits::SEATS_MS;
    rig.tell(Input::Tick);
    assert!(rig.ask(1, chat("still here")).is_ok());
}

#[test]
fn a_restart_begins_no_minute() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Seats { count: 3 });
    let mut rig = rig.restarted();
    rig.come(1);
    assert!(!rig.hub.is_inside(ConnId(1)));
}
