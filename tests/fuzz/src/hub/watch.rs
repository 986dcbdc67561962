//! What a hub has said so far, and what must hold of it.

use std::collections::{BTreeMap, BTreeSet};

use chatterbox::room::{ConnId, Epoch, Hub, Output, RoomId, Seq, UserId};

#[derive(Debug)]
struct Log {
    epoch: Epoch,
    head: Seq,
}

/// Follows the outputs as a worker does.
#[derive(Debug, Default)]
pub(super) struct Watch {
    rooms: BTreeMap<RoomId, Log>,
    attached: BTreeMap<ConnId, (RoomId, UserId)>,
    connected: BTreeSet<ConnId>,
    /// A room has closed that connections followed.
    is_cut: bool,
}

impl Watch {
    pub(super) fn is_connected(&self, conn: ConnId) -> bool {
        self.connected.contains(&conn)
    }

    pub(super) fn has_user(&self, user: UserId) -> bool {
        self.attached.values().any(|&(_, theirs)| theirs == user)
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = Seq> {
        self.rooms.values().map(|log| log.head)
    }

    pub(super) fn gone(&mut self, conn: ConnId) {
        self.attached.remove(&conn);
        self.connected.remove(&conn);
    }

    /// # Panics
    /// The output contradicts those before.
    pub(super) fn see(&mut self, output: &Output) {
        match output {
            Output::Welcome { conn, .. } => assert!(self.connected.insert(*conn), "{conn:?} is welcomed once"),
            Output::RoomOpened {
                room, epochs, after, ..
            } => {
                let log = Log {
                    epoch: epochs.epoch,
                    head: *after,
                };
                assert!(self.rooms.insert(*room, log).is_none(), "{room:?} opens once");
            }
            Output::RoomClosed { room, parked, .. } => {
                let was_open = self.rooms.remove(room).is_some();
                assert!(was_open || !parked, "{room:?} was open");
                let before = self.attached.len();
                self.attached.retain(|_, (theirs, _)| theirs != room);
                self.is_cut |= self.attached.len() < before;
            }
            Output::Append { room, entry } => {
                let log = self.rooms.get_mut(room).expect("entries are in open rooms");
                assert_eq!(
                    (entry.epoch, entry.seq),
                    (log.epoch, log.head + 1),
                    "a log has no holes"
                );
                log.head = entry.seq;
            }
            Output::Attach {
                conn,
                user,
                room,
                since,
            } => {
                assert!(self.connected.contains(conn), "{conn:?} is connected");
                let log = self.rooms.get(room).expect("a connection follows an open room");
                assert!(*since <= log.head, "nothing is after the newest entry");
                let before = self.attached.insert(*conn, (*room, *user));
                assert_eq!(before, None, "a connection follows one room");
            }
            Output::Detach { conn } => assert!(self.attached.remove(conn).is_some(), "{conn:?} follows a room"),
            Output::Close { conn, .. } => self.gone(*conn),
            Output::Wiped { .. } => {
                assert!(
                    self.attached.is_empty() && self.rooms.is_empty(),
                    "a wipe takes every room"
                );
                self.is_cut = false;
            }
            Output::Direct { conn, .. } => assert!(self.connected.contains(conn), "{conn:?} is connected"),
            Output::Latest { room, latest } => {
                assert!(self.rooms.contains_key(room), "latest values are of open rooms");
                let people: BTreeSet<_> = self.attached.values().filter(|(theirs, _)| theirs == room).collect();
                assert_eq!(latest.online, people.len(), "people in {room:?}");
            }
            _ => {}
        }
    }

    /// # Panics
    /// The hub counts otherwise.
    pub(super) fn check(&self, hub: &Hub) {
        assert!(!self.is_cut, "a connection followed a room that closed");
        let members: BTreeSet<_> = self.attached.values().collect();
        assert_eq!(hub.members(), members.len(), "members");
        assert_eq!(hub.connections(), self.connected.len(), "connections");
        assert_eq!(hub.rooms(), self.rooms.len(), "rooms");
    }
}
