//! Holds messages until a moderator approves or rejects them, in rooms where messages need approval. A room holds at most
//! `limits::APPROVAL_QUEUE`, one device at most `limits::DEVICE_APPROVALS`.

use crate::room::hub::moderation::queue::HeldMessage;
use std::{collections::VecDeque, sync::Arc};

use crate::room::hub::{moderation::verdict::Verdict, state::Asker, state::CommandRoom, state::Hub};
use crate::{
    limits,
    room::{
        Body, Code, Direct, Effect, HeldItem, Key, MsgId, Now, Output, Refusal, Reply, RoomId, RoomName, Said, UserId,
        dedup::Accepted, persist,
    },
};

impl Hub {
    /// Puts a message in the room's approval queue instead of the log; its sender is told that it waits.
    pub(in crate::room::hub) fn hold(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        id: Option<MsgId>,
        skip: Option<UserId>,
        verdict: Verdict,
        said: Said,
    ) -> Result<Reply, Refusal> {
        let room = self.room_to_write(asker)?;
        if self.rooms.get(room).policy.held.items.len() >= limits::APPROVAL_QUEUE {
            return Err(Refusal::retry(
                Code::Busy,
                "too much waits to be approved in this room",
                limits::BUSY_RETRY_MS,
            ));
        }
        if self.holds_enough(asker.device, room) {
            let message = "enough waits to be approved from where you are";
            return Err(Refusal::retry(Code::Busy, message, limits::BUSY_RETRY_MS));
        }
        self.may_hold(asker, HeldMessage::size_of(&said))?;
        let (id, chosen) = self.chosen_or_made(id);
        let state = self.rooms.get_mut(room);
        let at = state.clock(now);
        let queue = &mut state.policy.held;
        let last = queue.made;
        queue.made += 1;
        let was_last = (last > 0 && !queue.items.iter().any(|held| held.number == last)).then_some(last);
        let held = HeldMessage {
            number: queue.made,
            user: asker.user,
            id: id.clone(),
            chosen,
            skip,
            at,
            as_new: verdict == Verdict::HeldAsNew,
            said,
        };
        queue.bytes += held.size();
        queue.items.push_back(held.clone());
        let name = state.name.clone();
        if let Some(last) = was_last {
            self.persist(Key::Held(name.clone(), last), |_| None);
        }
        self.persist(Key::Held(name, held.number), |_| Some(persist::json(&Some(held))));
        Ok(Reply::Held { id })
    }

    /// Removes a message from the stored approval queue.
    fn release(&mut self, room: RoomId, number: u64) {
        let room = self.rooms.get(room);
        let is_newest = room.policy.held.made == number;
        let key = Key::Held(room.name.clone(), number);
        self.persist(key, |_| is_newest.then(|| persist::json(&None::<HeldMessage>)));
    }

    pub(in crate::room::hub) fn held(&mut self, room: &RoomName) -> Result<Reply, Refusal> {
        let room = self.known_room(room)?;
        let items = self
            .rooms
            .get(room)
            .policy
            .held
            .items
            .iter()
            .map(|held| HeldItem::new(held.number, self.shown(held.user), held.at, &held.said));
        let items = items.collect();
        Ok(Reply::HeldItems { items })
    }

    pub(in crate::room::hub) fn approve(&mut self, now: Now, room: &RoomName, number: u64) -> Result<Reply, Refusal> {
        let room = self.known_room(room)?;
        let held = self.rooms.get_mut(room).policy.held.take(number)?;
        let (seq, id, at) = self.show(now, room, held);
        Ok(Reply::Sent {
            seq: Some(seq),
            id,
            at,
            duplicate: false,
        })
    }

    pub(in crate::room::hub) fn reject(&mut self, room: &RoomName, number: u64) -> Result<Reply, Refusal> {
        let id = self.known_room(room)?;
        let held = self.rooms.get_mut(id).policy.held.take(number)?;
        self.release(id, number);
        self.refund(id, &held);
        let room = room.clone();
        let dropped = Arc::new(Direct::Dropped { room, id: held.id });
        let outputs = self.people.conns(held.user).map(|conn| Output::Direct {
            conn,
            direct: dropped.clone(),
        });
        self.outputs.extend(outputs);
        Ok(Reply::Done)
    }

    /// Gives the sender of rejected gifts back the right to give as many.
    fn refund(&mut self, room: RoomId, held: &HeldMessage) {
        if let Effect::Gift { count, .. } = held.said.effect() {
            let given = self.rooms.get(room).board.given.of(held.user);
            if given > 0 {
                self.set_given(room, held.user, given.saturating_sub(u64::from(count)), None);
            }
        }
    }

    /// Releases all messages of a person that wait for the person's admission, or drops them. Messages held for another reason stay.
    /// Returns their number.
    pub(in crate::room::hub) fn decide_held(&mut self, now: Now, room: RoomId, user: UserId, shown: bool) -> usize {
        let queue = &mut self.rooms.get_mut(room).policy.held;
        let (theirs, others) = std::mem::take(&mut queue.items)
            .into_iter()
            .partition(|held| held.user == user && (held.as_new || !shown));
        queue.items = others;
        let theirs: VecDeque<HeldMessage> = theirs;
        queue.bytes -= theirs.iter().map(HeldMessage::size).sum::<usize>();
        let count = theirs.len();
        for held in theirs {
            if shown {
                self.show(now, room, held);
            } else {
                self.release(room, held.number);
                self.refund(room, &held);
            }
        }
        count
    }

    fn show(&mut self, now: Now, room: RoomId, held: HeldMessage) -> (u64, MsgId, u64) {
        let from = self.shown(held.user);
        if let Effect::Gift { count, to: Some(to) } = held.said.effect() {
            self.received(room, to, count);
        }
        let state = self.rooms.get_mut(room);
        let entry = state.append(now, held.id.clone(), from, held.skip, Body::Said(held.said));
        let (seq, at) = (entry.seq, entry.at);
        if held.chosen {
            let accepted = Accepted { seq: Some(seq), at };
            state.dedup.insert(held.user, held.id.clone(), accepted);
        }
        self.push_append(room, entry.clone());
        self.put_on_board(now, room, &entry);
        self.release(room, held.number);
        (seq, held.id, at)
    }

    pub(in crate::room::hub) fn restore_held(&mut self, room: &RoomName, number: u64, value: &str) -> Option<()> {
        let held: Option<HeldMessage> = serde_json::from_str(value).ok()?;
        let room = match held {
            Some(_) => self.open(room).ok()?,
            None => self.rooms.find(room)?,
        };
        let queue = &mut self.rooms.get_mut(room).policy.held;
        queue.made = queue.made.max(number);
        let held = held?;
        let at = queue.items.partition_point(|other| other.number < held.number);
        queue.bytes += held.size();
        queue.items.insert(at, held);
        Some(())
    }

    /// The id of the open room with this name.
    ///
    /// # Errors
    /// `unknown_room`: no open room has this name.
    pub(in crate::room::hub) fn known_room(&self, name: &RoomName) -> Result<RoomId, Refusal> {
        let unknown = || Refusal::new(Code::UnknownRoom, "there is no such room");
        self.rooms.find(name).ok_or_else(unknown)
    }

    /// The open room whose policy applies to a command, if any.
    pub(in crate::room::hub) fn place_of(&self, asker: Asker<'_>) -> Option<RoomId> {
        match asker.room {
            CommandRoom::Nowhere => None,
            CommandRoom::Joined(room) => Some(room),
            CommandRoom::Named(name) => self.rooms.find(name),
        }
    }
}
