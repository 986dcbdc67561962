//! What the store's writing thread does while it is idle: it indexes new entries, removes old ones, shortens SQLite's log, and looks for requests
//! of `chatterbox wipe`.

use std::{sync::atomic::Ordering, time::Instant};

use rusqlite::OptionalExtension;

use super::{op::Event, retain, writer::Writer};
use crate::limits;

impl Writer {
    /// Runs one round of maintenance. A wipe request ends the round early.
    pub(super) fn maintain(&mut self) {
        self.retained = Instant::now();
        self.index_entries(limits::STORE_UNPLACED);
        let Some(conn) = &mut self.conn else { return };
        let request = "SELECT 1 FROM meta WHERE key = 'wipe'";
        if !self.wipe_announced
            && conn
                .query_row(request, [], |_| Ok(()))
                .optional()
                .is_ok_and(|request| request.is_some())
        {
            self.wipe_announced = true;
            self.send_event(Event::WipeWanted);
            return;
        }
        match retain::prune(conn, &self.limits, &mut self.clock, &mut self.sizes) {
            Ok(pruned) => self.send_pruned(pruned),
            Err(error) => {
                tracing::warn!(%error, "store: messages beyond the retention limits can't be removed and stay in the database; retrying at the next maintenance")
            }
        }
        self.enforce_limit();
        if self.wal_pages.load(Ordering::Relaxed) > limits::STORE_WAL_PAGES / 2 {
            self.checkpoint("PASSIVE");
        }
        if self.erasing {
            self.erasing = !self.checkpoint("TRUNCATE");
        }
    }

    /// Removes the oldest entries until the file is within its size limit, which it exceeds for one commit at most.
    pub(super) fn enforce_limit(&mut self) {
        loop {
            let Some(conn) = &self.conn else { return };
            match retain::enforce_limit(conn, &self.limits, &mut self.sizes) {
                Ok(None) => return,
                Ok(Some(pruned)) => self.send_pruned(pruned),
                Err(error) => {
                    tracing::warn!(%error, "store: the oldest messages can't be removed, so the database may exceed its size limit; retrying after the next commit");
                    return;
                }
            }
            if self.wal_pages.load(Ordering::Relaxed) > limits::STORE_WAL_PAGES {
                self.checkpoint("PASSIVE");
            }
        }
    }

    fn send_pruned(&self, pruned: retain::Pruned) {
        for (room, epoch, oldest) in pruned {
            self.send_event(Event::Pruned { room, epoch, oldest });
        }
    }
}
