//! What a user may say in a room that operators run.

use super::{
    Asker, Model, Room,
    reasons::{Perhaps, Reasons},
};
use chatterbox::{
    limits,
    room::{AddressTag, Body, Code, Said, SettingsChange, UserId, WordMode},
};

/// The word that rooms may block.
pub const WORD: &str = "darn";

/// Until when a user may only read: at least, at most, and for how long it was meant.
#[derive(Clone)]
pub struct Mute {
    pub sure_ms: u64,
    pub most_ms: u64,
    whole_ms: u64,
}

impl Mute {
    pub fn new(until_ms: u64, whole_ms: u64) -> Self {
        Self {
            sure_ms: until_ms,
            most_ms: until_ms,
            whole_ms,
        }
    }

    pub fn start_again(&mut self, now_ms: u64) {
        self.sure_ms = self.sure_ms.saturating_sub(now_ms);
        self.most_ms = self.whole_ms;
    }
}

impl Room {
    fn is_open(&self) -> bool {
        !self.settings.locked && !self.settings.newcomers_wait
    }

    /// A user has come in.
    pub fn saw(&mut self, user: UserId) {
        let open = self.is_open();
        let crowd = if open {
            &mut self.been.sure
        } else {
            &mut self.been.maybe
        };
        crowd.insert(user);
    }

    /// Whether the settings are others now.
    pub fn set(&mut self, change: &SettingsChange) -> bool {
        let before = self.settings.clone();
        let now = &mut self.settings;
        now.gift_budget = change.gift_budget.or(before.gift_budget);
        now.slow_s = change.slow_s.unwrap_or(before.slow_s);
        now.locked = change.locked.unwrap_or(before.locked);
        now.closed = change.closed.unwrap_or(before.closed);
        now.reactions_only = change.reactions_only.unwrap_or(before.reactions_only);
        now.links_off = change.links_off.unwrap_or(before.links_off);
        now.hold = change.hold.unwrap_or(before.hold);
        now.newcomers_wait = change.newcomers_wait.unwrap_or(before.newcomers_wait);
        now.words = change.words.unwrap_or(before.words);
        let mut were_there = self.been.clone();
        were_there.sure.extend(self.users());
        if self.settings.locked && !before.locked {
            self.at_lock = were_there.clone();
        }
        if self.settings.newcomers_wait && !before.newcomers_wait {
            self.at_wait = were_there.clone();
        }
        if self.is_open() {
            self.been = were_there;
        }
        // What was said while there was no slow mode, or in one before, may count or not.
        if self.settings.slow_s == 0 || before.slow_s == 0 {
            self.slow_times += 1;
        }
        self.settings != before
    }
}

impl Model {
    /// Forgets mutes that have ended.
    pub(super) fn forget_mutes(&mut self) {
        let (rooms, now_ms) = (&self.rooms, self.now.mono_ms);
        let lasts = |user: &UserId| {
            let mut mutes = rooms.iter().filter_map(|room| room.muted.get(user));
            mutes.any(|mute| mute.most_ms > now_ms)
        };
        for users in self.muted_at.values_mut() {
            users.retain(lasts);
        }
    }

    /// Why a user may only read: own mutes, and those of others at the same device.
    pub(super) fn muting(&self, user: UserId, device: AddressTag) -> Reasons {
        let person = self.people.get(&user);
        let exempt = self.is_staff(user) || self.is_operator(user) || person.is_some_and(|it| it.admitted);
        let others = self.muted_at.get(&device).filter(|_| !exempt);
        let others = others.into_iter().flatten().flat_map(|other| self.mutes(*other));
        let mut reasons = Reasons::default();
        for mute in self.mutes(user).chain(others) {
            reasons.add(mute.sure_ms > self.now.mono_ms, Code::Muted);
            reasons.may(mute.most_ms > self.now.mono_ms, Code::Muted);
        }
        reasons
    }

    fn mutes(&self, user: UserId) -> impl Iterator<Item = &Mute> {
        self.rooms.iter().filter_map(move |room| room.muted.get(&user))
    }

    /// Why a user may not act in the room.
    pub(super) fn acting(&self, asker: &Asker) -> Reasons {
        if !self.is_run {
            return Reasons::default();
        }
        let muted = self.muting(asker.user, asker.device);
        self.entering(asker.user, asker.room).and(muted)
    }

    /// Why a person may not react so: letters would have to wait for approval.
    pub(super) fn reacting(&self, asker: &Asker, emoji: &str) -> Reasons {
        let mut reasons = self.acting(asker);
        if self.is_run && emoji.chars().any(char::is_alphabetic) {
            let (waits, _) = self.waits(asker, &Said::chat(emoji));
            reasons.add(waits == Perhaps::Yes, Code::NotAllowed);
            reasons.may(waits == Perhaps::Maybe, Code::NotAllowed);
        }
        reasons
    }

    /// Why a message is not taken.
    pub(super) fn speaking(&self, asker: &Asker, body: &Body, waits: Perhaps) -> Reasons {
        let mut reasons = self.acting(asker);
        let user = asker.user;
        let Some(room) = asker.room.filter(|_| self.is_run).map(|id| self.room(id)) else {
            return reasons;
        };
        let here = |user: UserId| {
            self.people
                .get(&user)
                .is_some_and(|it| it.address == Some(asker.device))
        };
        let theirs = |users: &mut dyn Iterator<Item = UserId>| users.filter(|user| here(*user)).count();
        let held = theirs(&mut room.held.iter().map(|held| held.user));
        let full = room.held.len() >= limits::APPROVAL_QUEUE || held >= limits::DEVICE_APPROVALS;
        reasons.add(full && waits == Perhaps::Yes, Code::Busy);
        reasons.may(full && waits == Perhaps::Maybe, Code::Busy);
        if let Body::Said(Said::Question { .. }) = body {
            let open = room.questions.values().filter(|question| !question.answered);
            let enough = theirs(&mut open.map(|question| question.user)) >= limits::DEVICE_QUESTIONS;
            let runs = self.is_staff(user) || self.is_operator(user);
            reasons.add(room.is_full_of_questions() || (enough && !runs), Code::Full);
        }
        if self.is_staff(user) {
            return reasons;
        }
        let (settings, text) = (&room.settings, body.said().map_or("", |said| said.texts()[0]));
        reasons.add(settings.reactions_only, Code::ReactionsOnly);
        reasons.add(settings.links_off && text.contains("www."), Code::NoLinks);
        reasons.add(settings.words == WordMode::Block && self.is_bad(text), Code::BadWord);
        for (at_ms, time) in self.spoke_before(room, asker) {
            let soon = self.now.mono_ms < at_ms + u64::from(settings.slow_s) * 1000;
            reasons.add(soon && time == room.slow_times, Code::SlowMode);
            reasons.may(soon, Code::SlowMode);
        }
        reasons
    }

    fn spoke_before(&self, room: &Room, asker: &Asker) -> impl Iterator<Item = (u64, u64)> {
        let own = room.spoke.get(&asker.user).copied();
        own.into_iter().chain(room.heard.get(&asker.device).copied())
    }

    fn is_bad(&self, text: &str) -> bool {
        self.listed && text.contains(WORD)
    }

    /// Whether a message waits to be approved; and whether only because its sender is new.
    pub(super) fn waits(&self, asker: &Asker, said: &Said) -> (Perhaps, bool) {
        let Some(room) = asker.room.filter(|_| self.is_run).map(|id| self.room(id)) else {
            return (Perhaps::No, false);
        };
        let settings = &room.settings;
        if self.is_staff(asker.user) {
            return (Perhaps::No, false);
        }
        if settings.hold || (settings.words == WordMode::Hold && self.is_bad(said.texts()[0])) {
            return (Perhaps::Yes, false);
        }
        if !settings.newcomers_wait {
            return (Perhaps::No, false);
        }
        let everywhere = self.people.get(&asker.user).is_some_and(|person| person.everywhere);
        let waits = match room.at_wait.has(asker.user) {
            _ if everywhere => Perhaps::No,
            Perhaps::Yes => Perhaps::No,
            Perhaps::Maybe => Perhaps::Maybe,
            Perhaps::No => Perhaps::Yes,
        };
        (waits, true)
    }

    /// A wait is as long as it must be.
    pub(super) fn check_wait(&mut self, asker: &Asker, refused: Code) {
        let Some(room) = asker.room.filter(|_| self.is_run).map(|id| self.room(id)) else {
            return;
        };
        let now_ms = self.now.mono_ms;
        let until_ms = match refused {
            // The first one's wait is told; of an identity's own, the longest.
            Code::Muted => {
                let until_ms = self.mutes(asker.user).map(|mute| mute.sure_ms).max();
                let exact = self.mutes(asker.user).all(|mute| mute.sure_ms == mute.most_ms);
                until_ms.filter(|until_ms| exact && *until_ms > now_ms)
            }
            Code::SlowMode => {
                let exact = self.spoke_before(room, asker).all(|(_, time)| time == room.slow_times);
                let last_ms = self.spoke_before(room, asker).map(|(at_ms, _)| at_ms).max();
                let slow_ms = u64::from(room.settings.slow_s) * 1000;
                last_ms.filter(|_| exact).map(|last_ms| last_ms + slow_ms)
            }
            _ => None,
        };
        let (wait_ms, told_ms) = (until_ms.map(|until_ms| until_ms - now_ms), self.told.wait_ms);
        if wait_ms.is_some() && wait_ms != told_ms {
            self.wrong(|| format!("the wait is {wait_ms:?}, and {told_ms:?} was told"));
        }
    }
}
