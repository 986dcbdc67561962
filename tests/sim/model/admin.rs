//! What an admin command does.

use super::{Answer, Model, hiding::text_of, made_id, policy::WORD, reasons::Reasons, refuse};
use chatterbox::{
    limits,
    room::{
        AdminCommand, Body, Code, Control, Measure, Operator, OperatorRole, Reply, ReplyTo, Role, RoomId, RoomName,
        Said, SettingsChange, UserId,
    },
};

const PROTOCOL: &str = include_str!("../../../src/wire/PROTOCOL.md");

/// Whether the table of the protocol has a command for moderators, too.
fn allowed_for_moderator(command: &AdminCommand) -> bool {
    let command = serde_json::to_value(command).expect("a command is JSON");
    let row = format!("| `{}` | ", command["do"].as_str().expect("a command has a name"));
    let row = PROTOCOL.lines().find_map(|line| line.strip_prefix(&row));
    row.expect("the table has every command").starts_with("yes")
}

impl Model {
    pub(super) fn admin(&mut self, to: ReplyTo, by: Operator, command: &AdminCommand) -> Answer {
        if let AdminCommand::Announce { room: Some(room), text } = command
            && !self.is_run
        {
            return self.announce(room, text);
        }
        if let ReplyTo::Conn(conn, _) = to
            && let Some(user) = self.conns.get(&conn).map(|state| state.user)
        {
            self.greet_operator(user, by);
        }
        let mut reasons = Reasons::default();
        let moderator = by.role == OperatorRole::Moderator;
        if moderator {
            reasons.add(!allowed_for_moderator(command), Code::NotAllowed);
        }
        self.object(moderator, command, &mut reasons);
        self.decide(&reasons)?;
        self.carry_out(command)
    }

    fn announce(&mut self, room: &RoomName, text: &str) -> Answer {
        if text.len() > self.limits.text_bytes {
            return refuse(Code::TooLong);
        }
        let room = self.open(room)?;
        let (seq, at) = self.proclaim(room, Body::Said(Said::Announce { text: text.into() }), true);
        self.used(room);
        Ok(Reply::Sent {
            seq: Some(seq),
            id: made_id(),
            at,
            duplicate: false,
        })
    }

    fn known(&self, room: &RoomName) -> RoomId {
        self.find(room).expect("the rooms are there from the start")
    }

    /// Why a command can't be carried out.
    fn object(&self, moderator: bool, command: &AdminCommand, reasons: &mut Reasons) {
        match command {
            AdminCommand::Ban { user, address } => {
                reasons.add(moderator && (*address || self.is_operator(*user)), Code::NotAllowed);
                self.know(*user, reasons);
            }
            AdminCommand::Mute { user, seconds, .. } => {
                reasons.add(*seconds == 0 || *seconds > limits::MUTE_S, Code::BadRequest);
                self.know(*user, reasons);
            }
            AdminCommand::Badge { user, .. } => self.know(*user, reasons),
            AdminCommand::Admit { user, .. } => reasons.add(self.is_banned(*user), Code::Banned),
            AdminCommand::Settings { set, .. } => {
                reasons.add(
                    set.slow_s.is_some_and(|slow_s| slow_s > limits::SLOW_S),
                    Code::BadRequest,
                );
            }
            AdminCommand::Hide { room, seq } => {
                let entry = self.room(self.known(room)).get(*seq);
                reasons.add(entry.is_none(), Code::BadRequest);
                let is_change = entry.is_some_and(|entry| entry.body.said().is_none());
                reasons.may(is_change, Code::BadRequest);
            }
            AdminCommand::Unhide { room, seq } => {
                let room = self.room(self.known(room));
                reasons.add(!room.can_show(*seq), Code::UnknownMessage);
                reasons.add(room.can_show(*seq) && room.has_no_place_for(*seq), Code::Full);
                reasons.may(room.hid_too_many, Code::UnknownMessage);
            }
            AdminCommand::Pin {
                room, seq: Some(seq), ..
            } => {
                let entry = self.room(self.known(room)).get(*seq);
                let text = entry.and_then(|entry| text_of(&entry.body));
                reasons.add(text.is_none(), Code::BadRequest);
                // It may be kept no more.
                reasons.may(true, Code::BadRequest);
            }
            AdminCommand::Poll { room, .. } => {
                let polls = &self.room(self.known(room)).polls;
                let all_open = polls.values().all(|poll| poll.open);
                reasons.add(polls.len() >= limits::POLLS && all_open, Code::Full);
            }
            AdminCommand::ClosePoll { room, poll } | AdminCommand::ShowPoll { room, poll } => {
                let polls = &self.room(self.known(room)).polls;
                reasons.add(!polls.contains_key(poll), Code::BadRequest);
            }
            AdminCommand::Answered { room, question } => {
                let questions = &self.room(self.known(room)).questions;
                reasons.add(!questions.contains_key(question), Code::BadRequest);
            }
            AdminCommand::Approve { room, number } | AdminCommand::Reject { room, number } => {
                let mut held = self.room(self.known(room)).held.iter();
                let waits = held.any(|held| held.number == Some(*number));
                reasons.add(!waits, Code::BadRequest);
            }
            AdminCommand::FreeSeat { seat } => {
                let holder = self.holder(*seat);
                reasons.add(holder.is_none(), Code::BadRequest);
                reasons.add(holder.is_some_and(|holder| self.is_banned(holder)), Code::NotAllowed);
            }
            AdminCommand::Revoke { code } => reasons.add(!self.codes.contains_key(code), Code::BadRequest),
            _ => {}
        }
    }

    /// Admin commands about a user who was never here make no sense.
    fn know(&self, user: UserId, reasons: &mut Reasons) {
        let known = self.people.get(&user).is_some_and(|person| person.met);
        let mut entries = self.rooms.iter().flat_map(|room| &room.entries);
        let unknown = !known && !entries.any(|entry| entry.from.id == user);
        reasons.may(unknown, Code::UnknownUser);
    }

    fn carry_out(&mut self, command: &AdminCommand) -> Answer {
        match command {
            AdminCommand::Announce { room: Some(room), text } => return self.announce(room, text),
            AdminCommand::Settings { room, set } => self.set(self.known(room), set),
            AdminCommand::Hide { room, seq } => self.hide(self.known(room), *seq),
            AdminCommand::HidePerson { room, user } => {
                let room = room.as_ref().map(|room| self.known(room));
                self.hide_person(room, *user);
                let all: Vec<_> = self.rooms.iter().map(|room| room.id).collect();
                let rooms = room.map_or(all, |room| vec![room]);
                rooms.into_iter().for_each(|room| self.hide_texts(room, *user));
            }
            AdminCommand::Unhide { room, seq } => self.unhide(self.known(room), *seq),
            AdminCommand::Hidden { room } => return self.list_hidden(self.known(room)),
            AdminCommand::Mute { room, user, seconds } => self.mute(self.known(room), *user, *seconds),
            AdminCommand::Unmute { room, user } => {
                let (room, now_ms) = (self.known(room), self.now.mono_ms);
                let muted = self.room_mut(room).muted.remove(user);
                let sure = muted.is_some_and(|mute| mute.sure_ms > now_ms);
                self.moderated(room, Measure::Unmute, *user, None, sure);
            }
            AdminCommand::Ban { user, address } => self.ban(*user, *address),
            AdminCommand::Unban { user } if self.is_banned(*user) => {
                self.record(*user).banned = false;
                self.unmark(*user);
                self.everywhere(Measure::Unban, *user);
            }
            AdminCommand::Admit { room, user } => {
                let room = room.as_ref().map(|room| self.known(room));
                self.admit(room, *user);
            }
            AdminCommand::Badge { user, badge } => self.record(*user).badge = (*badge != Role::Guest).then_some(*badge),
            AdminCommand::Seats { count } => self.set_seats(*count),
            AdminCommand::FreeSeat { seat } => self.free_seat(*seat),
            AdminCommand::Words { list } => self.listed = list.iter().any(|word| &**word == WORD),
            AdminCommand::Held { room } => return self.list_held(self.known(room)),
            AdminCommand::Approve { room, number } | AdminCommand::Reject { room, number } => {
                let room = self.known(room);
                let held = self.take_held(room, *number).expect("it waits");
                match command {
                    AdminCommand::Approve { .. } => self.show(room, held),
                    _ => self.forget(room, held),
                }
            }
            AdminCommand::Poll { room, poll } => return self.open_poll(self.known(room), poll),
            AdminCommand::ClosePoll { room, poll } => self.change_poll(self.known(room), *poll, true),
            AdminCommand::ShowPoll { room, poll } => self.change_poll(self.known(room), *poll, false),
            AdminCommand::Polls { room } => return self.list_polls(self.known(room)),
            AdminCommand::Answered { room, question } => {
                let (room, question) = (self.known(room), *question);
                let mut questions = self.room_mut(room).questions.iter_mut();
                let state = questions.find(|(seq, _)| **seq == question).expect("it is there").1;
                if !std::mem::replace(&mut state.answered, true) {
                    self.change(room, Control::Answered { question });
                }
            }
            AdminCommand::Pin { room, seq, text } => self.pin(self.known(room), *seq, text.clone()),
            AdminCommand::Unpin { room } => {
                let room = self.known(room);
                if self.room_mut(room).pin.take().is_some() {
                    self.change(room, Control::Pin { pin: None });
                }
            }
            AdminCommand::Issue { role, .. } => self.issue(*role),
            AdminCommand::Revoke { code } => {
                self.codes.get_mut(code).expect("it is there").1 = true;
                self.operators.retain(|_, by| by.id != *code);
            }
            _ => {}
        }
        Ok(Reply::Done)
    }

    fn set(&mut self, id: RoomId, change: &SettingsChange) {
        let room = self.room_mut(id);
        if room.set(change) {
            let settings = Box::new(room.settings.clone());
            let members = if settings.closed {
                room.members.clone()
            } else {
                Vec::new()
            };
            self.change(id, Control::Settings { settings });
            members.into_iter().for_each(|(conn, _)| self.put_out(conn));
        }
    }

    fn issue(&mut self, role: OperatorRole) {
        let Some(Reply::Issued { code }) = self.told.reply else {
            return self.wrong(|| "no code".into());
        };
        if self.codes.insert(code, (role, false)).is_some() {
            self.wrong(|| format!("{code:?} was issued twice"));
        }
    }
}
