use super::*;
use crate::{
    limits::Limits,
    room::{HubConfig, Identity, Output, Reply, RoomName, UserId, Via},
};

const PROTOCOL: &str = include_str!("../../wire/PROTOCOL.md");

const KEY: OfficerKey = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const COMMAND: &str = r#"{"do":"announce","room":"hall","text":"Die Bar ist geöffnet"}"#;

fn signed(nonce: &str, counter: u64, by: u32) -> Signed {
    let by = OfficerId(by);
    let mut signed = Signed {
        by,
        nonce: nonce.into(),
        counter,
        command: COMMAND.into(),
        proof: "".into(),
    };
    signed.proof = prove(&code_key(&KEY, by), &signed).into();
    signed
}

struct Rig {
    officers: Officers,
    hub: Hub,
    now: Now,
}

const CONN: ConnId = ConnId(1);
const HOME: AddressTag = AddressTag(7);

impl Rig {
    fn new() -> Self {
        let hub = Hub::new(HubConfig {
            limits: Limits::default(),
            epoch_seed: 1,
            rooms: Vec::new(),
            keeps: false,
        });
        let mut rig = Self {
            officers: Officers::new(KEY),
            hub,
            now: Now::default(),
        };
        for conn in [CONN, ConnId(2)] {
            rig.tell(Input::Connect {
                conn,
                who: Identity {
                    address: HOME,
                    ..Identity::new(UserId(conn.0))
                },
                via: Via::WebSocket,
                room: Some(RoomName::new("hall").unwrap()),
                resume: None,
            });
        }
        rig
    }

    fn tell(&mut self, input: Input) -> Vec<Output> {
        self.hub.handle(self.now, input);
        std::iter::from_fn(|| self.hub.poll_output()).collect()
    }

    fn nonce(&mut self, conn: ConnId) -> Box<str> {
        let asked = Ok(Command::Nonce { nonce: None });
        let input = self.officers.input(&self.hub, self.now, conn, Some(1), asked);
        match &self.tell(input)[..] {
            [
                Output::Reply {
                    reply: Ok(Reply::Nonce { nonce }),
                    ..
                },
            ] => nonce.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn give(&mut self, conn: ConnId, signed: Signed) -> Result<(), Code> {
        let command = Ok(Command::Signed(Box::new(signed)));
        match self.officers.input(&self.hub, self.now, conn, Some(2), command) {
            Input::Order { .. } => Ok(()),
            Input::Command {
                command: Err(refusal), ..
            } => Err(refusal.code),
            other => panic!("{other:?}"),
        }
    }

    fn fetch(&mut self) -> Box<str> {
        match self.officers.fetch(HOME, self.now) {
            Ok(Reply::Nonce { nonce }) => nonce,
            other => panic!("{other:?}"),
        }
    }

    /// Lets the time pass after which a wrong proof is forgotten.
    fn rest(&mut self) {
        self.now.mono_ms += limits::WRONG_PROOF_MOST_MS;
    }
}

#[test]
fn the_examples_of_the_protocol_are_right() {
    let nonce = "00112233445566778899aabbccddeeff";
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let own = signed(nonce, 1, 0);
    for shown in [
        hex(&KEY),
        own.proof.to_string(),
        format!("```text\n{}\n```", wire::proved_text(&own)),
        hex(&code_key(&KEY, OfficerId(3))),
        signed(nonce, 2, 3).proof.to_string(),
    ] {
        assert!(PROTOCOL.contains(&shown), "{shown}");
    }
    let body = PROTOCOL
        .split("```json\n")
        .skip(1)
        .find(|block| block.contains("\"proof\""));
    let body = body.and_then(|block| block.split("```").next()).unwrap();
    assert_eq!(wire::decode_signed(body.as_bytes()), Ok(own.clone()));
    assert!(is_proved(&KEY, &own));
    assert!(wire::decode_order(&own.command).is_ok());
}

#[test]
fn an_order_is_good_once_and_on_its_connection_alone() {
    let mut rig = Rig::new();
    let nonce = rig.nonce(CONN);
    let other = rig.nonce(ConnId(2));
    assert_ne!(nonce, other);
    assert_eq!(rig.give(CONN, signed(&nonce, 2, 0)), Ok(()));
    assert_eq!(rig.give(CONN, signed(&nonce, 2, 0)), Err(Code::BadProof), "again");
    assert_eq!(
        rig.give(CONN, signed(&nonce, 1, 0)),
        Err(Code::BadProof),
        "out of order"
    );
    assert_eq!(
        rig.give(ConnId(2), signed(&nonce, 3, 0)),
        Err(Code::BadProof),
        "elsewhere"
    );
    assert_eq!(rig.give(CONN, signed(&nonce, 3, 0)), Ok(()));
    let fresh = rig.nonce(CONN);
    assert_eq!(
        rig.give(CONN, signed(&nonce, 4, 0)),
        Err(Code::BadProof),
        "an old nonce"
    );
    rig.rest();
    assert_eq!(rig.give(CONN, signed(&fresh, 1, 0)), Ok(()));
    rig.officers.gone(CONN);
    assert_eq!(
        rig.give(CONN, signed(&fresh, 2, 0)),
        Err(Code::BadProof),
        "after its end"
    );
}

#[test]
fn nothing_of_an_order_can_be_changed() {
    let mut rig = Rig::new();
    let nonce = rig.nonce(CONN);
    let good = signed(&nonce, 1, 0);
    let mut changed = Vec::new();
    for at in 0..good.command.len() {
        let mut command = good.command.clone().into_string().into_bytes();
        command[at] ^= 1;
        if let Ok(command) = String::from_utf8(command) {
            changed.push(Signed {
                command: command.into(),
                ..good.clone()
            });
        }
    }
    for at in 0..good.proof.len() {
        let mut proof = good.proof.clone().into_string();
        let digit = if proof.as_bytes()[at] == b'0' { "1" } else { "0" };
        proof.replace_range(at..=at, digit);
        changed.push(Signed {
            proof: proof.into(),
            ..good.clone()
        });
    }
    for proof in ["", "00", &good.proof[2..], &"+f".repeat(32), &"é".repeat(32)] {
        changed.push(Signed {
            proof: proof.into(),
            ..good.clone()
        });
    }
    changed.push(Signed {
        counter: 2,
        ..good.clone()
    });
    changed.push(Signed {
        by: OfficerId(1),
        ..good.clone()
    });
    for signed in changed {
        rig.rest();
        assert_eq!(rig.give(CONN, signed.clone()), Err(Code::BadProof), "{signed:?}");
    }
    rig.rest();
    assert_eq!(rig.give(CONN, good), Ok(()));
}

#[test]
fn a_code_is_good_until_it_is_revoked() {
    let mut rig = Rig::new();
    let nonce = rig.nonce(CONN);
    assert_eq!(rig.give(CONN, signed(&nonce, 1, 1)), Err(Code::BadProof), "not issued");
    let by = Officer {
        id: OfficerId::ORGANIZER,
        role: crate::room::OfficerRole::Organizer,
    };
    let order = |command| Input::Order {
        to: ReplyTo::Request(1),
        by,
        order: wire::decode_order(command).unwrap(),
    };
    let issued = rig.tell(order(r#"{"do":"issue","role":"helper","name":"Bo"}"#));
    let code = OfficerId(1);
    assert!(matches!(issued[..], [Output::Reply { reply: Ok(Reply::Issued { code: given }), .. }] if given == code));
    assert_eq!(rig.give(CONN, signed(&nonce, 1, 1)), Ok(()));
    rig.tell(order(r#"{"do":"revoke","code":1}"#));
    assert_eq!(rig.give(CONN, signed(&nonce, 2, 1)), Err(Code::BadProof), "revoked");
}

#[test]
fn wrong_proofs_slow_down_right_ones_from_the_same_address() {
    let mut rig = Rig::new();
    let nonce = rig.nonce(CONN);
    for _ in 0..limits::WRONG_PROOFS {
        assert_eq!(rig.give(CONN, signed("", 1, 0)), Err(Code::BadProof));
    }
    assert_eq!(rig.give(CONN, signed(&nonce, 1, 0)), Err(Code::RateLimited));
    assert!(rig.officers.fetch(HOME, rig.now).is_err());
    assert!(rig.officers.fetch(AddressTag(8), rig.now).is_ok());
    rig.now.mono_ms += limits::WRONG_PROOF_WAIT_MS;
    assert_eq!(rig.give(CONN, signed(&nonce, 1, 0)), Ok(()));
}

#[test]
fn a_fetched_nonce_is_good_for_one_order_of_its_address() {
    let mut rig = Rig::new();
    let ask = |rig: &mut Rig, address, nonce: &str| {
        let asked = rig.officers.request(&rig.hub, rig.now, address, &signed(nonce, 1, 0));
        asked.map(drop).map_err(|refusal| refusal.code)
    };
    let nonce = rig.fetch();
    assert_eq!(
        ask(&mut rig, AddressTag(8), &nonce),
        Err(Code::BadProof),
        "another address"
    );
    assert_eq!(ask(&mut rig, HOME, &nonce), Ok(()));
    assert_eq!(ask(&mut rig, HOME, &nonce), Err(Code::BadProof), "again");
    let nonce = rig.fetch();
    rig.now.mono_ms += limits::NONCE_MS;
    assert_eq!(ask(&mut rig, HOME, &nonce), Err(Code::BadProof), "too old");
    for address in 0..2 * limits::FETCHED_NONCES as u64 {
        rig.officers.fetch(AddressTag(address), rig.now).unwrap();
        rig.officers.fetch(HOME, rig.now).unwrap();
    }
    assert!(rig.officers.fetched.len() <= limits::FETCHED_NONCES);
    let own = rig.officers.fetched.iter().filter(|it| it.address == HOME);
    assert!(own.count() <= limits::FETCHED_NONCES_PER_ADDRESS);
}
