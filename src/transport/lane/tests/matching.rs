//! Frame matchers on the library's output.

use bytes::Bytes;

use super::{Rig, SendState, Told, text};
use crate::{limits::LANE_WATCHES, wire::text_frame};

fn prefix(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

#[test]
fn a_token_comes_with_the_last_byte_of_its_frame() {
    let frame = text_frame(b"40{\"sid\":\"x\"}");
    for cut in 1..frame.len() {
        let mut rig = Rig::frames();
        assert!(rig.lane.match_frame(3, prefix("40{")));
        rig.must_write(&text_frame(b"2"));
        rig.must_write(&frame[..cut]);
        assert_eq!(rig.told(), []);
        rig.must_write(&frame[cut..]);
        assert_eq!(rig.told(), [Told::Matched(3)]);
        assert_eq!(rig.send(&[&text(b'f', 3)]), (1, SendState::Ready));
        rig.must_write(&frame);
        assert_eq!(rig.told(), [], "once");
    }
}

#[test]
fn a_half_written_frame_does_not_count() {
    let frame = text_frame(b"40{}");
    for cut in 1..frame.len() {
        let mut rig = Rig::frames();
        rig.must_write(&frame[..cut]);
        assert!(rig.lane.match_frame(3, prefix("40{")));
        rig.must_write(&frame[cut..]);
        assert_eq!(rig.told(), [], "cut {cut}");
        rig.must_write(&frame);
        assert_eq!(rig.told(), [Told::Matched(3)]);
    }
}

#[test]
fn only_text_counts_and_the_fan_outs_frames_do_not() {
    let mut rig = Rig::frames();
    assert!(rig.lane.match_frame(3, prefix("ab")));
    assert_eq!(rig.send(&[&text_frame(b"ab")]), (1, SendState::Ready));
    rig.must_write(b"\x89\x02ab");
    rig.must_write(b"\x82\x02ab");
    rig.must_write(&text_frame(b"a"));
    assert_eq!(rig.told(), []);
    rig.must_write(&text_frame(b"ab"));
    assert_eq!(rig.told(), [Told::Matched(3)]);
}

#[test]
fn all_tokens_of_a_lane_come_in_one_write() {
    let mut rig = Rig::frames();
    for token in 0..LANE_WATCHES as u64 {
        assert!(rig.lane.match_frame(token, prefix("4")));
    }
    assert!(!rig.lane.match_frame(99, prefix("4")));
    rig.must_write(&text_frame(b"4").repeat(LANE_WATCHES + 1));
    let all: Vec<_> = (0..LANE_WATCHES as u64).map(Told::Matched).collect();
    assert_eq!(rig.told(), all);
    assert!(rig.lane.match_frame(99, prefix("4")));
}

#[test]
fn a_token_set_before_the_switch_waits_for_it() {
    let mut rig = Rig::http();
    assert!(rig.lane.match_frame(1, prefix("40")));
    assert!(rig.lane.begin_upgrade());
    let answer = [super::SWITCH, &text_frame(b"40")].concat();
    rig.must_write(&answer);
    assert_eq!(rig.told(), [Told::Matched(1)]);
}
