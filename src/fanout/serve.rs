//! Serves one member: writes as many entries and direct messages as its connection takes, and requests stored pages that it needs. Nothing
//! grows here.

use std::sync::Arc;

use super::{Fanout, Frames, page_cache::PageRequest, sink};
use crate::room::{RoomId, Seq};

impl<E: Frames> Fanout<E> {
    /// Sends entries and direct messages to a member, as far as its sink takes them.
    pub(super) fn serve(&mut self, key: usize) {
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        let replica = member
            .membership
            .and_then(|(room, _)| self.rooms.get(&room))
            .unwrap_or(&self.nowhere);
        let answered = sink::deliver(member, replica, &self.account);
        member.update_backpressure();
        if member.wants_page {
            self.request_page(key);
        }
        if answered {
            self.poll_answered(key);
        }
    }

    /// Requests the stored page that a member needs.
    fn request_page(&mut self, key: usize) {
        let member = &mut self.members[key];
        member.wants_page = false;
        let Some((room, _)) = member.membership else { return };
        let (Some(replica), Some(pages)) = (self.rooms.get_mut(&room), &self.pages) else {
            return;
        };
        replica.page_cache.waiting.push(member.conn);
        let Some((from, to)) = replica
            .page_cache
            .plan_request(member.cursor.cursor() + 1, replica.log.oldest())
        else {
            return;
        };
        let name = replica.name.clone().expect("only a room's log has gaps");
        let request = PageRequest {
            conn: member.conn,
            room,
            name,
            epoch: replica.history.epoch,
            from,
            to,
        };
        if !pages(request) {
            // The store's queue is full: the member gets a gap instead.
            self.page(room, from, to, Vec::new());
        }
    }

    /// Caches a page from the store, and serves the members that wait for it.
    pub(super) fn page(&mut self, room: RoomId, from: Seq, to: Seq, entries: Vec<Arc<E>>) {
        let Some(replica) = self.rooms.get_mut(&room) else {
            return;
        };
        for conn in replica.page_cache.insert(from, to, entries) {
            if let Some(&key) = self.by_conn.get(&conn) {
                self.serve(key);
            }
        }
        if let Some(replica) = self.rooms.get_mut(&room) {
            replica.page_cache.forget_missing();
        }
    }
}
