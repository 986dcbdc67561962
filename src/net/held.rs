//! Answers that wait for the disk, and what must not overtake them.

use std::collections::{BTreeMap, HashMap, VecDeque};

use tokio::sync::oneshot;

use super::fanout::Command;
use crate::{
    limits,
    room::{Code, ConnId, Refusal, Reply},
    wire::Encoded,
};

/// What an answer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Only for those before it.
    Turn,
    /// That everything up to this number is on disk.
    Commit(u64),
    /// The page of that number.
    Page(u64),
}

/// The answer to an HTTP request.
pub type Asked = (oneshot::Sender<Result<Reply, Refusal>>, Result<Reply, Refusal>);

/// Each connection's orders from the first one that waits on, in order.
#[derive(Default)]
pub struct Held {
    conns: HashMap<ConnId, VecDeque<(Wait, Command<Encoded>)>>,
    /// Who waits for a commit.
    commits: BTreeMap<u64, Vec<ConnId>>,
    requests: BTreeMap<u64, Vec<Asked>>,
    committed: u64,
}

/// More waits on one connection than may.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMuch;

impl Held {
    /// Whether something of this connection waits: what comes now must go behind it.
    pub fn has(&self, conn: ConnId) -> bool {
        self.conns.contains_key(&conn)
    }

    /// Holds an order back.
    ///
    /// # Errors
    /// [`limits::HELD_REPLIES`] wait already; nothing was added.
    pub fn push(&mut self, conn: ConnId, wait: Wait, command: Command<Encoded>) -> Result<(), TooMuch> {
        let queue = self.conns.entry(conn).or_default();
        if queue.len() >= limits::HELD_REPLIES && wait != Wait::Turn {
            return Err(TooMuch);
        }
        queue.push_back((wait, command));
        if let Wait::Commit(number) = wait {
            self.commits.entry(number).or_default().push(conn);
        }
        Ok(())
    }

    /// Holds the answer to a request back.
    pub fn push_request(&mut self, number: u64, asked: Asked) {
        self.requests.entry(number).or_default().push(asked);
    }

    /// Nothing of this connection is wanted any more.
    pub fn forget(&mut self, conn: ConnId) {
        self.conns.remove(&conn);
    }

    /// Everything up to this number is on disk, or never will be: then the answers say so. Returns what may go now.
    pub fn release(&mut self, number: u64, stored: bool) -> (Vec<(ConnId, Command<Encoded>)>, Vec<Asked>) {
        self.committed = self.committed.max(number);
        let later = self.commits.split_off(&(number + 1));
        let conns = std::mem::replace(&mut self.commits, later);
        let later = self.requests.split_off(&(number + 1));
        let requests = std::mem::replace(&mut self.requests, later);
        let mut orders = Vec::new();
        for conn in conns.into_values().flatten() {
            self.go_on(conn, stored, &mut orders);
        }
        let mut asked: Vec<_> = requests.into_values().flatten().collect();
        if !stored {
            asked.iter_mut().for_each(|(_, reply)| in_memory(reply));
        }
        (orders, asked)
    }

    /// A page is there: `fill` completes the answer. Returns what may go now.
    pub fn fill(
        &mut self,
        conn: ConnId,
        page: u64,
        fill: impl FnOnce(&mut Result<Reply, Refusal>),
    ) -> Vec<(ConnId, Command<Encoded>)> {
        let mut orders = Vec::new();
        let queue = self.conns.get_mut(&conn).into_iter().flatten();
        if let Some((wait, Command::Reply { reply, .. })) =
            queue.into_iter().find(|(wait, _)| *wait == Wait::Page(page))
        {
            fill(reply);
            *wait = Wait::Turn;
            self.go_on(conn, true, &mut orders);
        }
        orders
    }

    fn go_on(&mut self, conn: ConnId, stored: bool, orders: &mut Vec<(ConnId, Command<Encoded>)>) {
        let Some(queue) = self.conns.get_mut(&conn) else { return };
        let committed = self.committed;
        let may_go = |(wait, _): &mut (Wait, Command<Encoded>)| match *wait {
            Wait::Turn => true,
            Wait::Commit(number) => number <= committed,
            Wait::Page(_) => false,
        };
        while let Some((wait, mut command)) = queue.pop_front_if(may_go) {
            if !stored
                && wait != Wait::Turn
                && let Command::Reply { reply, .. } = &mut command
            {
                in_memory(reply);
            }
            orders.push((conn, command));
        }
        if queue.is_empty() {
            self.conns.remove(&conn);
        }
    }
}

/// Says of what was to be stored that it is not, of what was to be removed that it is there.
pub fn in_memory(reply: &mut Result<Reply, Refusal>) {
    match reply {
        Ok(sent @ Reply::Sent { .. }) => *sent = Reply::InMemory(Box::new(sent.clone())),
        Ok(Reply::Wiped { .. }) => {
            let message = "the rooms are empty, but the disk could not be written: what was said is still on it, until it works again";
            *reply = Err(Refusal::new(Code::Disk, message));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: ConnId = ConnId(1);
    const BO: ConnId = ConnId(2);

    fn handled(conn: ConnId) -> Command<Encoded> {
        Command::Handled { conn }
    }

    fn answer(conn: ConnId, ack: u64) -> Command<Encoded> {
        let reply = Ok(Reply::Sent {
            seq: Some(ack),
            id: crate::room::MsgId::new("m").unwrap(),
            at: 0,
            duplicate: false,
        });
        Command::Reply { conn, ack, reply }
    }

    fn shown(orders: &[(ConnId, Command<Encoded>)]) -> String {
        let order = |(conn, command): &(ConnId, Command<Encoded>)| match command {
            Command::Reply {
                ack,
                reply: Ok(Reply::InMemory(_)),
                ..
            } => format!("{}:{ack}!", conn.0),
            Command::Reply { ack, .. } => format!("{}:{ack}", conn.0),
            _ => format!("{}:-", conn.0),
        };
        orders.iter().map(order).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_connection_keeps_its_order_and_waits_for_nobody_else() {
        let mut held = Held::default();
        held.push(ANN, Wait::Commit(1), answer(ANN, 1)).unwrap();
        held.push(ANN, Wait::Turn, handled(ANN)).unwrap();
        held.push(BO, Wait::Commit(2), answer(BO, 2)).unwrap();
        held.push(ANN, Wait::Page(7), answer(ANN, 3)).unwrap();
        held.push(ANN, Wait::Commit(2), answer(ANN, 4)).unwrap();
        assert_eq!(shown(&held.release(0, true).0), "");
        assert_eq!(shown(&held.release(1, true).0), "1:1 1:-");
        assert_eq!(shown(&held.release(2, true).0), "2:2");
        assert!(held.has(ANN) && !held.has(BO));
        assert_eq!(shown(&held.fill(ANN, 7, |_| {})), "1:3 1:4");
        assert!(!held.has(ANN));
        held.push(BO, Wait::Commit(3), answer(BO, 5)).unwrap();
        held.push(BO, Wait::Commit(4), answer(BO, 6)).unwrap();
        assert_eq!(shown(&held.release(3, true).0), "2:5", "each for its own commit");
        held.forget(BO);
        assert_eq!(shown(&held.release(4, true).0), "");
    }

    #[test]
    fn what_did_not_reach_the_disk_says_so() {
        let mut held = Held::default();
        held.push(ANN, Wait::Commit(1), answer(ANN, 1)).unwrap();
        let (sender, _receiver) = oneshot::channel();
        let Command::Reply { reply, .. } = answer(BO, 1) else {
            unreachable!()
        };
        held.push_request(1, (sender, reply));
        let (orders, asked) = held.release(1, false);
        assert_eq!(shown(&orders), "1:1!");
        assert!(matches!(asked[0].1, Ok(Reply::InMemory(_))));
    }

    #[test]
    fn a_wipe_that_did_not_reach_the_disk_is_no_success() {
        let mut held = Held::default();
        let reply = Ok(Reply::Wiped { rooms: 1, messages: 7 });
        held.push(
            ANN,
            Wait::Commit(1),
            Command::Reply {
                conn: ANN,
                ack: 1,
                reply,
            },
        )
        .unwrap();
        let (orders, _) = held.release(1, false);
        let [
            (
                _,
                Command::Reply {
                    reply: Err(refusal), ..
                },
            ),
        ] = &orders[..]
        else {
            panic!("{}", shown(&orders))
        };
        assert_eq!(refusal.code, Code::Disk);
    }

    #[test]
    fn what_waits_on_one_connection_is_bounded() {
        let mut held = Held::default();
        for ack in 0..limits::HELD_REPLIES as u64 {
            held.push(ANN, Wait::Commit(1), answer(ANN, ack)).unwrap();
        }
        assert_eq!(held.push(ANN, Wait::Commit(1), answer(ANN, 0)), Err(TooMuch));
    }
}
