//! What must leave, told from the operations on disk alone.

use super::{Sent, Step};

/// Updates that may wait on a connection when an answer joins them.
pub const CAPACITY: usize = 2;

/// The condition of a waiting update.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    /// The first operations, so many, are on disk.
    Disk(u64),
    Page(u64),
}

#[derive(Clone)]
struct Item {
    conn: Option<u64>,
    serial: u32,
    need: Need,
    in_memory: bool,
}

/// The world as an onlooker sees it.
#[derive(Clone)]
pub struct Model {
    /// Operations that the writer got.
    pub issued: u64,
    /// Of these, the ones on disk.
    pub on_disk: u64,
    /// The disk works.
    pub works: bool,
    /// No operation was left out.
    pub whole: bool,
    /// The driver knows that the disk works.
    known: bool,
    /// Serial number of the next update.
    pub serial: u32,
    /// Pages that are being read, with their connections.
    pub pages: Vec<(u64, u64)>,
    /// In order.
    waiting: Vec<Item>,
    overflowed: Vec<u64>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            issued: 0,
            on_disk: 0,
            works: true,
            whole: true,
            known: true,
            serial: 0,
            pages: Vec::new(),
            waiting: Vec::new(),
            overflowed: Vec::new(),
        }
    }
}

impl Model {
    /// Whether the step can happen and is no repetition of the state.
    pub fn allows(&self, step: Step) -> bool {
        match step {
            Step::CommitOne => self.on_disk < self.issued,
            // The other step says the same of a single operation.
            Step::CommitAll => self.on_disk + 1 < self.issued,
            Step::Read => !self.pages.is_empty(),
            Step::Look => self.known != self.works,
            Step::End(conn) => self.overflowed.contains(&conn) || self.waiting.iter().any(|it| it.conn == Some(conn)),
            Step::Repeat(_) => self.issued > 0 || !self.whole,
            Step::Store(_) | Step::LeaveOut(_) | Step::Update(_) | Step::LookUp(_) | Step::Request | Step::Turn => true,
        }
    }

    /// Connections on which too much waited.
    pub fn overflowed(&self) -> &[u64] {
        &self.overflowed
    }

    /// Takes a step. Returns what leaves, by connection.
    pub fn take(&mut self, step: Step) -> Vec<Sent> {
        match step {
            Step::Store(conn) => self.store(Some(conn)),
            Step::Request => self.store(None),
            Step::LeaveOut(conn) => {
                self.whole = false;
                self.add(Some(conn), Need::Nothing, true);
            }
            Step::Repeat(conn) if !self.works || !self.whole => self.add(Some(conn), Need::Nothing, true),
            Step::Repeat(conn) => self.add(Some(conn), Need::Disk(self.issued), false),
            Step::Update(conn) => self.add(Some(conn), Need::Nothing, false),
            Step::LookUp(conn) => {
                let page = u64::from(self.serial);
                self.pages.push((page, conn));
                self.add(Some(conn), Need::Page(page), false);
            }
            Step::End(conn) => {
                self.waiting.retain(|it| it.conn != Some(conn));
                self.overflowed.retain(|&it| it != conn);
            }
            Step::CommitOne => self.on_disk += 1,
            Step::CommitAll => self.on_disk = self.issued,
            Step::Read => {
                let (page, _) = self.pages.remove(0);
                let reader = self.waiting.iter_mut().find(|it| it.need == Need::Page(page));
                reader.into_iter().for_each(|it| it.need = Need::Nothing);
            }
            Step::Turn => self.works = !self.works,
            Step::Look => {
                self.known = self.works;
                if !self.works {
                    self.give_up();
                }
            }
        }
        self.leave()
    }

    fn store(&mut self, conn: Option<u64>) {
        self.issued += 1;
        match self.works {
            true => self.add(conn, Need::Disk(self.issued), false),
            false => self.add(conn, Need::Nothing, true),
        }
    }

    fn is_met(&self, need: Need) -> bool {
        match need {
            Need::Nothing => true,
            Need::Disk(count) => count <= self.on_disk,
            Need::Page(_) => false,
        }
    }

    fn add(&mut self, conn: Option<u64>, need: Need, in_memory: bool) {
        let serial = self.serial;
        self.serial += 1;
        if conn.is_some_and(|conn| self.overflowed.contains(&conn)) {
            return;
        }
        let ahead = self.waiting.iter().filter(|it| it.conn == conn).count();
        if let Some(conn) = conn
            && ahead >= CAPACITY
            && !self.is_met(need)
        {
            self.waiting.retain(|it| it.conn != Some(conn));
            self.overflowed.push(conn);
            return;
        }
        self.waiting.push(Item {
            conn,
            serial,
            need,
            in_memory,
        });
    }

    /// Answers about what is not on disk say so.
    fn give_up(&mut self) {
        let on_disk = self.on_disk;
        for item in &mut self.waiting {
            if matches!(item.need, Need::Disk(count) if count > on_disk) {
                item.need = Need::Nothing;
                item.in_memory = true;
            }
        }
    }

    /// Whatever needs nothing leaves, unless an update of the same connection stays ahead of it.
    fn leave(&mut self) -> Vec<Sent> {
        let mut sent = Vec::new();
        let mut blocked = Vec::new();
        for item in std::mem::take(&mut self.waiting) {
            let behind = item.conn.is_some() && blocked.contains(&item.conn);
            if self.is_met(item.need) && !behind {
                sent.push((item.conn, item.serial, item.in_memory));
            } else {
                blocked.push(item.conn);
                self.waiting.push(item);
            }
        }
        sent.sort_by_key(|&(conn, ..)| conn);
        sent
    }
}
