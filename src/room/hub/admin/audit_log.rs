//! The audit log: the newest commands of organizer and moderators, at most `limits::AUDIT`; the oldest is dropped.

use std::collections::VecDeque;

use crate::room::Audited;

/// The audit log: the newest [`limits::AUDIT`] admin commands, oldest first.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Audit(pub(in crate::room::hub) VecDeque<Audited>);

impl Audit {
    /// Estimated size in memory, in bytes; most commands are one line.
    pub(in crate::room::hub) fn bytes(&self) -> usize {
        self.0
            .iter()
            .map(|audited| audited.order.get().len() + size_of::<Audited>())
            .sum()
    }

    pub(in crate::room::hub) fn load(&mut self, value: &str) -> Option<()> {
        let audited: Audited = serde_json::from_str(value).ok()?;
        let at = self.0.partition_point(|other| other.number < audited.number);
        self.0.insert(at, audited);
        Some(())
    }
}
