//! Converts entries to rows of the table `entry` and back. Nothing grows here.

use std::sync::Arc;

use rusqlite::{Row, Statement, types::Type};

use crate::room::{Body, Entry, Epoch, MsgId, Person, Role, RoomName, Said, Seq, UserId, UserName};

/// Number of low bits in the column `place` that hold the entry's number; the room's row id is above them.
const SEQ_BITS: u32 = 40;

/// The columns that [`entry`] reads, in this order.
pub(super) const COLUMNS: &str = "place, at, id, who, name, role, skip, plain, body, hidden";
/// SQL statement that [`insert`] executes.
pub(super) const INSERT: &str = "INSERT INTO entry (place, at, id, who, name, role, skip, plain, body, control, hidden)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)";

/// The value of the index column `place`: the room's row id in the high bits, the entry's number in the low ones. Numbers above 2^40 are clamped;
/// no room reaches them.
pub(super) fn place(room: i64, seq: Seq) -> i64 {
    let last = (1 << SEQ_BITS) - 1;
    room << SEQ_BITS | i64::try_from(seq).unwrap_or(last).min(last)
}

/// Extracts the entry's number from a value of the column `place`.
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
    let (plain, text) = self::body(body);
    statement.execute((
        place(room, *seq),
        at.cast_signed(),
        id.as_str(),
        from.id.0.cast_signed(),
        from.name.as_str(),
        role_number(from.role),
        skip.map(|skip| skip.0.cast_signed()),
        plain,
        text,
        entry.is_control(),
    ))?;
    Ok(())
}

/// The columns `plain` and `body` of an entry's content. Most entries are plain chat: their text is stored without JSON.
pub(super) fn body(body: &Body) -> (bool, String) {
    match body.said().and_then(Said::plain_text) {
        Some(text) => (true, text.to_owned()),
        None => (false, serde_json::to_string(body).expect("texts and numbers")),
    }
}

/// Reads [`COLUMNS`]: the original entry, and whether it is hidden.
///
/// # Errors
/// A value is invalid, because the file is damaged.
pub(super) fn whole(row: &Row<'_>, room: &RoomName, epoch: Epoch) -> rusqlite::Result<(Entry, bool)> {
    let text: String = row.get(8)?;
    let body = if row.get(7)? {
        Body::Said(Said::Chat {
            text: text.into(),
            more: "".into(),
            re: None,
            edited: false,
        })
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
            role: role(row.get(5)?)
                .ok_or_else(|| rusqlite::Error::IntegralValueOutOfRange(5, row.get(5).unwrap_or(-1)))?,
        },
        at: row.get::<_, i64>(1)?.cast_unsigned(),
        skip: row.get::<_, Option<i64>>(6)?.map(user),
        body,
    };
    Ok((entry, row.get(9)?))
}

/// Reads [`COLUMNS`]: the entry as clients may see it.
///
/// # Errors
/// The same as for [`whole`].
pub(super) fn entry(row: &Row<'_>, room: &RoomName, epoch: Epoch) -> rusqlite::Result<Arc<Entry>> {
    let (entry, hidden) = whole(row, room, epoch)?;
    let shown = entry.hidden().filter(|_| hidden);
    Ok(Arc::new(shown.unwrap_or(entry)))
}

/// The number that stands for a role in the column `role`.
fn role_number(role: Role) -> i64 {
    match role {
        Role::Guest => 0,
        Role::Organizer => 1,
        Role::Moderator => 2,
        Role::Bot => 3,
    }
}

fn role(number: i64) -> Option<Role> {
    match number {
        0 => Some(Role::Guest),
        1 => Some(Role::Organizer),
        2 => Some(Role::Moderator),
        3 => Some(Role::Bot),
        _ => None,
    }
}

pub(super) fn user(id: i64) -> UserId {
    UserId(id.cast_unsigned())
}

/// The error for a value that this program never writes.
pub(super) fn foreign(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
