//! A room as the model sees it: everything that was ever said, in a list, and how operators run it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use super::{
    board::{Poll, Question},
    held::Held,
    hiding::Original,
    kinds,
    policy::Mute,
    reasons::Crowd,
    values::SharedState,
};
use chatterbox::{
    limits::{CONTROL_ENTRIES, DEDUP_IDS, ENTRY_FIXED_BYTES, RING_ENTRIES},
    room::{
        AddressTag, Body, ConnId, Control, Entry, Epoch, MsgId, Pin, RoomId, RoomName, Said, Seq, Settings, Token,
        UserId,
    },
};

type Values = (usize, BTreeMap<Token, u64>);

#[derive(Clone)]
pub struct Room {
    pub id: RoomId,
    pub name: RoomName,
    pub epoch: Epoch,
    /// Earlier epochs, each with the number up to which its entries are the same.
    pub lives: Vec<(Epoch, Seq)>,
    /// Every entry since the room came to be; number `n` at place `n - 1`.
    pub entries: Vec<Arc<Entry>>,
    pub oldest: Seq,
    /// The numbers of all control entries.
    controls: Vec<Seq>,
    pub ring_bytes: usize,
    /// The weight of what the log keeps.
    bytes: usize,
    pub last_at: u64,
    /// Every id that was ever accepted, in order.
    accepted: Vec<(UserId, MsgId, Option<Seq>, u64)>,
    pub reactions: BTreeMap<Token, u64>,
    /// The same as a store has them.
    pub stored_reactions: BTreeMap<Token, u64>,
    /// The device that brought each kind of reaction.
    pub brought: BTreeMap<Token, AddressTag>,
    pub made_by: Option<AddressTag>,
    pub given: BTreeMap<UserId, u64>,
    pub received: BTreeMap<UserId, u64>,
    pub members: Vec<(ConnId, UserId)>,
    pub stays: bool,
    pub used_ms: Option<u64>,
    /// The last values that members were told, and the time.
    pub told: Option<(Values, u64)>,
    pub due_ms: Option<u64>,
    pub settings: Settings,
    pub been: Crowd,
    /// People who were there when it was locked, and when newcomers had to wait.
    pub at_lock: Crowd,
    pub at_wait: Crowd,
    pub muted: BTreeMap<UserId, Mute>,
    /// When a user spoke last, and in which time of slow mode.
    pub spoke: BTreeMap<UserId, (u64, u64)>,
    /// The same of each device.
    pub heard: BTreeMap<AddressTag, (u64, u64)>,
    pub slow_times: u64,
    pub held: VecDeque<Held>,
    /// Numbers of messages that no longer wait.
    pub gone: BTreeSet<u64>,
    pub polls: BTreeMap<u32, Poll>,
    pub questions: BTreeMap<Seq, Question>,
    pub pin: Option<(Pin, Option<UserId>)>,
    pub values: SharedState,
    /// Messages that their authors took back.
    pub retracted: BTreeSet<Seq>,
    /// What hidden messages were, by number, and the questions among them.
    pub originals: BTreeMap<Seq, Original>,
    pub hidden_questions: BTreeMap<Seq, Question>,
    /// More was hidden than can be shown again; only the hub knows what it has of that.
    pub hid_too_many: bool,
}

impl Room {
    pub fn new(id: RoomId, name: RoomName, epoch: Epoch, ring_bytes: usize) -> Self {
        Self {
            id,
            name,
            epoch,
            lives: Vec::new(),
            entries: Vec::new(),
            oldest: 1,
            controls: Vec::new(),
            ring_bytes,
            bytes: 0,
            last_at: 0,
            accepted: Vec::new(),
            reactions: BTreeMap::new(),
            stored_reactions: BTreeMap::new(),
            brought: BTreeMap::new(),
            made_by: None,
            given: BTreeMap::new(),
            received: BTreeMap::new(),
            members: Vec::new(),
            stays: false,
            used_ms: None,
            told: None,
            due_ms: None,
            settings: Settings::default(),
            been: Crowd::default(),
            at_lock: Crowd::default(),
            at_wait: Crowd::default(),
            muted: BTreeMap::new(),
            spoke: BTreeMap::new(),
            heard: BTreeMap::new(),
            slow_times: 0,
            held: VecDeque::new(),
            gone: BTreeSet::new(),
            polls: BTreeMap::new(),
            questions: BTreeMap::new(),
            pin: None,
            values: SharedState::default(),
            retracted: BTreeSet::new(),
            originals: BTreeMap::new(),
            hidden_questions: BTreeMap::new(),
            hid_too_many: false,
        }
    }

    pub fn head(&self) -> Seq {
        self.entries.len() as Seq
    }

    pub fn at(&self, seq: Seq) -> &Arc<Entry> {
        self.get(seq).expect("the room has it")
    }

    pub fn get(&self, seq: Seq) -> Option<&Arc<Entry>> {
        self.entries.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    pub fn is_control(&self, seq: Seq) -> bool {
        self.controls.binary_search(&seq).is_ok()
    }

    pub fn push(&mut self, entry: Arc<Entry>) {
        match &entry.body {
            Body::Said(Said::Question { text }) => self.ask(entry.seq, entry.from.id, text),
            Body::Control(Control::Edit { .. } | Control::Retract { .. }) => {}
            Body::Said(said) if !kinds::is_control(said) => {}
            Body::Said(_) | Body::Control(_) => self.controls.push(entry.seq),
            Body::Hidden { .. } => {}
        }
        if entry.seq == 1 {
            self.stored_reactions.clone_from(&self.reactions);
        }
        self.last_at = entry.at;
        self.entries.push(entry);
    }

    /// The newest entry gets the text of its id, without which its weight is not known.
    pub fn settle_newest(&mut self, entry: &Arc<Entry>) {
        self.entries.pop();
        self.entries.push(entry.clone());
        self.keep(entry);
    }

    /// The log keeps an entry; older ones make way.
    pub fn keep(&mut self, entry: &Entry) {
        self.bytes += weight(entry);
        while self.oldest < entry.seq
            && (self.bytes > self.ring_bytes || entry.seq - self.oldest >= RING_ENTRIES as Seq)
        {
            self.bytes -= weight(self.at(self.oldest));
            self.oldest += 1;
        }
    }

    /// Something else stands in the place of an entry.
    pub fn replace(&mut self, seq: Seq, entry: Entry) {
        let index = usize::try_from(seq).expect("entries fit into memory") - 1;
        let before = std::mem::replace(&mut self.entries[index], Arc::new(entry));
        if seq >= self.oldest {
            self.bytes = self.bytes + weight(self.at(seq)) - weight(&before);
        }
    }

    /// The control entries in `from..=to` that a user who fell behind still gets.
    pub fn kept_controls(&self, from: Seq, to: Seq) -> Vec<Seq> {
        let kept = &self.controls[self.controls.len().saturating_sub(CONTROL_ENTRIES)..];
        kept.iter().copied().filter(|seq| *seq >= from && *seq <= to).collect()
    }

    /// Number of entries after `since` that are gone for all.
    pub fn lost_since(&self, since: Seq) -> u64 {
        let gone = (self.oldest - 1).saturating_sub(since);
        gone - self.kept_controls(since + 1, self.oldest - 1).len() as u64
    }

    /// The number up to which an epoch has the same entries.
    pub fn shared(&self, epoch: Epoch) -> Option<Seq> {
        let now = (epoch == self.epoch).then(|| self.head());
        let before = self.lives.iter().find(|(life, _)| *life == epoch);
        now.or(before.map(|(_, to)| *to))
    }

    pub fn accepted(&self, user: UserId, id: &MsgId) -> Option<(Option<Seq>, u64)> {
        let known = &self.accepted[self.accepted.len().saturating_sub(DEDUP_IDS)..];
        let found = known
            .iter()
            .rev()
            .find(|(from, known, ..)| *from == user && known == id)?;
        Some((found.2, found.3))
    }

    pub fn accept(&mut self, user: UserId, id: &MsgId, seq: Option<Seq>, at: u64) {
        self.accepted.push((user, id.clone(), seq, at));
    }

    /// Another process knows the ids of what was said.
    pub fn remember_ids(&mut self) {
        let said = self.entries.iter();
        let ids = said.map(|entry| (entry.from.id, entry.id.clone(), Some(entry.seq), entry.at));
        self.accepted = ids.collect();
    }

    pub fn users(&self) -> Vec<UserId> {
        let mut users: Vec<_> = self.members.iter().map(|(_, user)| *user).collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    pub fn here(&self, user: UserId) -> bool {
        self.members.iter().any(|(_, here)| *here == user)
    }

    pub fn values(&self) -> Values {
        (self.users().len(), self.reactions.clone())
    }

    pub fn changed(&mut self, now_ms: u64, latest_ms: u64) {
        if self.due_ms.is_none() {
            let told_ms = self.told.as_ref().map_or(0, |(_, told_ms)| told_ms + latest_ms);
            self.due_ms = Some(told_ms.max(now_ms));
        }
    }

    pub fn restart(&mut self, now_ms: u64) {
        self.members.clear();
        self.bytes = 0;
        self.reactions.clone_from(&self.stored_reactions);
        self.brought.clear();
        self.accepted.clear();
        (self.made_by, self.told, self.due_ms) = (None, None, None);
        self.used_ms = Some(0);
        self.been.fade();
        self.slow_times += 1;
        // What is left, or all of it again; the clock starts anew.
        self.muted.retain(|_, mute| mute.most_ms > now_ms);
        for mute in self.muted.values_mut() {
            mute.start_again(now_ms);
        }
        self.spoke.clear();
        self.heard.clear();
        self.values.from.clear();
        self.polls.values_mut().for_each(Poll::restart);
        let questions = self.questions.values_mut().chain(self.hidden_questions.values_mut());
        questions.for_each(|question| question.from.clear());
    }
}

fn weight(entry: &Entry) -> usize {
    let said = match &entry.body {
        Body::Said(said) => kinds::text_bytes(said),
        Body::Hidden { .. } => 0,
        // Of operators' changes only the hub knows the size.
        Body::Control(_) => return entry.weight(),
    };
    let names = [entry.id.as_str(), entry.from.name.as_str(), entry.room.as_str()];
    ENTRY_FIXED_BYTES + said + names.map(str::len).iter().sum::<usize>()
}
