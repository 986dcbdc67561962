//! Limits the number of polling sessions, in total and for one device. One TCP connection can open any number, each taking about 9 kB.
//!
//! A session's slot is in the extensions of the request that opened it. The library keeps these for the session's lifetime, so the slot
//! is freed exactly at its end. Without a free slot the handshake gets status 503.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    limits,
    memory::{Account, Part, Ticket},
    transport::device::Device,
};

/// Numbers of open polling sessions, and their limits.
pub struct SessionSlots {
    total: usize,
    per_device: Option<u32>,
    account: Arc<Account>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    /// Number of sessions that have not joined a namespace yet.
    half: usize,
    by_device: HashMap<Device, u32>,
}

/// The slot of one polling session; freed when dropped.
pub struct SessionSlot {
    slots: Arc<SessionSlots>,
    device: Device,
    joined: AtomicBool,
    _memory: Ticket,
}

impl SessionSlots {
    /// Allows `total` sessions at once and `per_device` for one device (`None`: no limit), as far as the memory budget allows.
    pub fn new(total: usize, per_device: Option<u32>, account: Arc<Account>) -> Self {
        let open = Mutex::default();
        Self {
            total,
            per_device,
            account,
            open,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a slot for a session of a device; `None` if all are taken. A few more are reserved for operators, who must prove their role later.
    pub fn enter(self: &Arc<Self>, device: Device, operates: bool) -> Option<Arc<SessionSlot>> {
        let more = |reserved: usize| if operates { reserved } else { 0 };
        let mut open = self.lock();
        let half_open = self.half_open() + more(limits::RESERVED);
        if open.all >= self.total + more(limits::RESERVED) || open.half >= half_open {
            return None;
        }
        let here = open.by_device.get(&device).copied().unwrap_or_default();
        let most = self
            .per_device
            .map(|most| most as usize + more(limits::DEVICE_RESERVED));
        if most.is_some_and(|most| here as usize >= most) {
            return None;
        }
        let memory = match operates {
            false => self.account.ask(Part::Connections, limits::SESSION_BYTES)?,
            true => self.account.take(Part::Connections, limits::SESSION_BYTES),
        };
        let here = open.by_device.entry(device).or_default();
        *here += 1;
        open.all += 1;
        open.half += 1;
        Some(Arc::new(SessionSlot {
            slots: self.clone(),
            device,
            joined: AtomicBool::new(false),
            _memory: memory,
        }))
    }

    /// Maximum number of sessions that have not joined a namespace.
    fn half_open(&self) -> usize {
        let share = self.account.total() / limits::HALF_OPEN_SHARE;
        limits::HALF_OPEN.min(share / limits::SESSION_BYTES)
    }
}

impl SessionSlot {
    /// Notes that the session has joined a namespace, so that it no longer counts as half-open.
    pub fn join(&self) {
        if !self.joined.swap(true, Ordering::Relaxed) {
            self.slots.lock().half -= 1;
        }
    }
}

impl Drop for SessionSlot {
    fn drop(&mut self) {
        self.join();
        let mut open = self.slots.lock();
        open.all -= 1;
        if let Some(here) = open.by_device.get_mut(&self.device) {
            *here -= 1;
            if *here == 0 {
                open.by_device.remove(&self.device);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Device = Device::Network(1);
    const THERE: Device = Device::Network(2);

    #[test]
    fn a_device_has_its_share_of_sessions_and_a_little_more_to_operate() {
        let slots = Arc::new(SessionSlots::new(100, Some(3), Account::new(1 << 30)));
        let mut theirs: Vec<_> = (0..3).map(|_| slots.enter(HERE, false).expect("a free slot")).collect();
        assert!(slots.enter(HERE, false).is_none());
        assert!(slots.enter(THERE, false).is_some());
        let reserved: Vec<_> = std::iter::from_fn(|| slots.enter(HERE, true)).collect();
        assert_eq!(reserved.len(), limits::DEVICE_RESERVED);
        drop(reserved);
        theirs.pop();
        assert!(slots.enter(HERE, false).is_some(), "the slot is free again");
        drop(theirs);
        let open = slots.lock();
        assert_eq!((open.all, open.half), (0, 0));
    }

    #[test]
    fn sessions_that_join_nothing_are_bounded_for_all() {
        let slots = Arc::new(SessionSlots::new(limits::CONNECTIONS, None, Account::new(1 << 30)));
        let half: Vec<_> = std::iter::from_fn(|| slots.enter(HERE, false)).collect();
        assert_eq!(half.len(), limits::HALF_OPEN);
        half[0].join();
        half[0].join();
        let one_more = slots.enter(THERE, false);
        assert!(one_more.is_some() && slots.enter(THERE, false).is_none());
        drop((half, one_more));
        let few = Arc::new(SessionSlots::new(2, None, Account::new(1 << 30)));
        let both = [few.enter(HERE, false), few.enter(HERE, false)];
        assert!(both.iter().all(Option::is_some) && few.enter(THERE, false).is_none());
    }

    #[test]
    fn sessions_keep_to_their_part_of_the_memory() {
        const BUDGET: usize = 96 << 20;
        let account = Account::new(BUDGET);
        let slots = Arc::new(SessionSlots::new(limits::CONNECTIONS, None, account.clone()));
        let half: Vec<_> = std::iter::from_fn(|| slots.enter(HERE, false)).collect();
        assert_eq!(half.len(), BUDGET / limits::HALF_OPEN_SHARE / limits::SESSION_BYTES);
        let mut joined = half;
        while let Some(place) = {
            joined.iter().for_each(|place| place.join());
            slots.enter(HERE, false)
        } {
            joined.push(place);
        }
        let used = account.of(Part::Connections);
        assert!(used <= BUDGET / limits::CONNECTIONS_SHARE, "{used}");
        assert!(used + 2 * limits::SESSION_BYTES > BUDGET / limits::CONNECTIONS_SHARE);
        assert!(slots.enter(THERE, true).is_some(), "the organizer's place");
        drop(joined);
        assert_eq!((account.used(), slots.lock().all), (0, 0));
    }
}
