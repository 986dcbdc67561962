//! Encodes an entry of a room's log as an event, a JSON array. Messages are encoded by [`super::said`], changes by operators here.

use serde::Serialize;

use super::{json, said};
use crate::room::{
    Body, Control, Entry, Epoch, Hide, Measure, MsgId, Person, Reference, RoomName, Seq, UserId, escaped_len,
};

/// The last argument of a logged event: the entry's metadata.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    re: Option<&'a Reference>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    edited: bool,
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

/// Writes an entry as an event, a JSON array.
pub(super) fn put(out: &mut Vec<u8>, entry: &Entry) {
    let said = entry.body.said();
    let meta = EntryMeta {
        room: &entry.room,
        seq: entry.seq,
        epoch: entry.epoch,
        id: &entry.id,
        from: &entry.from,
        at: entry.at,
        to: said.and_then(|said| said.receiver()),
        re: said.and_then(|said| said.reference()),
        edited: said.is_some_and(|said| said.is_edited()),
    };
    match &entry.body {
        Body::Said(said) => said::put(out, said, &meta),
        Body::Control(control) => put_control(out, control, &meta),
        Body::Hidden { .. } => json::put(out, &("hidden", &meta)),
    }
}

fn put_control(out: &mut Vec<u8>, control: &Control, meta: &EntryMeta<'_>) {
    match control {
        Control::Answered { question } => {
            let number = QuestionNumber { question: *question };
            json::put(out, &("answered", number, meta));
        }
        Control::Poll { poll } => json::put(out, &("poll", poll, meta)),
        Control::Pin { pin } => json::put(out, &("pin", pin, meta)),
        Control::Settings { settings } => json::put(out, &("settings", settings, meta)),
        Control::Hide { what } => json::put(out, &("hide", what, meta)),
        Control::Edit { seq } => json::put(out, &("edit", Hide::Entry { seq: *seq }, meta)),
        Control::Retract { seq } => json::put(out, &("hide", Hide::Entry { seq: *seq }, meta)),
        Control::Unhide { what } => json::put(out, &("unhide", what, meta)),
        Control::Moderated { did, user, seconds } => {
            let (did, user, seconds) = (*did, *user, *seconds);
            json::put(out, &("moderated", Moderated { did, user, seconds }, meta));
        }
    }
}

/// Estimated length of the output of [`put`], in bytes. Rarely too low, because a buffer that must grow doubles its size.
pub(super) fn size(entry: &Entry) -> usize {
    let body = match &entry.body {
        Body::Said(said) => said::size(said),
        Body::Control(control) => control_size(control),
        Body::Hidden { .. } => 64,
    };
    let names =
        escaped_len(entry.room.as_str()) + escaped_len(entry.id.as_str()) + escaped_len(entry.from.name.as_str());
    // The fixed part: keys, brackets, the longest numbers, the user's id.
    body + names + 192
}

fn control_size(control: &Control) -> usize {
    match control {
        Control::Poll { poll } => {
            let texts = poll.choices.iter().chain([&poll.question]);
            128 + texts.map(|it| escaped_len(it) + 16).sum::<usize>()
        }
        Control::Pin { pin } => {
            let text = pin.as_ref().and_then(|pin| pin.text.as_ref());
            32 + text.map_or(0, |text| escaped_len(text))
        }
        Control::Answered { .. } | Control::Edit { .. } | Control::Retract { .. } => 32,
        Control::Settings { .. } => 128,
        Control::Hide { .. } | Control::Unhide { .. } | Control::Moderated { .. } => 64,
    }
}
