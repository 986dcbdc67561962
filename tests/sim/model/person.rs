//! A person as the model sees them: connections, and tokens as nanoseconds of credit.

use std::collections::BTreeSet;

use chatterbox::{
    limits::{Limits, NEWBORN_MESSAGES, NEWBORN_REACTIONS, REFUSAL_BURST, REFUSAL_RATE},
    room::{AddressTag, ConnId, Role, UserName},
};

/// Tokens of one kind: `burst` at once, one more every `interval_ns`.
#[derive(Clone, Copy)]
pub struct Rate {
    pub interval_ns: u64,
    pub burst: u64,
}

impl Rate {
    pub fn new(per_second: f64, burst: u32) -> Self {
        Self {
            interval_ns: (1e9 / per_second) as u64,
            burst: u64::from(burst),
        }
    }
}

#[derive(Clone, Copy)]
pub struct Rates {
    pub messages: Rate,
    pub reactions: Rate,
    pub requests: Rate,
    pub refusals: Rate,
}

impl Rates {
    pub fn new(limits: &Limits) -> Self {
        Self {
            messages: Rate::new(limits.message_rate, limits.message_burst),
            reactions: Rate::new(limits.react_rate, limits.react_burst),
            requests: Rate::new(limits.request_rate, limits.request_burst),
            refusals: Rate::new(REFUSAL_RATE, REFUSAL_BURST),
        }
    }
}

/// Time is filled in up to the whole burst, and a token costs an interval of it.
#[derive(Clone, Copy, Default)]
pub struct Purse {
    /// Credit, and when it was so much; none is full.
    filled: Option<(u64, u64)>,
}

impl Purse {
    fn with(rate: Rate, tokens: u32, now_ms: u64) -> Self {
        let tokens = rate.burst.min(tokens.into());
        let filled = Some((rate.interval_ns * tokens, now_ms));
        Self {
            filled: filled.filter(|_| tokens < rate.burst),
        }
    }

    /// Whole tokens that are there.
    pub fn tokens(&self, rate: Rate, now_ms: u64) -> u32 {
        let mut copy = *self;
        (0..)
            .find(|_| copy.take(rate, now_ms).is_err())
            .expect("a burst has an end")
    }

    /// Takes a token, or says in how many milliseconds there is one.
    pub fn take(&mut self, rate: Rate, now_ms: u64) -> Result<(), u64> {
        let whole_ns = rate.interval_ns * rate.burst;
        let credit_ns = self.filled.map_or(whole_ns, |(credit_ns, at_ms)| {
            whole_ns.min(credit_ns + (now_ms - at_ms) * 1_000_000)
        });
        if credit_ns < rate.interval_ns {
            return Err((rate.interval_ns - credit_ns).div_ceil(1_000_000));
        }
        self.filled = Some((credit_ns - rate.interval_ns, now_ms));
        Ok(())
    }

    /// From when on there is nothing to remember.
    fn full_ms(&self, rate: Rate) -> u64 {
        let whole_ns = rate.interval_ns * rate.burst;
        self.filled.map_or(0, |(credit_ns, at_ms)| {
            at_ms + (whole_ns - credit_ns).div_ceil(1_000_000)
        })
    }
}

#[derive(Clone)]
pub struct Person {
    pub name: UserName,
    /// The last one, in this process.
    pub address: Option<AddressTag>,
    pub conns: Vec<ConnId>,
    pub messages: Purse,
    pub reactions: Purse,
    pub requests: Purse,
    pub refusals: Purse,
    pub floods: bool,
    /// Was here in this process.
    pub met: bool,
    pub banned: bool,
    pub admitted: bool,
    /// Is no newcomer in any room.
    pub everywhere: bool,
    /// The name that the hub told, in this process.
    pub called: Option<UserName>,
    pub badge: Option<Role>,
    pub seat: Option<u32>,
    /// Every address that the person ever had.
    pub past: BTreeSet<AddressTag>,
}

impl Person {
    /// A new user, who starts with little.
    pub fn new(name: UserName, rates: Option<&Rates>, now_ms: u64) -> Self {
        let purse =
            |rate: Option<Rate>, tokens| rate.map_or(Purse::default(), |rate| Purse::with(rate, tokens, now_ms));
        Self {
            name,
            address: None,
            conns: Vec::new(),
            messages: purse(rates.map(|rates| rates.messages), NEWBORN_MESSAGES),
            reactions: purse(rates.map(|rates| rates.reactions), NEWBORN_REACTIONS),
            requests: Purse::default(),
            refusals: Purse::default(),
            floods: false,
            met: false,
            banned: false,
            admitted: false,
            everywhere: false,
            called: None,
            badge: None,
            seat: None,
            past: BTreeSet::new(),
        }
    }

    pub fn restart(&mut self) {
        self.conns.clear();
        (self.met, self.address, self.called) = (false, None, None);
    }

    pub fn full_ms(&self, rates: &Rates) -> u64 {
        let messages = self
            .messages
            .full_ms(rates.messages)
            .max(self.reactions.full_ms(rates.reactions));
        let requests = self
            .requests
            .full_ms(rates.requests)
            .max(self.refusals.full_ms(rates.refusals));
        messages.max(requests)
    }
}
