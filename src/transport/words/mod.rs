//! Finds unwanted words in texts on the worker where they arrive; the hub (the state machine of all rooms) reads only the result. Each
//! device has an allowance in bytes and in time. Texts beyond the allowance are left to the hub. At most [`limits::USERS`] devices are
//! remembered.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use crate::{
    limits::{self, Limits},
    room::{AddressTag, Bucket, Command, Found, Rate, RoomName, UserName, WordList},
};

/// Minimum charge for a text in bytes, because matching even a short text has a fixed cost.
const LEAST_BYTES: usize = 64;

/// The word list, and how much of its allowance each device has used.
pub struct Matcher {
    list: RwLock<Arc<WordList>>,
    allowance: Option<Allowance>,
    text_bytes: usize,
    started: Instant,
}

/// Rates that limit how much matching each device may cause.
struct Allowance {
    /// Allowed bytes of text.
    rate: Rate,
    /// Allowed matching time in microseconds, because the cost of a byte varies a thousandfold.
    time: Rate,
    /// Usage of at most [`limits::USERS`] devices. A full table first drops devices with a full allowance, then all; then some get a second burst.
    used: Mutex<HashMap<AddressTag, Used>>,
}

/// The used part of a device's allowance.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    bytes: Bucket,
    time: Bucket,
}

impl Used {
    fn full_at_ms(&self) -> u64 {
        self.bytes.full_at_ms().max(self.time.full_at_ms())
    }
}

/// The texts of an input that must be matched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Texts<'a> {
    /// The user's name, if the input has one.
    pub name: Option<&'a UserName>,
    /// Name of a room that may have to be created.
    pub room: Option<&'a RoomName>,
    /// The command whose texts are matched.
    pub command: Option<&'a Command>,
}

impl<'a> Texts<'a> {
    /// The texts of a command; empty for an invalid command.
    pub fn of<E>(command: &'a Result<Command, E>) -> Self {
        Self {
            command: command.as_ref().ok(),
            ..Self::default()
        }
    }
}

impl Matcher {
    /// A matcher without words. A device's allowance suffices for the longest messages at the full rate of its users.
    pub fn new(limits: &Limits) -> Self {
        Self {
            list: RwLock::default(),
            allowance: limits.rate.then(|| Allowance::new(limits)),
            text_bytes: limits.text_bytes,
            started: Instant::now(),
        }
    }

    /// Replaces the word list.
    pub fn publish(&self, list: Arc<WordList>) {
        *self.list.write().unwrap_or_else(PoisonError::into_inner) = list;
    }

    /// Matches the texts of an input. `None` if they are too long or the device's allowance is used up; then the hub refuses most of them.
    pub fn find(&self, device: AddressTag, texts: Texts<'_>) -> Option<Found> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner).clone();
        let said = texts.command.map_or(["", ""], Command::texts);
        let room = texts.room.or(texts.command.and_then(Command::room_to_make));
        let bytes: usize = said.iter().map(|text| text.len()).sum();
        let is_nothing = bytes == 0 && texts.name.is_none() && room.is_none();
        if list.is_empty() || is_nothing {
            return Some(Found {
                revision: list.revision(),
                ..Found::default()
            });
        }
        let now_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let affords = |allowance: &Allowance| allowance.take(device, bytes.max(LEAST_BYTES), now_ms);
        if !self.allowance.as_ref().is_none_or(affords) || bytes > self.text_bytes {
            return None;
        }
        let began = Instant::now();
        let found = list.find(texts.name, room, &said);
        if let Some(allowance) = &self.allowance {
            allowance.spend(device, began.elapsed(), now_ms);
        }
        Some(found)
    }
}

impl Allowance {
    fn new(limits: &Limits) -> Self {
        let people = match limits.per_address {
            Some(_) => limits.device_people,
            None => limits::SHARED_PEOPLE,
        };
        let bytes = |count: f64| count * f64::from(people) * limits.text_bytes as f64;
        let burst = bytes(limits.message_burst.into()).min(u32::MAX.into()) as u32;
        Self {
            rate: Rate::new(bytes(limits.message_rate), burst),
            time: Rate::new(
                limits::WORDS_US_PER_S * f64::from(people),
                limits::WORDS_BURST_US.saturating_mul(people),
            ),
            used: Mutex::default(),
        }
    }

    fn take(&self, device: AddressTag, bytes: usize, now_ms: u64) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= limits::USERS && !used.contains_key(&device) {
            used.retain(|_, bucket| bucket.full_at_ms() > now_ms);
            if used.len() >= limits::USERS {
                used.clear();
            }
        }
        let count = u32::try_from(bytes).unwrap_or(u32::MAX);
        let used = used.entry(device).or_default();
        used.time.tokens(&self.time, now_ms) > 0 && used.bytes.take_many(&self.rate, count, now_ms)
    }

    /// Charges a device for the time that a match took; its allowance may go into debt.
    fn spend(&self, device: AddressTag, took: Duration, now_ms: u64) {
        let count = u32::try_from(took.as_micros()).unwrap_or(u32::MAX).max(1);
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(used) = used.get_mut(&device) {
            used.time.take_many(&self.time, count, now_ms);
        }
    }
}
