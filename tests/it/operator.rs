//! An operator on the wire: fetches nonces and signs admin commands.

use std::net::TcpStream;

use chatterbox::{
    room::{OperatorId, SignedCommand},
    transport::proof::{code_key, prove, seal},
};
use serde_json::{Value, json};
use tungstenite::WebSocket;

use crate::server::{KEYS, next, say};

/// An admin command with its proof, as JSON.
pub fn signed(by: u32, nonce: &str, counter: u64, command: &Value) -> Value {
    let mut signed = SignedCommand {
        by: OperatorId(by),
        nonce: nonce.into(),
        counter,
        command: command.to_string().into(),
        proof: "".into(),
    };
    signed.proof = prove(&code_key(&KEYS.organizer, signed.by), &signed).into();
    json!({
        "by": by,
        "nonce": nonce,
        "counter": counter,
        "command": &*signed.command,
        "proof": &*signed.proof,
    })
}

/// The answer to an event.
pub fn answer(socket: &mut WebSocket<TcpStream>, number: u64, event: &str, argument: Option<&Value>) -> Value {
    let mut items = vec![json!(number), json!(event)];
    items.extend(argument.cloned());
    say(socket, &Value::from(items).to_string());
    loop {
        let ack = next(socket, "ack");
        if ack[1] == number {
            return ack[2].clone();
        }
    }
}

/// Sends admin commands over a WebSocket.
pub struct Operator {
    /// The operator's connection.
    pub socket: WebSocket<TcpStream>,
    /// The connection's nonce.
    pub nonce: String,
    by: u32,
    counter: u64,
}

impl Operator {
    /// Fetches a nonce for the code of a number.
    pub fn new(mut socket: WebSocket<TcpStream>, by: u32) -> Self {
        let nonce = answer(&mut socket, 1, "nonce", None);
        let nonce = nonce["nonce"].as_str().expect("a nonce").to_owned();
        let counter = 0;
        Self {
            socket,
            nonce,
            by,
            counter,
        }
    }

    /// Signs the next command.
    pub fn sign(&mut self, command: &Value) -> Value {
        self.counter += 1;
        signed(self.by, &self.nonce, self.counter, command)
    }

    /// Sends a command with a passphrase, sealed with the command's nonce and counter.
    pub fn give_sealed(&mut self, command: &Value, passphrase: &str) -> Value {
        let signed = SignedCommand {
            by: OperatorId(self.by),
            nonce: self.nonce.as_str().into(),
            counter: self.counter + 1,
            command: "".into(),
            proof: "".into(),
        };
        let mut command = command.clone();
        command["passphrase"] = seal(&code_key(&KEYS.organizer, signed.by), &signed, passphrase).into();
        self.give(&command)
    }

    /// Sends a command and returns the answer.
    pub fn give(&mut self, command: &Value) -> Value {
        let signed = self.sign(command);
        answer(&mut self.socket, 100 + self.counter, "admin", Some(&signed))
    }
}
