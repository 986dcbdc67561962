//! The library, fan-out, client, socket and clock around a lane, with the model of what each may expect.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use bytes::Bytes;
use chatterbox::transport::lane::{Lane, LaneId, LaneIo, LaneLimits, SendState, Signals};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::{
    client::{Client, MESSAGE_BYTES},
    library::Library,
    script::Script,
};
use crate::choices::Choices;

const REQUEST: &[u8] = b"GET /ws HTTP/1.1\r\nupgrade: websocket\r\n\r\n";
const REFUSAL: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 4\r\n\r\nnope";
pub(super) const PLENTY: usize = 1 << 30;
pub(super) const LIMITS: LaneLimits = LaneLimits {
    message_bytes: MESSAGE_BYTES,
    unfinished_ms: 1000,
    linger_ms: 500,
};
/// A signal to the fan-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Writable,
    Matched(u64),
    Gone,
}

#[derive(Default)]
pub(super) struct Ear(pub Mutex<Vec<Told>>);

impl Ear {
    fn record(&self, told: Told) {
        self.0.lock().expect("no panics inside").push(told);
    }
}

impl Signals for Ear {
    fn writable(&self, _: LaneId) {
        self.record(Told::Writable);
    }
    fn matched(&self, _: LaneId, token: u64) {
        self.record(Told::Matched(token));
    }
    fn gone(&self, _: LaneId) {
        self.record(Told::Gone);
    }
}

/// A task of the library that may be waiting.
#[derive(Default)]
pub(super) struct Task {
    woken: AtomicBool,
    waits: AtomicBool,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, SeqCst);
    }
}

impl Task {
    /// Polls something as this task.
    pub fn poll<T>(self: &Arc<Self>, f: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        self.woken.store(false, SeqCst);
        let result = f(&mut Context::from_waker(&Waker::from(self.clone())));
        self.waits.store(result.is_pending(), SeqCst);
        result
    }

    /// The task waits and has not been woken.
    pub fn sleeps(&self) -> bool {
        self.waits.load(SeqCst) && !self.woken.load(SeqCst)
    }
}

/// A lane with all its neighbours and the model's state.
pub(super) struct World {
    pub socket: Script,
    pub lane: Arc<Lane<Script>>,
    pub io: Option<LaneIo<Script>>,
    pub ear: Arc<Ear>,
    pub reads: Arc<Task>,
    pub writes: Arc<Task>,
    pub started: Instant,
    /// Bytes of HTTP before the answer to the upgrade.
    pub http: usize,
    pub library: Library,
    /// Marks that the library has settled, of which the fan-out must hear.
    pub settled: Vec<u64>,
    /// Frames that the fan-out has, in order; the first `taken` are with the lane.
    pub fan_out: Vec<Bytes>,
    pub taken: usize,
    /// The fan-out waits for the signal `writable`.
    pub waits: Option<SendState>,
    pub client: Client,
    /// Bytes of the client that the library has, and of those, how many it had before the switch.
    pub read: usize,
    pub early: usize,
    /// The unfinished message that a read has seen, and when, in milliseconds since the start.
    pub unfinished: Option<(usize, u64)>,
    pub held: bool,
    pub gone: bool,
    /// The lane is closing.
    pub closing: bool,
    /// When it began to, in milliseconds since the start.
    pub closed_ms: Option<u64>,
    /// A read has seen the close.
    pub closing_seen: bool,
    /// The library has left in the middle of something, the socket failed, or the peer is gone: the stream may end anywhere.
    pub broken: bool,
}

impl World {
    /// Talks HTTP up to an upgrade request that is agreed to.
    pub fn new(choices: &mut Choices<'_>) -> Self {
        let socket = Script::default();
        let (lane, io) = Lane::open(socket.clone(), LaneId(7), LIMITS);
        let ear = Arc::new(Ear::default());
        lane.set_signals(ear.clone());
        let mut world = Self {
            socket,
            lane,
            io: Some(io),
            ear,
            reads: Arc::default(),
            writes: Arc::default(),
            started: Instant::now(),
            http: 0,
            library: Library::default(),
            settled: Vec::new(),
            fan_out: Vec::new(),
            taken: 0,
            waits: None,
            client: Client::default(),
            read: 0,
            early: 0,
            unfinished: None,
            held: false,
            gone: false,
            closing: false,
            closed_ms: None,
            closing_seen: false,
            broken: false,
        };
        world.http(choices);
        world.check();
        world
    }

    fn http(&mut self, choices: &mut Choices<'_>) {
        self.socket.grant(PLENTY);
        let piece = choices.pick(&[1000, 1, 7]);
        self.socket.lock().read_bytes = piece;
        let before = choices.below(4);
        match before {
            1 => self.exchange(b"GET / HTTP/1.1\r\n\r\n", REFUSAL, piece),
            2 => {
                self.socket.feed(REQUEST);
                self.read_http(REQUEST.len());
                assert!(self.lane.begin_upgrade());
                self.write_http(REFUSAL, piece);
            }
            3 => {
                // Both requests are there before the first is answered.
                self.exchange(&[REQUEST, REQUEST].concat(), REFUSAL, piece);
                assert!(!self.lane.begin_upgrade());
                self.write_http(REFUSAL, piece);
            }
            _ => {}
        }
        for _ in 0..choices.below(3) {
            self.client.frame(choices);
        }
        self.early = choices.below(self.client.stream.len().min(1000) + 1);
        let early = &self.client.stream[..self.early];
        self.socket.feed(&[REQUEST, early].concat());
        self.read_http(REQUEST.len() + self.early);
        (self.client.sent, self.read) = (self.early, self.early);
        assert!(self.lane.begin_upgrade());
        self.http = self.socket.out().len();
        let mut socket = self.socket.lock();
        socket.room = 0;
        socket.read_bytes = 0;
    }

    fn exchange(&mut self, request: &[u8], answer: &[u8], piece: usize) {
        self.socket.feed(request);
        self.read_http(request.len());
        self.write_http(answer, piece);
    }

    fn read_http(&mut self, bytes: usize) {
        let mut read = 0;
        while read < bytes {
            let more = self.poll_read(1000);
            let Poll::Ready(Ok(more)) = more else {
                panic!("HTTP is not passed on")
            };
            read += more.len();
        }
        assert_eq!(read, bytes);
    }

    fn write_http(&mut self, bytes: &[u8], piece: usize) {
        for part in bytes.chunks(piece) {
            assert!(matches!(self.poll_write(&[part]), Poll::Ready(Ok(count)) if count == part.len()));
        }
    }

    pub(super) fn poll_read(&mut self, bytes: usize) -> Poll<std::io::Result<Vec<u8>>> {
        let Some(io) = &mut self.io else { return Poll::Pending };
        let mut space = vec![0; bytes];
        let mut buf = ReadBuf::new(&mut space);
        let read = self.reads.poll(|cx| Pin::new(io).poll_read(cx, &mut buf));
        read.map_ok(|()| buf.filled().to_vec())
    }

    pub(super) fn poll_write(&mut self, parts: &[&[u8]]) -> Poll<std::io::Result<usize>> {
        let Some(io) = &mut self.io else { return Poll::Pending };
        let slices: Vec<_> = parts.iter().map(|part| std::io::IoSlice::new(part)).collect();
        self.writes.poll(|cx| match &slices[..] {
            [one] => Pin::new(io).poll_write(cx, one),
            many => Pin::new(io).poll_write_vectored(cx, many),
        })
    }
}
