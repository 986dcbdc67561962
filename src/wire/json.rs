//! Events and answers as JSON text, written straight into a buffer.

use serde::Serialize;

use crate::room::{Body, Direct, Entry, Epoch, Measure, MsgId, Person, RoomName, Seq, UserId};

/// Writes a value whose writing can't fail: texts, numbers and structs of them.
pub(super) fn put(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    serde_json::to_writer(out, value).expect("texts, numbers and structs of them always have a JSON form");
}

/// `["name",value]`
pub(super) fn put_event(out: &mut Vec<u8>, name: &str, value: &impl Serialize) {
    put(out, &(name, value));
}

/// What stands behind a logged event's own arguments.
#[derive(Serialize)]
struct EntryMeta<'a> {
    room: &'a RoomName,
    seq: Seq,
    epoch: Epoch,
    id: &'a MsgId,
    from: &'a Person,
    at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<UserId>,
}

#[derive(Serialize)]
struct QuestionNumber {
    question: Seq,
}

#[derive(Serialize)]
struct Moderated {
    did: Measure,
    user: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u32>,
}

/// An entry's event array.
pub(super) fn put_entry(out: &mut Vec<u8>, entry: &Entry) {
    let to = match entry.body {
        Body::Gift { to, .. } => to,
        _ => None,
    };
    let meta = EntryMeta {
        room: &entry.room,
        seq: entry.seq,
        epoch: entry.epoch,
        id: &entry.id,
        from: &entry.from,
        at: entry.at,
        to,
    };
    match &entry.body {
        Body::Chat { text, more } => put_chat(out, text, more, &meta),
        Body::Gift { name, count, .. } => put(out, &("gift", name, count, &meta)),
        Body::Announce { text } => put(out, &("announce", text, &meta)),
        Body::Question { text } => put(out, &("question", text, &meta)),
        Body::Answered { question } => put(out, &("answered", QuestionNumber { question: *question }, &meta)),
        Body::Poll { poll } => put(out, &("poll", poll, &meta)),
        Body::Pin { pin } => put(out, &("pin", pin, &meta)),
        Body::Settings { settings } => put(out, &("settings", settings, &meta)),
        Body::Hide { what } => put(out, &("hide", what, &meta)),
        Body::Hidden { .. } => put(out, &("hidden", &meta)),
        Body::Moderated { did, user, seconds } => {
            let (did, user, seconds) = (*did, *user, *seconds);
            put(out, &("moderated", Moderated { did, user, seconds }, &meta));
        }
    }
}

/// `more` is JSON already: values joined by commas.
fn put_chat(out: &mut Vec<u8>, text: &str, more: &str, meta: &impl Serialize) {
    out.extend_from_slice(b"[\"chat\",");
    put(out, text);
    if !more.is_empty() {
        out.push(b',');
        out.extend_from_slice(more.as_bytes());
    }
    out.push(b',');
    put(out, meta);
    out.push(b']');
}

/// About how long [`put_entry`] writes, in bytes; right for texts without escapes.
pub(super) fn entry_size(entry: &Entry) -> usize {
    let body = match &entry.body {
        Body::Chat { text, more } => text.len() + more.len(),
        Body::Gift { name, .. } => name.as_str().len() + 32,
        Body::Announce { text } | Body::Question { text } => text.len(),
        Body::Poll { poll } => {
            128 + poll
                .choices
                .iter()
                .chain([&poll.question])
                .map(|it| it.len() + 16)
                .sum::<usize>()
        }
        Body::Pin { pin } => {
            32 + pin
                .as_ref()
                .and_then(|pin| pin.text.as_ref())
                .map_or(0, |text| text.len())
        }
        Body::Answered { .. } => 32,
        Body::Settings { .. } => 128,
        Body::Hide { .. } | Body::Hidden { .. } | Body::Moderated { .. } => 64,
    };
    let names = entry.room.as_str().len() + entry.id.as_str().len() + entry.from.name.as_str().len();
    // The fixed part: keys, brackets, the longest numbers, the user's id.
    body + names + 192
}

#[derive(Serialize)]
struct EchoMeta<'a> {
    room: &'a RoomName,
    id: &'a MsgId,
    from: &'a Person,
    at: u64,
}

#[derive(Serialize)]
struct DmMeta<'a> {
    from: &'a Person,
    to: UserId,
    id: &'a MsgId,
    at: u64,
}

/// The event array of what is for one connection alone.
pub(super) fn put_direct(out: &mut Vec<u8>, direct: &Direct) {
    match direct {
        Direct::Dm { from, to, text, id, at } => {
            let meta = DmMeta {
                from,
                to: *to,
                id,
                at: *at,
            };
            put(out, &("dm", text, &meta));
        }
        Direct::Echo {
            room,
            from,
            text,
            more,
            id,
            at,
        } => {
            let meta = EchoMeta {
                room,
                id,
                from,
                at: *at,
            };
            put_chat(out, text, more, &meta);
        }
        Direct::Refused(refusal) => put_event(out, "refused", refusal),
    }
}
