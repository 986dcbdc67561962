//! Handles what the Socket.IO library reports: new clients, their events, and their end. The callbacks are registered before the CONNECT answer,
//! so that a client's first event finds them.
//! They do their work synchronously, because the library spawns asynchronous handlers and so loses the order of events.

use std::{future::ready, sync::Arc};

use serde_json::Value as Json;
use socketioxide::{
    ProtocolVersion, SocketIo,
    extract::TryData,
    handler::ConnectHandler,
    socket::{DisconnectReason, Socket},
};
use tokio::sync::{mpsc::error::TrySendError, oneshot};

use super::{
    joining::{self, Joining},
    recovery::{Claim, Pid},
    session::Session,
    workarounds::{Handle, RawEvent, answer_with, emit},
};
use crate::{
    limits,
    room::{AddressTag, CloseReason, Code, ConnId, Direct, Identity, Input, Refusal, RoomName},
    transport::{
        backpressure::Backpressure,
        engineio::refused,
        ingress::{Ingress, Peer},
        message::{Message, Recovery, counted},
        opening::{Opening, Sink},
        query,
        request::stopping,
        words::Texts,
    },
    wire::{self, Event, Format, Hello},
};

/// Opens the root namespace, and one namespace for each room of the configuration.
pub fn register(io: &SocketIo, ingress: &Arc<Ingress>, rooms: &[RoomName]) {
    namespace(io, "/".into(), None, ingress.clone());
    for room in rooms {
        namespace(io, format!("/room/{room}"), Some(room.clone()), ingress.clone());
    }
}

fn namespace(io: &SocketIo, path: String, room: Option<RoomName>, ingress: Arc<Ingress>) {
    let registry = ingress.registry.clone();
    let connected = move |Handle(socket): Handle| {
        joining::connected(&registry, &socket);
        ready(())
    };
    let middleware = move |Handle(socket): Handle, TryData(auth): TryData<Json>| {
        let (ingress, room) = (ingress.clone(), room.clone());
        let auth = auth.map_err(|_| refused(&Refusal::new(Code::BadRequest, "`auth` is not JSON")));
        async move { enter(&ingress, socket, auth?, room).await }
    };
    io.ns(path, connected.with(middleware));
}

/// Admits a Socket.IO client before its CONNECT answer: reads its parameters, and announces it to the driver.
async fn enter(
    ingress: &Arc<Ingress>,
    socket: Arc<Socket>,
    auth: Json,
    namespace: Option<RoomName>,
) -> Result<(), String> {
    let claim = match socket.protocol() {
        ProtocolVersion::V5 => Some(Claim::read(&auth, &ingress.identities)),
        ProtocolVersion::V4 => None,
    };
    let hello = {
        let hello = query::pairs(socket.req_parts().uri.query())
            .and_then(|pairs| Hello::from_pairs(&pairs))
            .and_then(|query| Ok(Hello::from_auth(&auth)?.or(query)));
        hello.map_err(|refusal| refused(&refusal))?
    };
    let crowded = |message| refused(&Refusal::retry(Code::Busy, message, limits::BUSY_RETRY_MS));
    let mut joining = joining::join(&ingress.registry, &socket).map_err(crowded)?;
    joining.sink.recovers = claim.is_some();
    let session = joining.sink.session.clone();
    register_socket(ingress, &socket, &joining, namespace.as_ref());
    let peer = socket.req_parts().extensions.get::<Peer>();
    let who = match (ingress.known(&hello, peer), claim.as_ref().and_then(|claim| claim.pid)) {
        (None, Some(pid)) => ingress.identity_of(pid.user, &hello, peer),
        (Some(who), _) => who,
        (None, None) => ingress.identify(&hello, peer),
    };
    let user = who.user;
    let claim = claim.map(|claim| claim.of(user));
    let sent = claim.as_ref().and_then(|claim| claim.pid);
    let (tell, recovered) = oneshot::channel();
    let open = announcement(ingress, joining, namespace, who, &hello, claim.as_ref(), tell);
    let sending = ingress.inbox.send(open).await;
    sending.map_err(|_| refused(&stopping()))?;
    if claim.is_some() {
        let pid = match sent {
            Some(sent) if recovered.await.unwrap_or(false) => sent,
            sent => Pid::new(user, &hello, sent),
        };
        session.amend(answer_with(&socket, &pid.text(&ingress.identities)));
    }
    Ok(())
}

/// Registers the callbacks for a socket's events and its disconnection.
fn register_socket(ingress: &Arc<Ingress>, socket: &Arc<Socket>, joining: &Joining, namespace: Option<&RoomName>) {
    let conn = joining.conn;
    socket.on_fallback({
        let (ingress, backpressure, namespace) = (ingress.clone(), joining.backpressure.clone(), namespace.cloned());
        let peer = socket.req_parts().extensions.get::<Peer>();
        let device = ingress.identities.address_tag(peer.map(|peer| peer.device));
        move |event: RawEvent| {
            enqueue(&ingress, (conn, device), namespace.as_ref(), &backpressure, &event);
            ready(())
        }
    });
    socket.on_disconnect({
        let (ingress, sid, session) = (ingress.clone(), socket.id, joining.sink.session.clone());
        async move |why: DisconnectReason| {
            let reason = close_reason(why, &session);
            let input = match reason {
                Some(reason) => Input::Refuse { conn, reason },
                None => Input::Disconnect { conn },
            };
            // Over polling the fan-out tells the client why, and ends the membership.
            if reason.is_none() || session.lane().is_some() || !ingress.registry.sessions.lose(sid) {
                ingress.registry.sessions.leave(sid, conn);
            }
            let _ = ingress.inbox.send(Message::Hub(input)).await;
        }
    });
}

/// Makes the driver's message for an admitted socket. A client with a valid recovery claim resumes at its position, and `tell` receives
/// whether it missed nothing.
fn announcement(
    ingress: &Ingress,
    joining: Joining,
    namespace: Option<RoomName>,
    who: Identity,
    hello: &Hello,
    claim: Option<&Claim>,
    tell: oneshot::Sender<bool>,
) -> Message {
    let start = claim
        .unwrap_or(&Claim::default())
        .start(hello, namespace.as_ref(), &ingress.default_room);
    let recovery = claim.and_then(|claim| claim.pid).map(|sent| Recovery {
        answered: start.answered,
        same_name: sent.has_name_of(hello),
        tell,
    });
    let opening = Box::new(Opening {
        conn: joining.conn,
        user: who.user,
        sink: Sink::SocketIo(joining.sink),
        namespace,
        backpressure: Some(joining.backpressure),
        watched: hello.watch,
    });
    let texts = Texts {
        name: who.name.as_ref(),
        room: start.room.as_ref(),
        command: None,
    };
    let found = ingress.words.find(who.address, texts);
    Message::Open {
        opening,
        who,
        room: start.room,
        resume: start.resume,
        recovery,
        found,
    }
}

/// Close reason for a session that the library ended; `None` if the client left or the connection failed. The library also reports
/// malformed frames as failed connections.
fn close_reason(why: DisconnectReason, session: &Session) -> Option<CloseReason> {
    let stands = || session.lane().is_some_and(|lane| !lane.peer_gone());
    match why {
        DisconnectReason::HeartbeatTimeout => Some(CloseReason::Silent),
        DisconnectReason::PacketParsingError => Some(CloseReason::Broken),
        DisconnectReason::TransportError if stands() => Some(CloseReason::Broken),
        _ => None,
    }
}

/// Puts an event into the driver's inbox, in order. If the inbox is full, the client gets `busy`.
fn enqueue(
    ingress: &Ingress,
    (conn, device): (ConnId, AddressTag),
    namespace: Option<&RoomName>,
    backpressure: &Arc<Backpressure>,
    event: &RawEvent,
) {
    let command = match (&event.attachments, namespace) {
        (Some(_), _) => Err(Refusal::new(Code::BadRequest, "binary attachments are not accepted")),
        (None, None) => wire::decode_event(&event.text),
        (None, Some(room)) => wire::decode_event(&event.text).and_then(|command| wire::within(room, command)),
    };
    let (command, memory) = match counted(&ingress.account, event.text.len()) {
        Ok(memory) => (command, memory),
        Err(busy) => (Err(busy), None),
    };
    backpressure.enter();
    let message = ingress.event((conn, device), event.ack, command, memory);
    let refusal = match ingress.inbox.try_send(message) {
        Ok(()) => return,
        Err(TrySendError::Full(_)) => Refusal::retry(Code::Busy, "the box can't keep up now", limits::BUSY_RETRY_MS),
        Err(TrySendError::Closed(_)) => stopping(),
    };
    backpressure.leave();
    let json = match event.ack {
        Some(_) => wire::answer_json(&Err(refusal)),
        None => wire::event_bytes(Format::Json, None, &Event::Direct(&Direct::Refused(refusal))),
    };
    // If the library's buffer is full as well, the answer is lost, and the heartbeat ends the connection.
    let _ = emit(&event.socket, &json, event.ack);
}
