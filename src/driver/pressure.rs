//! Memory pressure: the driver accounts for what the hub holds, and has the hub evict log entries while the account is above its bound.

use super::state::Driver;
use crate::{memory::Part, room::Input};

impl Driver {
    /// Checks the account, at most every [`crate::limits::MEMORY_MS`].
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
                "memory: the rooms' oldest entries are evicted; a larger limits.memory_mib keeps more"
            );
        }
        self.apply(Input::Memory { shed, full }).await;
    }
}
