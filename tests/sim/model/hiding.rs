//! What operators hide, and what they do to people in rooms.

use std::{collections::BTreeMap, sync::Arc};

use super::{Answer, Model, Room, made_id};
use chatterbox::{
    limits,
    room::{
        Body, Control, Entry, Hide, Measure, Person, Pin, Reply, Role, RoomId, RoomName, Said, Seq, UserId, UserName,
    },
};

/// What a hidden message was.
#[derive(Clone)]
pub struct Original {
    pub entry: Arc<Entry>,
    /// The hub has it, from its log or from the store, so that it can be shown again.
    pub listed: bool,
}

impl Room {
    /// Something else stands in the place of a message from now on.
    fn cover(&mut self, hidden: Entry) {
        let seq = hidden.seq;
        let listed = seq >= self.oldest || !self.kept_controls(seq, seq).is_empty();
        let entry = self.at(seq).clone();
        self.replace(seq, hidden);
        self.originals.insert(seq, Original { entry, listed });
        self.hid_too_many |= self.originals.len() > limits::UNHIDE;
        let question = self.questions.remove(&seq);
        self.hidden_questions.extend(question.map(|question| (seq, question)));
    }

    /// Another process has the originals from the store.
    pub fn restore_originals(&mut self) {
        for original in self.originals.values_mut() {
            Arc::make_mut(&mut original.entry).epoch = self.epoch;
            original.listed = true;
        }
        self.hid_too_many = self.originals.len() > limits::UNHIDE;
    }

    /// Whether a hidden question finds no place among those that wait for an answer.
    pub fn has_no_place_for(&self, seq: Seq) -> bool {
        let original = self.originals.get(&seq).map(|original| &original.entry.body);
        let is_question = matches!(original, Some(Body::Said(Said::Question { .. })));
        is_question && !self.hidden_questions.contains_key(&seq) && self.is_full_of_questions()
    }

    /// Whether a message can be shown again.
    pub fn can_show(&self, seq: Seq) -> bool {
        self.originals.get(&seq).is_some_and(|original| original.listed)
    }
}

impl Model {
    /// The organizer says something in a room.
    pub(super) fn proclaim(&mut self, room: RoomId, body: Body, sure: bool) -> (Seq, u64) {
        let organizer = Person {
            id: UserId(0),
            name: UserName::new("Organizer").expect("a name"),
            role: Role::Organizer,
        };
        self.put(room, made_id(), organizer, None, body, sure)
    }

    pub(super) fn change(&mut self, room: RoomId, control: Control) {
        self.proclaim(room, Body::Control(control), true);
    }

    pub(super) fn moderated(&mut self, room: RoomId, did: Measure, user: UserId, seconds: Option<u32>, sure: bool) {
        let body = Body::Control(Control::Moderated { did, user, seconds });
        self.proclaim(room, body, sure);
    }

    /// In all rooms where a user is, or may have been.
    pub(super) fn everywhere(&mut self, did: Measure, user: UserId) {
        for room in self.room_ids() {
            let here = self.room(room).here(user);
            self.moderated(room, did, user, None, here);
        }
    }

    pub(super) fn hide(&mut self, id: RoomId, seq: Seq) {
        let room = self.room_mut(id);
        let body = Body::Control(Control::Hide {
            what: Hide::Entry { seq },
        });
        let Some(hidden) = hidden(room.at(seq)) else {
            self.proclaim(id, body, false);
            return;
        };
        room.cover(hidden);
        let pinned = room.pin.take_if(|(pin, _)| pin.seq == Some(seq)).is_some();
        self.proclaim(id, body, true);
        if pinned {
            self.change(id, Control::Pin { pin: None });
        }
    }

    pub(super) fn hide_person(&mut self, only: Option<RoomId>, user: UserId) {
        for id in only.map_or_else(|| self.room_ids(), |id| vec![id]) {
            self.forget_held(id, user);
            let room = self.room_mut(id);
            let theirs = room.entries.iter().filter(|entry| entry.from.id == user);
            let all: Vec<_> = theirs.filter_map(|entry| hidden(entry)).collect();
            let sure = only.is_some() || !all.is_empty();
            all.into_iter().for_each(|hidden| room.cover(hidden));
            let pinned = room.pin.take_if(|(_, by)| *by == Some(user)).is_some();
            let body = Body::Control(Control::Hide {
                what: Hide::Person { user },
            });
            self.proclaim(id, body, sure);
            if pinned {
                self.change(id, Control::Pin { pin: None });
            }
        }
    }

    /// The store has found what the hub's log did not have any more.
    pub(super) fn list_older(&mut self, room: &RoomName, originals: &[Arc<Entry>]) {
        let Some(id) = self.find(room) else { return };
        let all = &mut self.room_mut(id).originals;
        for found in originals {
            if let Some(original) = all.get_mut(&found.seq) {
                original.listed = true;
            }
        }
    }

    pub(super) fn unhide(&mut self, id: RoomId, seq: Seq) {
        let room = self.room_mut(id);
        let original = room.originals.remove(&seq).expect("it is hidden").entry;
        room.replace(seq, Entry::clone(&original));
        if let Body::Said(Said::Question { text }) = &original.body {
            room.ask_again(seq, original.from.id, text);
        }
        let what = Hide::Entry { seq };
        self.change(id, Control::Unhide { what });
    }

    pub(super) fn list_hidden(&mut self, id: RoomId) -> Answer {
        let room = self.room(id);
        let originals = room.originals.values().filter(|original| original.listed);
        let meaning = |entry: &Entry| (entry.from.id, text_of(&entry.body));
        let all: BTreeMap<_, _> = originals.map(|it| (it.entry.seq, meaning(&it.entry))).collect();
        let Some(Reply::HeldItems { items }) = &self.told.reply else {
            self.wrong(|| "no list of hidden messages".into());
            return Ok(Reply::Done);
        };
        let told = items
            .iter()
            .map(|item| (item.number, (item.from.id, item.text.clone())));
        let told: BTreeMap<_, _> = told.collect();
        let right = match room.hid_too_many {
            true => told.iter().all(|(seq, it)| all.get(seq) == Some(it)),
            false => told == all,
        };
        if !right || told.len() != items.len() {
            self.wrong(|| format!("hidden are {all:?}, not {told:?}"));
        }
        Ok(Reply::Done)
    }

    pub(super) fn pin(&mut self, id: RoomId, seq: Option<Seq>, text: Option<Box<str>>) {
        let room = self.room_mut(id);
        let said = seq.and_then(|seq| room.get(seq));
        let by = said.map(|entry| entry.from.id);
        let text = text.or_else(|| text_of(&said?.body));
        let pin = Pin {
            seq,
            text: text.clone(),
        };
        room.pin = Some((pin, by));
        let text = text.filter(|_| seq.is_none());
        self.change(
            id,
            Control::Pin {
                pin: Some(Pin { seq, text }),
            },
        );
    }

    pub(super) fn ban(&mut self, user: UserId, all: bool) {
        let addresses = self.addresses(user);
        for &address in &addresses {
            let known = self.known_at(address);
            self.mark(address, user, all, true);
            for other in known.sure.into_iter().filter(|_| all) {
                let operator = self.is_operator(other) && !self.is_banned(other);
                let person = self.record(other);
                (person.admitted, person.everywhere) = (operator, person.everywhere && operator);
            }
        }
        let person = self.record(user);
        (person.banned, person.admitted, person.everywhere) = (true, false, false);
        for room in self.room_ids() {
            self.forget_held(room, user);
        }
        self.everywhere(Measure::Ban, user);
        for conn in self.told.closed.clone() {
            self.close(conn, chatterbox::room::CloseReason::Banned);
        }
    }

    pub(super) fn mute(&mut self, room: RoomId, user: UserId, seconds: u32) {
        let whole_ms = u64::from(seconds) * 1000;
        let mute = super::policy::Mute::new(self.now.mono_ms + whole_ms, whole_ms);
        self.room_mut(room).muted.insert(user, mute);
        for address in self.addresses(user) {
            self.muted_at.entry(address).or_default().insert(user);
        }
        self.moderated(room, Measure::Mute, user, Some(seconds), true);
    }

    pub(super) fn set_seats(&mut self, count: u32) {
        if self.seats == 0 || count == 0 {
            self.seats_due_ms = (count > 0).then(|| self.now.mono_ms + limits::SEATS_MS);
        }
        self.seats = count;
    }

    pub(super) fn free_seat(&mut self, seat: u32) {
        let holder = self.holder(seat).expect("a user has it");
        self.record(holder).seat = None;
        let all: Vec<_> = self.conns.iter().filter(|(_, state)| state.user == holder).collect();
        let all: Vec<_> = all.into_iter().map(|(conn, state)| (*conn, state.device)).collect();
        for (conn, device) in all {
            if !self.pass(holder, device, false, false).sure.is_empty() {
                self.put_out(conn);
            }
        }
    }
}

/// What stands in the place of a message; `None` for an entry that can't be hidden.
pub fn hidden(entry: &Entry) -> Option<Entry> {
    entry.body.said()?;
    Some(Entry {
        room: entry.room.clone(),
        epoch: entry.epoch,
        seq: entry.seq,
        id: entry.id.clone(),
        from: Person {
            name: UserName::made_up(entry.from.id),
            ..entry.from.clone()
        },
        at: entry.at,
        skip: entry.skip,
        body: Body::Hidden {
            control: entry.is_control(),
        },
    })
}

/// The text of a message.
pub fn text_of(body: &Body) -> Option<Box<str>> {
    body.said().and_then(Said::text).map(Into::into)
}
