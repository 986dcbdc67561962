//! A scripted socket in memory: a test sets how many bytes it takes and gives, and reads the calls that it got.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice},
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use tokio::io::ReadBuf;

use super::Socket;

/// A slice that was handed over: its address and its length in bytes.
pub type Slice = (usize, usize);

/// Both ends of it; clones are the same socket.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<Inner>>);

/// What the test sets and looks at.
#[derive(Default)]
pub struct Inner {
    /// Bytes that writes still take.
    pub room: usize,
    /// Bytes that were written.
    pub out: Vec<u8>,
    /// What was offered in each write call that took something.
    pub calls: Vec<Vec<Slice>>,
    /// The write side was shut.
    pub shut: bool,
    /// Errors of the next calls to write, whatever the room.
    pub write_errors: VecDeque<ErrorKind>,
    /// Bytes that the peer sent.
    pub input: VecDeque<u8>,
    /// Bytes that a read gives at most; 0 is no bound.
    pub read_bytes: usize,
    /// What reads end with behind the input: the end of the stream or an error.
    pub end: Option<Result<(), ErrorKind>>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Script {
    /// To look at it, or to set what needs no wake-up.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no test panics inside")
    }

    /// Makes room for more bytes, and wakes the waiting task.
    pub fn grant(&self, bytes: usize) {
        let waker = {
            let mut inner = self.lock();
            inner.room = inner.room.saturating_add(bytes);
            inner.writer.take_if(|_| bytes > 0)
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// The peer sends something.
    pub fn feed(&self, bytes: &[u8]) {
        let waker = {
            let mut inner = self.lock();
            inner.input.extend(bytes);
            inner.reader.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// The peer closes, or is lost.
    pub fn end(&self, how: Result<(), ErrorKind>) {
        let waker = {
            let mut inner = self.lock();
            inner.end = Some(how);
            inner.reader.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// All that was written.
    pub fn out(&self) -> Vec<u8> {
        self.lock().out.clone()
    }
}

impl Socket for Script {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.lock();
        if inner.input.is_empty() && inner.end.is_none() {
            inner.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn try_read(&self, buf: &mut ReadBuf<'_>) -> io::Result<usize> {
        let mut inner = self.lock();
        if inner.input.is_empty() {
            return match inner.end {
                None => Err(ErrorKind::WouldBlock.into()),
                Some(Ok(())) => Ok(0),
                Some(Err(kind)) => Err(kind.into()),
            };
        }
        let bound = if inner.read_bytes == 0 {
            usize::MAX
        } else {
            inner.read_bytes
        };
        let count = buf.remaining().min(inner.input.len()).min(bound);
        let bytes: Vec<_> = inner.input.drain(..count).collect();
        buf.put_slice(&bytes);
        Ok(count)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.lock();
        if inner.room == 0 {
            inner.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut inner = self.lock();
        if let Some(error) = inner.write_errors.pop_front() {
            return Err(error.into());
        }
        if inner.shut {
            return Err(ErrorKind::BrokenPipe.into());
        }
        if inner.room == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let mut taken = 0;
        for buf in bufs {
            let count = buf.len().min(inner.room);
            inner.out.extend_from_slice(&buf[..count]);
            inner.room -= count;
            taken += count;
        }
        let slices = bufs.iter().map(|buf| (buf.as_ptr() as usize, buf.len())).collect();
        inner.calls.push(slices);
        Ok(taken)
    }

    fn shutdown_write(&self) {
        self.lock().shut = true;
    }
}
