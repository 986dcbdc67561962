//! Polling leases: somebody who polls with a token is in the room between their requests.

use super::Driver;
use crate::{
    net::fanout::{Command, Opening, Sink},
    room::{ConnId, Identity, Input, Resume, RoomName, UserId, Via},
};

impl Driver {
    /// Renews a user's polling lease for a room, or makes one under the handle `fresh`. They have the log up to `has`.
    pub(super) async fn lease(&mut self, fresh: ConnId, who: Identity, room: &RoomName, has: Option<Resume>) -> ConnId {
        let key = (who.user, room.clone());
        if let Some(&conn) = self.leases.get(&key) {
            self.tell(Input::Renew { conn, has }).await;
            if !self.hub.is_inside(conn) {
                // Whoever was put out of the room comes in again once that is possible.
                let (ack, room, resume) = (None, room.clone(), None);
                let command = Ok(crate::room::Command::Join { room, resume });
                self.tell(Input::Command { conn, ack, command }).await;
            }
            return conn;
        }
        self.leases.insert(key, fresh);
        self.open_poll(fresh, who.user).await;
        let input = Input::Connect {
            conn: fresh,
            who,
            via: Via::Poll,
            room: Some(room.clone()),
            resume: None,
        };
        self.tell(input).await;
        self.tell(Input::Renew { conn: fresh, has }).await;
        fresh
    }

    pub(super) async fn open_poll(&self, conn: ConnId, user: UserId) {
        let opening = Opening {
            conn,
            user,
            sink: Sink::Poll(None),
            namespace: None,
            gate: None,
        };
        self.orders.order(conn, Command::Open(Box::new(opening))).await;
    }
}
