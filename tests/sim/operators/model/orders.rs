//! What an order does.

use std::collections::BTreeSet;

use super::{Model, Reasons, Room, WORD, board::Poll, refused, room::Mute};
use chatterbox::{
    limits,
    room::{
        AdminCommand, Body, Code, ConnId, Control, Hide, Measure, NewPoll, Operator, OperatorRole, Pin, Refusal, Reply,
        ReplyTo, Role, RoomName, Said, Seq, UserId,
    },
};

const PROTOCOL: &str = include_str!("../../../../src/wire/PROTOCOL.md");

/// Whether the table of the protocol has an order for moderators, too.
fn allowed_for_moderator(order: &AdminCommand) -> bool {
    let order = serde_json::to_value(order).expect("an order is JSON");
    let row = format!("| `{}` | ", order["do"].as_str().expect("an order has a name"));
    let row = PROTOCOL.lines().find_map(|line| line.strip_prefix(&row));
    row.expect("the table has every order").starts_with("yes")
}

impl Model {
    pub fn order(
        &mut self,
        to: ReplyTo,
        by: Operator,
        order: &AdminCommand,
        reply: &Result<Reply, Refusal>,
        closed: &BTreeSet<ConnId>,
    ) -> Result<(), String> {
        if let ReplyTo::Conn(conn, _) = to
            && let Some((user, _)) = self.conns.get(&conn).copied()
        {
            self.greet_officer(user, by);
        }
        let mut reasons = Reasons::default();
        let moderator = by.role == OperatorRole::Moderator;
        reasons.add(moderator && !allowed_for_moderator(order), Code::NotAllowed);
        self.object(moderator, order, &mut reasons);
        if reasons.judge(refused(reply))? {
            self.obey(order, reply, closed)?;
        }
        self.sweep();
        Ok(())
    }

    /// Why an order can't be obeyed.
    fn object(&self, moderator: bool, order: &AdminCommand, reasons: &mut Reasons) {
        let known = |user: &UserId| self.people.get(user).is_some_and(|person| person.met);
        match order {
            AdminCommand::Ban { user, address } => {
                reasons.add(moderator && (*address || self.is_officer(*user)), Code::NotAllowed);
                self.know(*user, known(user), reasons);
            }
            AdminCommand::Mute { user, seconds, .. } => {
                reasons.add(*seconds == 0 || *seconds > limits::MUTE_S, Code::BadRequest);
                self.know(*user, known(user), reasons);
            }
            AdminCommand::Badge { user, .. } => self.know(*user, known(user), reasons),
            AdminCommand::Admit { user, .. } => reasons.add(self.is_banned(*user), Code::Banned),
            AdminCommand::Settings { set, .. } => {
                reasons.add(
                    set.slow_s.is_some_and(|slow_s| slow_s > limits::SLOW_S),
                    Code::BadRequest,
                );
            }
            AdminCommand::Hide { room, seq } => {
                let said = self.rooms[room].said(*seq);
                reasons.add(said.is_none(), Code::BadRequest);
                reasons.may(said.is_some_and(|said| !is_said(&said.body)), Code::BadRequest);
            }
            AdminCommand::Pin {
                room, seq: Some(seq), ..
            } => {
                let said = self.rooms[room].said(*seq);
                let pinned = said.filter(|said| !said.hidden).and_then(|said| text_of(&said.body));
                reasons.add(pinned.is_none(), Code::BadRequest);
                // It may be kept no more.
                reasons.may(true, Code::BadRequest);
            }
            AdminCommand::Poll { room, .. } => {
                let polls = &self.rooms[room].polls;
                let all_open = polls.values().all(|poll| poll.open);
                reasons.add(polls.len() >= limits::POLLS && all_open, Code::Full);
            }
            AdminCommand::ClosePoll { room, poll } | AdminCommand::ShowPoll { room, poll } => {
                reasons.add(!self.rooms[room].polls.contains_key(poll), Code::BadRequest);
            }
            AdminCommand::Answered { room, question } => {
                reasons.add(!self.rooms[room].questions.contains_key(question), Code::BadRequest);
            }
            AdminCommand::Approve { room, number } | AdminCommand::Reject { room, number } => {
                let room = &self.rooms[room];
                let waits = room.held.iter().any(|held| held.number == Some(*number));
                reasons.add(!waits, Code::BadRequest);
            }
            AdminCommand::FreeSeat { seat } => {
                let holder = self.people.iter().find(|(_, person)| person.seat == Some(*seat));
                reasons.add(holder.is_none(), Code::BadRequest);
                reasons.add(holder.is_some_and(|(_, person)| person.banned), Code::NotAllowed);
            }
            AdminCommand::Revoke { code } => reasons.add(!self.codes.contains_key(code), Code::BadRequest),
            _ => {}
        }
    }

    /// Admin commands about a user who was never here make no sense.
    fn know(&self, user: UserId, known: bool, reasons: &mut Reasons) {
        let spoke = |room: &Room| room.log.iter().any(|said| said.from == user);
        let heard = self.rooms.values().any(spoke);
        reasons.may(!known && !heard, Code::UnknownUser);
    }

    fn obey(
        &mut self,
        order: &AdminCommand,
        reply: &Result<Reply, Refusal>,
        closed: &BTreeSet<ConnId>,
    ) -> Result<(), String> {
        match order {
            AdminCommand::Announce { room: Some(room), text } => {
                self.say(room, Body::Said(Said::Announce { text: text.clone() }))
            }
            AdminCommand::Settings { room, set } => {
                let changed = self.room(room).set(set);
                if changed {
                    let settings = Box::new(self.rooms[room].settings.clone());
                    self.say(room, Body::Control(Control::Settings { settings }));
                }
            }
            AdminCommand::Hide { room, seq } => self.hide(room, *seq),
            AdminCommand::HidePerson { room, user } => self.hide_person(room.as_ref(), *user),
            AdminCommand::Mute { room, user, seconds } => {
                let until_ms = self.now.mono_ms + u64::from(*seconds) * 1000;
                self.room(room)
                    .muted
                    .insert(*user, Mute::new(until_ms, u64::from(*seconds) * 1000));
                for address in self.addresses(*user) {
                    self.muted_at.entry(address).or_default().insert(*user);
                }
                self.moderated(room, Measure::Mute, *user, Some(*seconds), true);
            }
            AdminCommand::Unmute { room, user } => {
                let muted = self.room(room).muted.remove(user);
                let sure = muted.is_some_and(|mute| mute.sure_ms > self.now.mono_ms);
                self.moderated(room, Measure::Unmute, *user, None, sure);
            }
            AdminCommand::Ban { user, address } => self.ban(*user, *address, closed),
            AdminCommand::Unban { user } => {
                let banned = self.is_banned(*user);
                if banned {
                    self.person(*user).banned = false;
                    self.unmark(*user);
                    self.everywhere(Measure::Unban, *user);
                }
            }
            AdminCommand::Admit { room, user } => self.admit(room.as_ref(), *user),
            AdminCommand::Badge { user, badge } => self.person(*user).badge = (*badge != Role::Guest).then_some(*badge),
            AdminCommand::Seats { count } => {
                if self.seats == 0 || *count == 0 {
                    self.seats_due_ms = (*count > 0).then(|| self.now.mono_ms + limits::SEATS_MS);
                }
                self.seats = *count;
            }
            AdminCommand::FreeSeat { seat } => {
                let holder = self.people.iter().find(|(_, person)| person.seat == Some(*seat));
                let holder = *holder.expect("a user has it").0;
                self.person(holder).seat = None;
                let all: Vec<_> = self.conns.iter().map(|(conn, at)| (*conn, *at)).collect();
                for (conn, (user, address)) in all {
                    if user == holder && !self.pass(user, address, false, false).sure.is_empty() {
                        self.leave(conn);
                    }
                }
            }
            AdminCommand::Words { list } => self.listed = list.iter().any(|word| &**word == WORD),
            AdminCommand::Held { room } => return self.check_held(room, reply),
            AdminCommand::Approve { room, number } => self.approve(room, *number),
            AdminCommand::Reject { room, number } => {
                if let Some(held) = self.take_held(room, *number) {
                    self.forget(room, held);
                }
            }
            AdminCommand::Poll { room, poll } => return self.open_poll(room, poll, reply),
            AdminCommand::ClosePoll { room, poll } | AdminCommand::ShowPoll { room, poll } => {
                let state = self.room(room).polls.get_mut(poll).expect("it is there");
                let changed = match order {
                    AdminCommand::ClosePoll { .. } => std::mem::take(&mut state.open),
                    _ => state.show(),
                };
                let poll = Box::new(state.shown(*poll, true));
                if changed {
                    self.say(room, Body::Control(Control::Poll { poll }));
                }
            }
            AdminCommand::Polls { room } => {
                let polls = self.rooms[room].polls.iter();
                let all: Vec<_> = polls.map(|(&number, poll)| poll.shown(number, false)).collect();
                return match reply {
                    Ok(Reply::Polls { polls }) if *polls == all => Ok(()),
                    _ => Err(format!("the polls are {all:?}")),
                };
            }
            AdminCommand::Answered { room, question } => {
                let question = *question;
                let state = self.room(room).questions.get_mut(&question).expect("it is there");
                if !std::mem::replace(&mut state.answered, true) {
                    self.say(room, Body::Control(Control::Answered { question }));
                }
            }
            AdminCommand::Pin { room, seq, text } => {
                let said = seq.and_then(|seq| self.rooms[room].said(seq));
                let by = said.map(|said| said.from);
                let text = text.clone().or_else(|| text_of(&said?.body));
                self.room(room).pin = Some((
                    Pin {
                        seq: *seq,
                        text: text.clone(),
                    },
                    by,
                ));
                let text = text.filter(|_| seq.is_none());
                self.say(
                    room,
                    Body::Control(Control::Pin {
                        pin: Some(Pin { seq: *seq, text }),
                    }),
                );
            }
            AdminCommand::Unpin { room } => {
                let pinned = self.room(room).pin.take();
                if pinned.is_some() {
                    self.say(room, Body::Control(Control::Pin { pin: None }));
                }
            }
            AdminCommand::Issue { role, .. } => {
                let Ok(Reply::Issued { code }) = reply else {
                    return Err("no code".into());
                };
                if self.codes.insert(*code, (*role, false)).is_some() {
                    return Err(format!("{code:?} was issued twice"));
                }
            }
            AdminCommand::Revoke { code } => {
                self.codes.get_mut(code).expect("it is there").1 = true;
                self.operators.retain(|_, by| by.id != *code);
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn moderated(&mut self, room: &RoomName, did: Measure, user: UserId, seconds: Option<u32>, sure: bool) {
        let body = Body::Control(Control::Moderated { did, user, seconds });
        match sure {
            true => self.say(room, body),
            false => self.may_say(room, body),
        }
    }

    /// Wherever a user is, or may have been.
    fn everywhere(&mut self, did: Measure, user: UserId) {
        for room in self.rooms.keys().cloned().collect::<Vec<_>>() {
            let here = self.rooms[&room].here(user);
            self.moderated(&room, did, user, None, here);
        }
    }

    fn hide(&mut self, name: &RoomName, seq: Seq) {
        let room = self.room(name);
        let said = &mut room.log[seq as usize - 1];
        let what = Hide::Entry { seq };
        if said.hidden || !is_said(&said.body) {
            return self.may_say(name, Body::Control(Control::Hide { what }));
        }
        said.hidden = true;
        let words = words_of(&said.body);
        room.questions.remove(&seq);
        let pinned = room.pin.take_if(|(pin, _)| pin.seq == Some(seq)).is_some();
        self.secrets.insert((name.clone(), words));
        self.say(name, Body::Control(Control::Hide { what }));
        if pinned {
            self.say(name, Body::Control(Control::Pin { pin: None }));
        }
    }

    fn hide_person(&mut self, name: Option<&RoomName>, user: UserId) {
        let rooms = name.map_or_else(|| self.rooms.keys().cloned().collect(), |name| vec![name.clone()]);
        for room in rooms {
            self.forget_held(&room, user);
            let state = self.room(&room);
            let theirs = |said: &&mut super::LogItem| said.from == user && is_said(&said.body) && !said.hidden;
            let mut texts = Vec::new();
            for said in state.log.iter_mut().filter(theirs) {
                said.hidden = true;
                texts.push((room.clone(), words_of(&said.body)));
            }
            state.questions.retain(|_, question| question.user != user);
            let pinned = state.pin.take_if(|(_, by)| *by == Some(user)).is_some();
            let sure = name.is_some() || !texts.is_empty();
            self.secrets.extend(texts);
            let body = Body::Control(Control::Hide {
                what: Hide::Person { user },
            });
            match sure {
                true => self.say(&room, body),
                false => self.may_say(&room, body),
            }
            if pinned {
                self.say(&room, Body::Control(Control::Pin { pin: None }));
            }
        }
    }

    fn ban(&mut self, user: UserId, all: bool, closed: &BTreeSet<ConnId>) {
        let addresses = self.addresses(user);
        for &address in &addresses {
            let known = self.known_at(address);
            self.mark(address, user, all, true);
            for other in known.sure.into_iter().filter(|_| all) {
                let operator = self.is_officer(other) && !self.is_banned(other);
                let person = self.person(other);
                (person.admitted, person.everywhere) = (operator, person.everywhere && operator);
            }
        }
        let person = self.person(user);
        (person.banned, person.admitted, person.everywhere) = (true, false, false);
        for room in self.rooms.keys().cloned().collect::<Vec<_>>() {
            self.forget_held(&room, user);
        }
        self.everywhere(Measure::Ban, user);
        for conn in closed {
            self.close(*conn);
        }
    }

    fn open_poll(&mut self, room: &RoomName, asked: &NewPoll, reply: &Result<Reply, Refusal>) -> Result<(), String> {
        let Ok(Reply::PollOpened { poll: number }) = reply else {
            return Err("no poll".into());
        };
        let polls = &mut self.room(room).polls;
        if polls.len() >= limits::POLLS {
            let oldest = polls.iter().find(|(_, poll)| !poll.open).map(|(number, _)| *number);
            oldest.map(|number| polls.remove(&number));
        }
        let poll = Poll::new(asked.clone());
        let shown = Box::new(poll.shown(*number, true));
        if polls.insert(*number, poll).is_some() {
            return Err(format!("there is a poll {number} already"));
        }
        self.say(room, Body::Control(Control::Poll { poll: shown }));
        Ok(())
    }

    /// What may be on a list of those who were there is as the hub says.
    pub fn perhaps_inside(&self, conn: ConnId) -> bool {
        self.conns.contains_key(&conn) && self.pass_on(conn).judge(Some(Code::Waiting)).is_ok()
    }
}

/// Whether it is something that can be hidden.
pub fn is_said(body: &Body) -> bool {
    body.said().is_some()
}

/// What tells one message from all others.
pub fn words_of(body: &Body) -> Box<str> {
    body.said().map_or("", |said| said.texts()[0]).into()
}

/// The text of something.
pub fn text_of(body: &Body) -> Option<Box<str>> {
    body.said().and_then(Said::text).map(Into::into)
}
