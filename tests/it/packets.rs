//! A Socket.IO client of revision 4 over a bare WebSocket, packet by packet.

use std::net::TcpStream;

use tungstenite::{Message, WebSocket};

use crate::server::Server;

/// See the module.
pub struct Packets(WebSocket<TcpStream>);

impl Packets {
    /// Opens an Engine.IO session.
    pub fn open(server: &Server) -> Self {
        let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", server.address);
        let (socket, _) = tungstenite::client(url, server.stream()).expect("a handshake");
        let mut packets = Self(socket);
        packets.until("0{");
        packets
    }

    /// Sends a packet, and reads up to one that begins with `prefix`; what stands behind it.
    pub fn ask(&mut self, packet: &str, prefix: &str) -> String {
        self.0.send(Message::text(packet)).expect("the server reads");
        self.until(prefix)
    }

    fn until(&mut self, prefix: &str) -> String {
        loop {
            let text = self.0.read().expect("within the time").into_text().expect("a text");
            if let Some(rest) = text.strip_prefix(prefix) {
                return rest.to_owned();
            }
        }
    }
}
