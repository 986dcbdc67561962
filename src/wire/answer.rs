//! Answers: acknowledgements, and the bodies of HTTP responses. The same object everywhere.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::{
    entry,
    format::{Around, Format},
    json,
};
use crate::room::{
    Announced, Audited, Board, Entry, Epoch, HeldItem, IssuedCode, MsgId, OperatorId, Person, PersonRecord,
    PersonState, Poll, Progress, Refusal, Reply, RoomInfo, RoomName, Seq, UserName,
};

/// The answer to the command that a client gave the number `ack`: Socket.IO's acknowledgement packet, or
/// `["ack",number,{…}]` in the other formats. `ns_room` as for [`super::event_bytes`].
pub fn ack_bytes(format: Format, ns_room: Option<&RoomName>, ack: u64, answer: &Result<Reply, Refusal>) -> Bytes {
    let socket_io = matches!(format.plain(), Format::SocketIo | Format::SocketIoNs);
    let around = Around {
        room: ns_room,
        ack: socket_io.then_some(ack),
        place: None,
    };
    let packed = around.pack(format, 192, |out| {
        if socket_io {
            out.push(b'[');
        } else {
            out.extend_from_slice(format!("[\"ack\",{ack},").as_bytes());
        }
        put_answer(out, answer);
        out.push(b']');
    });
    packed.bytes
}

/// The bare answer, `{"ok":true,…}` or `{"ok":false,"code":…}`.
pub fn answer_json(answer: &Result<Reply, Refusal>) -> Bytes {
    let mut out = Vec::with_capacity(192);
    put_answer(&mut out, answer);
    out.into()
}

fn put_answer(out: &mut Vec<u8>, answer: &Result<Reply, Refusal>) {
    let mut durable = None;
    let rest = match answer {
        Err(refusal) => Rest::Refused(refusal),
        Ok(Reply::History { entries, more }) => return put_history(out, entries, *more),
        Ok(Reply::HistoryFrom { entries, .. }) => return put_history(out, entries, true),
        Ok(Reply::InMemory(reply)) => {
            durable = Some(false);
            Rest::of(reply)
        }
        Ok(reply) => Rest::of(reply),
    };
    json::put(
        out,
        &Answer {
            ok: answer.is_ok(),
            rest,
            durable,
        },
    );
}

/// Entries have a writer of their own, so the object around them is written by hand.
fn put_history(out: &mut Vec<u8>, entries: &[Arc<Entry>], more: bool) {
    out.extend_from_slice(b"{\"ok\":true,\"events\":[");
    for (i, entry) in entries.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        entry::put(out, entry);
    }
    out.extend_from_slice(b"],\"more\":");
    json::put(out, &more);
    out.push(b'}');
}

#[derive(Serialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(flatten)]
    rest: Rest<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    durable: Option<bool>,
}

/// The keys after `ok`, in the order of PROTOCOL.md.
#[derive(Serialize)]
#[serde(untagged)]
enum Rest<'a> {
    Refused(&'a Refusal),
    Joined {
        room: &'a RoomName,
        epoch: Epoch,
        head: Seq,
        recovered: bool,
        missed: u64,
        members: usize,
    },
    Sent {
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
        id: &'a MsgId,
        at: u64,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        duplicate: bool,
    },
    Delivered {
        id: &'a MsgId,
        at: u64,
        connections: usize,
    },
    Voted {
        poll: u32,
        choices: &'a [u8],
    },
    Board(&'a Board),
    Upvoted {
        question: Seq,
        upvotes: u64,
    },
    Announced {
        sent: &'a [Announced],
    },
    Reached {
        reached: usize,
        online: usize,
    },
    PollOpened {
        poll: u32,
    },
    Polls {
        polls: &'a [Poll],
    },
    Nonce {
        nonce: &'a str,
    },
    Held {
        held: bool,
        id: &'a MsgId,
    },
    HeldItems {
        items: &'a [HeldItem],
    },
    Seating {
        count: u32,
        taken: usize,
    },
    WordList {
        list: &'a [Box<str>],
    },
    TriedWords {
        listed: bool,
    },
    Rooms {
        rooms: &'a [RoomInfo],
    },
    Neighbours {
        neighbours: &'a [Person],
    },
    People {
        people: &'a [Person],
    },
    Listed {
        people: &'a [PersonState],
        count: usize,
    },
    Person(&'a PersonRecord),
    Audit {
        orders: &'a [Audited],
    },
    Wiped {
        rooms: usize,
        messages: u64,
    },
    Time {
        used: bool,
    },
    Issued {
        code: OperatorId,
    },
    Codes {
        codes: &'a [IssuedCode],
    },
    Updating(&'a Progress),
    Findings {
        findings: &'a [String],
    },
    Renamed {
        name: &'a UserName,
    },
    Who {
        people: &'a [Person],
        online: usize,
    },
    /// Nothing more; `history` is written by [`put_history`].
    Done {},
}

impl<'a> Rest<'a> {
    fn of(reply: &'a Reply) -> Self {
        match *reply {
            Reply::Joined {
                ref room,
                epoch,
                head,
                recovered,
                missed,
                members,
                since: _,
            } => Self::Joined {
                room,
                epoch,
                head,
                recovered,
                missed,
                members,
            },
            Reply::Sent {
                seq,
                ref id,
                at,
                duplicate,
            } => Self::Sent { seq, id, at, duplicate },
            Reply::Delivered {
                ref id,
                at,
                connections,
            } => Self::Delivered { id, at, connections },
            Reply::Voted { poll, ref choices } => Self::Voted { poll, choices },
            Reply::Board(ref board) => Self::Board(board),
            Reply::Upvoted { question, upvotes } => Self::Upvoted { question, upvotes },
            Reply::Announced { ref sent } => Self::Announced { sent },
            Reply::Reached { reached, online } => Self::Reached { reached, online },
            Reply::PollOpened { poll } => Self::PollOpened { poll },
            Reply::Polls { ref polls } => Self::Polls { polls },
            Reply::Nonce { ref nonce } => Self::Nonce { nonce },
            Reply::Held { ref id } => Self::Held { held: true, id },
            Reply::HeldItems { ref items } => Self::HeldItems { items },
            Reply::Seating { count, taken } => Self::Seating { count, taken },
            Reply::WordList { ref list } => Self::WordList { list },
            Reply::TriedWords { listed } => Self::TriedWords { listed },
            Reply::Rooms { ref rooms } => Self::Rooms { rooms },
            Reply::Neighbours { ref neighbours } => Self::Neighbours { neighbours },
            Reply::People { ref people } => Self::People { people },
            Reply::Listed { ref people, count } => Self::Listed { people, count },
            Reply::Person(ref record) => Self::Person(record),
            Reply::Audit { ref orders } => Self::Audit { orders },
            Reply::WouldWipe { rooms, messages } | Reply::Wiped { rooms, messages } => Self::Wiped { rooms, messages },
            Reply::Time { used } => Self::Time { used },
            Reply::Issued { code } => Self::Issued { code },
            Reply::Codes { ref codes } => Self::Codes { codes },
            Reply::Updating(ref progress) => Self::Updating(progress),
            Reply::Findings { ref findings } => Self::Findings { findings },
            Reply::Renamed { ref name } => Self::Renamed { name },
            Reply::Who { ref people, online } => Self::Who { people, online },
            Reply::Left
            | Reply::Counted
            | Reply::Done
            | Reply::History { .. }
            | Reply::HistoryFrom { .. }
            | Reply::InMemory(_) => Self::Done {},
        }
    }
}
