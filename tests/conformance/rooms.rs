//! Rooms of the echo application on the product's fan-out: a log for each namespace and for each room in it, and a member for
//! each socket in each of them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use bytes::Bytes;
use chatterbox::{
    fanout::{FanoutHandles, Frames, Update},
    room::{ConnId, Epoch, EpochHistory, Input, Logged, RoomId, RoomName, Seq, UserId},
    transport::{
        ingress::WorkerRegistry,
        message::Message,
        opening::{Opening, Sink, SioSink, Writer},
    },
    wire::{Format, text_frame},
};
use socketioxide::socket::Socket;
use tokio::sync::mpsc;

/// A command of the application to its rooms.
pub enum RoomCommand {
    /// A socket has connected to its namespace.
    Connect { conn: ConnId, sink: Box<SioSink> },
    /// A socket has disconnected.
    Disconnect { conn: ConnId },
    /// A socket joins a room, as the member `own`.
    Join { conn: ConnId, room: String, own: ConnId },
    /// A socket leaves a room.
    Leave { conn: ConnId, room: String },
    /// Broadcasts to a room or a namespace, except to one socket.
    Broadcast {
        namespace: String,
        room: Option<String>,
        json: Bytes,
        but: Option<ConnId>,
    },
}

/// A broadcast, encoded in both formats.
pub struct BroadcastEntry {
    seq: Seq,
    skip: Option<UserId>,
    json: Bytes,
    frame: Bytes,
}

impl Logged for BroadcastEntry {
    fn seq(&self) -> Seq {
        self.seq
    }
    fn weight(&self) -> usize {
        self.json.len() + self.frame.len()
    }
    fn is_control(&self) -> bool {
        false
    }
    fn skip(&self) -> Option<UserId> {
        self.skip
    }
}

impl Frames for BroadcastEntry {
    fn bytes(&self, format: Format) -> &Bytes {
        match format.plain() {
            Format::SocketIo | Format::SocketIoNs => &self.frame,
            _ => &self.json,
        }
    }
}

type Key = (String, Option<String>);

struct Room {
    id: RoomId,
    head: Seq,
}

struct Here {
    socket: Arc<Socket>,
    session: Arc<chatterbox::transport::socketio::Session>,
    rooms: BTreeMap<String, ConnId>,
}

/// The rooms' logs and the sockets in them.
pub struct Rooms {
    fanouts: FanoutHandles<BroadcastEntry>,
    registry: Arc<WorkerRegistry>,
    rooms: HashMap<Key, Room>,
    here: HashMap<ConnId, Here>,
}

impl Rooms {
    pub fn new(fanouts: FanoutHandles<BroadcastEntry>, registry: Arc<WorkerRegistry>) -> Self {
        Self {
            fanouts,
            registry,
            rooms: HashMap::new(),
            here: HashMap::new(),
        }
    }

    /// Runs until the process ends.
    pub async fn run(mut self, mut commands: mpsc::Receiver<RoomCommand>, mut closed: mpsc::Receiver<Message>) {
        loop {
            tokio::select! {
                Some(command) = commands.recv() => self.apply(command).await,
                Some(message) = closed.recv() => match message {
                    Message::Hub(Input::Disconnect { conn }) => self.apply(RoomCommand::Disconnect { conn }).await,
                    Message::Hub(Input::Refuse { conn, reason }) => {
                        self.fanouts.send(conn, Update::Close { conn, reason }).await;
                    }
                    _ => {}
                },
                else => return,
            }
        }
    }

    async fn apply(&mut self, command: RoomCommand) {
        match command {
            RoomCommand::Connect { conn, sink } => {
                let SioSink { socket, session, .. } = &*sink;
                let here = Here {
                    socket: socket.clone(),
                    session: session.clone(),
                    rooms: BTreeMap::new(),
                };
                let key = (socket.ns().to_owned(), None);
                self.here.insert(conn, here);
                self.follow(conn, conn, *sink, key).await;
            }
            RoomCommand::Disconnect { conn } => {
                let Some(here) = self.here.remove(&conn) else { return };
                for &member in here.rooms.values() {
                    self.registry.sessions.leave(here.socket.id, member);
                    self.fanouts.send(member, Update::Drop { conn: member }).await;
                }
                self.fanouts.send(conn, Update::Drop { conn }).await;
            }
            RoomCommand::Join { conn, room, own } => {
                let Some(here) = self.here.get_mut(&conn) else { return };
                if here.rooms.contains_key(&room) {
                    return;
                }
                here.rooms.insert(room.clone(), own);
                let (socket, session) = (here.socket.clone(), here.session.clone());
                self.registry.sessions.join(
                    (socket.id, socket.protocol()),
                    own,
                    Default::default(),
                    self.registry.signals(own),
                );
                let state = match session.lane() {
                    Some(lane) if lane.is_frames() => Writer::Lane,
                    _ => Writer::Library {
                        budget: chatterbox::limits::EMIT_WINDOW,
                    },
                };
                let key = (socket.ns().to_owned(), Some(room));
                let sink = SioSink {
                    socket,
                    session,
                    state,
                    recovers: false,
                };
                self.follow(own, conn, sink, key).await;
            }
            RoomCommand::Leave { conn, room } => {
                if let Some(here) = self.here.get_mut(&conn)
                    && let Some(member) = here.rooms.remove(&room)
                {
                    self.registry.sessions.leave(here.socket.id, member);
                    // The member still gets the entries from before it left.
                    self.fanouts.send(member, Update::Detach { conn: member }).await;
                    self.fanouts.send(member, Update::Drop { conn: member }).await;
                }
            }
            RoomCommand::Broadcast {
                namespace,
                room,
                json,
                but,
            } => {
                let front = if namespace == "/" {
                    "42".to_owned()
                } else {
                    format!("42{namespace},")
                };
                let frame = text_frame(&[front.as_bytes(), &json].concat());
                let room = self.room((namespace, room)).await;
                room.head += 1;
                let entry = BroadcastEntry {
                    seq: room.head,
                    skip: but.map(|conn| UserId(conn.0)),
                    json,
                    frame,
                };
                let (room, entry) = (room.id, Arc::new(entry));
                self.fanouts
                    .send_all(|| Update::Append {
                        room,
                        entry: entry.clone(),
                    })
                    .await;
            }
        }
    }

    /// Makes a socket a member, with its cursor at the room's head.
    async fn follow(&mut self, member: ConnId, socket: ConnId, sink: SioSink, key: Key) {
        let opening = Opening {
            conn: member,
            user: UserId(socket.0),
            sink: Sink::SocketIo(sink),
            namespace: None,
            backpressure: None,
            watched: None,
        };
        self.fanouts.send(member, Update::Open(Box::new(opening))).await;
        let room = self.room(key).await;
        let (room, since) = (room.id, room.head);
        self.fanouts
            .send(
                member,
                Update::Attach {
                    conn: member,
                    room,
                    since,
                },
            )
            .await;
    }

    async fn room(&mut self, key: Key) -> &mut Room {
        if !self.rooms.contains_key(&key) {
            let room = RoomId(u32::try_from(self.rooms.len()).expect("few rooms") + 1);
            let name = RoomName::new("conformance").expect("a name");
            self.fanouts
                .send_all(|| Update::RoomOpened {
                    room,
                    name: name.clone(),
                    history: EpochHistory::first(Epoch(1)),
                    after: 0,
                })
                .await;
            self.rooms.insert(key.clone(), Room { id: room, head: 0 });
        }
        self.rooms.get_mut(&key).expect("it was there, or is now")
    }
}
