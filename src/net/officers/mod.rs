//! Who gives orders: the organizer, whoever has the key, and those whose codes are worked out from it. The key is never sent;
//! each order comes with a proof over a number of ours, a counter and its exact text, so that what was overheard is worth nothing.

mod http;
mod seats;
mod slow;

use std::collections::{HashMap, VecDeque};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use self::slow::Slow;
pub use self::{
    http::routes,
    seats::{Seats, seat_code},
};
use crate::{
    limits,
    room::{
        AddressTag, Code, Command, ConnId, Hub, Input, Now, Officer, OfficerId, Order, Refusal, Reply, ReplyTo, Signed,
    },
    wire,
};

/// Bytes of a code's key.
pub const KEY_BYTES: usize = 16;
/// Bytes of a proof.
const PROOF_BYTES: usize = 32;

/// A code's key.
pub type OfficerKey = [u8; KEY_BYTES];

/// See the module. Owned by the driver, so that what it hands out and takes is in the order of the inputs.
pub struct Officers {
    key: OfficerKey,
    /// The nonce of each connection that has asked for one.
    conns: HashMap<ConnId, Challenge>,
    /// Nonces for single requests, oldest first.
    fetched: VecDeque<Fetched>,
    slow: Slow,
}

struct Challenge {
    nonce: Box<str>,
    /// The greatest that was proved.
    counter: u64,
}

struct Fetched {
    nonce: Box<str>,
    address: AddressTag,
    until_ms: u64,
}

fn hmac(key: &OfficerKey, text: &str) -> Hmac<Sha256> {
    let keyed = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    keyed.chain_update(text)
}

/// The key of a code, worked out from the organizer's.
pub fn code_key(organizer: &OfficerKey, code: OfficerId) -> OfficerKey {
    if code == OfficerId::ORGANIZER {
        return *organizer;
    }
    let derived = hmac(organizer, &wire::code_text(code)).finalize().into_bytes();
    derived[..KEY_BYTES].try_into().expect("a hash is longer")
}

/// The proof of an order, in hexadecimal digits.
pub fn prove(key: &OfficerKey, signed: &Signed) -> String {
    let proof = hmac(key, &wire::proved_text(signed)).finalize().into_bytes();
    proof.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_proved(key: &OfficerKey, signed: &Signed) -> bool {
    let hex = signed.proof.as_bytes();
    let mut proof = [0; PROOF_BYTES];
    if hex.len() != 2 * PROOF_BYTES {
        return false;
    }
    for (byte, digits) in proof.iter_mut().zip(hex.chunks_exact(2)) {
        let value = |digit: u8| {
            char::from(digit)
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        };
        let (Some(high), Some(low)) = (value(digits[0]), value(digits[1])) else {
            return false;
        };
        *byte = high << 4 | low;
    }
    // Takes as long for a nearly right proof as for a wrong one.
    hmac(key, &wire::proved_text(signed)).verify_slice(&proof).is_ok()
}

fn wrong(message: &str) -> Refusal {
    Refusal::new(Code::BadProof, message)
}

impl Officers {
    /// With the organizer's key.
    pub fn new(key: OfficerKey) -> Self {
        Self {
            key,
            conns: HashMap::new(),
            fetched: VecDeque::new(),
            slow: Slow::default(),
        }
    }

    /// What a connection's command is to the hub: orders become what they are if their proof is right.
    pub fn input(
        &mut self,
        hub: &Hub,
        now: Now,
        conn: ConnId,
        ack: Option<u64>,
        command: Result<Command, Refusal>,
    ) -> Input {
        let command = match command {
            Ok(Command::Nonce { .. }) if hub.address(conn).is_some() => {
                let (nonce, counter) = (nonce(), 0);
                let given = Some(nonce.clone());
                self.conns.insert(conn, Challenge { nonce, counter });
                Ok(Command::Nonce { nonce: given })
            }
            Ok(Command::Signed(signed)) => match self.order_of(hub, now, conn, &signed) {
                Ok((by, order)) => {
                    let to = ReplyTo::Conn(conn, ack);
                    return Input::Order { to, by, order };
                }
                Err(refusal) => Err(refusal),
            },
            command => command,
        };
        Input::Command { conn, ack, command }
    }

    /// A connection is gone.
    pub fn gone(&mut self, conn: ConnId) {
        self.conns.remove(&conn);
    }

    fn order_of(&mut self, hub: &Hub, now: Now, conn: ConnId, signed: &Signed) -> Result<(Officer, Order), Refusal> {
        let address = hub.address(conn).unwrap_or_default();
        self.slow.check(address, now.mono_ms)?;
        let officer = self.prove(hub, signed).and_then(|officer| {
            let challenge = self.conns.get_mut(&conn).filter(|it| it.nonce == signed.nonce);
            let challenge = challenge.ok_or_else(|| wrong("that is not this connection's nonce: ask for one"))?;
            if signed.counter <= challenge.counter {
                return Err(wrong("that counter was used: each order has a greater one"));
            }
            challenge.counter = signed.counter;
            Ok(officer)
        });
        let officer = officer.inspect_err(|_| self.slow.wrong(address, now.mono_ms))?;
        Ok((officer, wire::decode_order(&signed.command)?))
    }

    fn prove(&self, hub: &Hub, signed: &Signed) -> Result<Officer, Refusal> {
        let id = signed.by;
        let proved = is_proved(&code_key(&self.key, id), signed);
        let role = hub.officer(id).filter(|_| proved);
        let role = role.ok_or_else(|| wrong("the proof is not right, or the code is worthless"))?;
        Ok(Officer { id, role })
    }

    /// A nonce for one request of that address.
    ///
    /// # Errors
    /// The address has to wait.
    pub fn fetch(&mut self, address: AddressTag, now: Now) -> Result<Reply, Refusal> {
        self.slow.check(address, now.mono_ms)?;
        self.fetched.retain(|it| it.until_ms > now.mono_ms);
        let mut own = self.fetched.iter().enumerate().filter(|(_, it)| it.address == address);
        let oldest = own.next().map(|(at, _)| at);
        if own.count() + 1 >= limits::FETCHED_NONCES_PER_ADDRESS
            && let Some(oldest) = oldest
        {
            self.fetched.remove(oldest);
        }
        if self.fetched.len() >= limits::FETCHED_NONCES {
            self.fetched.pop_front();
        }
        let nonce = nonce();
        self.fetched.push_back(Fetched {
            nonce: nonce.clone(),
            address,
            until_ms: now.mono_ms + limits::NONCE_MS,
        });
        Ok(Reply::Nonce { nonce })
    }

    /// The order of a request. Its nonce is used up by a right proof, so that nobody else can use it up.
    pub fn request(
        &mut self,
        hub: &Hub,
        now: Now,
        address: AddressTag,
        signed: &Signed,
    ) -> Result<(Officer, Order), Refusal> {
        self.slow.check(address, now.mono_ms)?;
        let officer = self.prove(hub, signed).and_then(|officer| {
            let good = |it: &Fetched| it.nonce == signed.nonce && it.address == address && it.until_ms > now.mono_ms;
            let at = self.fetched.iter().position(good);
            let at = at.ok_or_else(|| wrong("that nonce was used, is too old or another's: ask for one"))?;
            self.fetched.remove(at);
            Ok(officer)
        });
        let officer = officer.inspect_err(|_| self.slow.wrong(address, now.mono_ms))?;
        Ok((officer, wire::decode_order(&signed.command)?))
    }
}

/// 128 bits that never were and never will be.
fn nonce() -> Box<str> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the kernel has randomness");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.into()
}

#[cfg(test)]
mod tests;
