//! Decides which connections the server accepts: bounds them in all, for each device, and by memory. An accepted one has a slot in a table.
//!
//! A connection without a request for [`SILENT_MS`] is evicted when its slot is needed. Its own device needs it once its share is used, any
//! device once all slots are taken. [`RESERVED`] further slots are for operators. A connection there waits until its first request tells
//! whether it is an operator's; up to [`UNDECIDED`] wait so. In a full reserve the newest replaces the oldest of the busiest device.
//!
//! So a crowd keeps no operator out, nor does a storm from the operator's own address. A request that came before its connection was evicted
//! gets a slot all the same, and a whole one keeps it until its answer. Only the server's own work delays such an answer, so the listener waits
//! if more than [`ASKING`] are due. What has its answer makes way first, then what lasts.

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
    limits::{ASKING, RESERVED, SILENT_MS, UNDECIDED},
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
    answered: tokio::sync::Notify,
}

/// Purpose of an operator's connection, from its first request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operates {
    /// A whole request with an answer at once: a nonce, an admin command, a file of the organizer's page.
    Briefly,
    /// A WebSocket, a session, a stream, or a request of which a part is still to come.
    Lastingly,
}

/// Progress of a connection in the operators' reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The first request has not arrived.
    Undecided,
    /// A whole request waits for the server's answer.
    Asking,
    /// The request has its answer; the client may send another one, on this or on a new connection.
    Answered,
    /// The connection is a lasting one.
    Lasting,
}

#[derive(Default)]
struct Open {
    next: u64,
    ordinary: usize,
    by_device: HashMap<Device, DeviceConns>,
    /// Ordinary connections that have sent no request yet, oldest first.
    silent: Table,
    reserved: Reserved,
}

/// Connections in the operators' reserve, by stage; each table has the oldest first.
#[derive(Default)]
struct Reserved {
    undecided: Table,
    asking: Table,
    answered: Table,
    lasting: Table,
}

type Table = BTreeMap<u64, Arc<Slot>>;

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
    /// Whether the connection is [`Stage::Asking`].
    is_asking: AtomicBool,
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
            self.reserved.remove(slot);
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

    /// Moves a connection to its next stage in the reserve. Beyond [`RESERVED`] connections there, one that has its answer makes way, this
    /// one not excepted, or else another lasting one.
    fn proceed(&mut self, slot: &Arc<Slot>, stage: Stage) {
        slot.is_asking.store(stage == Stage::Asking, Ordering::Relaxed);
        slot.is_counted.store(true, Ordering::SeqCst);
        self.reserved.remove(slot);
        self.reserved.at(stage).insert(slot.number, slot.clone());
        if self.reserved.answered.len() + self.reserved.lasting.len() > RESERVED {
            let answered = oldest_of_busiest(&self.reserved.answered);
            let evicted = answered.or_else(|| oldest_of_busiest(&self.reserved.lasting));
            self.evict(evicted, &mut None);
        }
    }
}

impl Reserved {
    fn at(&mut self, stage: Stage) -> &mut Table {
        match stage {
            Stage::Undecided => &mut self.undecided,
            Stage::Asking => &mut self.asking,
            Stage::Answered => &mut self.answered,
            Stage::Lasting => &mut self.lasting,
        }
    }

    fn remove(&mut self, slot: &Slot) {
        for stage in [Stage::Undecided, Stage::Asking, Stage::Answered, Stage::Lasting] {
            self.at(stage).remove(&slot.number);
        }
    }

    fn len(&self) -> usize {
        self.undecided.len() + self.asking.len() + self.answered.len() + self.lasting.len()
    }
}

/// The oldest connection of the device that has most in a table.
fn oldest_of_busiest(table: &Table) -> Option<Arc<Slot>> {
    let mut of: HashMap<Device, usize> = HashMap::new();
    for slot in table.values() {
        *of.entry(slot.device).or_default() += 1;
    }
    // `max_by_key` returns the last of several maxima.
    let slots = table.values().rev();
    slots.max_by_key(|slot| of.get(&slot.device)).cloned()
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
            answered: tokio::sync::Notify::new(),
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
        if is_reserved && open.reserved.undecided.len() >= UNDECIDED {
            let evicted = oldest_of_busiest(&open.reserved.undecided);
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
            is_asking: AtomicBool::new(false),
            is_counted: AtomicBool::new(true),
            has_request: AtomicBool::new(false),
            memory: Mutex::new(memory),
            waker: AtomicWaker::new(),
        });
        if is_reserved {
            open.reserved.undecided.insert(number, slot.clone());
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

    /// Waits until few enough requests of operators are without an answer for another connection to be accepted.
    pub async fn ready(&self) {
        loop {
            let answered = self.answered.notified();
            if self.lock().reserved.asking.len() < ASKING {
                return;
            }
            answered.await;
        }
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
    pub fn operate(&self, how: Operates) {
        let stage = match how {
            Operates::Briefly => Stage::Asking,
            Operates::Lastingly => Stage::Lasting,
        };
        self.admission.lock().proceed(&self.slot, stage);
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

    fn on_write(&self) {
        if self.slot.is_asking.load(Ordering::Relaxed) {
            let mut open = self.admission.lock();
            open.proceed(&self.slot, Stage::Answered);
            self.admission.answered.notify_one();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.admission.lock().remove(&self.slot);
        self.admission.closed.notify_one();
        self.admission.answered.notify_one();
    }
}

#[cfg(test)]
mod tests;
