//! Server-sent events (HTML, section 9.2), a stream of a room's entries for `GET /rooms/{room}/events`. The fan-out writes to a channel of
//! [`limits::STREAM_PIECES`] pieces.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, header};
use tokio::{sync::mpsc, time::timeout};

use super::{
    ingress::Ingress,
    message::Message,
    opening::{Opening, Sink},
    query::{self, Pairs},
    request::{RoomRequest, refuse, room_request, stopping},
    signal::Signal,
    words::Texts,
};
use crate::{
    limits,
    room::{Code, ConnId, Identity, Input, Refusal, Resume, RoomName},
    wire::{self},
};

/// `GET /rooms/{room}/events`: a stream of server-sent events.
pub async fn events(
    State(ingress): State<Arc<Ingress>>,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let pairs = match query::pairs(query.as_deref()) {
        Ok(pairs) => pairs,
        Err(refusal) => return refuse(&refusal),
    };
    let RoomRequest {
        room,
        hello,
        worker,
        peer,
        ..
    } = match room_request(&room, &pairs, &request) {
        Ok(read) => read,
        Err(refusal) => return refuse(&refusal),
    };
    let resume = match last_event_id(request.headers(), &pairs) {
        Ok(last) => last.or(hello.resume),
        Err(refusal) => return refuse(&refusal),
    };
    let who = ingress.identify(&hello, peer.as_ref());
    let conn = ingress.registry.next_conn(worker);
    let (pieces, receiver) = mpsc::channel(limits::STREAM_PIECES);
    let sink = Sink::Stream(pieces);
    let open = announcement(&ingress, (conn, sink), (who, hello.watch), room, resume);
    if ingress.inbox.send(open).await.is_err() {
        return refuse(&stopping());
    }
    let period = Duration::from_millis(ingress.limits.ping_interval_ms);
    let reader = Reader {
        receiver,
        conn,
        ingress,
    };
    let pieces = stream::unfold(reader, move |mut reader| async move {
        let piece = reader.next(period).await?;
        Some((Ok::<_, Infallible>(piece), reader))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // Proxies that buffer would hold the stream back.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

/// Makes the driver's message for a new stream.
fn announcement(
    ingress: &Ingress,
    (conn, sink): (ConnId, Sink),
    (who, watched): (Identity, Option<u64>),
    room: RoomName,
    resume: Option<Resume>,
) -> Message {
    let texts = Texts {
        name: who.name.as_ref(),
        room: Some(&room),
        command: None,
    };
    let found = ingress.words.find(who.address, texts);
    let opening = Box::new(Opening {
        conn,
        user: who.user,
        sink,
        namespace: None,
        backpressure: None,
        watched,
    });
    Message::Open {
        opening,
        who,
        room: Some(room),
        resume,
        recovery: None,
        found,
    }
}

/// The position of a returning client: from the `Last-Event-ID` header of `EventSource`, or from the parameter of polyfills that can't set
/// headers (Yaffle/EventSource, `src/eventsource.js`; fanout/reconnecting-eventsource, `src/reconnecting-eventsource.ts`).
fn last_event_id(headers: &HeaderMap, pairs: &Pairs<'_>) -> Result<Option<Resume>, Refusal> {
    let header = headers.get("last-event-id").map(|value| value.to_str());
    let text = match header.transpose() {
        Ok(text) => text
            .filter(|text| !text.is_empty())
            .or(query::value(pairs, "lastEventId")),
        Err(_) => return Err(Refusal::new(Code::BadRequest, "Last-Event-ID has the form epoch:seq")),
    };
    text.filter(|text| !text.is_empty())
        .map(wire::decode_resume)
        .transpose()
}

/// The reading end of an event stream. Dropping it, with the response's body, ends the connection.
struct Reader {
    receiver: mpsc::Receiver<Bytes>,
    conn: ConnId,
    ingress: Arc<Ingress>,
}

impl Reader {
    /// The next piece of the stream, or a comment after an idle `period`, by which a dead peer is detected.
    async fn next(&mut self, period: Duration) -> Option<Bytes> {
        match timeout(period, self.receiver.recv()).await {
            Err(_) => Some(Bytes::from_static(b": still here\n\n")),
            Ok(None) => None,
            Ok(Some(piece)) => {
                if self.receiver.is_empty() {
                    self.ingress.registry.signals(self.conn).push(Signal::Room(self.conn));
                }
                Some(piece)
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let (inbox, conn) = (self.ingress.inbox.clone(), self.conn);
        tokio::spawn(async move { inbox.send(Message::Hub(Input::Disconnect { conn })).await });
    }
}
