//! Whether the hub answered what the model expects. Words for people and the text of ids that the hub makes are its own business.

use chatterbox::room::{Direct, Entry, MsgId, Output, Refusal, Reply};

/// How the model calls an id that the hub makes.
pub const MADE: &str = "made";
/// The seed of the first run's hub; later runs count up. The ids that a hub makes start with it.
pub const EPOCH_SEED: u64 = 0x5e_ed00;
const MADE_PREFIX: &str = "5eed";

/// Whether a hub made this id.
pub fn is_made(id: &MsgId) -> bool {
    id.as_str().starts_with(MADE_PREFIX)
}

/// The id in an output, if it is of a kind that has one.
pub fn id_of(output: &Output) -> Option<&MsgId> {
    match output {
        Output::Append { entry, .. } => Some(&entry.id),
        Output::Reply {
            reply: Ok(Reply::Sent { id, .. } | Reply::Delivered { id, .. }),
            ..
        } => Some(id),
        Output::Direct { direct, .. } => match &**direct {
            Direct::Dm { id, .. } | Direct::Echo { id, .. } => Some(id),
            Direct::Refused(_) | Direct::Dropped { .. } | Direct::Seat { .. } => None,
        },
        _ => held_id(output),
    }
}

/// The id of a message that waits for approval.
pub fn held_id(output: &Output) -> Option<&MsgId> {
    match output {
        Output::Reply {
            reply: Ok(Reply::Held { id }),
            ..
        } => Some(id),
        _ => None,
    }
}

pub fn ids(want: &MsgId, got: &MsgId) -> bool {
    want == got || (want.as_str() == MADE && is_made(got))
}

pub fn entries(want: &Entry, got: &Entry) -> bool {
    let places = (&want.room, want.epoch, want.seq, want.at) == (&got.room, got.epoch, got.seq, got.at);
    places && (&want.from, want.skip, &want.body) == (&got.from, got.skip, &got.body) && ids(&want.id, &got.id)
}

/// Whether it is the same entry, in the same epoch or another.
pub fn but_epoch(want: &Entry, got: &Entry) -> bool {
    let places = (&want.room, want.seq, want.at, &want.id) == (&got.room, got.seq, got.at, &got.id);
    places && (&want.from, want.skip, &want.body) == (&got.from, got.skip, &got.body)
}

fn refusals(want: &Refusal, got: &Refusal) -> bool {
    (want.code, want.retry_after_ms) == (got.code, got.retry_after_ms)
}

fn directs(want: &Direct, got: &Direct) -> bool {
    match (want, got) {
        (
            Direct::Dm {
                from,
                to,
                text,
                re: None,
                id,
                at,
            },
            Direct::Dm {
                from: from2,
                to: to2,
                text: text2,
                re: None,
                id: id2,
                at: at2,
            },
        ) => (from, to, text, at) == (from2, to2, text2, at2) && ids(id, id2),
        (
            Direct::Echo {
                room,
                from,
                said,
                id,
                at,
            },
            Direct::Echo {
                room: room2,
                from: from2,
                said: said2,
                id: id2,
                at: at2,
            },
        ) => (room, from, said, at) == (room2, from2, said2, at2) && ids(id, id2),
        (Direct::Refused(want), Direct::Refused(got)) => refusals(want, got),
        _ => false,
    }
}

fn replies(want: &Reply, got: &Reply) -> bool {
    match (want, got) {
        (
            Reply::Sent { seq, id, at, duplicate },
            Reply::Sent {
                seq: seq2,
                id: id2,
                at: at2,
                duplicate: duplicate2,
            },
        ) => (seq, at, duplicate) == (seq2, at2, duplicate2) && ids(id, id2),
        (
            Reply::Delivered { id, at, connections },
            Reply::Delivered {
                id: id2,
                at: at2,
                connections: connections2,
            },
        ) => (at, connections) == (at2, connections2) && ids(id, id2),
        (
            Reply::History { entries: want, more },
            Reply::History {
                entries: got,
                more: more2,
            },
        ) => more == more2 && want.len() == got.len() && want.iter().zip(got).all(|(want, got)| entries(want, got)),
        // The others have neither ids nor entries, so that their debug text says all.
        (Reply::Joined { .. } | Reply::Left | Reply::Counted | Reply::Renamed { .. } | Reply::Who { .. }, got) => {
            format!("{want:?}") == format!("{got:?}")
        }
        _ => false,
    }
}

/// Whether an answer or a place to read from is as the model has it beside operators. [`Reply::Done`] stands for any answer that is no
/// refusal; names in lists, and waits, are judged elsewhere.
pub fn judged(want: &Output, got: &Output) -> bool {
    let Output::Reply { to, reply } = want else {
        return format!("{want:?}") == format!("{got:?}");
    };
    let Output::Reply { to: to2, reply: reply2 } = got else {
        return false;
    };
    let same = match (reply, reply2) {
        (Ok(Reply::Done), Ok(_)) => true,
        (Ok(Reply::Held { id }), Ok(Reply::Held { id: id2 })) => ids(id, id2),
        (Ok(Reply::Who { online, .. }), Ok(Reply::Who { online: online2, .. })) => online == online2,
        (Ok(Reply::Upvoted { upvotes, .. }), Ok(Reply::Upvoted { upvotes: upvotes2, .. })) => upvotes == upvotes2,
        (Ok(want), Ok(got)) => replies(want, got),
        (Err(want), Err(got)) => want.code == got.code,
        _ => false,
    };
    to == to2 && same
}

pub fn outputs(want: &Output, got: &Output) -> bool {
    match (want, got) {
        (
            Output::Append { room, entry },
            Output::Append {
                room: room2,
                entry: entry2,
            },
        ) => room == room2 && entries(entry, entry2),
        (
            Output::Reply { to, reply: Ok(want) },
            Output::Reply {
                to: to2,
                reply: Ok(got),
            },
        ) => to == to2 && replies(want, got),
        (
            Output::Reply { to, reply: Err(want) },
            Output::Reply {
                to: to2,
                reply: Err(got),
            },
        ) => to == to2 && refusals(want, got),
        (
            Output::Direct { conn, direct },
            Output::Direct {
                conn: conn2,
                direct: direct2,
            },
        ) => conn == conn2 && directs(direct, direct2),
        (Output::Append { .. } | Output::Reply { .. } | Output::Direct { .. }, _) => false,
        _ => format!("{want:?}") == format!("{got:?}"),
    }
}
