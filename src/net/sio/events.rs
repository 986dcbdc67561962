//! The library's callbacks. All of them are registered before the CONNECT answer goes out, so that a client's first event
//! finds them, and all do their work in their synchronous part, because the library spawns what is asynchronous.

use std::{future::ready, sync::Arc};

use serde_json::Value as Json;
use socketioxide::{SocketIo, extract::TryData, handler::ConnectHandler, socket::Socket};

use super::{
    emit,
    joining::{self, Handle, Joining, RawEvent},
};
use crate::{
    limits,
    net::{
        door::{Door, Origin},
        fanout::{Opening, Sink},
        gate::Gate,
        message::Message,
        query,
    },
    room::{Code, ConnId, Direct, Input, Refusal, RoomName, Via},
    wire::{self, Event, Format, Hello},
};

/// Opens the root namespace and one for each of the rooms that the configuration names.
pub fn register(io: &SocketIo, door: &Arc<Door>, rooms: &[RoomName]) {
    namespace(io, "/".into(), None, door.clone());
    for room in rooms {
        namespace(io, format!("/room/{room}"), Some(room.clone()), door.clone());
    }
}

fn namespace(io: &SocketIo, path: String, room: Option<RoomName>, door: Arc<Door>) {
    let links = door.links.clone();
    let connected = move |Handle(socket): Handle| {
        joining::connected(&links, &socket);
        ready(())
    };
    let middleware = move |Handle(socket): Handle, TryData(auth): TryData<Json>| {
        let (door, room) = (door.clone(), room.clone());
        async move { enter(&door, socket, auth.unwrap_or(Json::Null), room).await }
    };
    io.ns(path, connected.with(middleware));
}

/// Lets a Socket.IO socket in, before it gets its CONNECT answer.
async fn enter(door: &Arc<Door>, socket: Arc<Socket>, auth: Json, namespace: Option<RoomName>) -> Result<(), String> {
    let hello = {
        let pairs = query::pairs(socket.req_parts().uri.query());
        let hello = Hello::from_pairs(&pairs).and_then(|query| Ok(Hello::from_auth(&auth)?.or(query)));
        hello.map_err(|refusal| refusal.message)?
    };
    let Joining { conn, gate, sink } = joining::join(&door.links, &socket)?;
    socket.on_fallback({
        let (door, gate, namespace) = (door.clone(), gate.clone(), namespace.clone());
        move |event: RawEvent| {
            take(&door, conn, namespace.as_ref(), &gate, &event);
            ready(())
        }
    });
    socket.on_disconnect({
        let (door, sid) = (door.clone(), socket.id);
        async move || {
            door.links.sessions.leave(sid, conn);
            let _ = door.inbox.send(Message::Hub(Input::Disconnect { conn })).await;
        }
    });
    let who = door.identify(&hello, socket.req_parts().extensions.get::<Origin>());
    let room = namespace
        .clone()
        .or(hello.room)
        .unwrap_or_else(|| door.default_room.clone());
    let opening = Opening {
        conn,
        user: who.user,
        sink: Sink::SocketIo(sink),
        namespace,
        gate: Some(gate),
    };
    let opening = Box::new(opening);
    let message = Message::Open {
        opening,
        who,
        via: Via::SocketIo,
        room,
        resume: hello.resume,
    };
    door.inbox
        .send(message)
        .await
        .map_err(|_| "the box is about to stop".to_owned())
}

/// An event goes to the inbox, at once and in order. If the inbox is full its sender is told.
fn take(door: &Door, conn: ConnId, namespace: Option<&RoomName>, gate: &Arc<Gate>, event: &RawEvent) {
    let command = match (&event.attachments, namespace) {
        (Some(_), _) => Err(Refusal::new(Code::BadRequest, "binary attachments are not accepted")),
        (None, None) => wire::decode_event(&event.text),
        (None, Some(room)) => wire::decode_event(&event.text).and_then(|command| wire::within(room, command)),
    };
    gate.enter();
    let message = Message::Event {
        conn,
        ack: event.ack,
        command,
    };
    if door.inbox.try_send(message).is_ok() {
        return;
    }
    gate.leave();
    let refusal = Refusal::retry(Code::Busy, "the box can't keep up now", limits::BUSY_RETRY_MS);
    let json = match event.ack {
        Some(_) => wire::answer_json(&Err(refusal)),
        None => wire::event_bytes(Format::Json, None, &Event::Direct(&Direct::Refused(refusal))),
    };
    // Its own buffer may be full as well; then the connection is beyond telling, and heartbeats will end it.
    let _ = emit(&event.socket, &json, event.ack);
}
