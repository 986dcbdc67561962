use super::*;
use crate::{
    config::admin_key::OperatorKey,
    limits::{self, Limits},
    room::{HubConfig, Identity, OperatorId, Output, ReplyTo, RoomName, SignedCommand, UserId},
    transport::proof::{ProofVerifier, code_key, prove},
    wire,
};

const PROTOCOL: &str = include_str!("../../wire/PROTOCOL.md");

const KEY: OperatorKey = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const COMMAND: &str = r#"{"do":"announce","room":"hall","text":"Die Bar ist geöffnet"}"#;

fn signed(nonce: &str, counter: u64, by: u32) -> SignedCommand {
    let by = OperatorId(by);
    let mut signed = SignedCommand {
        by,
        nonce: nonce.into(),
        counter,
        command: COMMAND.into(),
        proof: "".into(),
    };
    signed.proof = prove(&code_key(&KEY, by), &signed).into();
    signed
}

fn checked(signed: SignedCommand) -> CheckedCommand {
    ProofVerifier::new(KEY).check(signed)
}

struct Rig {
    admin_auth: AdminAuth,
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
            persists: false,
        });
        let mut rig = Self {
            admin_auth: AdminAuth::default(),
            hub,
            now: Now::default(),
        };
        for conn in [CONN, ConnId(2)] {
            rig.apply(Input::Connect {
                conn,
                who: Identity {
                    address: HOME,
                    ..Identity::new(UserId(conn.0))
                },
                leased: false,
                room: Some(RoomName::new("hall").unwrap()),
                resume: None,
            });
        }
        rig
    }

    fn apply(&mut self, input: Input) -> Vec<Output> {
        self.hub.handle(self.now, input);
        std::iter::from_fn(|| self.hub.poll_output()).collect()
    }

    fn nonce(&mut self, conn: ConnId) -> Box<str> {
        let request = Ok(Command::Nonce { nonce: None });
        let input = self.admin_auth.input(&self.hub, conn, Some(1), request);
        match &self.apply(input)[..] {
            [
                Output::Reply {
                    reply: Ok(Reply::Nonce { nonce }),
                    ..
                },
            ] => nonce.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn give(&mut self, conn: ConnId, signed: SignedCommand) -> Result<(), Code> {
        let accepted = self.admin_auth.accept(&self.hub, self.now, conn, checked(signed));
        accepted.map(drop).map_err(|refusal| refusal.code)
    }

    fn request(&mut self, address: AddressTag, nonce: &str) -> Result<(), Code> {
        let signed = checked(signed(nonce, 1, 0));
        let accepted = self.admin_auth.accept_request(&self.hub, self.now, address, signed);
        accepted.map(drop).map_err(|refusal| refusal.code)
    }

    fn issue(&mut self) -> Box<str> {
        match self.admin_auth.issue(HOME, self.now) {
            Reply::Nonce { nonce } => nonce,
            other => panic!("{other:?}"),
        }
    }

    /// Lets the time pass after which wrong proofs are forgotten.
    fn rest(&mut self) {
        self.now.mono_ms += limits::WRONG_PROOF_MOST_MS;
    }
}

#[test]
fn the_examples_of_the_protocol_are_right() {
    let nonce = "00112233445566778899aabbccddeeff";
    let own = signed(nonce, 1, 0);
    for shown in [
        HEXLOWER.encode(&KEY),
        own.proof.to_string(),
        format!("```text\n{}\n```", wire::proved_text(&own)),
        HEXLOWER.encode(&code_key(&KEY, OperatorId(3))),
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
    assert!(matches!(checked(own).command, Some(Ok(_))));
}

#[test]
fn a_command_is_accepted_once_and_only_on_its_connection() {
    let mut rig = Rig::new();
    let nonce = rig.nonce(CONN);
    let other = rig.nonce(ConnId(2));
    assert_ne!(nonce, other);
    assert_eq!(rig.give(CONN, signed(&nonce, 2, 0)), Ok(()));
    assert_eq!(
        rig.give(CONN, signed(&nonce, 2, 0)),
        Err(Code::BadProof),
        "a second time"
    );
    assert_eq!(
        rig.give(CONN, signed(&nonce, 1, 0)),
        Err(Code::BadProof),
        "out of order"
    );
    assert_eq!(
        rig.give(ConnId(2), signed(&nonce, 3, 0)),
        Err(Code::BadProof),
        "on another connection"
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
    rig.admin_auth.forget(CONN);
    assert_eq!(
        rig.give(CONN, signed(&fresh, 2, 0)),
        Err(Code::BadProof),
        "after its end"
    );
}

#[test]
fn no_part_of_a_signed_command_can_be_changed() {
    let mut rig = Rig::new();
    let nonce = rig.nonce(CONN);
    let good = signed(&nonce, 1, 0);
    let mut changed = Vec::new();
    for at in 0..good.command.len() {
        let mut command = good.command.clone().into_string().into_bytes();
        command[at] ^= 1;
        if let Ok(command) = String::from_utf8(command) {
            changed.push(SignedCommand {
                command: command.into(),
                ..good.clone()
            });
        }
    }
    for at in 0..good.proof.len() {
        let mut proof = good.proof.clone().into_string();
        let digit = if proof.as_bytes()[at] == b'0' { "1" } else { "0" };
        proof.replace_range(at..=at, digit);
        changed.push(SignedCommand {
            proof: proof.into(),
            ..good.clone()
        });
    }
    for proof in ["", "00", &good.proof[2..], &"+f".repeat(32), &"é".repeat(32)] {
        changed.push(SignedCommand {
            proof: proof.into(),
            ..good.clone()
        });
    }
    changed.push(SignedCommand {
        counter: 2,
        ..good.clone()
    });
    changed.push(SignedCommand {
        by: OperatorId(1),
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
    let by = Operator {
        id: OperatorId::ORGANIZER,
        role: crate::room::OperatorRole::Organizer,
    };
    let admin = |command| Input::AdminCommand {
        to: ReplyTo::Request(1),
        by,
        command: wire::decode_admin_command(command).unwrap(),
    };
    let issued = rig.apply(admin(r#"{"do":"issue","role":"moderator","name":"Bo"}"#));
    let code = OperatorId(1);
    assert!(matches!(issued[..], [Output::Reply { reply: Ok(Reply::Issued { code: given }), .. }] if given == code));
    assert_eq!(rig.give(CONN, signed(&nonce, 1, 1)), Ok(()));
    rig.apply(admin(r#"{"do":"revoke","code":1}"#));
    assert_eq!(rig.give(CONN, signed(&nonce, 2, 1)), Err(Code::BadProof), "revoked");
}

#[test]
fn wrong_proofs_delay_no_right_one_of_the_same_device() {
    let mut rig = Rig::new();
    let nonce = rig.nonce(CONN);
    for _ in 0..limits::WRONG_PROOFS {
        assert_eq!(rig.give(CONN, signed("", 1, 0)), Err(Code::BadProof));
    }
    for _ in 0..1000 {
        assert_eq!(rig.give(ConnId(2), signed("", 1, 0)), Err(Code::RateLimited));
    }
    assert_eq!(rig.give(CONN, signed(&nonce, 1, 0)), Ok(()));
    let fetched = rig.issue();
    assert_eq!(rig.request(HOME, &fetched), Ok(()));
    rig.rest();
    assert_eq!(rig.give(CONN, signed("", 1, 0)), Err(Code::BadProof), "forgotten");
}

#[test]
fn an_issued_nonce_is_good_for_one_request_of_its_device() {
    let mut rig = Rig::new();
    let nonce = rig.issue();
    assert_eq!(
        rig.request(AddressTag(8), &nonce),
        Err(Code::BadProof),
        "another address"
    );
    assert_eq!(rig.request(HOME, &nonce), Ok(()));
    assert_eq!(rig.request(HOME, &nonce), Err(Code::BadProof), "a second time");
    let nonce = rig.issue();
    rig.now.mono_ms += limits::NONCE_MS;
    assert_eq!(rig.request(HOME, &nonce), Err(Code::BadProof), "too old");
    let nonce = rig.issue();
    for address in 0..10_000 {
        rig.admin_auth.issue(AddressTag(address), rig.now);
        rig.admin_auth.issue(HOME, rig.now);
    }
    assert_eq!(rig.request(HOME, &nonce), Ok(()), "other issued nonces do not matter");
    for changed in [
        nonce.replace(char::is_numeric, "a"),
        nonce[1..].to_owned(),
        format!("{nonce}0"),
        String::new(),
    ] {
        assert_eq!(rig.request(HOME, &changed), Err(Code::BadProof), "{changed}");
    }
    for _ in 1..limits::USED_NONCES {
        let nonce = rig.issue();
        assert_eq!(rig.request(HOME, &nonce), Ok(()));
    }
    let nonce = rig.issue();
    assert_eq!(
        rig.request(HOME, &nonce),
        Err(Code::Busy),
        "no used nonce is forgotten early"
    );
    rig.now.mono_ms += limits::NONCE_MS - 1;
    assert_eq!(rig.request(HOME, &nonce), Err(Code::Busy));
    rig.now.mono_ms += 1;
    let nonce = rig.issue();
    assert_eq!(rig.request(HOME, &nonce), Ok(()));
}
