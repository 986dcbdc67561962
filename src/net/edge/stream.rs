//! A connection's stream as the library gets it: what was read ahead goes first, and one frame of the library's is swallowed.

use std::{
    io::{self, Cursor},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use bytes::{Buf, BytesMut};
use socketioxide::socket::Sid;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Data, OpCode},
};

use super::{asked::Protocol, connects::Connects, polls::Guard};
use crate::{limits::WS_READ_BUFFER, net::sio::Sessions};

/// See the module.
pub struct EdgeStream<S> {
    io: S,
    /// Read before what the client sends.
    ahead: BytesMut,
    /// What is still to be swallowed.
    filter: Option<Filter>,
    /// Told once the library has read all that was ahead: it has upgraded.
    upgraded: Option<(Arc<Sessions>, Sid, Guard)>,
    /// Repairs what clients of Engine.IO 3 send.
    connects: Option<Connects>,
}

/// One text frame that the library is going to write and the client is not to see.
struct Filter {
    payload: &'static str,
    /// What the client would have answered.
    answer: Option<&'static str>,
    /// Rest of a frame that passes.
    passing: usize,
    reader: Option<Waker>,
}

impl<S> EdgeStream<S> {
    /// The stream of a new session. With Engine.IO 4 the first heartbeat is answered here: the library sends it at once, where clients
    /// expect it after the first interval. The client's own frames wait for that, so that the answer does not come between them.
    pub fn fresh(io: S, ahead: &[u8], protocol: Protocol) -> Self {
        let filter = (protocol == Protocol::V4).then(|| Filter {
            payload: "2",
            answer: Some("3"),
            passing: 0,
            reader: None,
        });
        let mut connects = Connects::of(protocol);
        let mut told = BytesMut::new();
        tell(&mut connects, ahead, &mut told);
        Self {
            io,
            ahead: told,
            filter,
            upgraded: None,
            connects,
        }
    }

    /// The stream of a session that comes from polling and whose probe is through: the library is told the probe again. `guard`
    /// keeps other requests of the session from what happens until then.
    pub fn upgraded(io: S, ahead: &[u8], protocol: Protocol, sessions: Arc<Sessions>, sid: Sid, guard: Guard) -> Self {
        let filter = Some(Filter {
            payload: "3probe",
            answer: None,
            passing: 0,
            reader: None,
        });
        let mut told = BytesMut::new();
        put_frame(&mut told, "2probe");
        put_frame(&mut told, "5");
        let mut connects = Connects::of(protocol);
        tell(&mut connects, ahead, &mut told);
        Self {
            io,
            ahead: told,
            filter,
            connects,
            upgraded: Some((sessions, sid, guard)),
        }
    }

    /// The library may read what the client sends, if it waited for that.
    fn end_filter(&mut self) {
        if let Some(reader) = self.filter.take().and_then(|filter| filter.reader) {
            reader.wake();
        }
    }
}

/// Appends what a client sent, repaired.
fn tell(connects: &mut Option<Connects>, bytes: &[u8], told: &mut BytesMut) {
    match connects {
        Some(connects) => connects.take(bytes, told),
        None => told.extend_from_slice(bytes),
    }
}

/// Appends a short text frame as a client sends it; its mask is zero.
fn put_frame(out: &mut BytesMut, payload: &str) {
    let length = u8::try_from(payload.len()).expect("short");
    out.extend_from_slice(&[0x81, 0x80 | length, 0, 0, 0, 0]);
    out.extend_from_slice(payload.as_bytes());
}

/// What to do with the front of what the library writes.
enum Front {
    Pass(usize),
    Swallow(usize),
    /// No frame begins here: not the library that this was made for.
    Unknown,
}

fn front(bytes: &[u8], payload: &str) -> Front {
    let mut cursor = Cursor::new(bytes);
    let Ok(Some((header, length))) = FrameHeader::parse(&mut cursor) else {
        return Front::Unknown;
    };
    let head = usize::try_from(cursor.position()).expect("a header is short");
    let total = head.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
    let text = header.opcode == OpCode::Data(Data::Text) && header.is_final;
    match bytes.get(head..total) {
        Some(found) if text && found == payload.as_bytes() => Front::Swallow(total),
        _ => Front::Pass(total),
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for EdgeStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(filter) = &mut this.filter
            && filter.answer.is_some()
        {
            filter.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if !this.ahead.is_empty() {
            let count = this.ahead.len().min(buf.remaining());
            buf.put_slice(&this.ahead[..count]);
            this.ahead.advance(count);
            if this.ahead.is_empty() {
                this.ahead = BytesMut::new();
            }
            return Poll::Ready(Ok(()));
        }
        if let Some((sessions, sid, _)) = this.upgraded.take() {
            sessions.polled(sid);
        }
        let Some(connects) = &mut this.connects else {
            return Pin::new(&mut this.io).poll_read(cx, buf);
        };
        loop {
            let mut bytes = [0; WS_READ_BUFFER];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut this.io).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            connects.take(read.filled(), &mut this.ahead);
            if !this.ahead.is_empty() {
                let count = this.ahead.len().min(buf.remaining());
                buf.put_slice(&this.ahead[..count]);
                this.ahead.advance(count);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for EdgeStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(filter) = &mut this.filter {
            if filter.passing == 0 {
                match front(bytes, filter.payload) {
                    Front::Pass(total) => filter.passing = total,
                    Front::Swallow(total) => {
                        if let Some(answer) = filter.answer {
                            let mut answered = BytesMut::new();
                            put_frame(&mut answered, answer);
                            answered.extend_from_slice(&this.ahead);
                            this.ahead = answered;
                        }
                        this.end_filter();
                        return Poll::Ready(Ok(total));
                    }
                    Front::Unknown => {
                        this.end_filter();
                        return Pin::new(&mut this.io).poll_write(cx, bytes);
                    }
                }
            }
            let end = filter.passing.min(bytes.len());
            let written = ready!(Pin::new(&mut this.io).poll_write(cx, &bytes[..end]))?;
            filter.passing -= written;
            return Poll::Ready(Ok(written));
        }
        Pin::new(&mut this.io).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    fn frame(payload: &str) -> Vec<u8> {
        let mut frame = vec![0x81, u8::try_from(payload.len()).unwrap()];
        frame.extend_from_slice(payload.as_bytes());
        frame
    }

    async fn written(chunks: &[&[u8]]) -> (Vec<u8>, Vec<u8>) {
        let (server, mut client) = duplex(1024);
        let mut stream = EdgeStream::fresh(server, b"", Protocol::V4);
        for chunk in chunks {
            stream.write_all(chunk).await.unwrap();
        }
        let mut read = vec![0; stream.ahead.len()];
        stream.read_exact(&mut read).await.unwrap();
        drop(stream);
        let mut seen = Vec::new();
        client.read_to_end(&mut seen).await.unwrap();
        (seen, read)
    }

    #[tokio::test]
    async fn the_first_heartbeat_is_answered_and_not_seen() {
        let all = [frame("0{\"sid\":1}"), frame("2"), frame("40{}"), frame("2")].concat();
        let expected = [frame("0{\"sid\":1}"), frame("40{}"), frame("2")].concat();
        let answer = [0x81, 0x81, 0, 0, 0, 0, b'3'];
        assert_eq!(written(&[&all]).await, (expected.clone(), answer.to_vec()));
        let (open, rest) = all.split_at(12);
        assert_eq!(written(&[open, rest]).await, (expected, answer.to_vec()));
    }

    #[tokio::test]
    async fn other_frames_pass_untouched() {
        let large = [&[0x81, 126, 1, 44][..], &[b'2'; 300]].concat();
        assert_eq!(written(&[&large]).await, (large.clone(), vec![]));
    }
}
