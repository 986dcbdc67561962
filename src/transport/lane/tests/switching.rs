//! From HTTP to frames.

use super::{Rig, SWITCH, SendState, Told, text};

const REQUEST: &[u8] = b"GET /ws HTTP/1.1\r\nupgrade: websocket\r\n\r\n";
const REFUSAL: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 4\r\n\r\nnope";

#[test]
fn frames_begin_behind_101_in_any_split() {
    let (hello, ours) = (text(b'h', 6), text(b'f', 6));
    let answer = [SWITCH, &hello].concat();
    let between = |cut| cut == SWITCH.len() || cut == answer.len();
    for cut in 1..=answer.len() {
        let mut rig = Rig::http();
        rig.socket.feed(REQUEST);
        assert_eq!(rig.read_all().0, REQUEST);
        assert!(rig.lane.begin_upgrade());
        assert_eq!(rig.send(&[&ours]), (0, SendState::NotOpen));
        rig.must_write(&answer[..cut]);
        let open = if between(cut) { &[Told::Writable][..] } else { &[] };
        assert_eq!(rig.told(), open, "cut {cut}");
        assert_eq!(rig.lane.is_frames(), cut >= SWITCH.len());
        let state = rig.send(&[&ours]).1;
        let told = if between(cut) {
            SendState::Ready
        } else {
            SendState::Full
        };
        assert_eq!(state, if cut < SWITCH.len() { SendState::NotOpen } else { told });
        if cut < answer.len() {
            rig.must_write(&answer[cut..]);
        }
        if between(cut) {
            assert_eq!(rig.told(), []);
        } else {
            assert_eq!(rig.told(), [Told::Writable]);
            assert_eq!(rig.send(&[&ours]), (1, SendState::Ready));
        }
    }
}

#[test]
fn a_refused_upgrade_switches_nothing() {
    for piece in [1, 7, REFUSAL.len()] {
        let mut rig = Rig::http();
        rig.socket.feed(REQUEST);
        rig.read_all();
        assert!(rig.lane.begin_upgrade());
        REFUSAL.chunks(piece).for_each(|part| rig.must_write(part));
        assert!(!rig.lane.is_frames());
        assert_eq!(rig.send(&[&text(b'f', 1)]), (0, SendState::NotOpen));
        // What looks like a switch is not one without a request for it.
        rig.must_write(SWITCH);
        assert!(!rig.lane.is_frames());
        // The next request may be the one.
        rig.socket.feed(REQUEST);
        rig.read_all();
        assert!(rig.lane.begin_upgrade());
        rig.must_write(SWITCH);
        assert!(rig.lane.is_frames());
        assert_eq!(rig.told(), [Told::Writable]);
    }
}

#[test]
fn an_upgrade_behind_an_unanswered_request_is_refused() {
    let mut rig = Rig::http();
    rig.socket.feed(&[b"GET / HTTP/1.1\r\n\r\n", REQUEST].concat());
    rig.read_all();
    rig.must_write(b"HTTP/1.1 204 No Content\r\n\r\n");
    assert!(!rig.lane.begin_upgrade());
    rig.socket.feed(REQUEST);
    rig.read_all();
    assert!(rig.lane.begin_upgrade());
    assert!(!rig.lane.begin_upgrade(), "one at a time");
    rig.must_write(SWITCH);
    assert!(!rig.lane.begin_upgrade(), "no HTTP any more");
}

#[test]
fn an_interim_answer_is_not_the_answer() {
    let mut rig = Rig::http();
    assert!(rig.lane.begin_upgrade());
    rig.must_write(b"HTTP/1.1 100 Continue\r\n\r\n");
    assert!(!rig.lane.is_frames());
    rig.must_write(SWITCH);
    assert!(rig.lane.is_frames());
}

#[test]
fn http_is_passed_on_as_it_is() {
    let mut rig = Rig::http();
    // It looks like half a frame.
    rig.must_write(b"\x81\x7f");
    rig.socket.feed(b"\x81\xff");
    assert_eq!(rig.read_all(), (b"\x81\xff".to_vec(), false));
    assert_eq!(rig.out(), b"\x81\x7f");
    assert_eq!(rig.told(), []);
}
