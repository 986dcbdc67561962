//! Decides which connections the server accepts: bounds them in all, for each device, and by memory. An accepted one has a slot in a table.
//!
//! A connection without a request for [`SILENT_MS`] is evicted when its slot is needed. Its own device needs it once its share is used, any
//! device once all slots are taken. [`RESERVED`] further slots are for operators. A connection there waits until its first line tells
//! whether it is an operator's; up to [`UNDECIDED`] wait so. In a full reserve the newest replaces the oldest of the busiest device. So a crowd
//! keeps no operator out, nor does a storm from the operator's own address: one whose line came before it was evicted gets a slot all the same.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_util::task::AtomicWaker;

use crate::{
    limits::{RESERVED, SILENT_MS, UNDECIDED},
    memory::{Account, Part, Ticket},
    transport::{device::Device, placed::Evicted},
};

/// Admits connections: the table of all open ones, and the limits in all, for each device, and by memory.
pub struct Admission {
    total: usize,
    per_address: Option<u32>,
    account: Arc<Account>,
    open: Mutex<Open>,
    closed: tokio::sync::Notify,
}

#[derive(Default)]
struct Open {
    next: u64,
    ordinary: usize,
    by_device: HashMap<Device, DeviceConns>,
    /// Ordinary connections that have sent no request yet, oldest first.
    silent: BTreeMap<u64, Arc<Slot>>,
    /// Connections in the operators' reserve, oldest first.
    reserved: BTreeMap<u64, Arc<Slot>>,
}

/// The ordinary connections of one device, those outside the operators' reserve.
#[derive(Default)]
struct DeviceConns {
    count: u32,
    silent: BTreeSet<u64>,
}

/// A connection's slot, shared with the table of connections. All flags except `has_request` change under the table's lock.
struct Slot {
    number: u64,
    device: Device,
    since: Instant,
    is_reserved: bool,
    /// Whether the connection's first request line was an operator's.
    operates: AtomicBool,
    /// Whether the connection still counts in the table; false after another connection took its slot.
    is_counted: AtomicBool,
    has_request: AtomicBool,
    /// Memory ticket of the connection; a connection that evicts it takes the ticket over.
    memory: Mutex<Option<Ticket>>,
    waker: AtomicWaker,
}

impl Open {
    /// Removes a connection from all tables.
    fn remove(&mut self, slot: &Slot) {
        if !slot.is_counted.swap(false, Ordering::SeqCst) {
            return;
        }
        if slot.is_reserved {
            self.reserved.remove(&slot.number);
            return;
        }
        self.ordinary -= 1;
        self.silent.remove(&slot.number);
        if let Some(here) = self.by_device.get_mut(&slot.device) {
            here.silent.remove(&slot.number);
            here.count -= 1;
            if here.count == 0 {
                self.by_device.remove(&slot.device);
            }
        }
    }

    /// Evicts a connection: frees its slot at once, and moves its memory ticket to `memory` if that is empty. False if `slot` is `None`.
    fn evict(&mut self, slot: Option<Arc<Slot>>, memory: &mut Option<Ticket>) -> bool {
        if let Some(slot) = &slot {
            self.remove(slot);
            let mut freed = slot.memory.lock().unwrap_or_else(PoisonError::into_inner);
            *memory = memory.take().or_else(|| freed.take());
            slot.waker.wake();
        }
        slot.is_some()
    }

    /// Connections in the reserve, oldest first: operators' (`operate`), or those that have not sent their first line.
    fn reserved(&self, operate: bool) -> impl DoubleEndedIterator<Item = &Arc<Slot>> {
        let all = self.reserved.values();
        all.filter(move |slot| slot.operates.load(Ordering::Relaxed) == operate)
    }

    /// The connection to evict if the reserve is full: the oldest of the device that has most. `None` while there is a free slot.
    fn to_evict(&self, operate: bool) -> Option<Arc<Slot>> {
        let most = if operate { RESERVED } else { UNDECIDED };
        let mut of: HashMap<Device, usize> = HashMap::new();
        let mut count = 0;
        for slot in self.reserved(operate) {
            count += 1;
            *of.entry(slot.device).or_default() += 1;
        }
        if count < most {
            return None;
        }
        // `max_by_key` returns the last of several maxima.
        self.reserved(operate)
            .rev()
            .max_by_key(|slot| of.get(&slot.device))
            .cloned()
    }
}

impl Admission {
    /// Admits `total` connections at once, and `per_address` of one device (`None`: no limit); fewer if the memory budget is used up first.
    pub fn new(total: usize, per_address: Option<u32>, account: Arc<Account>) -> Self {
        Self {
            total,
            per_address,
            account,
            open: Mutex::default(),
            closed: tokio::sync::Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a new connection a slot: an ordinary one if one is free or can be freed by eviction, otherwise a reserved one. If the memory
    /// budget is used up, no ordinary slot counts as free.
    /// It costs `bytes` of the budget.
    pub fn enter(self: &Arc<Self>, device: Device, bytes: usize, now: Instant) -> Permit {
        let mut open = self.lock();
        let here = open.by_device.get(&device);
        let has_share = self
            .per_address
            .is_none_or(|most| here.is_none_or(|here| here.count < most));
        let mut memory = self.account.ask(Part::Connections, bytes);
        let is_reserved = if has_share && open.ordinary < self.total && memory.is_some() {
            false
        } else {
            let oldest = match has_share {
                true => open.silent.first_key_value().map(|(number, _)| number),
                false => here.and_then(|here| here.silent.first()),
            };
            let silent = oldest.and_then(|number| open.silent.get(number));
            let patience = Duration::from_millis(SILENT_MS);
            let silent = silent.filter(|slot| now.duration_since(slot.since) >= patience);
            let silent = silent.cloned();
            !open.evict(silent, &mut memory)
        };
        if is_reserved {
            let evicted = open.to_evict(false);
            open.evict(evicted, &mut memory);
        }
        // The evicted connection may have cost less.
        if let Some(ticket) = memory.as_mut().filter(|ticket| ticket.bytes() < bytes) {
            ticket.grow(bytes - ticket.bytes());
        }
        let number = open.next;
        open.next += 1;
        let slot = Arc::new(Slot {
            number,
            device,
            since: now,
            is_reserved,
            operates: AtomicBool::new(false),
            is_counted: AtomicBool::new(true),
            has_request: AtomicBool::new(false),
            memory: Mutex::new(memory),
            waker: AtomicWaker::new(),
        });
        if is_reserved {
            open.reserved.insert(number, slot.clone());
        } else {
            open.ordinary += 1;
            open.silent.insert(number, slot.clone());
            let here = open.by_device.entry(device).or_default();
            here.silent.insert(number);
            here.count += 1;
        }
        drop(open);
        Permit {
            admission: self.clone(),
            slot,
        }
    }

    /// Number of open connections, including those in the operators' reserve.
    pub fn open(&self) -> usize {
        let open = self.lock();
        open.ordinary + open.reserved.len()
    }

    /// Waits until no admitted connection is open.
    pub async fn empty(&self) {
        loop {
            let closed = self.closed.notified();
            if self.open() == 0 {
                return;
            }
            closed.await;
        }
    }
}

/// The admission of a connection: it holds one slot of the server's connections, and dropping it frees the slot.
pub struct Permit {
    admission: Arc<Admission>,
    slot: Arc<Slot>,
}

impl Permit {
    /// The device at the other end of the connection.
    pub fn device(&self) -> Device {
        self.slot.device
    }

    /// Whether the connection's slot is in the operators' reserve.
    pub fn is_reserved(&self) -> bool {
        self.slot.is_reserved
    }

    /// Marks a reserved slot as an operator's, also one that was evicted a moment ago. May evict an operator's older connection.
    pub fn operate(&self) {
        let mut open = self.admission.lock();
        let evicted = open.to_evict(true);
        open.evict(evicted, &mut None);
        self.slot.operates.store(true, Ordering::Relaxed);
        self.slot.is_counted.store(true, Ordering::SeqCst);
        open.reserved.insert(self.slot.number, self.slot.clone());
    }

    /// Waits until the connection is evicted, because another one takes its slot.
    pub async fn lost(&self) {
        poll_fn(|context| self.poll_lost(context)).await;
    }

    /// A function to call for each request, so that the connection no longer counts as silent.
    pub fn on_request(&self) -> impl Fn() + Clone + Send + Sync + use<> {
        let (admission, slot) = (self.admission.clone(), self.slot.clone());
        move || {
            if slot.has_request.swap(true, Ordering::Relaxed) {
                return;
            }
            let mut open = admission.lock();
            open.silent.remove(&slot.number);
            if let Some(here) = open.by_device.get_mut(&slot.device) {
                here.silent.remove(&slot.number);
            }
        }
    }
}

impl Evicted for Permit {
    fn poll_lost(&self, context: &Context<'_>) -> Poll<()> {
        self.slot.waker.register(context.waker());
        match self.slot.is_counted.load(Ordering::SeqCst) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.admission.lock().remove(&self.slot);
        self.admission.closed.notify_one();
    }
}

#[cfg(test)]
mod tests;
