//! The floor: what a delivery costs if nothing is done but `send(2)`, one call for each client. One thread, one poll.
//! It knows the answers that our own clients need and nothing else of HTTP, Engine.IO and Socket.IO.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpListener,
};

use anyhow::{Context, Result, bail};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use slab::Slab;

use crate::frame;

const LISTENER: Token = Token(usize::MAX);
/// Accepts a WebSocket whose key is the one of RFC 6455, section 1.3.
const ACCEPT: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// What Chatterbox says about a message behind its text.
pub const META: &str = r#",{"room":"main","seq":1234,"epoch":"1d3da7832ab7189e","id":"20a0a7f94e59-1","from":{"id":"56dbf07eee11488a","name":"Guest 488a","role":"guest"},"at":1795510340193}]"#;

struct Client {
    stream: TcpStream,
    upgraded: bool,
    joined: bool,
    bytes: Vec<u8>,
}

/// Serves until it is killed; puts `meta` behind each message.
pub fn serve(listener: TcpListener, meta: &str) -> Result<()> {
    listener.set_nonblocking(true)?;
    let mut listener = mio::net::TcpListener::from_std(listener);
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut clients: Slab<Client> = Slab::new();
    let mut ready = Vec::new();
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            other => other?,
        }
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, &poll, &mut clients)?;
            } else if let Some(client) = clients.get_mut(event.token().0)
                && hear(client, meta, &mut ready).is_err()
            {
                clients.remove(event.token().0);
            }
        }
        for frame in ready.drain(..) {
            for (_, client) in &mut clients {
                if client.joined {
                    write(client, &frame)?;
                }
            }
        }
    }
}

fn accept(listener: &mio::net::TcpListener, poll: &Poll, clients: &mut Slab<Client>) -> Result<()> {
    loop {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        stream.set_nodelay(true)?;
        let place = clients.vacant_entry();
        poll.registry()
            .register(&mut stream, Token(place.key()), Interest::READABLE)?;
        place.insert(Client {
            stream,
            upgraded: false,
            joined: false,
            bytes: Vec::new(),
        });
    }
}

/// Reads what a client sent, answers its handshake, and puts its messages, as frames for all clients, into `ready`.
fn hear(client: &mut Client, meta: &str, ready: &mut Vec<Vec<u8>>) -> Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match client.stream.read(&mut buffer) {
            Ok(0) => bail!("closed"),
            Ok(len) => client.bytes.extend_from_slice(&buffer[..len]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error.into()),
        }
    }
    if !client.upgraded {
        if !client.bytes.ends_with(b"\r\n\r\n") {
            return Ok(());
        }
        client.bytes.clear();
        client.upgraded = true;
        write(client, ACCEPT)?;
        write(client, &frame::of_server(frame::TEXT, super::OPEN.as_bytes()))?;
    }
    while let Some(head) = frame::first(&client.bytes) {
        let mut packet = client.bytes[head.payload_at..head.len].to_vec();
        client.bytes.drain(..head.len);
        let mask = head.mask.context("a client masks its frames")?;
        packet
            .iter_mut()
            .zip(mask.iter().cycle())
            .for_each(|(byte, mask)| *byte ^= mask);
        if packet.starts_with(b"40") {
            write(client, &frame::of_server(frame::TEXT, super::CONNECTED.as_bytes()))?;
            client.joined = true;
        } else if packet.starts_with(b"42") {
            if !meta.is_empty() {
                packet.pop();
                packet.extend_from_slice(meta.as_bytes());
            }
            ready.push(frame::of_server(frame::TEXT, &packet));
        }
    }
    Ok(())
}

/// Writes a frame. The floor is not asked to bear a client that does not read.
fn write(client: &mut Client, bytes: &[u8]) -> Result<()> {
    client
        .stream
        .write_all(bytes)
        .context("a client does not read as fast as the floor writes")
}
