//! A room as the model sees it: everything that was ever said, in a list.

use std::{collections::BTreeMap, sync::Arc};

use chatterbox::{
    limits::{CONTROL_ENTRIES, DEDUP_IDS, ENTRY_FIXED_BYTES, RING_ENTRIES},
    room::{AddressTag, Body, ConnId, Entry, Epoch, MsgId, RoomId, RoomName, Said, Seq, Token, UserId},
};

type Values = (usize, BTreeMap<Token, u64>);

pub struct Room {
    pub id: RoomId,
    pub name: RoomName,
    pub epoch: Epoch,
    /// Every entry since the room came to be; number `n` at place `n - 1`.
    pub entries: Vec<Arc<Entry>>,
    pub oldest: Seq,
    /// The numbers of all announcements.
    controls: Vec<Seq>,
    ring_bytes: usize,
    pub last_at: u64,
    /// Every id that was ever accepted, in order.
    accepted: Vec<(UserId, MsgId, Option<Seq>, u64)>,
    pub reactions: BTreeMap<Token, u64>,
    /// Which device brought each of them.
    pub brought: BTreeMap<Token, AddressTag>,
    pub made_by: Option<AddressTag>,
    pub given: BTreeMap<UserId, u64>,
    pub members: Vec<(ConnId, UserId)>,
    pub stays: bool,
    pub used_ms: Option<u64>,
    /// The last values that members were told, and when.
    pub told: Option<(Values, u64)>,
    pub due_ms: Option<u64>,
}

impl Room {
    pub fn new(id: RoomId, name: RoomName, epoch: Epoch, ring_bytes: usize) -> Self {
        Self {
            id,
            name,
            epoch,
            entries: Vec::new(),
            oldest: 1,
            controls: Vec::new(),
            ring_bytes,
            last_at: 0,
            accepted: Vec::new(),
            reactions: BTreeMap::new(),
            brought: BTreeMap::new(),
            made_by: None,
            given: BTreeMap::new(),
            members: Vec::new(),
            stays: false,
            used_ms: None,
            told: None,
            due_ms: None,
        }
    }

    pub fn head(&self) -> Seq {
        self.entries.len() as Seq
    }

    pub fn at(&self, seq: Seq) -> &Arc<Entry> {
        let index = usize::try_from(seq).expect("entries fit into memory") - 1;
        &self.entries[index]
    }

    pub fn push(&mut self, entry: Arc<Entry>) {
        if matches!(entry.body, Body::Said(Said::Announce { .. })) {
            self.controls.push(entry.seq);
        }
        self.last_at = entry.at;
        self.entries.push(entry);
    }

    /// The newest entry gets the text of its id, without which its weight is not known.
    pub fn settle_newest(&mut self, entry: Arc<Entry>) {
        self.entries.pop();
        self.entries.push(entry);
        let (mut bytes, mut kept) = (0, 0);
        for entry in self.entries.iter().rev().take(RING_ENTRIES) {
            bytes += weight(entry);
            if kept > 0 && bytes > self.ring_bytes {
                break;
            }
            kept += 1;
        }
        self.oldest = self.head() + 1 - kept;
    }

    /// The announcements in `from..=to` that a user who fell behind still gets.
    pub fn kept_controls(&self, from: Seq, to: Seq) -> Vec<Seq> {
        let kept = &self.controls[self.controls.len().saturating_sub(CONTROL_ENTRIES)..];
        kept.iter().copied().filter(|seq| *seq >= from && *seq <= to).collect()
    }

    /// How many entries after `since` nobody gets any more.
    pub fn lost_since(&self, since: Seq) -> u64 {
        let gone = (self.oldest - 1).saturating_sub(since);
        gone - self.kept_controls(since + 1, self.oldest - 1).len() as u64
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

    pub fn users(&self) -> Vec<UserId> {
        let mut users: Vec<_> = self.members.iter().map(|(_, user)| *user).collect();
        users.sort_unstable();
        users.dedup();
        users
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
}

fn weight(entry: &Entry) -> usize {
    let said = match &entry.body {
        Body::Said(Said::Chat { text, more, .. }) => text.len() + more.len(),
        Body::Said(Said::Gift { name, .. }) => name.as_str().len(),
        Body::Said(Said::Announce { text }) => text.len(),
        _ => 0,
    };
    let names = [entry.id.as_str(), entry.from.name.as_str(), entry.room.as_str()];
    ENTRY_FIXED_BYTES + said + names.map(str::len).iter().sum::<usize>()
}
