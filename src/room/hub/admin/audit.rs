//! Records each applied command of an organizer or moderator, and lists the records for the organizer's page. `limits::AUDIT` are kept.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::room::hub::state::Hub;
use crate::{
    limits,
    room::{AdminCommand, Audited, Key, Now, Operator, Refusal, RefusedBackup, Reply, UserId, persist},
};

impl Hub {
    /// The admin command as JSON for the audit log, without secrets; made before the command is applied.
    pub(in crate::room::hub) fn written(command: &AdminCommand) -> Box<RawValue> {
        serde_json::value::to_raw_value(command).expect("texts, numbers and structs of them always have a JSON form")
    }

    /// Records a backup or restoration that was refused after its command was applied.
    pub(in crate::room::hub) fn record_refused(&mut self, now: Now, by: Operator, what: RefusedBackup) {
        let order = serde_json::value::to_raw_value(&what).expect("two texts");
        self.record(now, by, order);
    }

    pub(in crate::room::hub) fn record(&mut self, now: Now, by: Operator, command: Box<RawValue>) {
        let number = self.audit.0.back().map_or(1, |last| last.number + 1);
        if self.audit.0.len() >= limits::AUDIT
            && let Some(oldest) = self.audit.0.pop_front()
        {
            self.persist(Key::Audit(oldest.number), |_| None);
        }
        let audited = Audited {
            number,
            at: now.wall_ms,
            by: by.id,
            order: command,
        };
        self.persist(Key::Audit(number), |_| Some(persist::json(&audited)));
        self.audit.0.push_back(audited);
    }

    /// The newest audit records that concern a user, newest first.
    pub(in crate::room::hub) fn audited_about(&self, user: UserId) -> impl Iterator<Item = &Audited> {
        #[derive(Deserialize)]
        struct About {
            user: Option<UserId>,
        }
        let about = move |audited: &&Audited| {
            let named = serde_json::from_str::<About>(audited.order.get());
            named.is_ok_and(|about| about.user == Some(user))
        };
        self.audit.0.iter().rev().filter(about)
    }

    /// Answers with the newest records whose number is below `before` (`None`: of all), newest first, at most [`limits::HISTORY_ENTRIES`].
    pub(in crate::room::hub) fn audited(&self, before: Option<u64>, limit: Option<usize>) -> Result<Reply, Refusal> {
        let limit = limit.unwrap_or(limits::HISTORY_ENTRIES).min(limits::HISTORY_ENTRIES);
        let before = before.unwrap_or(u64::MAX);
        let newest = self.audit.0.iter().rev().filter(|audited| audited.number < before);
        Ok(Reply::Audit {
            orders: newest.take(limit).cloned().collect(),
        })
    }
}
