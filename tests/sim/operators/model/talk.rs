//! Who may say something, and what becomes of it.

use super::{Held, Model, Perhaps, Reasons, WORD, orders::words_of, refused, room::Mute};
use chatterbox::{
    limits,
    room::{Audience, Body, Code, Command, MsgId, Refusal, Reply, RoomName, Said, UserId, WordMode},
};

/// Something that a user says.
struct Saying<'a> {
    user: UserId,
    id: &'a Option<MsgId>,
    skip: Option<UserId>,
    body: Body,
}

impl Model {
    /// Why a user may only read, in whatever room.
    pub fn is_muted(&self, user: UserId) -> Reasons {
        let mut reasons = Reasons::default();
        for mute in self.mutes_of(user) {
            reasons.add(mute.sure_ms > self.now.mono_ms, Code::Muted);
            reasons.may(mute.most_ms > self.now.mono_ms, Code::Muted);
        }
        reasons
    }

    /// Those of an identity, and of others who were muted where it is.
    fn mutes_of(&self, user: UserId) -> impl Iterator<Item = &Mute> {
        let exempt =
            self.is_staff(user) || self.is_officer(user) || self.people.get(&user).is_some_and(|it| it.admitted);
        let others = self
            .muted_at
            .get(&self.asking)
            .into_iter()
            .flatten()
            .filter(move |_| !exempt);
        let own = self.own_mutes(user);
        own.chain(others.flat_map(|other| self.own_mutes(*other)))
    }

    fn own_mutes(&self, user: UserId) -> impl Iterator<Item = &Mute> {
        self.rooms.values().filter_map(move |room| room.muted.get(&user))
    }

    /// Why a user may not act in a room.
    pub fn act(&self, user: UserId, room: &RoomName) -> Reasons {
        self.enter(user, room).and(self.is_muted(user))
    }

    /// Why a person may not react so: letters would have to wait for approval.
    pub fn react(&self, user: UserId, name: &RoomName, emoji: &str) -> Reasons {
        let mut reasons = self.act(user, name);
        if self.rooms.contains_key(name) && emoji.chars().any(char::is_alphabetic) {
            let (waits, _) = self.waits(user, name, emoji);
            reasons.add(matches!(waits, Perhaps::Yes), Code::NotAllowed);
            reasons.may(matches!(waits, Perhaps::Maybe), Code::NotAllowed);
        }
        reasons
    }

    fn speak(&self, user: UserId, name: &RoomName, text: &str) -> Reasons {
        let mut reasons = self.act(user, name);
        if self.is_staff(user) {
            return reasons;
        }
        let room = &self.rooms[name];
        let settings = &room.settings;
        reasons.add(settings.reactions_only, Code::ReactionsOnly);
        reasons.add(settings.links_off && text.contains("www."), Code::NoLinks);
        let bad = settings.words == WordMode::Block && self.is_bad(text);
        reasons.add(bad, Code::BadWord);
        for (at_ms, time) in room.spoke.get(&user).into_iter().chain(room.heard.get(&self.asking)) {
            let soon = self.now.mono_ms < at_ms + u64::from(settings.slow_s) * 1000;
            reasons.add(soon && *time == room.slow_times, Code::SlowMode);
            reasons.may(soon, Code::SlowMode);
        }
        reasons
    }

    fn is_bad(&self, text: &str) -> bool {
        self.listed && text.contains(WORD)
    }

    /// Whether it waits to be approved; and whether only because its sender is new.
    fn waits(&self, user: UserId, name: &RoomName, text: &str) -> (Perhaps, bool) {
        let room = &self.rooms[name];
        let settings = &room.settings;
        if self.is_staff(user) {
            return (Perhaps::No, false);
        }
        if settings.hold || (settings.words == WordMode::Hold && self.is_bad(text)) {
            return (Perhaps::Yes, false);
        }
        if !settings.newcomers_wait {
            return (Perhaps::No, false);
        }
        let everywhere = self.people.get(&user).is_some_and(|person| person.everywhere);
        let waits = match room.at_wait.has(user) {
            _ if everywhere => Perhaps::No,
            Perhaps::Yes => Perhaps::No,
            Perhaps::Maybe => Perhaps::Maybe,
            Perhaps::No => Perhaps::Yes,
        };
        (waits, true)
    }

    /// The answer to what came before under the same id; none if nothing did.
    fn again(&self, user: UserId, room: &RoomName, id: &Option<MsgId>) -> Option<Option<u64>> {
        let id = id.as_ref()?;
        let room = &self.rooms[room];
        if let Some(seq) = room.ids.get(&(user, id.clone())) {
            return Some(Some(*seq));
        }
        let mut held = room.held.iter();
        held.any(|held| held.user == user && held.id == *id).then_some(None)
    }

    pub fn perform(
        &mut self,
        passed: Reasons,
        user: UserId,
        room: &RoomName,
        command: &Command,
        reply: &Result<Reply, Refusal>,
    ) -> Result<(), String> {
        let Command::Say(say) = command else {
            return self.do_beside(passed, user, room, command, reply);
        };
        let (id, body) = (&say.id, Body::Said(say.said.clone()));
        let skip = (say.audience == Audience::Others).then_some(user);
        let saying = Saying { user, id, skip, body };
        self.say_something(passed, room, saying, reply)
    }

    fn say_something(
        &mut self,
        passed: Reasons,
        room: &RoomName,
        saying: Saying<'_>,
        reply: &Result<Reply, Refusal>,
    ) -> Result<(), String> {
        let Saying { user, id, skip, body } = saying;
        let again = self.again(user, room, id).filter(|_| passed.sure.is_empty());
        if let Some(was) = again
            && refused(reply).is_none_or(|code| !passed.maybe.contains(&code))
        {
            return match (was, reply) {
                (Some(at), Ok(Reply::Sent { seq, duplicate, .. })) if *duplicate && *seq == Some(at) => Ok(()),
                (None, Ok(Reply::Held { .. })) => Ok(()),
                _ => Err(format!("{id:?} came again, and was {was:?}")),
            };
        }
        let (waits, newcomer) = self.waits(user, room, &words_of(&body));
        let mut reasons = passed.and(self.speak(user, room, &words_of(&body)));
        let state = &self.rooms[room];
        let theirs = |users: &mut dyn Iterator<Item = UserId>| {
            let here = |user: &UserId| self.people.get(user).is_some_and(|it| it.address == Some(self.asking));
            users.filter(here).count()
        };
        let held = theirs(&mut state.held.iter().map(|held| held.user));
        let full = state.held.len() >= limits::APPROVAL_QUEUE || held >= limits::DEVICE_APPROVALS;
        reasons.add(full && waits == Perhaps::Yes, Code::Busy);
        reasons.may(full && waits == Perhaps::Maybe, Code::Busy);
        match &body {
            Body::Said(Said::Gift { count, to, .. }) => {
                let budget = state.settings.gift_budget.unwrap_or(self.limits.gift_budget);
                let given = state.given.get(&user).copied().unwrap_or(0) + u64::from(*count);
                reasons.add(budget > 0 && given > budget, Code::OverBudget);
                reasons.add(to.is_some_and(|to| !state.here(to)), Code::UnknownUser);
            }
            Body::Said(Said::Question { .. }) => {
                let open = state.questions.values().filter(|question| !question.answered);
                let enough = theirs(&mut open.map(|question| question.user)) >= limits::DEVICE_QUESTIONS;
                let runs = self.is_staff(user) || self.is_officer(user);
                reasons.add(state.is_full_of_questions() || (enough && !runs), Code::Full);
            }
            _ => {}
        }
        if !reasons.judge(refused(reply))? {
            return self.check_wait(user, room, reply);
        }
        let held = match reply {
            Ok(Reply::Held { .. }) if waits != Perhaps::No => true,
            Ok(Reply::Sent { duplicate: false, .. }) if waits != Perhaps::Yes => false,
            _ => return Err(format!("it waits: {waits:?}, and the answer is {reply:?}")),
        };
        let spoke = (self.now.mono_ms, self.rooms[room].slow_times);
        let asking = self.asking;
        self.room(room).spoke.insert(user, spoke);
        self.room(room).heard.insert(asking, spoke);
        if let Body::Said(Said::Gift { count, .. }) = body {
            *self.room(room).given.entry(user).or_default() += u64::from(count);
        }
        if held {
            let Ok(Reply::Held { id }) = reply else { unreachable!() };
            self.secrets.insert((room.clone(), words_of(&body)));
            let id = id.clone();
            let number = None;
            self.room(room).held.push_back(Held {
                user,
                id,
                body,
                skip,
                number,
                newcomer,
            });
        } else {
            self.room(room).been.maybe.insert(user);
            self.show(room, user, skip, body);
        }
        Ok(())
    }

    /// Something is to appear.
    pub fn show(&mut self, room: &RoomName, user: UserId, skip: Option<UserId>, body: Body) {
        self.secrets.remove(&(room.clone(), words_of(&body)));
        if let Body::Said(Said::Gift {
            count, to: Some(to), ..
        }) = &body
        {
            *self.room(room).received.entry(*to).or_default() += u64::from(*count);
        }
        self.want(room, user, body);
        self.wants.last_mut().expect("just wanted").skip = skip;
    }

    /// A wait is as long as it must be.
    fn check_wait(&self, user: UserId, room: &RoomName, reply: &Result<Reply, Refusal>) -> Result<(), String> {
        let Err(refusal) = reply else { return Ok(()) };
        let now_ms = self.now.mono_ms;
        let room = &self.rooms[room];
        let wait_ms = match refusal.code {
            // The first one's wait is told; of an identity's own, the longest.
            Code::Muted => {
                let mutes: Vec<_> = self.own_mutes(user).collect();
                match mutes.iter().map(|mute| mute.sure_ms).max() {
                    Some(until_ms) if until_ms > now_ms && mutes.iter().all(|mute| mute.sure_ms == mute.most_ms) => {
                        until_ms - now_ms
                    }
                    _ => return Ok(()),
                }
            }
            Code::SlowMode => {
                let spoke = room.spoke.get(&user).into_iter().chain(room.heard.get(&self.asking));
                if spoke.clone().any(|(_, time)| *time != room.slow_times) {
                    return Ok(());
                }
                let last_ms = spoke.map(|(at_ms, _)| *at_ms).max().unwrap_or(0);
                last_ms + u64::from(room.settings.slow_s) * 1000 - now_ms
            }
            _ => return Ok(()),
        };
        if refusal.retry_after_ms == Some(wait_ms) {
            return Ok(());
        }
        Err(format!("the wait is {wait_ms}, and {refusal:?} was said"))
    }
}
