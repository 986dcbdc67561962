//! Polling and posting single messages over plain HTTP: `/rooms/{room}/messages`. A poll waits at most `poll_wait_ms`.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::{StatusCode, header};
use tokio::sync::oneshot;

use super::{
    ingress::Ingress,
    message::{Message, PollOptions, Poller},
    query::{self},
    request::{self, RoomRequest, json, read_body, refuse, room_request, stopping},
    words::Texts,
};
use crate::wire::{self};

/// Handles `GET /rooms/{room}/messages?since=epoch:seq&wait=25`: returns the entries behind the position `since` (a log's epoch and an entry's
/// number), or waits for one, at most `wait` seconds.
pub async fn poll(
    State(ingress): State<Arc<Ingress>>,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let read = query::pairs(query.as_deref()).and_then(|pairs| room_request(&room, &pairs, &request));
    let RoomRequest {
        room,
        hello,
        wait_ms,
        worker,
        peer,
    } = match read {
        Ok(read) => read,
        Err(refusal) => return refuse(&refusal),
    };
    let wait_ms = wait_ms.min(ingress.limits.poll_wait_ms);
    let known = ingress.known(&hello, peer.as_ref());
    let stranger = || Poller::Stranger(ingress.identities.address_tag(peer.map(|peer| peer.device)));
    let who = known.map_or_else(stranger, Poller::Known);
    let (reply, answer) = oneshot::channel();
    let conn = ingress.registry.next_conn(worker);
    let message = Message::Poll {
        conn,
        who,
        room,
        options: PollOptions {
            since: hello.resume,
            wait_ms,
            watched: hello.watch,
        },
        reply,
    };
    if ingress.inbox.send(message).await.is_err() {
        return refuse(&stopping());
    }
    match answer.await {
        Ok(Ok(body)) => json(StatusCode::OK, body),
        Ok(Err(refusal)) => refuse(&refusal),
        Err(_) => refuse(&stopping()),
    }
}

/// Handles `POST /rooms/{room}/messages`: sends one message.
pub async fn post(
    State(ingress): State<Arc<Ingress>>,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let read = query::pairs(query.as_deref()).and_then(|pairs| room_request(&room, &pairs, &request));
    let RoomRequest { room, hello, peer, .. } = match read {
        Ok(read) => read,
        Err(refusal) => return refuse(&refusal),
    };
    let (parts, body) = request.into_parts();
    let body = match read_body(&ingress, &parts.headers, body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let content_type = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    // Without a token all requests of a device share one identity, so that omitting the token does not renew a used-up rate.
    let known = ingress.known(&hello, peer.as_ref());
    let who = known.unwrap_or_else(|| ingress.anonymous(&hello, peer.as_ref()));
    let (reply, answer) = oneshot::channel();
    let command = wire::decode_post(content_type, &body);
    let texts = Texts {
        name: who.name.as_ref(),
        room: Some(&room),
        ..Texts::of(&command)
    };
    let found = ingress.words.find(who.address, texts);
    if ingress
        .inbox
        .send(Message::Request {
            who,
            room,
            command,
            found,
            reply,
        })
        .await
        .is_err()
    {
        return refuse(&stopping());
    }
    request::answer(&ingress, answer).await
}
