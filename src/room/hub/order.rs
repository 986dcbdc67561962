//! Orders of those whose proof the edge has checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Hub;
use crate::{
    limits,
    room::{
        Code, Errand, IssuedCode, Key, Now, Officer, OfficerId, OfficerRole, Order, Refusal, Reply, ReplyTo,
        UpdateFile, UserName, keep,
    },
};

/// The codes that were issued, also those that are worthless: a number is never given twice.
#[derive(Debug, Default)]
pub(super) struct Codes(BTreeMap<OfficerId, Issued>);

/// The value of [`Key::Code`].
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Issued {
    role: OfficerRole,
    name: UserName,
    revoked: bool,
}

impl Codes {
    pub(super) fn take_back(&mut self, id: OfficerId, value: &str) -> Option<()> {
        self.0.insert(id, serde_json::from_str(value).ok()?);
        Some(())
    }
}

impl Hub {
    /// What a code lets its holder do; none if there is no such code any more.
    pub fn officer(&self, id: OfficerId) -> Option<OfficerRole> {
        if id == OfficerId::ORGANIZER {
            return Some(OfficerRole::Organizer);
        }
        let issued = self.codes.0.get(&id)?;
        (!issued.revoked).then_some(issued.role)
    }

    pub(super) fn order(&mut self, now: Now, to: ReplyTo, by: Officer, order: Order) {
        let allowed = by.role == OfficerRole::Organizer || order.is_for_helpers();
        if let ReplyTo::Conn(conn, _) = to
            && let Some(state) = self.conns.get(&conn)
        {
            self.greet_officer(state.user);
        }
        if allowed && let Order::Wipe { dry_run: false } = order {
            self.wipe_by(now, to, by);
            return;
        }
        let reply = if allowed {
            let written = (!order.only_asks()).then(|| Self::written(&order));
            let reply = self.obey(now, by, order);
            if let (Some(written), Ok(_)) = (written, &reply) {
                self.record(now, by, written);
            }
            reply
        } else {
            Err(Refusal::new(Code::NotAllowed, "helpers may not do that"))
        };
        self.answer(to, reply);
    }

    fn obey(&mut self, now: Now, by: Officer, order: Order) -> Result<Reply, Refusal> {
        match order {
            Order::Announce { room: Some(room), text } => self.announce(now, &room, text),
            Order::Announce { room: None, text } => self.announce_to_all(now, &text),
            Order::Reached { room, seq } => self.reached(&room, seq),
            Order::Poll { room, poll } => self.open_poll(now, &room, poll),
            Order::ClosePoll { room, poll } => self.close_poll(now, &room, poll),
            Order::ShowPoll { room, poll } => self.show_poll(now, &room, poll),
            Order::Polls { room } => self.polls(&room),
            Order::Answered { room, question } => self.answered(now, &room, question),
            Order::Pin { room, seq, text } => self.pin(now, &room, seq, text),
            Order::Unpin { room } => self.unpin(now, &room),
            Order::Settings { room, set } => self.set(now, &room, &set),
            Order::Hide { room, seq } => self.hide(now, &room, seq),
            Order::HidePerson { room, user } => self.hide_person(now, room.as_ref(), user),
            Order::Mute { room, user, seconds } => self.mute(now, &room, user, seconds),
            Order::Unmute { room, user } => self.unmute(now, &room, user),
            Order::Ban { user, address } => self.ban(now, by, user, address),
            Order::Unban { user } => self.unban(now, user),
            Order::Admit { room, user } => self.admit(now, room.as_ref(), user),
            Order::Waiting {} => Ok(self.waiting()),
            Order::Badge { user, badge } => self.badge(user, badge),
            Order::Seats { count } => self.seats(now, count),
            Order::FreeSeat { seat } => self.free(now, seat),
            Order::Words { list } => self.set_words(list),
            Order::Held { room } => self.held(&room),
            Order::Approve { room, number } => self.approve(now, &room, number),
            Order::Reject { room, number } => self.reject(&room, number),
            Order::Audit { before, limit } => self.audited(before, limit),
            Order::Wipe { .. } => {
                let (rooms, messages) = self.kept_so_far();
                Ok(Reply::WouldWipe { rooms, messages })
            }
            Order::Issue { role, name } => self.issue(role, name),
            Order::Revoke { code } => self.revoke(code),
            Order::Codes {} => Ok(Reply::Codes {
                codes: self.issued().collect(),
            }),
            Order::Time { at } => Ok(Reply::Errand(Errand::Time(at))),
            Order::Doctor {} => Ok(Reply::Errand(Errand::Doctor)),
            Order::Update { size, sha256, restart } => {
                let file = UpdateFile { size, sha256, restart };
                Ok(Reply::Errand(Errand::Update(file)))
            }
            Order::Updating {} => Ok(Reply::Errand(Errand::Updating)),
        }
    }

    fn issue(&mut self, role: OfficerRole, name: UserName) -> Result<Reply, Refusal> {
        if self.codes.0.len() >= limits::OFFICER_CODES {
            let message = "no more codes: make a new organizer's code, which makes all others worthless";
            return Err(Refusal::new(Code::Full, message));
        }
        let last = self.codes.0.keys().next_back().map_or(0, |id| id.0);
        let code = OfficerId(last + 1);
        let revoked = false;
        self.set_code(code, Issued { role, name, revoked });
        Ok(Reply::Issued { code })
    }

    fn revoke(&mut self, code: OfficerId) -> Result<Reply, Refusal> {
        let Some(issued) = self.codes.0.get(&code) else {
            return Err(Refusal::new(Code::BadRequest, "there is no such code"));
        };
        let issued = Issued {
            revoked: true,
            ..issued.clone()
        };
        self.set_code(code, issued);
        Ok(Reply::Done)
    }

    fn set_code(&mut self, code: OfficerId, issued: Issued) {
        self.keep(Key::Code(code), |_| Some(keep::json(&issued)));
        self.codes.0.insert(code, issued);
    }

    fn issued(&self) -> impl Iterator<Item = IssuedCode> {
        self.codes.0.iter().map(|(&code, issued)| IssuedCode {
            code,
            role: issued.role,
            name: issued.name.clone(),
            revoked: issued.revoked,
        })
    }
}
