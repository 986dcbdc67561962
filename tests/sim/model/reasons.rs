//! Why something is refused, and who belongs to a crowd: for sure, or possibly.

use std::collections::BTreeSet;

use chatterbox::room::{Code, UserId};

/// Why something is refused.
#[derive(Debug, Default)]
pub struct Reasons {
    pub sure: Vec<Code>,
    pub maybe: Vec<Code>,
}

impl Reasons {
    pub fn add(&mut self, applies: bool, code: Code) {
        if applies {
            self.sure.push(code);
        }
    }

    pub fn may(&mut self, applies: bool, code: Code) {
        if applies {
            self.maybe.push(code);
        }
    }

    pub fn and(mut self, other: Self) -> Self {
        self.sure.extend(other.sure);
        self.maybe.extend(other.maybe);
        self
    }

    pub fn has(&self, code: Code) -> bool {
        self.sure.contains(&code)
    }

    /// Whether this refusal is right.
    pub fn allows(&self, code: Code) -> bool {
        self.has(code) || self.maybe.contains(&code)
    }

    /// The refusal that follows: the one that was told if it is right, else the first one that is sure.
    pub fn refusal(&self, told: Option<Code>) -> Option<Code> {
        let right = told.filter(|code| self.allows(*code));
        right.or(self.sure.first().copied())
    }
}

/// Whether a user belongs to a crowd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Perhaps {
    Yes,
    No,
    Maybe,
}

/// People of whom it is known, or possible, that they were somewhere.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    pub sure: BTreeSet<UserId>,
    pub maybe: BTreeSet<UserId>,
}

impl Crowd {
    pub fn has(&self, user: UserId) -> Perhaps {
        match (self.sure.contains(&user), self.maybe.contains(&user)) {
            (true, _) => Perhaps::Yes,
            (false, true) => Perhaps::Maybe,
            (false, false) => Perhaps::No,
        }
    }

    /// Another process does not know them any more.
    pub fn fade(&mut self) {
        self.maybe.append(&mut self.sure);
    }
}
