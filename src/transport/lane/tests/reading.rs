//! What the client sends.

use std::{io::ErrorKind, task::Poll, time::Duration};

use tokio::time::advance;

use super::{LIMITS, Rig, SWITCH, SendState, Told, close_of, masked, text};
use crate::room::CloseReason;

const TEXT: u8 = 0x81;
const PING: u8 = 0x89;
/// The beginning of a fragmented text, a part of it, its end.
const FIRST: u8 = 0x01;
const MORE: u8 = 0x00;
const LAST: u8 = 0x80;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn assert_refused(rig: &Rig, reason: CloseReason) {
    let close = close_of(&rig.out()).expect("a Close frame");
    assert_eq!(close, (reason.code(), reason.message().to_owned()));
    assert!(rig.socket.lock().shut, "nothing follows");
    assert_eq!(rig.send(&[&text(b'f', 1)]), (0, SendState::Closed));
}

#[tokio::test(start_paused = true)]
async fn messages_within_the_limit_arrive_in_any_split() {
    let stream = [
        masked(TEXT, 100),
        masked(FIRST, 60),
        masked(PING, 100),
        masked(MORE, 0),
        masked(LAST, 40),
        masked(TEXT, 0),
    ]
    .concat();
    for piece in 1..=stream.len() {
        let mut rig = Rig::frames();
        rig.socket.lock().read_bytes = piece;
        rig.socket.feed(&stream);
        assert_eq!(rig.read_all(), (stream.clone(), false));
        assert_eq!(rig.lane.reads() as usize, stream.len().div_ceil(piece.min(64)));
        assert!(rig.out().is_empty() && rig.told().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_over_the_limit_is_refused_by_its_header() {
    let before = masked(TEXT, 9);
    for (size, header) in [(101, 2), (126, 4), (70_000, 10), (1 << 20, 10)] {
        let frame = masked(TEXT, size);
        for cut in 1..=before.len() + header + 20 {
            let mut rig = Rig::frames();
            let stream = [before.clone(), frame.clone()].concat();
            rig.socket.feed(&stream[..cut]);
            let mut seen = rig.read_all().0;
            assert_eq!(
                rig.socket.lock().shut,
                cut >= before.len() + header,
                "size {size}, cut {cut}"
            );
            rig.socket.feed(&stream[cut..]);
            seen.extend(rig.read_all().0);
            // Bytes of the header that came before its end was known are harmless.
            assert!(seen.len() < before.len() + header && seen.len() >= before.len());
            assert_eq!(seen, stream[..seen.len()]);
            assert_refused(&rig, CloseReason::TooBig);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fragments_are_counted_together() {
    let mut rig = Rig::frames();
    let good = [masked(FIRST, 60), masked(PING, 50), masked(MORE, 40)].concat();
    rig.socket.feed(&[&good[..], &masked(MORE, 1)].concat());
    assert_eq!(rig.read_all().0, good);
    assert_refused(&rig, CloseReason::TooBig);
}

#[tokio::test(start_paused = true)]
async fn a_large_frame_behind_the_request_is_refused_with_all_that_follows() {
    let request = &b"GET /ws HTTP/1.1\r\nupgrade: websocket\r\n\r\n"[..];
    let early = [request, &masked(TEXT, 3), &masked(TEXT, 101)[..50]].concat();
    for piece in 1..=early.len() {
        let mut rig = Rig::http();
        rig.socket.lock().read_bytes = piece;
        rig.socket.feed(&early);
        // The library reads them as a part of the request's head.
        assert_eq!(rig.read_all(), (early.clone(), false));
        assert!(rig.lane.begin_upgrade());
        rig.must_write(SWITCH);
        rig.socket.lock().out.clear();
        rig.socket.feed(&masked(TEXT, 101)[50..]);
        assert!(rig.read_all().0.is_empty(), "pieces of {piece}");
        assert_refused(&rig, CloseReason::TooBig);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_before_the_upgrade_does_not_count_as_frames() {
    let mut rig = Rig::http();
    // A body that looks like a frame over the limit.
    rig.socket.feed(b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n\x81\xff");
    rig.read_all();
    rig.must_write(b"HTTP/1.1 204 No Content\r\n\r\n");
    rig.socket.feed(b"GET /ws HTTP/1.1\r\nupgrade: websocket\r\n\r\n");
    rig.read_all();
    assert!(rig.lane.begin_upgrade());
    rig.must_write(SWITCH);
    rig.socket.feed(&masked(TEXT, 50));
    assert_eq!(rig.read_all(), (masked(TEXT, 50), false));
}

#[tokio::test(start_paused = true)]
async fn a_message_has_a_deadline_from_its_first_byte_to_its_last() {
    // Each is one message that drips in, a control frame in its middle included.
    let fragmented = [masked(FIRST, 5), masked(PING, 0), masked(LAST, 5)].concat();
    for stream in [masked(TEXT, 90), fragmented] {
        let mut rig = Rig::frames();
        let (mut fed, step_ms) = (0, LIMITS.unfinished_ms / 10);
        for byte in &stream[..stream.len() - 1] {
            rig.socket.feed(&[*byte]);
            let (_, end) = rig.read_all();
            if end || rig.socket.lock().shut {
                break;
            }
            fed += 1;
            advance(ms(step_ms)).await;
        }
        rig.read_all();
        assert_eq!(fed, 10);
        assert_refused(&rig, CloseReason::Unfinished);
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_wakes_the_library() {
    let socket_side = async {
        let mut rig = Rig::frames();
        rig.socket.feed(&masked(TEXT, 9)[..3]);
        let begun = tokio::time::Instant::now();
        let read = std::future::poll_fn(|cx| {
            let mut space = [0; 64];
            let mut buf = tokio::io::ReadBuf::new(&mut space);
            let io = std::pin::Pin::new(&mut rig.io);
            match tokio::io::AsyncRead::poll_read(io, cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                read => read,
            }
        });
        read.await.expect("the end");
        let took = begun.elapsed();
        // The peer does not answer, so the read ends with its patience.
        assert!(took >= ms(LIMITS.unfinished_ms + LIMITS.linger_ms) && took < ms(2 * LIMITS.unfinished_ms));
        assert_refused(&rig, CloseReason::Unfinished);
    };
    socket_side.await;
}

#[tokio::test(start_paused = true)]
async fn each_message_has_its_own_time() {
    let mut rig = Rig::frames();
    let frame = masked(TEXT, 20);
    rig.socket.feed(&frame[..5]);
    rig.read_all();
    for _ in 0..5 {
        advance(ms(LIMITS.unfinished_ms - 1)).await;
        // The rest of one and the beginning of the next.
        rig.socket.feed(&[&frame[5..], &frame[..5]].concat());
        assert!(!rig.read_all().1);
    }
    rig.socket.feed(&frame[5..]);
    rig.read_all();
    advance(ms(10 * LIMITS.unfinished_ms)).await;
    assert!(!rig.read_all().1, "silence between messages is no offence");
    assert!(rig.out().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_held_client_is_not_read_and_has_time() {
    let mut rig = Rig::frames();
    let frame = masked(TEXT, 20);
    rig.socket.feed(&frame[..9]);
    assert_eq!(rig.read_all().0, frame[..9]);
    rig.lane.hold(true);
    rig.socket.feed(&frame[9..12]);
    rig.woken();
    assert_eq!(rig.read_all(), (vec![], false));
    assert_eq!(rig.socket.lock().input.len(), 3, "it stays with the kernel");
    advance(ms(3 * LIMITS.unfinished_ms)).await;
    assert_eq!(rig.read_all(), (vec![], false));
    rig.lane.hold(false);
    assert!(rig.woken());
    assert_eq!(rig.read_all(), (frame[9..12].to_vec(), false));
    advance(ms(LIMITS.unfinished_ms - 1)).await;
    assert_eq!(rig.read_all(), (vec![], false));
    advance(ms(2)).await;
    rig.read_all();
    assert_refused(&rig, CloseReason::Unfinished);
}

#[tokio::test(start_paused = true)]
async fn holding_twice_and_releasing_twice_is_once() {
    let mut rig = Rig::frames();
    rig.lane.hold(true);
    rig.lane.hold(true);
    assert!(rig.read(8).is_pending());
    rig.lane.hold(false);
    assert!(rig.woken());
    rig.lane.hold(false);
    assert!(!rig.woken());
    rig.socket.feed(b"\x81");
    assert_eq!(rig.read_all().0, b"\x81");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_peer_is_told_once() {
    let mut rig = Rig::frames();
    rig.socket.feed(&masked(TEXT, 3));
    rig.socket.end(Ok(()));
    assert_eq!(rig.read_all(), (masked(TEXT, 3), true));
    assert_eq!(rig.read_all(), (vec![], true));
    assert_eq!(rig.told(), [Told::Gone]);
    assert_eq!(rig.send(&[&text(b'f', 1)]), (0, SendState::Closed));
    assert!(rig.lane.peer_gone());

    let mut rig = Rig::frames();
    rig.socket.end(Err(ErrorKind::ConnectionReset));
    assert!(matches!(rig.read(8), Poll::Ready(Err(error)) if error.kind() == ErrorKind::ConnectionReset));
    assert_eq!(rig.told(), [Told::Gone]);
}

#[tokio::test(start_paused = true)]
async fn a_read_into_no_space_takes_nothing() {
    let mut rig = Rig::frames();
    rig.socket.feed(b"\x81");
    assert!(matches!(rig.read(0), Poll::Ready(Ok(bytes)) if bytes.is_empty()));
    assert_eq!(rig.lane.reads(), 0);
}

/// An owner that is told of what the client did.
struct Owner(std::sync::Mutex<Vec<CloseReason>>);

impl crate::transport::lane::Signals for Owner {
    fn writable(&self, _: crate::transport::lane::LaneId) {}
    fn matched(&self, _: crate::transport::lane::LaneId, _: u64) {}
    fn gone(&self, _: crate::transport::lane::LaneId) {}
    fn refused(&self, _: crate::transport::lane::LaneId, reason: CloseReason) -> bool {
        self.0.lock().unwrap().push(reason);
        true
    }
}

#[tokio::test(start_paused = true)]
async fn an_owner_tells_the_client_why_or_the_lane_closes_itself() {
    for (tells, bare) in [(true, false), (false, false), (false, true)] {
        let socket = super::Script::default();
        socket.grant(super::PLENTY);
        let (lane, io) = super::Lane::open(socket.clone(), super::LaneId(7), LIMITS);
        let owner = std::sync::Arc::new(Owner(std::sync::Mutex::default()));
        lane.set_signals(owner.clone());
        let (ear, task) = Default::default();
        let mut rig = Rig {
            socket,
            lane,
            io,
            ear,
            task,
        };
        assert!(rig.lane.begin_upgrade());
        rig.must_write(SWITCH);
        rig.socket.lock().out.clear();
        rig.lane.set_bare(bare);
        let before = masked(TEXT, 20);
        rig.socket.feed(&[&before[..], &masked(TEXT, 101)].concat());
        assert!(matches!(rig.read(200), Poll::Ready(Ok(bytes)) if bytes == before));
        assert!(owner.0.lock().unwrap().is_empty(), "the library has not handled it yet");
        assert_eq!(rig.read_all(), (vec![], false));
        assert_eq!(*owner.0.lock().unwrap(), [CloseReason::TooBig]);
        assert!(rig.out().is_empty() && !rig.socket.lock().shut);
        rig.socket.feed(&masked(TEXT, 5));
        assert_eq!(rig.read_all(), (vec![], false), "it is not read from");
        if tells {
            rig.lane.end(&[&text(b'w', 9)]);
            assert_eq!(rig.out(), text(b'w', 9));
        } else {
            advance(ms(crate::limits::REFUSED_MS + 1)).await;
            rig.read_all();
            let close = close_of(&rig.out());
            assert_eq!(close.map(|(code, _)| code), (!bare).then_some(1009));
        }
        assert!(rig.socket.lock().shut);
        assert_eq!(owner.0.lock().unwrap().len(), 1);
    }
}
