//! Opens new and recovered connections: decides which entries they still need, and which name they keep. Nothing grows here; the hub bounds
//! the connections.

use super::state::Driver;
use crate::{
    fanout::Update,
    room::{Found, Identity, Input, Resume, RoomName},
    transport::{message::Recovery, opening::Opening},
};

/// Data of a new connection: its identity, room and position in the room's log.
pub(super) struct Entrance {
    pub who: Identity,
    pub room: Option<RoomName>,
    pub resume: Option<Resume>,
    pub found: Option<Found>,
}

impl Driver {
    pub(super) async fn open(&mut self, opening: Box<Opening>, entrance: Entrance, recovery: Option<Recovery>) {
        let Entrance {
            mut who,
            room,
            mut resume,
            found,
        } = entrance;
        let conn = opening.conn;
        self.fanouts.send(conn, Update::Open(opening)).await;
        let whole = self.hub.has_all_since(room.as_ref(), resume);
        if let Some(recovery) = &recovery {
            resume = self.hub.nearest(room.as_ref(), resume);
            if recovery.same_name && self.hub.knows(who.user) {
                // The application repeats its first name; the user may have changed it since.
                who.name = None;
            }
        }
        let outside = room.is_none();
        let input = Input::Connect {
            conn,
            who,
            leased: false,
            room,
            resume,
        };
        self.apply_prepared(input, found.into()).await;
        if let Some(Recovery { answered, tell, .. }) = recovery {
            self.hub.expect_retry(conn, resume, answered);
            // The client may have gone away.
            let _ = tell.send(whole && (outside || self.hub.is_inside(conn)));
        }
    }
}
