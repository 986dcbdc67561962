use super::{
    rig::{Rig, hall},
    *,
};
use crate::{
    limits,
    room::{Audience, Epoch, Resume, Said, Say},
};

impl Rig {
    fn enter(&mut self, conn: u64, user: u64, resume: Option<Resume>) -> Epoch {
        let outputs = self.tell(Input::Connect {
            conn: ConnId(conn),
            who: Identity::new(UserId(user)),
            leased: false,
            room: Some(hall()),
            resume,
        });
        let opened = outputs.iter().find_map(|output| match output {
            Output::RoomOpened { epochs, .. } => Some(epochs.epoch),
            _ => None,
        });
        opened.unwrap_or(Epoch(0))
    }

    /// The `seq` of the answer, and whether it was said before.
    fn sent(&mut self, conn: u64, command: Command) -> (Option<Seq>, bool) {
        let outputs = self.tell(Input::Command {
            conn: ConnId(conn),
            ack: Some(0),
            command: Ok(command),
        });
        let reply = outputs.into_iter().find_map(|output| match output {
            Output::Reply {
                to: ReplyTo::Conn(..),
                reply,
            } => Some(reply),
            _ => None,
        });
        match reply {
            Some(Ok(Reply::Sent { seq, duplicate, .. })) => (seq, duplicate),
            other => panic!("{other:?}"),
        }
    }

    /// The user's connection breaks, and it comes back with this position.
    fn comes_back(&mut self, epoch: Epoch, since: Seq, answered: Seq) {
        let conn = ConnId(1);
        self.tell(Input::Disconnect { conn });
        let resume = Some(Resume { epoch, since });
        self.enter(1, 1, resume);
        self.hub.expect_retry(conn, resume, answered);
    }
}

fn said(text: &str) -> Command {
    Command::Say(Say::new(Said::chat(text)))
}

#[test]
fn what_is_said_again_for_want_of_an_answer_is_said_once() {
    let mut rig = Rig::in_memory(Limits::default());
    let epoch = rig.enter(1, 1, None);
    assert_eq!(rig.sent(1, said("ok")), (Some(1), false));
    // Neither its own entry nor the answer came.
    rig.comes_back(epoch, 0, 0);
    assert_eq!(rig.sent(1, said("ok")), (Some(1), true));
    assert_eq!(rig.sent(1, said("ok")), (Some(2), false), "only the first one");
    // The entry came, and the answer did not.
    rig.comes_back(epoch, 2, 1);
    assert_eq!(rig.sent(1, said("ok")), (Some(2), true));
    // Again and again.
    rig.comes_back(epoch, 2, 1);
    assert_eq!(rig.sent(1, said("ok")), (Some(2), true));
    // It had the answer.
    rig.comes_back(epoch, 2, 2);
    assert_eq!(rig.sent(1, said("ok")), (Some(3), false));
    // Something else.
    rig.comes_back(epoch, 3, 2);
    assert_eq!(rig.sent(1, said("not ok")), (Some(4), false));
    // Another order of things, and a text for others.
    rig.comes_back(epoch, 4, 3);
    let mut others = said("not ok");
    if let Command::Say(say) = &mut others {
        say.audience = Audience::Others;
    }
    assert_eq!(rig.sent(1, others), (Some(5), false));
}

#[test]
fn later_entries_tell_that_the_answer_came() {
    let mut rig = Rig::in_memory(Limits::default());
    let epoch = rig.enter(1, 1, None);
    rig.enter(2, 2, None);
    assert_eq!(rig.sent(1, said("ok")), (Some(1), false));
    rig.sent(2, said("at once"));
    rig.now.wall_ms += limits::ANSWER_MS + 1;
    rig.sent(2, said("later"));
    rig.comes_back(epoch, 2, 0);
    assert_eq!(rig.sent(1, said("ok")), (Some(1), true));
    rig.comes_back(epoch, 3, 0);
    assert_eq!(rig.sent(1, said("ok")), (Some(4), false));
}

#[test]
fn everything_is_there_only_from_places_of_this_log() {
    let mut rig = Rig::in_memory(Limits::default());
    let epoch = rig.enter(1, 1, None);
    let resume = |epoch, since| Some(Resume { epoch, since });
    let hall = hall();
    let all = |rig: &Rig, position| rig.hub.has_all_since(Some(&hall), position);
    assert!(all(&rig, resume(epoch, 0)));
    assert!(!all(&rig, resume(epoch, 1)) && !all(&rig, resume(Epoch(5), 0)));
    // An empty room goes, and is the same when it comes back; not so one in which something was said.
    rig.tell(Input::Disconnect { conn: ConnId(1) });
    assert_eq!(rig.hub.rooms(), 0);
    assert!(all(&rig, resume(epoch, 0)));
    assert_eq!(rig.enter(1, 1, None), epoch);
    rig.sent(1, said("ok"));
    rig.tell(Input::Wipe);
    assert!(!all(&rig, resume(epoch, 0)));
    assert_ne!(rig.enter(3, 1, None), epoch);
    // Outside of rooms there is nothing to miss; a room without a place is no position.
    assert!(rig.hub.has_all_since(None, None) && !all(&rig, None));
}

#[test]
fn a_place_beyond_what_a_life_shares_goes_on_at_its_end() {
    let mut rig = Rig::in_memory(Limits::default());
    let epoch = rig.enter(1, 1, None);
    rig.sent(1, said("ok"));
    let position = |epoch, since| Some(Resume { epoch, since });
    assert_eq!(rig.hub.nearest(Some(&hall()), position(epoch, 9)), position(epoch, 1));
    assert_eq!(
        rig.hub.nearest(Some(&hall()), position(Epoch(5), 9)),
        position(Epoch(5), 9)
    );
    assert_eq!(rig.hub.nearest(Some(&hall()), None), None);
}

#[test]
fn a_private_message_that_is_sent_again_is_delivered_once() {
    let mut rig = Rig::in_memory(Limits::default());
    rig.enter(1, 1, None);
    rig.enter(2, 2, None);
    let mut delivered = |conn, to, id| {
        let outputs = rig.tell(Input::Command {
            conn: ConnId(conn),
            ack: Some(0),
            command: Ok(Command::Dm {
                to: UserId(to),
                text: "psst".into(),
                re: None,
                id: MsgId::new(id).ok(),
            }),
        });
        let direct = |output: &&Output| matches!(output, Output::Direct { .. });
        outputs.iter().filter(direct).count()
    };
    assert_eq!([delivered(1, 2, "d1"), delivered(1, 2, "d1")], [1, 0]);
    assert_eq!(delivered(1, 2, "d2"), 1, "another id");
    assert_eq!(delivered(2, 1, "d1"), 1, "another person's");
}
