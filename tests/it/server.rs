//! A server in this process, and plain sockets to it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread::JoinHandle,
    time::Duration,
};

use chatterbox::{
    config::{Config, Keys},
    server::{self, listener::Listeners},
};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tungstenite::{Message, WebSocket};

/// Timeout of all waits.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Fixed keys, the organizer's among them.
pub const KEYS: Keys = Keys {
    identity: [7; 32],
    organizer: [9; 16],
};

/// A running server; stops when it is dropped.
pub struct Server {
    /// Its listening address.
    pub address: SocketAddr,
    /// Its address for HTTPS, if a certificate is configured.
    pub secure: Option<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts with the defaults as changed by `change`, without rates and caps.
    pub fn start(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.limits.rate = false;
        config.limits.per_address = None;
        change(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        let tls = config
            .tls
            .as_ref()
            .map(|_| TcpListener::bind("127.0.0.1:0").expect("loopback"));
        let secure = tls.as_ref().map(|socket| socket.local_addr().expect("bound"));
        let listeners = Listeners {
            sockets: vec![listener],
            tls: tls.into_iter().collect(),
            inherited: false,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let stopped = async { drop(stopped.await) };
            server::run(&config, &KEYS, listeners, Box::pin(stopped)).expect("it serves");
        });
        Self {
            address,
            secure,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Begins a shutdown.
    pub fn begin_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Shuts down and waits for the end.
    pub fn stop(&mut self) {
        self.begin_stop();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server ends in order");
        }
    }

    /// A stream that gives up after [`PATIENCE`].
    pub fn stream(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a valid time");
        stream.set_nodelay(true).expect("a TCP socket");
        stream
    }

    /// A plain WebSocket.
    pub fn socket(&self, query: &str) -> WebSocket<TcpStream> {
        let url = format!("ws://{}/ws?{query}", self.address);
        tungstenite::client(url, self.stream()).expect("a handshake").0
    }

    /// Sends a request on a connection of its own. Returns head and body of the answer.
    pub fn ask(&self, request: &str) -> String {
        let mut stream = self.stream();
        let head = request.replace('\n', "\r\n");
        stream.write_all(head.as_bytes()).expect("it reads");
        read_all(&mut stream)
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\nhost: box\nconnection: close\n\n"))
    }

    /// `POST` of an event in the room `hall`.
    pub fn post(&self, query: &str, event: &str, args: &Value) -> String {
        let content = json!({"event": event, "args": args}).to_string();
        let length = content.len();
        self.ask(&format!(
            "POST /rooms/hall/messages?{query} HTTP/1.1\nhost: box\nconnection: close\ncontent-length: {length}\n\n{content}"
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reads to the end of the stream.
pub fn read_all(stream: &mut impl Read) -> String {
    let mut all = Vec::new();
    // A reset after the answer is an end as well.
    let _ = stream.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

/// The next event with this name; skips others.
pub fn next<S: Read + Write>(socket: &mut WebSocket<S>, name: &str) -> Value {
    loop {
        match socket.read().expect("an event within the time") {
            Message::Text(text) => {
                let event: Value = serde_json::from_str(&text).expect("events are JSON");
                if event[0] == name {
                    return event;
                }
            }
            Message::Close(frame) => panic!("closed with {frame:?} before {name}"),
            _ => {}
        }
    }
}

/// Sends an event.
pub fn say<S: Read + Write>(socket: &mut WebSocket<S>, event: &str) {
    socket.send(Message::text(event)).expect("it reads");
}
