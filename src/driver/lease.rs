//! Polling leases: a client that polls with a token stays in its room between requests, by one hub connection for each user and room.
//! The hub ends a lease that is not renewed. Leases count as connections.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::state::Driver;
use crate::{
    fanout::{PollRequest, Update},
    limits,
    room::{AddressTag, Code, ConnId, Identity, Input, Refusal, ReplyTo, Resume, RoomName, UserId},
    transport::message::{PollOptions, Poller},
    transport::opening::{Opening, Sink},
};

impl Driver {
    /// Admits an HTTP poll, and hands it to the worker that serves its lease.
    pub(super) async fn poll(
        &mut self,
        conn: ConnId,
        who: Poller,
        room: RoomName,
        options: PollOptions,
        reply: oneshot::Sender<Result<Bytes, Refusal>>,
    ) {
        let admitted = match &who {
            Poller::Known(who) => self
                .hub
                .admits_lease(who, self.leases.get(&(who.user, room.clone())).copied())
                .or_else(|refusal| who.seat.map(drop).ok_or(refusal))
                .and_then(|()| self.hub.admits_to(who, &room)),
            Poller::Stranger(address) => self.hub.may_overhear(&room, *address),
            Poller::Webhook { .. } => Ok(()),
        };
        if let Err(refusal) = admitted {
            let _ = reply.send(Err(refusal));
            return;
        }
        let until = match who {
            Poller::Webhook { until } => until,
            Poller::Known(_) | Poller::Stranger(_) => None,
        };
        let (conn, once) = match who {
            Poller::Known(who) => match self.lease(conn, who, &room, options.since).await {
                Ok(conn) => (conn, false),
                Err(refusal) => {
                    let _ = reply.send(Err(refusal));
                    return;
                }
            },
            Poller::Stranger(_) | Poller::Webhook { .. } => {
                let no_user = UserId(0);
                self.open_poll(conn, no_user).await;
                (conn, true)
            }
        };
        let request = PollRequest {
            conn,
            one_shot: once,
            room,
            until,
            options,
            reply,
        };
        self.fanouts.send(conn, Update::Poll(Box::new(request))).await;
    }

    /// Renews a user's lease for a room, or creates one with the handle `fresh`. The client has the log up to `has`.
    ///
    /// # Errors
    /// `full`: the hub accepts no further connection.
    pub(super) async fn lease(
        &mut self,
        fresh: ConnId,
        who: Identity,
        room: &RoomName,
        has: Option<Resume>,
    ) -> Result<ConnId, Refusal> {
        let key = (who.user, room.clone());
        if let Some(&conn) = self.leases.get(&key) {
            self.apply(Input::Renew { conn, has }).await;
            if !self.hub.is_inside(conn) {
                // A user who was removed from the room joins again as soon as the hub admits that.
                let (ack, room, resume) = (None, room.clone(), None);
                let command = Ok(crate::room::Command::Join { room, resume });
                self.apply(Input::Command { conn, ack, command }).await;
            }
            return Ok(conn);
        }
        self.leases.insert(key, fresh);
        self.open_poll(fresh, who.user).await;
        let input = Input::Connect {
            conn: fresh,
            who,
            leased: true,
            room: Some(room.clone()),
            resume: None,
        };
        self.apply(input).await;
        if self.hub.address(fresh).is_none() {
            let message = "there is no place for another polling lease";
            return Err(Refusal::retry(Code::Full, message, limits::FULL_RETRY_MS));
        }
        self.apply(Input::Renew { conn: fresh, has }).await;
        Ok(fresh)
    }

    pub(super) async fn open_poll(&self, conn: ConnId, user: UserId) {
        let opening = Opening {
            conn,
            user,
            sink: Sink::Poll(None),
            namespace: None,
            backpressure: None,
            watched: None,
        };
        self.fanouts.send(conn, Update::Open(Box::new(opening))).await;
    }

    /// The device whose admin command the hub has just handled.
    pub(super) fn address_of(&self, to: ReplyTo) -> AddressTag {
        match to {
            ReplyTo::Conn(conn, _) => self.hub.address(conn).unwrap_or_default(),
            ReplyTo::Request(_) => self.request_address,
        }
    }
}
