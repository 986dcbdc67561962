//! Applies the commands of organizer and moderators: checks the role, records the command in the audit log (`limits::AUDIT`), changes rooms
//! or people, and answers.

pub(in crate::room::hub) mod audit;
pub(in crate::room::hub) mod audit_log;
pub(in crate::room::hub) mod codes;
mod desk;

use crate::room::hub::admin::codes::Issued;

use crate::room::hub::state::{Hub, Outcome};
use crate::{
    limits,
    room::{
        AdminCommand, Code, HostJob, IssuedCode, Key, Now, Operator, OperatorId, OperatorRole, Refusal, Reply, ReplyTo,
        UpdateFile, UserName, persist,
    },
};

impl Hub {
    /// The role of an access code; `None` if the code is unknown or revoked.
    pub fn operator(&self, id: OperatorId) -> Option<OperatorRole> {
        if id == OperatorId::ORGANIZER {
            return Some(OperatorRole::Organizer);
        }
        let issued = self.codes.0.get(&id)?;
        (!issued.revoked).then_some(issued.role)
    }

    /// Applies an operator's command and answers it, or hands it to the host.
    pub(in crate::room::hub) fn admin(&mut self, now: Now, to: ReplyTo, by: Operator, command: AdminCommand) {
        let allowed = by.role == OperatorRole::Organizer || command.allowed_for_moderator();
        if let ReplyTo::Conn(conn, _) = to
            && let Some(state) = self.conns.get(&conn)
        {
            let user = state.user;
            self.note_operator(user, by);
            self.keep_slot(conn);
        }
        if allowed && let AdminCommand::Wipe { dry_run: false } = command {
            self.wipe_by(now, to, by);
            return;
        }
        let outcome = if allowed {
            let written = (!command.is_read_only()).then(|| Self::written(&command));
            let outcome = self.apply(now, to, by, command);
            let is_done = outcome
                .as_ref()
                .is_ok_and(|outcome| !matches!(outcome, Outcome::Pin(_)));
            if let Some(written) = written.filter(|_| is_done) {
                self.record(now, by, written);
            }
            outcome
        } else {
            Err(Refusal::new(Code::NotAllowed, "moderators may not do that"))
        };
        self.conclude(to, outcome);
    }

    fn apply(&mut self, now: Now, to: ReplyTo, by: Operator, command: AdminCommand) -> Result<Outcome, Refusal> {
        let reply = match command {
            AdminCommand::Announce { room: Some(room), text } => self.announce(now, &room, text),
            AdminCommand::Announce { room: None, text } => self.announce_to_all(now, &text),
            AdminCommand::Reached { room, seq } => self.reached(&room, seq),
            AdminCommand::Poll { room, poll } => self.open_poll(now, &room, poll),
            AdminCommand::ClosePoll { room, poll } => self.close_poll(now, &room, poll),
            AdminCommand::ShowPoll { room, poll } => self.show_poll(now, &room, poll),
            AdminCommand::RemovePoll { room, poll } => self.remove_poll(now, &room, poll),
            AdminCommand::People { room, filter, name } => self.list_people(now, &room, filter, name.as_deref()),
            AdminCommand::Person { room, user } => self.person_record(now, &room, user),
            AdminCommand::Polls { room } => self.polls(&room),
            AdminCommand::Answered { room, question } => self.answered(now, &room, question),
            AdminCommand::Pin { room, seq, text } => return self.pin(now, (to, by), &room, seq, text),
            AdminCommand::Unpin { room } => self.unpin(now, &room),
            AdminCommand::Settings { room, set } => self.set(now, &room, &set),
            AdminCommand::Hide { room, seq } => self.hide(now, &room, seq),
            AdminCommand::HidePerson { room, user } => return self.hide_person(now, to, room.as_ref(), user),
            AdminCommand::Hidden { room } => self.hidden(&room),
            AdminCommand::Unhide { room, seq } => self.unhide(now, &room, seq),
            AdminCommand::UnhidePerson { room, user, hide } => self.unhide_person(now, &room, user, hide),
            AdminCommand::Mute { room, user, seconds } => self.mute(now, &room, user, seconds),
            AdminCommand::Unmute { room, user } => self.unmute(now, &room, user),
            AdminCommand::Ban { user, address } => self.ban(now, by, user, address),
            AdminCommand::Unban { user } => self.unban(now, user),
            AdminCommand::Admit { room, user } => self.admit(now, room.as_ref(), user),
            AdminCommand::Waiting {} => Ok(self.waiting()),
            AdminCommand::Badge { user, badge } => self.badge(user, badge),
            AdminCommand::Seats { count } => self.seats(now, count),
            AdminCommand::Seating {} => Ok(self.seating()),
            AdminCommand::FreeSeat { seat } => self.free(now, seat),
            AdminCommand::Words { list } => self.set_words(list),
            AdminCommand::WordList {} => Ok(self.word_list()),
            AdminCommand::TryWords { text } => self.try_words(&text),
            AdminCommand::Held { room } => self.held(&room),
            AdminCommand::Approve { room, number } => self.approve(now, &room, number),
            AdminCommand::Reject { room, number } => self.reject(&room, number),
            AdminCommand::Audit { before, limit } => self.audited(before, limit),
            AdminCommand::Wipe { .. } => {
                let (rooms, messages) = self.kept_so_far();
                Ok(Reply::WouldWipe { rooms, messages })
            }
            AdminCommand::Issue { role, name } => self.issue(role, name),
            AdminCommand::Revoke { code } => self.revoke(code),
            AdminCommand::Codes {} => Ok(Reply::Codes {
                codes: self.issued().collect(),
            }),
            AdminCommand::Time { at } => return Ok(Outcome::Host(HostJob::Time(at))),
            AdminCommand::Doctor {} => return Ok(Outcome::Host(HostJob::Doctor)),
            AdminCommand::Update { size, sha256, restart } => {
                let file = UpdateFile { size, sha256, restart };
                return Ok(Outcome::Host(HostJob::Update(file)));
            }
            AdminCommand::Updating {} => return Ok(Outcome::Host(HostJob::Updating)),
            AdminCommand::Backup { passphrase } => return Ok(Outcome::Host(HostJob::Backup(passphrase, by))),
            AdminCommand::Restore {
                size,
                sha256,
                passphrase,
            } => {
                let restart = false;
                let file = UpdateFile { size, sha256, restart };
                return Ok(Outcome::Host(HostJob::Restore(file, passphrase, by)));
            }
            AdminCommand::ConfirmRestore {} => return Ok(Outcome::Host(HostJob::ConfirmRestore)),
            AdminCommand::Reset {} => return Ok(Outcome::Host(HostJob::Reset)),
            AdminCommand::Log {} => return Ok(Outcome::Host(HostJob::Log)),
            AdminCommand::Handover { seen, alone } => return Ok(Outcome::Host(HostJob::Handover { seen, alone })),
        };
        reply.map(Outcome::Reply)
    }

    fn issue(&mut self, role: OperatorRole, name: UserName) -> Result<Reply, Refusal> {
        if self.codes.0.len() >= limits::OPERATOR_CODES {
            let message = "no more codes: make a new organizer's code, which makes all others worthless";
            return Err(Refusal::new(Code::Full, message));
        }
        let last = self.codes.0.keys().next_back().map_or(0, |id| id.0);
        let code = OperatorId(last + 1);
        let revoked = false;
        self.set_code(code, Issued { role, name, revoked });
        Ok(Reply::Issued { code })
    }

    fn revoke(&mut self, code: OperatorId) -> Result<Reply, Refusal> {
        let Some(issued) = self.codes.0.get(&code) else {
            return Err(Refusal::new(Code::BadRequest, "there is no such code"));
        };
        let issued = Issued {
            revoked: true,
            ..issued.clone()
        };
        self.set_code(code, issued);
        self.dismiss(code);
        Ok(Reply::Done)
    }

    fn set_code(&mut self, code: OperatorId, issued: Issued) {
        self.persist(Key::Code(code), |_| Some(persist::json(&issued)));
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
