//! Which file may come, and until when.

use std::time::{Duration, Instant};

use crate::{
    limits,
    room::{Code, Refusal, UpdateFile},
};

/// How long an order is good.
const GOOD: Duration = Duration::from_millis(limits::UPDATE_MS);

/// What was ordered last. One file at a time; a new order takes the place of one whose file has not begun to come.
#[derive(Debug, Default)]
pub struct Grant {
    ordered: Option<(UpdateFile, Instant)>,
    receiving: bool,
}

impl Grant {
    /// Whether a file comes at this moment.
    pub fn is_receiving(&self) -> bool {
        self.receiving
    }

    /// The organizer has ordered a file.
    ///
    /// # Errors
    /// Another one comes.
    pub fn order(&mut self, file: UpdateFile, now: Instant) -> Result<(), Refusal> {
        if self.receiving {
            return Err(busy());
        }
        self.ordered = Some((file, now + GOOD));
        Ok(())
    }

    /// A file of that hash begins to come: what is to come, and until when.
    ///
    /// # Errors
    /// Nobody has ordered it, the order is too old, or it comes already.
    pub fn begin(&mut self, sha256: &str, now: Instant) -> Result<(UpdateFile, Instant), Refusal> {
        let ordered = self.ordered.clone();
        let good = ordered.filter(|(file, until)| *file.sha256 == *sha256 && now < *until);
        let good = good.ok_or_else(|| {
            Refusal::new(
                Code::NotAllowed,
                "the organizer has not ordered this file, or too long ago",
            )
        })?;
        if self.receiving {
            return Err(busy());
        }
        self.receiving = true;
        Ok(good)
    }

    /// It comes no more. One that is `whole` is not to come again; another one may, while its order is good.
    pub fn end(&mut self, whole: bool) {
        self.receiving = false;
        if whole {
            self.ordered = None;
        }
    }
}

fn busy() -> Refusal {
    Refusal::retry(Code::Busy, "an update file comes already", limits::BUSY_RETRY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(sha256: &str) -> UpdateFile {
        UpdateFile {
            size: 3,
            sha256: sha256.into(),
            restart: false,
        }
    }

    fn code<T>(done: Result<T, Refusal>) -> Result<(), Code> {
        done.map(drop).map_err(|refusal| refusal.code)
    }

    #[test]
    fn only_what_was_ordered_may_come_and_only_once() {
        let (mut grant, now) = (Grant::default(), Instant::now());
        assert_eq!(code(grant.begin("a", now)), Err(Code::NotAllowed), "no order");
        grant.order(file("a"), now).unwrap();
        assert_eq!(code(grant.begin("b", now)), Err(Code::NotAllowed), "another file");
        assert_eq!(code(grant.begin("a", now)), Ok(()));
        assert_eq!(code(grant.begin("a", now)), Err(Code::Busy), "two at once");
        assert_eq!(code(grant.order(file("b"), now)), Err(Code::Busy));
        grant.end(false);
        assert_eq!(
            code(grant.begin("a", now)),
            Ok(()),
            "a broken connection is tried again"
        );
        grant.end(true);
        assert_eq!(code(grant.begin("a", now)), Err(Code::NotAllowed), "it is there");
    }

    #[test]
    fn an_order_ends_by_itself_and_by_the_next_one() {
        let (mut grant, now) = (Grant::default(), Instant::now());
        grant.order(file("a"), now).unwrap();
        assert_eq!(code(grant.begin("a", now + GOOD)), Err(Code::NotAllowed));
        grant.order(file("b"), now).unwrap();
        assert_eq!(code(grant.begin("a", now)), Err(Code::NotAllowed));
        assert_eq!(grant.begin("b", now).unwrap().1, now + GOOD);
    }
}
