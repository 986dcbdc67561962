//! Somebody with a code, on the wire: asks for nonces, proves orders.

use std::net::TcpStream;

use chatterbox::{
    net::officers::{code_key, prove},
    room::{OfficerId, Signed},
};
use serde_json::{Value, json};
use tungstenite::WebSocket;

use crate::server::{KEYS, next, say};

/// An order with its proof, as JSON.
pub fn signed(by: u32, nonce: &str, counter: u64, order: &Value) -> Value {
    let mut signed = Signed {
        by: OfficerId(by),
        nonce: nonce.into(),
        counter,
        command: order.to_string().into(),
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

/// Gives orders over a WebSocket.
pub struct Officer {
    /// Their connection.
    pub socket: WebSocket<TcpStream>,
    /// This connection's.
    pub nonce: String,
    by: u32,
    counter: u64,
}

impl Officer {
    /// With the code of that number.
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

    /// The next order, ready to be sent.
    pub fn sign(&mut self, order: &Value) -> Value {
        self.counter += 1;
        signed(self.by, &self.nonce, self.counter, order)
    }

    /// Gives an order: the answer.
    pub fn give(&mut self, order: &Value) -> Value {
        let signed = self.sign(order);
        answer(&mut self.socket, 100 + self.counter, "order", Some(&signed))
    }
}
