//! Authenticates admin commands. Their proofs were verified on arrival ([`crate::transport::proof`]): an HMAC under the key of the
//! operator's code over a nonce, a counter and the exact text. The key itself is never sent, so an overheard command can't be reused. It
//! remembers a bounded number of used nonces (`nonces`) and of devices with wrong proofs (`backoff`).
//!
//! The driver checks, in the order of its inbox: the nonce, the counter and the role of the code. A connection has one nonce and counts
//! up; the nonce of a request is used once (`nonces`). Devices that keep sending wrong proofs must wait (`backoff`).

mod backoff;
mod nonces;

use std::collections::HashMap;

use data_encoding::HEXLOWER;

use self::{backoff::Backoff, nonces::Nonces};
use crate::{
    room::{AddressTag, AdminCommand, Code, Command, ConnId, Hub, Input, Now, Operator, Refusal, Reply},
    transport::proof::CheckedCommand,
};

/// Authenticates admin commands: the nonces of connections and requests, and the devices that must wait after wrong proofs.
#[derive(Default)]
pub struct AdminAuth {
    /// The nonce of each connection that requested one.
    conns: HashMap<ConnId, Challenge>,
    nonces: Nonces,
    backoff: Backoff,
}

struct Challenge {
    nonce: Box<str>,
    /// The highest counter of the commands accepted so far.
    counter: u64,
}

fn bad_proof(message: &str) -> Refusal {
    Refusal::new(Code::BadProof, message)
}

impl AdminAuth {
    /// Makes the hub's input of a connection's command. A request for a nonce gets a new one here, which replaces the connection's earlier one.
    pub fn input(&mut self, hub: &Hub, conn: ConnId, ack: Option<u64>, mut command: Result<Command, Refusal>) -> Input {
        if let Ok(Command::Nonce { nonce: issued }) = &mut command
            && hub.address(conn).is_some()
        {
            let (nonce, counter) = (random_nonce(), 0);
            *issued = Some(nonce.clone());
            self.conns.insert(conn, Challenge { nonce, counter });
        }
        Input::Command { conn, ack, command }
    }

    /// Drops the nonce of a closed connection.
    pub fn forget(&mut self, conn: ConnId) {
        self.conns.remove(&conn);
    }

    /// Checks a connection's admin command.
    ///
    /// # Errors
    /// `bad_proof`: proof, code, nonce or counter is wrong; `rate_limited`: too many wrong ones; `bad_request`: the command is invalid.
    pub fn accept(
        &mut self,
        hub: &Hub,
        now: Now,
        conn: ConnId,
        signed: CheckedCommand,
    ) -> Result<(Operator, AdminCommand), Refusal> {
        let address = hub.address(conn).unwrap_or_default();
        let CheckedCommand { nonce, counter, .. } = &signed;
        let operator = operator(hub, &signed).and_then(|operator| {
            let challenge = self.conns.get_mut(&conn).filter(|challenge| challenge.nonce == *nonce);
            let challenge = challenge.ok_or_else(|| bad_proof("that is not this connection's nonce: ask for one"))?;
            if *counter <= challenge.counter {
                let message = "that counter was used: each admin command has a greater one";
                return Err(bad_proof(message));
            }
            challenge.counter = *counter;
            Ok(operator)
        });
        let operator = operator.map_err(|why| self.backoff.refuse(address, now.mono_ms, why))?;
        Ok((operator, decoded(signed)?))
    }

    /// Issues a nonce for one HTTP request of a device.
    pub fn issue(&mut self, address: AddressTag, now: Now) -> Reply {
        let nonce = self.nonces.make(address, now);
        Reply::Nonce { nonce }
    }

    /// Checks the admin command of an HTTP request. Only a right proof uses up the nonce, so that other clients can't use it up.
    ///
    /// # Errors
    /// As for [`Self::accept`]; `busy` if too many nonces were used within their lifetime.
    pub fn accept_request(
        &mut self,
        hub: &Hub,
        now: Now,
        address: AddressTag,
        signed: CheckedCommand,
    ) -> Result<(Operator, AdminCommand), Refusal> {
        let operator = operator(hub, &signed).and_then(|operator| {
            self.nonces.redeem(address, &signed.nonce, now)?;
            Ok(operator)
        });
        let operator = operator.map_err(|why| match why.code == Code::Busy {
            true => why,
            false => self.backoff.refuse(address, now.mono_ms, why),
        })?;
        Ok((operator, decoded(signed)?))
    }
}

/// The operator whose access code made the command's proof (signature).
///
/// # Errors
/// The proof or the code is invalid.
fn operator(hub: &Hub, signed: &CheckedCommand) -> Result<Operator, Refusal> {
    let id = signed.by;
    let role = hub.operator(id).filter(|_| signed.command.is_some());
    let role = role.ok_or_else(|| bad_proof("the proof is not right, or the code is worthless"))?;
    Ok(Operator { id, role })
}

fn decoded(signed: CheckedCommand) -> Result<AdminCommand, Refusal> {
    signed.command.ok_or_else(|| bad_proof("the proof is not right"))?
}

/// A random 128-bit nonce.
fn random_nonce() -> Box<str> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the kernel has randomness");
    HEXLOWER.encode(&bytes).into()
}

#[cfg(test)]
mod tests;
