//! The load generator: one thread, one poll, one read buffer for all clients.

pub mod client;
mod message;
mod tally;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token, net::TcpStream};

use self::{client::Client, tally::Tally};
use crate::system;

/// Clients that open their connections at the same time: no listener's backlog is shorter.
const OPENING: usize = 64;
/// Clients that send, each in its turn.
const SENDERS: usize = 4;
/// Clients whose latency is measured, about.
const SAMPLE: usize = 100;
/// Messages on their way above which a paced load holds back: a server that can't keep up is shown by then.
const BACKLOG: u32 = 2000;
/// How long a server may let nothing come at all.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a probe may take to reach all clients.
const PROBE: Duration = Duration::from_millis(500);

/// Bytes of the texts that fill the buffers of a client that does not read, and how long that may take.
const FILLER_BYTES: usize = 4000;
const FILL: Duration = Duration::from_secs(30);

/// When the next message is sent.
#[derive(Clone, Copy)]
pub enum Pace {
    /// So many a second, whatever becomes of them.
    Rate(f64),
    /// When fewer than so many are on their way.
    InFlight(u32),
}

/// What a stretch of load measured.
pub struct Stretch {
    /// How long it was.
    pub time: Duration,
    /// Messages that came, counted at each client.
    pub deliveries: u64,
    /// From when a message was due to its arrival, in microseconds.
    pub latency: Histogram<u64>,
}

/// The clients, all in one room.
pub struct Load {
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    clients: Vec<Client>,
    tally: Tally,
    /// Bytes of a text.
    text_bytes: usize,
    /// A client that has stopped reading.
    sleeper: Option<Client>,
}

impl Load {
    /// Connects `count` clients.
    pub fn connect(server: SocketAddr, count: usize) -> Result<Self> {
        let mut load = Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            buffer: vec![0; 256 * 1024],
            clients: Vec::with_capacity(count),
            tally: Tally::new(count),
            text_bytes: message::TEXT_BYTES,
            sleeper: None,
        };
        load.grow(server, count)?;
        Ok(load)
    }

    /// Connects more clients, until there are `count`. The count of messages begins anew.
    pub fn grow(&mut self, server: SocketAddr, count: usize) -> Result<()> {
        self.tally = Tally::new(count);
        let mut opening: Vec<usize> = Vec::with_capacity(OPENING);
        let mut progress = Instant::now();
        while self.clients.len() < count || !opening.is_empty() {
            while self.clients.len() < count && opening.len() < OPENING {
                let mut stream = TcpStream::connect(server)?;
                let token = Token(self.clients.len());
                self.poll
                    .registry()
                    .register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
                opening.push(self.clients.len());
                self.clients.push(Client::new(stream));
            }
            self.turn(Duration::from_millis(100))?;
            let before = opening.len();
            opening.retain(|&index| !self.clients[index].connected());
            if opening.len() < before {
                progress = Instant::now();
            }
            ensure!(
                progress.elapsed() < PATIENCE,
                "{} clients wait to be let in",
                opening.len()
            );
        }
        for (index, client) in self.clients.iter_mut().enumerate() {
            self.poll
                .registry()
                .reregister(client.stream(), Token(index), Interest::READABLE)?;
        }
        Ok(())
    }

    /// Sends probes until one has reached all clients: all are in the room then.
    pub fn settle(&mut self) -> Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            self.send(self.tally.now())?;
            let sent = Instant::now();
            while self.tally.in_flight() > 0 && sent.elapsed() < PROBE {
                self.turn(PROBE)?;
            }
            if self.tally.forget() == 0 {
                self.tally.take_latency();
                return Ok(());
            }
        }
        bail!("no message reaches all of {} clients", self.clients.len())
    }

    /// Connects one more client, which joins the room and does not read from then on, and sends as long as the kernel takes more
    /// for it. Returns its port. It does not count in the tally.
    pub fn add_sleeper(&mut self, server: SocketAddr) -> Result<u16> {
        let sleeper = std::net::TcpStream::connect(server)?;
        // As little as the kernel allows: the rest waits at the server.
        socket2::SockRef::from(&sleeper).set_recv_buffer_size(1)?;
        sleeper.set_nonblocking(true)?;
        let port = sleeper.local_addr()?.port();
        let mut client = Client::new(TcpStream::from_std(sleeper));
        client.writable()?;
        let begin = Instant::now();
        while !client.connected() {
            ensure!(
                begin.elapsed() < PATIENCE,
                "the client that is to get stuck is not let in"
            );
            self.turn(Duration::from_millis(5))?;
            client.readable(&mut self.buffer, |_| {})?;
        }
        self.sleeper = Some(client);
        self.text_bytes = FILLER_BYTES;
        let mut held = 0;
        loop {
            self.run(Pace::InFlight(2), Duration::from_millis(300))?;
            self.drain()?;
            let now = system::unsent(server.port(), port)?;
            if now > 0 && now == held {
                break;
            }
            held = now;
            ensure!(
                begin.elapsed() < FILL,
                "a client does not read, and the kernel still takes more for it: {held} bytes"
            );
        }
        self.text_bytes = message::TEXT_BYTES;
        Ok(port)
    }

    /// Sends at `pace` for `time`.
    pub fn run(&mut self, pace: Pace, time: Duration) -> Result<Stretch> {
        self.tally.take_latency();
        let (begin, before) = (self.tally.now(), self.tally.deliveries);
        let (mut sent, mut seen, mut heard) = (0_u32, before, begin);
        loop {
            let now = self.tally.now();
            if now - begin >= time {
                break;
            }
            let mut wait = time - (now - begin);
            match pace {
                Pace::Rate(rate) => {
                    let mut due = begin + Duration::from_secs_f64(f64::from(sent) / rate);
                    while due <= now && self.tally.in_flight() < BACKLOG {
                        self.send(due)?;
                        sent += 1;
                        due = begin + Duration::from_secs_f64(f64::from(sent) / rate);
                    }
                    wait = wait.min(due.saturating_sub(now));
                }
                Pace::InFlight(count) => {
                    while self.tally.in_flight() < count {
                        self.send(now)?;
                    }
                }
            }
            self.turn(wait)?;
            if self.tally.deliveries > seen {
                (seen, heard) = (self.tally.deliveries, self.tally.now());
            }
            ensure!(
                self.tally.now() - heard < PATIENCE,
                "the server delivers nothing any more"
            );
        }
        Ok(Stretch {
            time: self.tally.now() - begin,
            deliveries: self.tally.deliveries - before,
            latency: self.tally.take_latency(),
        })
    }

    /// Waits for what is still on its way, as long as anything comes; returns how many deliveries are lost.
    pub fn drain(&mut self) -> Result<u64> {
        let (mut seen, mut heard) = (self.tally.deliveries, Instant::now());
        while self.tally.in_flight() > 0 && heard.elapsed() < Duration::from_secs(1) {
            self.turn(Duration::from_millis(200))?;
            if self.tally.deliveries > seen {
                (seen, heard) = (self.tally.deliveries, Instant::now());
            }
        }
        Ok(self.tally.forget())
    }

    /// Ends all connections at once.
    pub fn close(self) -> Result<()> {
        for client in self.clients.into_iter().chain(self.sleeper) {
            client.close()?;
        }
        Ok(())
    }

    fn send(&mut self, due: Duration) -> Result<()> {
        let number = self.tally.send();
        let sender = number as usize % SENDERS.min(self.clients.len());
        self.clients[sender].send(&message::frame(number, due, self.text_bytes))
    }

    /// Takes what comes; waits for it no longer than `wait`.
    fn turn(&mut self, wait: Duration) -> Result<()> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            other => other.context("the poll failed")?,
        }
        let step = (self.clients.len() / SAMPLE).max(1);
        for event in &self.events {
            let index = event.token().0;
            let client = &mut self.clients[index];
            if event.is_writable() {
                client.writable()?;
            }
            if event.is_readable() {
                let sampled = index % step == 0;
                client.readable(&mut self.buffer, |stamp| self.tally.arrive(&stamp, sampled))?;
            }
        }
        Ok(())
    }
}
