//! A room as operators run it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    Crowd, Ids,
    board::{Poll, Question},
};
use chatterbox::room::{AddressTag, Body, ConnId, Entry, MsgId, Now, Pin, Said, Seq, Settings, SettingsChange, UserId};

/// An entry.
pub struct LogItem {
    pub from: UserId,
    pub body: Body,
    pub hidden: bool,
    pub skip: Option<UserId>,
}

/// Until when a user may only read: at least, at most, and for how long it was meant.
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
}

/// What waits.
pub struct Held {
    pub user: UserId,
    pub id: MsgId,
    pub body: Body,
    pub skip: Option<UserId>,
    /// As a list told it.
    pub number: Option<u64>,
    /// It waits for nothing but that its sender is let in.
    pub newcomer: bool,
}

#[derive(Default)]
pub struct Room {
    pub settings: Settings,
    pub log: Vec<LogItem>,
    pub inside: BTreeMap<ConnId, UserId>,
    pub been: Crowd,
    /// Who was there when it was locked, and when newcomers had to wait.
    pub at_lock: Crowd,
    pub at_wait: Crowd,
    pub muted: BTreeMap<UserId, Mute>,
    /// When a user spoke last, and in which time of slow mode.
    pub spoke: BTreeMap<UserId, (u64, u64)>,
    /// The same of each device.
    pub heard: BTreeMap<AddressTag, (u64, u64)>,
    pub slow_times: u64,
    pub held: VecDeque<Held>,
    /// Numbers of what waits no more.
    pub gone: BTreeSet<u64>,
    pub ids: Ids,
    pub polls: BTreeMap<u32, Poll>,
    pub questions: BTreeMap<Seq, Question>,
    pub pin: Option<(Pin, Option<UserId>)>,
    pub given: BTreeMap<UserId, u64>,
    pub received: BTreeMap<UserId, u64>,
}

impl Room {
    pub fn head(&self) -> Seq {
        self.log.len() as Seq
    }

    pub fn said(&self, seq: Seq) -> Option<&LogItem> {
        self.log.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    pub fn here(&self, user: UserId) -> bool {
        self.inside.values().any(|inside| *inside == user)
    }

    pub fn online(&self) -> usize {
        self.inside.values().collect::<BTreeSet<_>>().len()
    }

    fn is_open(&self) -> bool {
        !self.settings.locked && !self.settings.newcomers_wait
    }

    pub fn enter(&mut self, conn: ConnId, user: UserId) {
        self.inside.insert(conn, user);
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
        were_there.sure.extend(self.inside.values());
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
        if self.settings.closed {
            self.inside.clear();
        }
        self.settings != before
    }

    pub fn take(&mut self, entry: &Entry) {
        self.ids.insert((entry.from.id, entry.id.clone()), entry.seq);
        if let Body::Said(Said::Question { text }) = &entry.body {
            let question = Question::new(entry.from.id, text.clone());
            self.make_way_for_question();
            self.questions.insert(entry.seq, question);
        }
        self.log.push(LogItem {
            from: entry.from.id,
            body: entry.body.clone(),
            hidden: false,
            skip: entry.skip,
        });
    }

    pub fn restart(&mut self, now: Now) {
        self.inside.clear();
        self.been.fade();
        self.slow_times += 1;
        // What is left, or all of it again; the clock starts anew.
        self.muted.retain(|_, mute| mute.most_ms > now.mono_ms);
        for mute in self.muted.values_mut() {
            mute.sure_ms = mute.sure_ms.saturating_sub(now.mono_ms);
            mute.most_ms = mute.whole_ms;
        }
        self.spoke.clear();
        self.heard.clear();
        self.polls.values_mut().for_each(Poll::restart);
        self.questions.values_mut().for_each(|question| question.from.clear());
    }
}

impl Room {
    pub fn is_control(&self, seq: Seq) -> bool {
        let said = self.said(seq).map(|said| &said.body);
        !matches!(
            said,
            None | Some(
                Body::Said(Said::Chat { .. }) | Body::Said(Said::Gift { .. }) | Body::Said(Said::Question { .. })
            )
        )
    }
}
