//! An entry as a row, and back.

use std::sync::Arc;

use rusqlite::{Row, Statement, types::Type};

use crate::room::{Body, Entry, Epoch, MsgId, Person, Role, RoomName, Seq, UserId, UserName};

/// Bits of a place that are the entry's number in its room.
const SEQ_BITS: u32 = 40;

/// What [`entry`] reads, in this order.
pub(super) const COLUMNS: &str = "place, at, id, who, name, role, skip, plain, body, hidden";
/// Takes what [`insert`] gives.
pub(super) const INSERT: &str = "INSERT INTO entry (place, at, id, who, name, role, skip, plain, body, control, hidden)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)";

/// The place of a room's entry. Numbers beyond what fits (2^40 messages) do not come up.
pub(super) fn place(room: i64, seq: Seq) -> i64 {
    let last = (1 << SEQ_BITS) - 1;
    room << SEQ_BITS | i64::try_from(seq).unwrap_or(last).min(last)
}

/// The number in a key.
pub(super) fn seq(place: i64) -> Seq {
    (place & ((1 << SEQ_BITS) - 1)).cast_unsigned()
}

pub(super) fn insert(statement: &mut Statement<'_>, room: i64, entry: &Entry) -> rusqlite::Result<()> {
    let Entry {
        room: _,
        epoch: _,
        seq,
        id,
        from,
        at,
        skip,
        body,
    } = entry;
    // Nearly all are plain chat, and need no JSON around their text.
    let (plain, text) = match body {
        Body::Chat { text, more } if more.is_empty() => (true, text.clone()),
        body => (false, serde_json::to_string(body).expect("texts and numbers").into()),
    };
    statement.execute((
        place(room, *seq),
        at.cast_signed(),
        id.as_str(),
        from.id.0.cast_signed(),
        from.name.as_str(),
        from.role != Role::Guest,
        skip.map(|skip| skip.0.cast_signed()),
        plain,
        text,
        entry.is_control(),
    ))?;
    Ok(())
}

/// Reads [`COLUMNS`], as it was said, and whether it is hidden now.
///
/// # Errors
/// A value is none of ours: the file is damaged.
pub(super) fn whole(row: &Row<'_>, room: &RoomName, epoch: Epoch) -> rusqlite::Result<(Entry, bool)> {
    let text: String = row.get(8)?;
    let body = if row.get(7)? {
        Body::Chat {
            text: text.into(),
            more: "".into(),
        }
    } else {
        serde_json::from_str(&text).map_err(|error| foreign(8, error))?
    };
    let id: String = row.get(2)?;
    let name: String = row.get(4)?;
    let entry = Entry {
        room: room.clone(),
        epoch,
        seq: seq(row.get(0)?),
        id: MsgId::new(&id).map_err(|error| foreign(2, error))?,
        from: Person {
            id: user(row.get(3)?),
            name: UserName::new(&name).map_err(|error| foreign(4, error))?,
            role: if row.get(5)? { Role::Organizer } else { Role::Guest },
        },
        at: row.get::<_, i64>(1)?.cast_unsigned(),
        skip: row.get::<_, Option<i64>>(6)?.map(user),
        body,
    };
    Ok((entry, row.get(9)?))
}

/// Reads [`COLUMNS`], as it is to be seen.
///
/// # Errors
/// As [`whole`].
pub(super) fn entry(row: &Row<'_>, room: &RoomName, epoch: Epoch) -> rusqlite::Result<Arc<Entry>> {
    let (entry, hidden) = whole(row, room, epoch)?;
    let shown = entry.hidden().filter(|_| hidden);
    Ok(Arc::new(shown.unwrap_or(entry)))
}

pub(super) fn user(id: i64) -> UserId {
    UserId(id.cast_unsigned())
}

/// A value that we did not write.
pub(super) fn foreign(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
