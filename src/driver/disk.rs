//! The driver's access to the store: it sends changes to the writing thread, requests for old entries to the reading thread, and takes the
//! events of both. What waits for these events is in `durability`. The journal limits the queue of the writer, the store that of the
//! reader.

use std::collections::HashMap;

use tokio::sync::{mpsc, oneshot};

use super::{
    durability::{Durability, JournalState, Promise, Written},
    reply_queue::Wait,
};
use crate::{
    fanout::Update,
    room::{Code, Confirms, ConnId, Output, PageRequest, PinRequest, Refusal, Reply, UserId},
    store::{Event, Journal, Op, Page, Reads, Wanted},
    wire::Encoded,
};

/// The answer to an HTTP request, with the channel through which it is sent.
pub type RequestReply = (oneshot::Sender<Result<Reply, Refusal>>, Result<Reply, Refusal>);

/// The receiver of a page of stored entries.
pub enum PageReader {
    /// An answer in the reply queue of a connection.
    Conn(ConnId),
    /// An HTTP request whose answer includes the page.
    Request(RequestReply),
    /// The hub, which pins the message of the page.
    Pin(PinRequest),
}

/// An event of the store.
pub enum DiskEvent {
    /// An event of the writer: a commit, a failure, a recovery, a pruned room, hidden entries, or a request to wipe.
    Journal(Event),
    /// The requested page with this number was read.
    Page(u64, Page),
}

/// A store's handles for the driver.
pub struct StoreHandles {
    /// Queues operations for the writer.
    pub journal: Journal,
    /// Reports commits and failures.
    pub events: mpsc::Receiver<Event>,
    /// Reads entries that the logs in memory have dropped.
    pub reads: Reads,
}

/// The driver's access to the disk: the store's handles, and the answers that wait for commits and pages.
pub struct Disk {
    /// Queues operations for the next commit.
    pub journal: Journal,
    /// Answers that wait for commits and pages.
    pub durability: Durability<Update<Encoded>, RequestReply>,
    /// Buffer for the outputs of one input.
    pub outputs: Vec<Output>,
    events: mpsc::Receiver<Event>,
    reads: Reads,
    pages: mpsc::UnboundedReceiver<(u64, Page)>,
    pages_in: mpsc::UnboundedSender<(u64, Page)>,
    readers: HashMap<u64, PageReader>,
    last_page: u64,
}

impl Disk {
    /// Takes over the handles of an opened store; no answer waits yet.
    pub fn new(stored: StoreHandles) -> Self {
        let StoreHandles { journal, events, reads } = stored;
        // Holds no more pages than the store reads at once.
        let (pages_in, pages) = mpsc::unbounded_channel();
        Self {
            journal,
            durability: Durability::default(),
            outputs: Vec::new(),
            events,
            reads,
            pages,
            pages_in,
            readers: HashMap::new(),
            last_page: 0,
        }
    }

    /// Waits for the store's next event; never returns without a store.
    pub async fn event(disk: &mut Option<Self>) -> DiskEvent {
        let Some(disk) = disk else {
            return std::future::pending().await;
        };
        tokio::select! {
            biased;
            Some(event) = disk.events.recv() => DiskEvent::Journal(event),
            Some((number, page)) = disk.pages.recv() => DiskEvent::Page(number, page),
            else => std::future::pending().await,
        }
    }

    /// Whether the disk works but has not committed all operations yet.
    pub fn is_behind(&self) -> bool {
        self.durability.is_durable() && !self.durability.is_done()
    }

    /// The wait for a commit of all operations so far, if the disk works.
    pub fn issued(&self) -> Wait {
        match self.is_behind() {
            true => self.durability.issued(),
            false => Wait::Turn,
        }
    }

    /// Sends the operations of one input to the journal. Returns the event that its answers must wait for.
    /// Answers whose commit the journal does not promise are marked as in memory.
    pub fn write(&mut self, now_ms: u64, outputs: &mut [Output]) -> Wait {
        let wiped = outputs.iter().position(|output| matches!(output, Output::Wiped { .. }));
        let ops: Vec<_> = outputs[wiped.unwrap_or(0)..].iter().filter_map(op).collect();
        let durable = self.journal.is_durable(now_ms);
        let promised = |promised| match promised {
            true => Written::Promised,
            false => Written::Unpromised,
        };
        let written = if wiped.is_some() {
            self.journal.wipe(now_ms);
            self.journal.write(now_ms, ops);
            promised(durable)
        } else if ops.is_empty() {
            Written::Nothing
        } else {
            promised(self.journal.write(now_ms, ops).is_some())
        };
        let journal = JournalState {
            issued: self.journal.issued(),
            durable,
            whole: self.journal.is_whole(),
        };
        match self.durability.promise(written, outputs.iter().any(repeats), journal) {
            Promise::After(wait) => wait,
            Promise::InMemory => {
                for output in outputs {
                    if let Output::Reply { reply, .. } = output {
                        mark_in_memory(reply);
                    }
                }
                Wait::Turn
            }
        }
    }

    /// Requests a page from the store. Returns the number with which [`Disk::event`] reports the page.
    pub fn read_page(&mut self, request: PageRequest, reader: PageReader) -> u64 {
        self.last_page += 1;
        let number = self.last_page;
        self.readers.insert(number, reader);
        let wanted = Wanted {
            room: request.room,
            epoch: request.epoch,
            from: 1,
            to: request.to,
            limit: request.limit,
            newest: true,
            user: Some(request.user),
        };
        let pages = self.pages_in.clone();
        let answer = move |page| {
            // The driver may have ended.
            let _ = pages.send((number, page));
        };
        if !self.reads.ask(wanted, answer) {
            // The reader's queue is full: the client gets the log's part, and that there is more.
            let (entries, more) = (Vec::new(), true);
            let _ = self.pages_in.send((number, Page { entries, more }));
        }
        number
    }

    /// Requests a message to pin from the store.
    pub fn read_pin(&mut self, request: PinRequest) {
        let page = PageRequest {
            room: request.room.clone(),
            epoch: request.epoch,
            to: request.seq,
            limit: 1,
            // No person has this id, so nothing is left out.
            user: UserId(0),
            newer: Vec::new(),
        };
        self.read_page(page, PageReader::Pin(request));
    }

    /// Removes and returns the receiver of the page with this number; `None` if nothing waits for it.
    pub fn take_reader(&mut self, number: u64) -> Option<PageReader> {
        self.readers.remove(&number)
    }
}

/// Whether the output acknowledges an entry, including one that repeats an earlier message.
fn repeats(output: &Output) -> bool {
    matches!(output, Output::Reply { reply: Ok(reply), .. } if matches!(reply.confirms(), Confirms::Message(Some(_))))
}

fn op(output: &Output) -> Option<Op> {
    match output {
        Output::Append { entry, .. } => Some(Op::Append(entry.clone())),
        Output::Persist { key, value } => Some(Op::Persist(key.clone(), value.clone())),
        Output::Redact {
            room: _,
            name,
            epoch,
            what,
            to,
            entries,
        } => Some(Op::Hide {
            room: name.clone(),
            epoch: *epoch,
            what: *what,
            to: *to,
            known: entries.iter().map(|entry| entry.seq).collect(),
        }),
        Output::Reveal { entry, .. } => Some(Op::Reveal(entry.clone())),
        Output::Amend { entry, .. } => Some(Op::Amend(entry.clone())),
        Output::RoomClosed { name, parked: true, .. } => Some(Op::Park(name.clone())),
        Output::RoomClosed { name, .. } => Some(Op::Close(name.clone())),
        Output::Welcome { .. }
        | Output::RoomOpened { .. }
        | Output::Wiped { .. }
        | Output::Recall { .. }
        | Output::Shed { .. }
        | Output::Attach { .. }
        | Output::Detach { .. }
        | Output::Reply { .. }
        | Output::Host { .. }
        | Output::Page { .. }
        | Output::Pin { .. }
        | Output::Direct { .. }
        | Output::Latest { .. }
        | Output::Values { .. }
        | Output::Watch { .. }
        | Output::Close { .. } => None,
    }
}

/// Marks an answer as in memory only; the answer to a wipe instead says that messages are still on disk.
pub fn mark_in_memory(reply: &mut Result<Reply, Refusal>) {
    let Ok(confirmed) = reply else { return };
    match confirmed.confirms() {
        Confirms::Message(_) => *confirmed = Reply::InMemory(Box::new(confirmed.clone())),
        Confirms::Wiped => {
            let message = "the rooms are empty, but the disk could not be written: the messages are still on it, until it works again";
            *reply = Err(Refusal::new(Code::Disk, message));
        }
        Confirms::Joined(..) | Confirms::Left | Confirms::Nothing => {}
    }
}

/// Adds a page before the entries of an answer.
pub fn complete(reply: &mut Result<Reply, Refusal>, page: Page) {
    if let Ok(Reply::History { entries, more }) = reply {
        entries.splice(..0, page.entries);
        *more = page.more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_memory_acknowledges_an_entry_but_no_wipe() {
        let mut sent = Ok(Reply::Sent {
            seq: Some(1),
            id: crate::room::MsgId::new("m").unwrap(),
            at: 0,
            duplicate: false,
        });
        mark_in_memory(&mut sent);
        assert!(matches!(sent, Ok(Reply::InMemory(_))), "{sent:?}");
        let mut wiped = Ok(Reply::Wiped { rooms: 1, messages: 7 });
        mark_in_memory(&mut wiped);
        assert_eq!(wiped.unwrap_err().code, Code::Disk);
        let mut done = Ok(Reply::Done);
        mark_in_memory(&mut done);
        assert!(matches!(done, Ok(Reply::Done)), "{done:?}");
    }
}
