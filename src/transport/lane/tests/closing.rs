//! How a lane ends.

use std::{io::ErrorKind, sync::Arc, task::Poll, time::Duration};

use bytes::Bytes;
use tokio::{
    io::AsyncWriteExt,
    task::yield_now,
    time::{Instant, advance},
};

use super::{Ear, LIMITS, PLENTY, Rig, SendState, Told, close_of, masked, text};
use crate::wire::close_frame;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[tokio::test(start_paused = true)]
async fn the_last_frames_and_a_close_frame_go_out_at_once() {
    let (last, more) = (text(b'x', 30), text(b'y', 3));
    let mut rig = Rig::frames();
    rig.lane.close(&[&last, &more], 4001, "go home");
    assert_eq!(rig.out(), [last.clone(), more, close_frame(4001, "go home")].concat());
    assert_eq!(close_of(&rig.out()), Some((4001, "go home".to_owned())));
    assert!(rig.socket.lock().shut);
    assert_eq!(rig.send(&[&last]), (0, SendState::Closed));
    rig.lane.close(&[&last], 1000, "again");
    assert_eq!(close_of(&rig.out()), Some((4001, "go home".to_owned())), "once");
    assert!(matches!(rig.write(&last), Poll::Ready(Err(error)) if error.kind() == ErrorKind::BrokenPipe));
}

#[tokio::test(start_paused = true)]
async fn the_close_frame_waits_for_the_librarys_half_written_frame() {
    let (library, next, last) = (text(b'l', 200), text(b'n', 5), text(b'x', 3));
    for cut in 1..library.len() {
        let mut rig = Rig::frames();
        rig.must_write(&library[..cut]);
        rig.lane.close(&[&last], 4001, "");
        assert_eq!(rig.out(), library[..cut]);
        assert!(!rig.socket.lock().shut);
        // Of a buffer with more than the rest, the rest goes out.
        let rest = [&library[cut..], &next].concat();
        assert!(matches!(rig.write(&rest), Poll::Ready(Ok(count)) if count == library.len() - cut));
        assert_eq!(
            rig.out(),
            [library.clone(), last.clone(), close_frame(4001, "")].concat()
        );
        assert!(rig.socket.lock().shut);
        assert!(matches!(rig.write(&next), Poll::Ready(Err(_))));
        assert_eq!(rig.told(), [Told::Gone]);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_follows_the_librarys_half_written_close_frame() {
    let close = close_frame(1000, "");
    for cut in 1..close.len() {
        let mut rig = Rig::frames();
        rig.must_write(&close[..cut]);
        rig.lane.close(&[&text(b'x', 3)], 4001, "");
        rig.must_write(&close[cut..]);
        assert_eq!(rig.out(), close);
        assert!(rig.socket.lock().shut);
    }
}

#[tokio::test(start_paused = true)]
async fn the_close_frame_waits_for_room_and_for_the_fan_outs_half_written_frame() {
    let (ours, last) = (text(b'f', 50), text(b'x', 3));
    let all = [ours.clone(), last.clone(), close_frame(4001, "full")].concat();
    for cut in 1..all.len() {
        let mut rig = Rig::frames();
        rig.room(cut.min(ours.len()));
        assert_eq!(rig.send(&[&ours]).0, 1);
        rig.room(cut.saturating_sub(ours.len()));
        rig.lane.close(&[&last], 4001, "full");
        assert_eq!(rig.out(), all[..cut]);
        assert!(rig.read(8).is_pending());
        while rig.out().len() < all.len() {
            assert!(!rig.socket.lock().shut);
            rig.socket.grant(1);
            assert!(rig.woken(), "the library's read drives the end");
            assert!(rig.read(8).is_pending());
        }
        assert_eq!(rig.out(), all);
        assert!(rig.socket.lock().shut);
    }
}

#[tokio::test(start_paused = true)]
async fn a_closing_lane_reads_to_the_peers_end() {
    let mut rig = Rig::frames();
    rig.lane.close(&[], 4001, "");
    rig.socket.feed(&masked(0x81, 60));
    assert!(rig.read(8).is_pending());
    assert!(rig.socket.lock().input.is_empty(), "what still comes is dropped");
    advance(ms(LIMITS.linger_ms - 1)).await;
    rig.socket.feed(&masked(0x81, 60));
    assert!(rig.read(8).is_pending());
    assert_eq!(rig.told(), []);
    rig.socket.end(Ok(()));
    assert_eq!(rig.read_all(), (vec![], true));
    assert_eq!(rig.told(), [Told::Gone]);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_close_is_left_after_a_while() {
    let mut rig = Rig::frames();
    rig.room(0);
    rig.lane.close(&[], 4001, "");
    assert!(rig.read(8).is_pending());
    advance(ms(LIMITS.linger_ms + 1)).await;
    assert_eq!(rig.read_all(), (vec![], true));
    assert!(rig.socket.lock().shut);
    assert_eq!(rig.told(), [Told::Gone]);
}

#[tokio::test(start_paused = true)]
async fn a_closing_lane_that_the_library_drops_ends_by_itself() {
    let rig = Rig::frames();
    rig.room(1);
    rig.lane.close(&[], 4001, "bye");
    let Rig {
        socket, lane, io, ear, ..
    } = rig;
    drop(io);
    yield_now().await;
    assert!(ear.0.lock().expect("no panics inside").is_empty());
    socket.grant(PLENTY);
    yield_now().await;
    assert_eq!(close_of(&socket.out()), Some((4001, "bye".to_owned())));
    let begun = Instant::now();
    while !lane.peer_gone() {
        tokio::time::sleep(ms(10)).await;
        assert!(begun.elapsed() <= ms(2 * LIMITS.linger_ms));
    }
    assert!(begun.elapsed() >= ms(LIMITS.linger_ms - 10));
    // The task has let go of the lane, and with it of the socket.
    yield_now().await;
    assert_eq!(Arc::strong_count(&lane), 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_waits_hears_of_the_close() {
    let mut rig = Rig::frames();
    assert!(rig.read(8).is_pending());
    rig.woken();
    rig.lane.close(&[], 4001, "");
    assert!(rig.woken());
    let mut rig = Rig::frames();
    rig.lane.hold(true);
    assert!(rig.read(8).is_pending());
    rig.lane.close(&[], 4001, "");
    assert!(rig.woken(), "although it is held");
    rig.socket.end(Ok(()));
    assert_eq!(rig.read_all(), (vec![], true));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_waits_hears_of_the_close() {
    let library = text(b'l', 5);
    let mut rig = Rig::frames();
    rig.room(0);
    assert!(rig.write(&library).is_pending());
    rig.woken();
    rig.lane.close(&[], 4001, "");
    assert!(rig.woken());
    assert!(matches!(rig.write(&library), Poll::Ready(Err(_))));
}

#[tokio::test(start_paused = true)]
async fn http_ends_without_frames() {
    let mut rig = Rig::http();
    rig.lane.close(&[&text(b'x', 3)], 4001, "");
    assert!(rig.out().is_empty() && rig.socket.lock().shut);
    assert!(matches!(rig.write(b"HTTP/1.1 200 OK\r\n\r\n"), Poll::Ready(Err(_))));
    rig.socket.end(Ok(()));
    assert_eq!(rig.read_all(), (vec![], true));
    assert!(!rig.lane.begin_upgrade());
}

#[tokio::test(start_paused = true)]
async fn a_long_reason_is_cut_between_characters() {
    let rig = Rig::frames();
    rig.lane.close(&[], 4001, &"é".repeat(100));
    assert_eq!(close_of(&rig.out()), Some((4001, "é".repeat(61))));
}

#[tokio::test(start_paused = true)]
async fn a_failing_socket_ends_a_closing_lane() {
    let rig = Rig::frames();
    rig.socket.lock().write_errors.push_back(ErrorKind::ConnectionReset);
    rig.lane.close(&[], 4001, "");
    assert!(rig.socket.lock().shut && rig.out().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_librarys_own_end_is_told() {
    let mut rig = Rig::frames();
    rig.io.flush().await.expect("nothing to flush");
    rig.io.shutdown().await.expect("no error");
    assert!(rig.socket.lock().shut);
    assert_eq!(rig.told(), [Told::Gone]);
    assert_eq!(rig.send(&[&text(b'f', 1)]), (0, SendState::Closed));

    let Rig {
        socket, lane, io, ear, ..
    } = Rig::frames();
    drop(io);
    assert!(
        lane.peer_gone() && socket.lock().shut,
        "the handle does not keep the peer waiting"
    );
    assert_eq!(*ear.0.lock().expect("no panics inside"), [Told::Gone]);
}

#[tokio::test(start_paused = true)]
async fn a_late_owner_gets_the_signal_as_well() {
    let (lane, io) = super::Lane::open(super::Script::default(), super::LaneId(1), LIMITS);
    drop(io);
    let ear = Arc::new(Ear::default());
    lane.set_signals(ear.clone());
    lane.set_signals(ear.clone());
    assert_eq!(*ear.0.lock().expect("no panics inside"), [Told::Gone]);
    assert_eq!(lane.send(&[&Bytes::from_static(b"\x81\x00")]).state, SendState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_lane_may_end_without_a_close_frame() {
    let last = text(b'x', 30);
    let mut rig = Rig::frames();
    rig.lane.end(&[&last]);
    assert_eq!(rig.out(), last);
    assert!(rig.socket.lock().shut);
    rig.lane.close(&[], 4001, "");
    assert_eq!(rig.out(), last, "nothing follows");
    rig.socket.end(Ok(()));
    assert_eq!(rig.read_all(), (vec![], true));
}

#[tokio::test(start_paused = true)]
async fn a_bare_lane_ends_where_the_library_would_close() {
    let (before, close) = (text(b'l', 40), close_frame(1001, "bye"));
    let all = [&before[..], &close, b"never"].concat();
    for written in 0..=before.len() {
        let mut rig = Rig::frames();
        rig.lane.set_bare(true);
        if written > 0 {
            rig.must_write(&before[..written]);
        }
        // In one write with what comes before it, as far as that is not out yet.
        let mut rest = &all[written..];
        while !rig.socket.lock().shut {
            let Poll::Ready(Ok(count)) = rig.write(rest) else {
                panic!("there is room")
            };
            rest = &rest[count..];
        }
        assert_eq!(rig.out(), before, "{written}");
        assert!(matches!(rig.write(b"x"), Poll::Ready(Err(_))));
    }
}

/// An owner that ends lanes itself.
struct Owner;

impl crate::transport::lane::Signals for Owner {
    fn writable(&self, _: super::LaneId) {}
    fn matched(&self, _: super::LaneId, _: u64) {}
    fn gone(&self, _: super::LaneId) {}
    fn ends(&self) -> bool {
        true
    }
}

#[tokio::test(start_paused = true)]
async fn an_owner_has_the_last_word_on_a_bare_lane() {
    let last = text(b'x', 30);
    for (says, over) in [(true, false), (false, true), (false, false)] {
        let socket = super::Script::default();
        socket.grant(PLENTY);
        let (lane, mut io) = super::Lane::open(socket.clone(), super::LaneId(7), LIMITS);
        lane.set_signals(Arc::new(Owner));
        assert!(lane.begin_upgrade());
        io.write_all(super::SWITCH).await.unwrap();
        lane.set_bare(true);
        socket.lock().out.clear();
        io.write_all(&close_frame(1000, "")).await.unwrap();
        io.shutdown().await.unwrap();
        lane.end_left();
        assert!(!socket.lock().shut, "the library has it still");
        drop(io);
        yield_now().await;
        assert!(socket.out().is_empty() && !socket.lock().shut);
        match (says, over) {
            (true, _) => lane.end(&[&last]),
            (_, true) => lane.end_left(),
            _ => tokio::time::sleep(ms(crate::limits::REFUSED_MS + 1)).await,
        }
        assert!(socket.lock().shut);
        assert_eq!(socket.out(), if says { &last[..] } else { b"" });
    }
}

#[tokio::test(start_paused = true)]
async fn a_bare_lane_answers_the_clients_close_frame() {
    let close = close_frame(1000, "");
    let mut rig = Rig::frames();
    rig.lane.set_bare(true);
    rig.socket.feed(&masked(0x88, 2));
    rig.read_all();
    rig.must_write(&close);
    assert_eq!(rig.out(), close);
    // Plain WebSockets are closed as the library likes.
    let mut rig = Rig::frames();
    rig.lane.set_bare(true);
    rig.lane.set_bare(false);
    rig.must_write(&close);
    assert_eq!(rig.out(), close);
}
