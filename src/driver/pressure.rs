//! Memory pressure: counts the hub's memory, and makes the hub drop log entries while the account is above its limit.

use super::state::Driver;
use crate::{memory::Part, room::Input};

impl Driver {
    /// Checks the memory account, at most once every [`crate::limits::MEMORY_MS`].
    pub(super) async fn relieve_memory(&mut self) {
        let now_ms = self.now().mono_ms;
        if !self.memory.begin_check(now_ms) {
            return;
        }
        let journal = self.disk.as_ref().map_or(0, |disk| disk.journal.bytes());
        let account = self.memory.account.clone();
        account.set(Part::Rooms, self.hub.own_bytes() + journal);
        let Some(relief) = self.memory.relief(now_ms, self.hub.log_bytes()) else {
            return;
        };
        let (shed, full) = (relief.shed, relief.full);
        if relief.is_news {
            tracing::warn!(
                used_mib = account.used() >> 20,
                budget_mib = account.total() >> 20,
                full,
                "memory: the budget is nearly used up, so rooms drop their oldest messages from memory; raise limits.memory_mib to keep more"
            );
        }
        self.apply(Input::Memory { shed, full }).await;
    }
}
