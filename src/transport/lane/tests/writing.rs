//! Two writers, whole frames.

use std::{io::ErrorKind, task::Poll};

use bytes::Bytes;

use super::{PLENTY, Rig, SIZES, SendState, Told, text};
use crate::limits::LANE_SLICES;

/// Cuts of a frame: all of its header's, and some of its payload's.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    (1..length).filter(move |cut| *cut < 40 || *cut + 3 > length || cut % 9973 == 0)
}

#[test]
fn the_fan_out_waits_for_the_end_of_the_librarys_frame() {
    let ours = text(b'f', 20);
    for size in SIZES {
        let library = text(b'l', size);
        for cut in cuts(library.len()) {
            let mut rig = Rig::frames();
            rig.must_write(&library[..cut]);
            assert_eq!(rig.send(&[&ours]), (0, SendState::Full));
            assert_eq!(rig.out(), library[..cut], "nothing inside the frame");
            assert_eq!(rig.told(), []);
            rig.must_write(&library[cut..]);
            assert_eq!(rig.told(), [Told::Writable], "size {size}, cut {cut}");
            assert_eq!(rig.send(&[&ours]), (1, SendState::Ready));
            assert_eq!(rig.out(), [library.clone(), ours.clone()].concat());
            assert_eq!(rig.told(), []);
        }
    }
}

#[test]
fn the_library_waits_for_the_end_of_the_fan_outs_frame() {
    let library = text(b'l', 20);
    for size in SIZES {
        let ours = text(b'f', size);
        for cut in cuts(ours.len()) {
            let mut rig = Rig::frames();
            rig.room(cut);
            assert_eq!(rig.send(&[&ours]), (1, SendState::Full));
            assert_eq!(rig.out(), ours[..cut]);
            assert!(rig.write(&library).is_pending());
            assert_eq!(rig.told(), []);
            // Room for the rest, and for a byte of the library.
            rig.socket.grant(ours.len() - cut + 1);
            assert!(rig.woken(), "the library may go on");
            assert_eq!(rig.told(), [Told::Writable]);
            assert!(matches!(rig.write(&library), Poll::Ready(Ok(1))));
            assert_eq!(rig.out(), [&ours[..], &library[..1]].concat());
            assert_eq!(rig.send(&[&ours]), (0, SendState::Full));
        }
    }
}

#[test]
fn the_rest_of_a_frame_goes_out_by_the_fan_out_itself() {
    let (first, second) = (text(b'1', 200), text(b'2', 30));
    for cut in 1..first.len() {
        let rig = Rig::frames();
        rig.room(cut);
        assert_eq!(rig.send(&[&first, &second]), (1, SendState::Full));
        rig.socket.grant(first.len() - cut);
        assert_eq!(rig.told(), [Told::Writable]);
        assert_eq!(rig.send(&[]), (0, SendState::Ready));
        rig.socket.grant(PLENTY);
        assert_eq!(rig.told(), [], "the fan-out does not wait");
        assert_eq!(rig.send(&[&second]), (1, SendState::Ready));
        assert_eq!(rig.out(), [first.clone(), second.clone()].concat());
    }
}

#[test]
fn frames_that_the_kernel_did_not_take_are_not_taken() {
    let frames: Vec<_> = (0..5).map(|n| text(b'0' + n, 10)).collect();
    let refs: Vec<_> = frames.iter().collect();
    let all = frames.concat();
    for room in 0..=all.len() {
        let rig = Rig::frames();
        rig.room(room);
        let (taken, state) = rig.send(&refs);
        assert_eq!(taken, room.div_ceil(12));
        assert_eq!(state == SendState::Ready, room == all.len());
        rig.socket.grant(PLENTY);
        assert_eq!(rig.send(&refs[taken..]), (5 - taken, SendState::Ready));
        assert_eq!(rig.out(), all);
    }
}

#[test]
fn many_frames_go_out_in_few_calls_with_empty_ones_between_them() {
    let frame = text(b'x', 3);
    let empty = Bytes::new();
    let frames: Vec<_> = (0..150).map(|n| if n % 3 == 1 { &empty } else { &frame }).collect();
    let rig = Rig::frames();
    assert_eq!(rig.send(&frames), (150, SendState::Ready));
    assert_eq!(rig.out(), frame.repeat(100));
    assert_eq!(rig.socket.lock().calls.len(), 150_usize.div_ceil(LANE_SLICES));
    assert_eq!(rig.send(&[&empty, &empty]), (2, SendState::Ready));
    assert_eq!(rig.send(&[]), (0, SendState::Ready));
}

#[test]
fn the_kernel_gets_the_entrys_own_bytes() {
    let (first, second) = (text(b'1', 100), text(b'2', 200));
    let at = |frame: &Bytes, from: usize| (frame.as_ptr() as usize + from, frame.len() - from);
    let rig = Rig::frames();
    assert_eq!(rig.send(&[&first, &second]), (2, SendState::Ready));
    // Another member, whose socket takes some, and a library that goes between.
    let mut slow = Rig::frames();
    slow.room(150);
    assert_eq!(slow.send(&[&first, &second]), (2, SendState::Full));
    slow.socket.grant(10);
    assert!(slow.write(b"\x81\x01l").is_pending());
    slow.socket.grant(PLENTY);
    assert_eq!(slow.send(&[&first]), (1, SendState::Ready));
    let both = vec![at(&first, 0), at(&second, 0)];
    assert_eq!(
        slow.socket.lock().calls,
        [
            both.clone(),
            vec![at(&second, 48)],
            vec![at(&second, 58), at(&first, 0)]
        ]
    );
    assert_eq!(rig.socket.lock().calls, [both]);
}

#[test]
fn vectored_writes_of_the_library_are_followed_through_their_parts() {
    let (ping, answer) = (Bytes::from_static(b"\x89\x00"), text(b'a', 130));
    let stream = [ping.clone(), answer.clone(), ping.clone()].concat();
    let ours = text(b'f', 4);
    let ends = [2, 136, 138];
    for room in 1..=stream.len() {
        for part in [1, 3, 60] {
            let mut rig = Rig::frames();
            rig.room(room);
            let parts: Vec<_> = stream.chunks(part).chain([&[][..]]).collect();
            assert!(matches!(rig.write_vectored(&parts), Poll::Ready(Ok(count)) if count == room));
            rig.socket.grant(PLENTY);
            let state = rig.send(&[&ours]).1;
            assert_eq!(state == SendState::Ready, ends.contains(&room), "after {room} bytes");
        }
    }
}

#[test]
fn a_waiting_fan_out_gets_a_turn_although_the_library_takes_the_space() {
    let (library, ours) = (text(b'l', 50), text(b'f', 5));
    let mut rig = Rig::frames();
    rig.room(0);
    assert_eq!(rig.send(&[&ours]), (0, SendState::Full));
    // The room that comes is found by the library before anybody is told.
    rig.socket.lock().room = 10;
    assert!(matches!(rig.write(&library), Poll::Ready(Ok(10))));
    rig.socket.grant(10);
    assert_eq!(rig.told(), [], "the library is inside its frame");
    assert!(matches!(rig.write(&library[10..]), Poll::Ready(Ok(10))));
    rig.socket.grant(PLENTY);
    rig.must_write(&library[20..]);
    assert_eq!(rig.told(), [Told::Writable]);
    assert_eq!(rig.send(&[&ours]), (1, SendState::Ready));
}

#[test]
fn both_writers_hear_of_room() {
    let (library, ours) = (text(b'l', 5), text(b'f', 5));
    let mut rig = Rig::frames();
    rig.room(0);
    assert!(rig.write(&library).is_pending());
    assert_eq!(rig.send(&[&ours]), (0, SendState::Full));
    rig.socket.grant(1);
    assert!(rig.woken());
    assert_eq!(rig.told(), [Told::Writable]);
}

#[test]
fn a_write_that_a_signal_broke_off_is_made_again() {
    let ours = text(b'f', 5);
    let mut rig = Rig::frames();
    rig.socket.lock().write_errors.extend([ErrorKind::Interrupted; 2]);
    assert_eq!(rig.send(&[&ours]), (1, SendState::Ready));
    rig.socket.lock().write_errors.push_back(ErrorKind::Interrupted);
    rig.must_write(&ours);
    assert_eq!(rig.out(), [ours.clone(), ours].concat());
}

#[test]
fn a_lost_peer_is_told_once() {
    let ours = text(b'f', 5);
    let mut rig = Rig::frames();
    rig.socket.lock().write_errors.push_back(ErrorKind::ConnectionReset);
    assert_eq!(rig.send(&[&ours]), (0, SendState::Closed));
    assert!(rig.lane.peer_gone());
    assert_eq!(rig.send(&[&ours]), (0, SendState::Closed));
    rig.socket.lock().write_errors.push_back(ErrorKind::ConnectionReset);
    assert!(matches!(rig.write(&ours), Poll::Ready(Err(_))));
    assert_eq!(rig.told(), [Told::Gone]);
    // The library is the first to notice.
    let mut rig = Rig::frames();
    rig.socket.lock().write_errors.push_back(ErrorKind::BrokenPipe);
    assert!(matches!(rig.write(&ours), Poll::Ready(Err(_))));
    assert_eq!(rig.told(), [Told::Gone]);
    assert_eq!(rig.send(&[&ours]), (0, SendState::Closed));
}

#[test]
fn nothing_follows_the_librarys_close_frame() {
    let ours = text(b'f', 5);
    let mut rig = Rig::frames();
    rig.must_write(b"\x88\x02\x03");
    assert_eq!(rig.send(&[&ours]), (0, SendState::Full), "half of it");
    rig.must_write(b"\xe8");
    assert!(rig.told().contains(&Told::Gone));
    assert_eq!(rig.send(&[&ours]), (0, SendState::Closed));
    rig.lane.close(&[&ours], 1000, "over");
    assert_eq!(rig.out(), b"\x88\x02\x03\xe8");
    assert!(rig.socket.lock().shut);
}

#[test]
fn a_write_of_nothing_is_no_write() {
    let mut rig = Rig::frames();
    rig.room(0);
    assert!(matches!(rig.write(&[]), Poll::Ready(Ok(0))));
    assert!(matches!(rig.write_vectored(&[&[], &[]]), Poll::Ready(Ok(0))));
}
