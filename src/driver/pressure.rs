//! Memory pressure: counts the memory of all rooms every `limits::MEMORY_MS`, and makes the hub drop the oldest entries from memory while the
//! server's budget is nearly used up.

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
                "memory: the memory budget is nearly used up, so all rooms drop their oldest messages from memory; raise limits.memory_mib to keep more"
            );
        }
        self.apply(Input::Memory { shed, full }).await;
    }
}
