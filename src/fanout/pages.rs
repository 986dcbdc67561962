//! Requests pages of old entries from the store for members whose position the log in memory no longer has. The reader's queue has at most
//! `limits::STORE_READS` requests.

use std::sync::Arc;

use super::{FanoutHandles, PageRequest, Pages, Update};
use crate::{
    limits,
    memory::Account,
    store::{Page, Reads, Wanted},
    wire::Encoded,
};

/// Creates the function by which fan-outs request pages of entries that the logs have dropped.
pub fn pages(reads: Reads, fanouts: FanoutHandles<Encoded>, account: Arc<Account>) -> Pages {
    Arc::new(move |request| {
        let PageRequest {
            conn,
            room,
            name,
            epoch,
            from,
            to,
        } = request;
        let wanted = Wanted {
            room: name,
            epoch,
            from,
            to,
            limit: limits::RESUME_PAGE,
            newest: false,
            user: None,
        };
        let (fanouts, account) = (fanouts.clone(), account.clone());
        reads.ask(wanted, move |page: Page| {
            // A page that was cut short by its size limit tells nothing of the entries after it.
            let last = page.entries.last().filter(|_| page.more);
            let to = last.map_or(to, |last| last.seq);
            let entries = page
                .entries
                .into_iter()
                .map(|entry| Arc::new(Encoded::new(entry, &account)));
            let entries = entries.collect();
            fanouts.send_blocking(
                conn,
                Update::Page {
                    room,
                    from,
                    to,
                    entries,
                },
            );
        })
    })
}
