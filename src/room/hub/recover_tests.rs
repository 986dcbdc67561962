use super::*;
use crate::{
    limits::{self, Limits},
    room::{Audience, Epoch, HubConfig, Identity, Input, MsgId, Now, Output, ReplyTo, Resume, Said, Say, Via},
};

struct Rig {
    hub: Hub,
    now: Now,
}

impl Rig {
    fn new() -> Self {
        let hub = Hub::new(HubConfig {
            limits: Limits::default(),
            epoch_seed: 1,
            rooms: Vec::new(),
            persists: false,
        });
        let now = Now {
            mono_ms: 1000,
            wall_ms: 500_000,
        };
        Self { hub, now }
    }

    fn tell(&mut self, input: Input) -> Vec<Output> {
        self.hub.handle(self.now, input);
        std::iter::from_fn(|| self.hub.poll_output()).collect()
    }

    fn connect(&mut self, conn: u64, user: u64, resume: Option<Resume>) -> Epoch {
        let outputs = self.tell(Input::Connect {
            conn: ConnId(conn),
            who: Identity::new(UserId(user)),
            via: Via::SocketIo,
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
    fn ask(&mut self, conn: u64, command: Command) -> (Option<Seq>, bool) {
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
        self.connect(1, 1, resume);
        self.hub.expect_retry(conn, resume, answered);
    }
}

fn hall() -> RoomName {
    RoomName::new("hall").unwrap()
}

fn said(text: &str) -> Command {
    Command::Say(Say::new(Said::chat(text)))
}

#[test]
fn what_is_said_again_for_want_of_an_answer_is_said_once() {
    let mut rig = Rig::new();
    let epoch = rig.connect(1, 1, None);
    assert_eq!(rig.ask(1, said("ok")), (Some(1), false));
    // Neither its own entry nor the answer came.
    rig.comes_back(epoch, 0, 0);
    assert_eq!(rig.ask(1, said("ok")), (Some(1), true));
    assert_eq!(rig.ask(1, said("ok")), (Some(2), false), "only the first one");
    // The entry came, and the answer did not.
    rig.comes_back(epoch, 2, 1);
    assert_eq!(rig.ask(1, said("ok")), (Some(2), true));
    // Again and again.
    rig.comes_back(epoch, 2, 1);
    assert_eq!(rig.ask(1, said("ok")), (Some(2), true));
    // It had the answer.
    rig.comes_back(epoch, 2, 2);
    assert_eq!(rig.ask(1, said("ok")), (Some(3), false));
    // Something else.
    rig.comes_back(epoch, 3, 2);
    assert_eq!(rig.ask(1, said("not ok")), (Some(4), false));
    // Another order of things, and a text for others.
    rig.comes_back(epoch, 4, 3);
    let mut others = said("not ok");
    if let Command::Say(say) = &mut others {
        say.audience = Audience::Others;
    }
    assert_eq!(rig.ask(1, others), (Some(5), false));
}

#[test]
fn later_entries_tell_that_the_answer_came() {
    let mut rig = Rig::new();
    let epoch = rig.connect(1, 1, None);
    rig.connect(2, 2, None);
    assert_eq!(rig.ask(1, said("ok")), (Some(1), false));
    rig.ask(2, said("at once"));
    rig.now.wall_ms += limits::ANSWER_MS + 1;
    rig.ask(2, said("later"));
    rig.comes_back(epoch, 2, 0);
    assert_eq!(rig.ask(1, said("ok")), (Some(1), true));
    rig.comes_back(epoch, 3, 0);
    assert_eq!(rig.ask(1, said("ok")), (Some(4), false));
}

#[test]
fn everything_is_there_only_from_places_of_this_log() {
    let mut rig = Rig::new();
    let epoch = rig.connect(1, 1, None);
    let resume = |epoch, since| Some(Resume { epoch, since });
    let hall = hall();
    let all = |rig: &Rig, place| rig.hub.has_all_since(Some(&hall), place);
    assert!(all(&rig, resume(epoch, 0)));
    assert!(!all(&rig, resume(epoch, 1)) && !all(&rig, resume(Epoch(5), 0)));
    // An empty room goes, and is the same when it comes back; not so one in which something was said.
    rig.tell(Input::Disconnect { conn: ConnId(1) });
    assert_eq!(rig.hub.rooms(), 0);
    assert!(all(&rig, resume(epoch, 0)));
    assert_eq!(rig.connect(1, 1, None), epoch);
    rig.ask(1, said("ok"));
    rig.tell(Input::Wipe);
    assert!(!all(&rig, resume(epoch, 0)));
    assert_ne!(rig.connect(3, 1, None), epoch);
    // Outside of rooms there is nothing to miss; a room without a place is no position.
    assert!(rig.hub.has_all_since(None, None) && !all(&rig, None));
}

#[test]
fn a_place_beyond_what_a_life_shares_goes_on_at_its_end() {
    let mut rig = Rig::new();
    let epoch = rig.connect(1, 1, None);
    rig.ask(1, said("ok"));
    let place = |epoch, since| Some(Resume { epoch, since });
    assert_eq!(rig.hub.nearest(Some(&hall()), place(epoch, 9)), place(epoch, 1));
    assert_eq!(rig.hub.nearest(Some(&hall()), place(Epoch(5), 9)), place(Epoch(5), 9));
    assert_eq!(rig.hub.nearest(Some(&hall()), None), None);
}

#[test]
fn a_private_message_that_is_sent_again_is_delivered_once() {
    let mut rig = Rig::new();
    rig.connect(1, 1, None);
    rig.connect(2, 2, None);
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
