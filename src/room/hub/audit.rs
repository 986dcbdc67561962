//! Which orders were obeyed, given by whom, and when.

use std::collections::VecDeque;

use serde_json::value::RawValue;

use super::Hub;
use crate::{
    limits,
    room::{Audited, Key, Now, Officer, Order, Refusal, Reply, keep},
};

/// The newest [`limits::AUDIT`] of them, oldest first.
#[derive(Debug, Default)]
pub(super) struct Audit(VecDeque<Audited>);

impl Audit {
    pub(super) fn take_back(&mut self, value: &str) -> Option<()> {
        let audited: Audited = serde_json::from_str(value).ok()?;
        let at = self.0.partition_point(|other| other.number < audited.number);
        self.0.insert(at, audited);
        Some(())
    }
}

impl Hub {
    /// How an order reads in the list. Taken before it is obeyed.
    pub(super) fn written(order: &Order) -> Box<RawValue> {
        serde_json::value::to_raw_value(order).expect("texts, numbers and structs of them always have a JSON form")
    }

    pub(super) fn record(&mut self, now: Now, by: Officer, order: Box<RawValue>) {
        let number = self.audit.0.back().map_or(1, |last| last.number + 1);
        if self.audit.0.len() >= limits::AUDIT
            && let Some(oldest) = self.audit.0.pop_front()
        {
            self.keep(Key::Audit(oldest.number), |_| None);
        }
        let audited = Audited {
            number,
            at: now.wall_ms,
            by: by.id,
            order,
        };
        self.keep(Key::Audit(number), |_| Some(keep::json(&audited)));
        self.audit.0.push_back(audited);
    }

    /// The newest ones before a number, newest first.
    pub(super) fn audited(&self, before: Option<u64>, limit: Option<usize>) -> Result<Reply, Refusal> {
        let limit = limit.unwrap_or(limits::HISTORY_ENTRIES).min(limits::HISTORY_ENTRIES);
        let before = before.unwrap_or(u64::MAX);
        let newest = self.audit.0.iter().rev().filter(|audited| audited.number < before);
        Ok(Reply::Audit {
            orders: newest.take(limit).cloned().collect(),
        })
    }
}
