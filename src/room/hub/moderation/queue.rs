//! The approval queue of a room: at most `limits::APPROVAL_QUEUE` messages, oldest first. A full queue refuses the next one.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::room::{Code, MsgId, Refusal, Reply, Said, UserId};

/// A room's approval queue, oldest message first.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct ApprovalQueue {
    pub(in crate::room::hub) items: VecDeque<HeldMessage>,
    /// Size of all messages in the queue, in bytes.
    pub(in crate::room::hub) bytes: usize,
    /// Number of the newest message ever queued. Stored, so that numbers are not reused after a restart.
    pub(in crate::room::hub) made: u64,
}

/// A message that waits for approval.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::room::hub) struct HeldMessage {
    pub(in crate::room::hub) number: u64,
    pub(in crate::room::hub) user: UserId,
    pub(in crate::room::hub) id: MsgId,
    /// Whether the sender chose the id.
    pub(in crate::room::hub) chosen: bool,
    pub(in crate::room::hub) skip: Option<UserId>,
    pub(in crate::room::hub) at: u64,
    /// Whether the message waits only for its sender's admission.
    #[serde(default)]
    pub(in crate::room::hub) as_new: bool,
    pub(in crate::room::hub) said: Said,
}

impl HeldMessage {
    /// Size of a message in the queue, in bytes.
    pub(in crate::room::hub) fn size_of(said: &Said) -> usize {
        said.texts().iter().map(|text| text.len()).sum::<usize>() + size_of::<Self>()
    }

    pub(in crate::room::hub) fn size(&self) -> usize {
        Self::size_of(&self.said)
    }
}

impl ApprovalQueue {
    /// Size of all messages in the queue, in bytes.
    pub(in crate::room::hub) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the queue has a message of the user.
    pub(in crate::room::hub) fn has(&self, user: UserId) -> bool {
        self.items.iter().any(|held| held.user == user)
    }

    /// Senders of the queued messages; a sender appears once for each message.
    pub(in crate::room::hub) fn users(&self) -> impl Iterator<Item = UserId> {
        self.items.iter().map(|held| held.user)
    }

    /// The answer to a repeated message whose original still waits in the queue; `None` if the queue has no such message.
    pub(in crate::room::hub) fn repeated(&self, user: UserId, id: &MsgId) -> Option<Reply> {
        let held = self.items.iter().find(|held| held.user == user && held.id == *id)?;
        Some(Reply::Held { id: held.id.clone() })
    }

    pub(in crate::room::hub) fn take(&mut self, number: u64) -> Result<HeldMessage, Refusal> {
        let at = self.items.iter().position(|held| held.number == number);
        let held = at.and_then(|at| self.items.remove(at));
        self.bytes -= held.as_ref().map_or(0, HeldMessage::size);
        held.ok_or_else(|| Refusal::new(Code::BadRequest, "nothing of that number waits"))
    }
}
