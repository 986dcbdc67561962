//! Rooms of the echo application on the product's fan-out: a log for each namespace and for each room in it, and a member for
//! each socket in each of them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use bytes::Bytes;
use chatterbox::{
    net::{
        door::Links,
        fanout::{Command, Frames, Opening, Orders, Sink, SioSink, Speaker},
        message::Message,
    },
    room::{ConnId, Epoch, Input, Lives, Logged, RoomId, RoomName, Seq, UserId},
    wire::{Format, text_frame},
};
use socketioxide::socket::Socket;
use tokio::sync::mpsc;

/// What the application wants of the rooms.
pub enum Order {
    /// A socket connects to its namespace.
    Come { conn: ConnId, sink: Box<SioSink> },
    /// It is gone.
    Gone { conn: ConnId },
    /// It joins a room, as the member `own`.
    Join { conn: ConnId, room: String, own: ConnId },
    /// It leaves a room.
    Leave { conn: ConnId, room: String },
    /// To everybody in a room, or in the namespace, but one.
    Say {
        namespace: String,
        room: Option<String>,
        json: Bytes,
        but: Option<ConnId>,
    },
}

/// A broadcast with its bytes.
pub struct Said {
    seq: Seq,
    skip: Option<UserId>,
    json: Bytes,
    frame: Bytes,
}

impl Logged for Said {
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

impl Frames for Said {
    fn bytes(&self, format: Format) -> &Bytes {
        match format {
            Format::SocketIo | Format::SocketIoNs => &self.frame,
            Format::Json | Format::WebSocket | Format::Sse => &self.json,
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
    session: Arc<chatterbox::net::sio::Session>,
    rooms: BTreeMap<String, ConnId>,
}

/// See the module.
pub struct Rooms {
    orders: Orders<Said>,
    links: Arc<Links>,
    rooms: HashMap<Key, Room>,
    here: HashMap<ConnId, Here>,
}

impl Rooms {
    pub fn new(orders: Orders<Said>, links: Arc<Links>) -> Self {
        Self {
            orders,
            links,
            rooms: HashMap::new(),
            here: HashMap::new(),
        }
    }

    /// Runs for as long as the process.
    pub async fn run(mut self, mut orders: mpsc::Receiver<Order>, mut gone: mpsc::Receiver<Message>) {
        loop {
            tokio::select! {
                Some(order) = orders.recv() => self.obey(order).await,
                Some(message) = gone.recv() => {
                    if let Message::Hub(Input::Disconnect { conn }) = message {
                        self.obey(Order::Gone { conn }).await;
                    }
                }
                else => return,
            }
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Come { conn, sink } => {
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
            Order::Gone { conn } => {
                let Some(here) = self.here.remove(&conn) else { return };
                for &member in here.rooms.values() {
                    self.links.sessions.leave(here.socket.id, member);
                    self.orders.order(member, Command::Drop { conn: member }).await;
                }
                self.orders.order(conn, Command::Drop { conn }).await;
            }
            Order::Join { conn, room, own } => {
                let Some(here) = self.here.get_mut(&conn) else { return };
                if here.rooms.contains_key(&room) {
                    return;
                }
                here.rooms.insert(room.clone(), own);
                let (socket, session) = (here.socket.clone(), here.session.clone());
                self.links
                    .sessions
                    .join(socket.id, own, Default::default(), self.links.board(own));
                let state = match session.lane() {
                    Some(lane) if lane.is_frames() => Speaker::Lane,
                    _ => Speaker::Library {
                        budget: chatterbox::limits::EMIT_WINDOW,
                    },
                };
                let key = (socket.ns().to_owned(), Some(room));
                self.follow(own, conn, SioSink { socket, session, state }, key).await;
            }
            Order::Leave { conn, room } => {
                if let Some(here) = self.here.get_mut(&conn)
                    && let Some(member) = here.rooms.remove(&room)
                {
                    self.links.sessions.leave(here.socket.id, member);
                    // What was said before it left is its own.
                    self.orders.order(member, Command::Detach { conn: member }).await;
                    self.orders.order(member, Command::Drop { conn: member }).await;
                }
            }
            Order::Say {
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
                let said = Said {
                    seq: room.head,
                    skip: but.map(|conn| UserId(conn.0)),
                    json,
                    frame,
                };
                let (room, entry) = (room.id, Arc::new(said));
                self.orders
                    .order_all(|| Command::Append {
                        room,
                        entry: entry.clone(),
                    })
                    .await;
            }
        }
    }

    /// Makes a member of a socket, behind everything that was said so far.
    async fn follow(&mut self, member: ConnId, socket: ConnId, sink: SioSink, key: Key) {
        let opening = Opening {
            conn: member,
            user: UserId(socket.0),
            sink: Sink::SocketIo(sink),
            namespace: None,
            gate: None,
        };
        self.orders.order(member, Command::Open(Box::new(opening))).await;
        let room = self.room(key).await;
        let (room, since) = (room.id, room.head);
        self.orders
            .order(
                member,
                Command::Attach {
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
            self.orders
                .order_all(|| Command::RoomOpened {
                    room,
                    name: name.clone(),
                    lives: Lives::first(Epoch(1)),
                    after: 0,
                })
                .await;
            self.rooms.insert(key.clone(), Room { id: room, head: 0 });
        }
        self.rooms.get_mut(&key).expect("it was there, or is now")
    }
}
