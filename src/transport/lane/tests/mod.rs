//! Both writers and the reader on a socket that is told what to do.

mod closing;
mod matching;
mod reading;
mod script;
mod strict;
mod switching;
mod threads;
mod writing;

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use self::script::Script;
use super::{Lane, LaneId, LaneIo, LaneLimits, SendState, Sent, Signals, Socket};
use crate::wire::text_frame;

const LIMITS: LaneLimits = LaneLimits {
    message_bytes: 100,
    unfinished_ms: 1000,
    linger_ms: 500,
};
const SWITCH: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n";
const PLENTY: usize = 1 << 30;

/// Payload sizes on both sides of each form of the header.
const SIZES: [usize; 6] = [0, 1, 125, 126, 300, 0x1_0000];

/// What the fan-out was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Writable,
    Matched(u64),
    Gone,
}

#[derive(Default)]
struct Ear(Mutex<Vec<Told>>);

impl Signals for Ear {
    fn writable(&self, _: LaneId) {
        self.0.lock().expect("no panics inside").push(Told::Writable);
    }
    fn matched(&self, _: LaneId, token: u64) {
        self.0.lock().expect("no panics inside").push(Told::Matched(token));
    }
    fn gone(&self, _: LaneId) {
        self.0.lock().expect("no panics inside").push(Told::Gone);
    }
}

/// The library's task: whether it was woken.
#[derive(Default)]
struct Task(AtomicBool);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

/// A lane on a scripted socket, with the library and the fan-out played by the test.
struct Rig {
    socket: Script,
    lane: Arc<Lane<Script>>,
    io: LaneIo<Script>,
    ear: Arc<Ear>,
    task: Arc<Task>,
}

impl Rig {
    /// Speaks HTTP; the socket has plenty of room.
    fn http() -> Self {
        let socket = Script::default();
        socket.grant(PLENTY);
        let (lane, io) = Lane::open(socket.clone(), LaneId(7), LIMITS);
        let (ear, task) = (Arc::new(Ear::default()), Arc::new(Task::default()));
        lane.set_signals(ear.clone());
        Self {
            socket,
            lane,
            io,
            ear,
            task,
        }
    }

    /// Speaks frames; nothing of them was written yet.
    fn frames() -> Self {
        let mut rig = Self::http();
        assert!(rig.lane.begin_upgrade());
        rig.must_write(SWITCH);
        assert!(rig.lane.is_frames());
        rig.socket.lock().out.clear();
        rig.socket.lock().calls.clear();
        rig
    }

    fn room(&self, bytes: usize) {
        self.socket.lock().room = bytes;
    }

    fn write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let waker = Waker::from(self.task.clone());
        Pin::new(&mut self.io).poll_write(&mut Context::from_waker(&waker), bytes)
    }

    fn write_vectored(&mut self, parts: &[&[u8]]) -> Poll<io::Result<usize>> {
        let waker = Waker::from(self.task.clone());
        let slices: Vec<_> = parts.iter().map(|part| IoSlice::new(part)).collect();
        Pin::new(&mut self.io).poll_write_vectored(&mut Context::from_waker(&waker), &slices)
    }

    /// Writes all of it at once.
    fn must_write(&mut self, bytes: &[u8]) {
        assert!(matches!(self.write(bytes), Poll::Ready(Ok(count)) if count == bytes.len()));
    }

    fn read(&mut self, bytes: usize) -> Poll<io::Result<Vec<u8>>> {
        let waker = Waker::from(self.task.clone());
        let mut space = vec![0; bytes];
        let mut buf = ReadBuf::new(&mut space);
        let read = Pin::new(&mut self.io).poll_read(&mut Context::from_waker(&waker), &mut buf);
        read.map_ok(|()| buf.filled().to_vec())
    }

    /// Reads until there is nothing more for now; says whether the end came.
    fn read_all(&mut self) -> (Vec<u8>, bool) {
        let mut all = Vec::new();
        loop {
            match self.read(64) {
                Poll::Pending => return (all, false),
                Poll::Ready(Ok(bytes)) if bytes.is_empty() => return (all, true),
                Poll::Ready(Ok(bytes)) => all.extend(bytes),
                Poll::Ready(Err(error)) => panic!("{error} behind {all:?}"),
            }
        }
    }

    fn send(&self, frames: &[&Bytes]) -> (usize, SendState) {
        let Sent { taken, state } = self.lane.send(frames);
        (taken, state)
    }

    /// What the fan-out was told since the last look.
    fn told(&self) -> Vec<Told> {
        std::mem::take(&mut *self.ear.0.lock().expect("no panics inside"))
    }

    /// Whether the library was woken since the last look.
    fn woken(&self) -> bool {
        self.task.0.swap(false, SeqCst)
    }

    fn out(&self) -> Vec<u8> {
        self.socket.out()
    }
}

/// A text frame of a server.
fn text(letter: u8, bytes: usize) -> Bytes {
    text_frame(&vec![letter; bytes])
}

/// A frame of a client.
fn masked(first: u8, payload: usize) -> Vec<u8> {
    let mut bytes = vec![first];
    match u16::try_from(payload) {
        Ok(short @ 0..126) => bytes.push(0x80 | short as u8),
        Ok(long) => {
            bytes.push(0x80 | 126);
            bytes.extend(long.to_be_bytes());
        }
        Err(_) => {
            bytes.push(0x80 | 127);
            bytes.extend((payload as u64).to_be_bytes());
        }
    }
    bytes.extend([1, 2, 3, 4]);
    bytes.resize(bytes.len() + payload, b'c');
    bytes
}

/// The payload of the Close frame with which a stream ends, as code and reason.
fn close_of(stream: &[u8]) -> Option<(u16, String)> {
    let (frames, rest) = strict::frames(stream).expect("strict frames");
    assert!(rest.is_empty(), "half a frame at the end");
    let last = frames.last().filter(|last| last.opcode == 8)?;
    let (code, reason) = last.payload.split_first_chunk()?;
    Some((
        u16::from_be_bytes(*code),
        String::from_utf8(reason.to_vec()).expect("UTF-8"),
    ))
}
