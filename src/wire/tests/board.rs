use super::{ann, room};
use crate::room::{Board, Pin, Poll, PollOnBoard, QuestionOnBoard, Score};

/// One that is open.
pub(super) fn poll() -> Poll {
    Poll {
        poll: 1,
        question: "Which song?".into(),
        choices: ["A".into(), "B".into()].into(),
        several: false,
        change: true,
        open: true,
        removed: false,
        right: None,
        voters: 3,
        votes: Some([2, 1].into()),
    }
}

/// One with something of everything.
pub(super) fn board() -> Board {
    Board {
        room: room("hall"),
        pin: Some(Pin {
            seq: Some(8),
            text: Some("hello".into()),
        }),
        polls: vec![PollOnBoard {
            poll: poll(),
            mine: vec![0],
        }],
        questions: vec![QuestionOnBoard {
            question: 14,
            text: "so".into(),
            from: ann(),
            upvotes: 2,
            answered: false,
            mine: true,
        }],
        givers: vec![Score { who: ann(), gifts: 3 }],
        receivers: Vec::new(),
    }
}
