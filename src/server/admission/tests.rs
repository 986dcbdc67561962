use futures_util::FutureExt;

use super::*;
use crate::limits::{CONNECTION_BYTES, CONNECTIONS_SHARE};

const HERE: Device = Device::Network(1);
const THERE: Device = Device::Network(2);

fn enter(admission: &Arc<Admission>, device: Device) -> Permit {
    admission.enter(device, CONNECTION_BYTES, Instant::now())
}

fn with_request(admission: &Arc<Admission>, device: Device) -> Permit {
    let permit = enter(admission, device);
    permit.on_request()();
    permit
}

fn operating(admission: &Arc<Admission>, device: Device, how: Operates) -> Permit {
    let permit = enter(admission, device);
    permit.operate(how);
    permit
}

fn answered(admission: &Arc<Admission>, device: Device) -> Permit {
    let permit = operating(admission, device, Operates::Briefly);
    permit.on_write();
    permit
}

fn is_lost(permit: &Permit) -> bool {
    permit.lost().now_or_never().is_some()
}

#[test]
fn places_are_bounded_and_freed() {
    let admission = Arc::new(Admission::new(3, Some(2), Account::new(1 << 30)));
    let first = with_request(&admission, HERE);
    let second = with_request(&admission, HERE);
    assert!(!first.is_reserved() && !second.is_reserved());
    assert!(enter(&admission, HERE).is_reserved(), "two from one device");
    let third = with_request(&admission, THERE);
    assert!(!third.is_reserved());
    assert!(enter(&admission, THERE).is_reserved(), "three in all");
    drop(first);
    assert!(!enter(&admission, HERE).is_reserved());
    drop((second, third));
    assert_eq!(admission.open(), 0);
    assert!(admission.lock().by_device.is_empty());
}

#[test]
fn silent_connections_are_evicted_the_own_device_first() {
    let admission = Arc::new(Admission::new(3, Some(2), Account::new(1 << 30)));
    let silent = [enter(&admission, HERE), enter(&admission, HERE)];
    assert!(
        enter(&admission, HERE).is_reserved(),
        "they have not been silent for long"
    );
    let later = Instant::now() + Duration::from_millis(SILENT_MS);
    let third = admission.enter(HERE, CONNECTION_BYTES, later);
    assert!(!third.is_reserved());
    assert_eq!(
        silent.each_ref().map(is_lost),
        [true, false],
        "the oldest of the device"
    );
    third.on_request()();
    let there = with_request(&admission, THERE);
    let newest = admission.enter(THERE, CONNECTION_BYTES, later);
    newest.on_request()();
    assert!(!newest.is_reserved() && is_lost(&silent[1]), "the oldest of all");
    drop(silent);
    assert_eq!(admission.open(), 3, "a lost place is not given back twice");
    assert!(admission.enter(THERE, CONNECTION_BYTES, later).is_reserved());
    assert!(![third, there, newest].iter().any(is_lost));
}

#[test]
fn the_busiest_device_keeps_its_newest_operator_connections() {
    let make: [fn(&Arc<Admission>, Device) -> Permit; 2] = [answered, |admission, device| {
        operating(admission, device, Operates::Lastingly)
    }];
    for make in make {
        let admission = Arc::new(Admission::new(1, None, Account::new(1 << 30)));
        let inside = with_request(&admission, HERE);
        let own: Vec<_> = (0..=RESERVED).map(|_| make(&admission, HERE)).collect();
        assert!(own.iter().all(Permit::is_reserved));
        assert!(is_lost(&own[0]) && !own[1..].iter().any(is_lost));
        let others: Vec<_> = (0..RESERVED as u64)
            .map(|device| make(&admission, Device::Network(10 + device)))
            .collect();
        assert!(
            own[1..].iter().all(is_lost),
            "one device has several, the others one each"
        );
        assert!(!others.iter().any(is_lost) && !is_lost(&inside));
        assert_eq!(admission.open(), 1 + RESERVED);
    }
}

#[test]
fn a_request_keeps_its_slot_until_its_answer_whatever_else_its_device_sends() {
    let admission = Arc::new(Admission::new(1, None, Account::new(1 << 30)));
    let _inside = with_request(&admission, HERE);
    let page = operating(&admission, HERE, Operates::Lastingly);
    let request = operating(&admission, HERE, Operates::Briefly);
    let mut storm: Vec<_> = (0..10 * RESERVED).map(|_| answered(&admission, HERE)).collect();
    assert_eq!(storm.iter().filter(|permit| !is_lost(permit)).count(), RESERVED - 1);
    assert!(!is_lost(&request) && !is_lost(&page));
    storm.extend((0..ASKING).map(|_| operating(&admission, HERE, Operates::Briefly)));
    assert!(!is_lost(&request));
    request.on_write();
    assert!(is_lost(&request) && !is_lost(&page), "the oldest that has its answer");
    drop((storm, request, page));
    assert_eq!(admission.open(), 1);
}

#[test]
fn new_connections_wait_while_too_many_answers_are_due() {
    let admission = Arc::new(Admission::new(1, None, Account::new(1 << 30)));
    let _inside = with_request(&admission, HERE);
    let is_ready = || admission.ready().now_or_never().is_some();
    let mut asking: Vec<_> = (1..ASKING)
        .map(|_| operating(&admission, HERE, Operates::Briefly))
        .collect();
    assert!(is_ready());
    asking.push(operating(&admission, THERE, Operates::Briefly));
    let mut waiting = Box::pin(admission.ready());
    assert!(waiting.as_mut().now_or_never().is_none());
    asking[0].on_write();
    assert!(waiting.now_or_never().is_some());
    asking.push(operating(&admission, THERE, Operates::Briefly));
    assert!(!is_ready());
    drop(asking.pop());
    assert!(is_ready());
}

#[test]
fn many_connections_of_one_device_evict_no_other_from_the_reserve() {
    let admission = Arc::new(Admission::new(1, None, Account::new(1 << 30)));
    let _inside = with_request(&admission, HERE);
    let operator = enter(&admission, THERE);
    let storm: Vec<_> = (0..10 * UNDECIDED).map(|_| enter(&admission, HERE)).collect();
    assert_eq!(storm.iter().filter(|permit| !is_lost(permit)).count(), UNDECIDED - 1);
    assert!(!is_lost(&operator));
}

#[test]
fn an_operator_whose_line_came_in_time_has_a_place_after_all() {
    let admission = Arc::new(Admission::new(1, None, Account::new(1 << 30)));
    let _inside = with_request(&admission, HERE);
    let operator = enter(&admission, HERE);
    let storm: Vec<_> = (0..UNDECIDED).map(|_| enter(&admission, HERE)).collect();
    assert!(is_lost(&operator));
    operator.operate(Operates::Briefly);
    assert!(!is_lost(&operator));
    assert_eq!(admission.open(), 2 + UNDECIDED);
    drop((operator, storm));
    assert_eq!(admission.open(), 1, "no place is given back twice");
}

#[test]
fn connections_stay_within_their_memory_budget() {
    const BUDGET: usize = 4 << 20;
    let account = Account::new(BUDGET);
    let admission = Arc::new(Admission::new(12_288, None, account.clone()));
    let mut permits = Vec::new();
    let reserved = loop {
        let permit = with_request(&admission, HERE);
        if permit.is_reserved() {
            break permit;
        }
        permits.push(permit);
    };
    let most = BUDGET / CONNECTIONS_SHARE / CONNECTION_BYTES;
    assert!((most * 3 / 4..=most).contains(&permits.len()), "{}", permits.len());
    drop((reserved, permits.pop()));
    let silent = enter(&admission, THERE);
    assert!(!silent.is_reserved(), "a place is free again");
    let used = account.used();
    let later = Instant::now() + Duration::from_millis(SILENT_MS);
    let next = admission.enter(THERE, CONNECTION_BYTES, later);
    assert!(!next.is_reserved() && is_lost(&silent), "the silent one makes way");
    drop(silent);
    assert_eq!(account.used(), used, "its memory is the newcomer's");
    drop((next, permits));
    assert_eq!((account.used(), admission.open()), (0, 0));
}
