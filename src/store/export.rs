//! Exports a room's entries as JSON lines, CSV or HTML, with or without a running server. It holds one entry at a time.

use std::{
    io::{self, Write},
    path::Path,
    str::FromStr,
};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{StoreError, cell::cell, private, row, schema};
use crate::{
    room::{Body, Entry, Epoch, RoomName, Seq},
    time_zone::TimeZone,
};

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object on each line.
    Jsonl,
    /// Comma-separated values (RFC 4180) with a header line, for spreadsheets.
    Csv,
    /// An HTML page for reading and printing.
    Html,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "jsonl" => Ok(Self::Jsonl),
            "csv" => Ok(Self::Csv),
            "html" => Ok(Self::Html),
            _ => Err("expected jsonl, csv or html".to_owned()),
        }
    }
}

/// The entries to export, and their format.
#[derive(Clone, Debug)]
pub struct Export {
    /// The room whose entries are exported.
    pub room: RoomName,
    /// Output format.
    pub format: Format,
    /// Earliest time of an entry, inclusive, in milliseconds since 1970.
    pub from_ms: u64,
    /// Latest time of an entry, exclusive, in milliseconds since 1970.
    pub to_ms: u64,
    /// Whether hidden entries are included.
    pub hidden: bool,
    /// Name of the event, for the heading of an HTML export.
    pub event_name: String,
    /// Time zone of the times.
    pub time_zone: TimeZone,
}

/// Writes a room's stored entries, oldest first. Returns their number.
///
/// # Errors
/// The room or the file is missing or unreadable, or `out` can't be written.
pub fn export(dir: &Path, export: &Export, out: &mut impl Write) -> Result<u64, StoreError> {
    let conn = schema::open_to_read(dir)?;
    // A transaction, so that all rows are of one moment.
    let conn = conn.unchecked_transaction()?;
    let mut rooms = conn.prepare("SELECT id, epoch FROM room WHERE name = ?1 ORDER BY id")?;
    let epochs = rooms.query_map([export.room.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let epochs: Vec<(i64, i64)> = epochs.collect::<Result<_, _>>()?;
    if epochs.is_empty() {
        return Err(StoreError::Other(unknown(&conn, &export.room)?));
    }
    let mut written = 0;
    begin(export, out).map_err(unwritten)?;
    let sql = format!(
        "SELECT {} FROM log WHERE place BETWEEN ?1 AND ?2 AND at >= ?3 AND at < ?4 ORDER BY place",
        row::COLUMNS
    );
    let mut entries = conn.prepare(&sql)?;
    let clamp = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    for (room, epoch) in epochs {
        let bounds = (
            row::place(room, 0),
            row::place(room, Seq::MAX),
            clamp(export.from_ms),
            clamp(export.to_ms),
        );
        let mut rows = entries.query(bounds)?;
        while let Some(found) = rows.next()? {
            let (entry, hidden) = row::whole(found, &export.room, Epoch(epoch.cast_unsigned()))?;
            if hidden && !export.hidden && entry.hidden().is_some() {
                continue;
            }
            one(export, &entry, out).map_err(unwritten)?;
            written += 1;
        }
    }
    end(export.format, out).map_err(unwritten)?;
    Ok(written)
}

fn unwritten(error: io::Error) -> StoreError {
    StoreError::Other(format!("the export can't be written: {error}"))
}

/// The rooms with stored entries, by name. None if nothing was stored yet.
///
/// # Errors
/// The file is unreadable.
pub fn rooms(dir: &Path) -> Result<Vec<RoomName>, StoreError> {
    if !dir.join(private::FILE).exists() {
        return Ok(Vec::new());
    }
    let names = names(&schema::open_to_read(dir)?)?;
    Ok(names.into_iter().filter_map(|name| RoomName::new(&name).ok()).collect())
}

fn names(conn: &Connection) -> Result<Vec<String>, StoreError> {
    let mut names = conn.prepare("SELECT DISTINCT name FROM room ORDER BY name")?;
    Ok(names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn unknown(conn: &Connection, room: &RoomName) -> Result<String, StoreError> {
    let names = names(conn)?;
    Ok(match names.is_empty() {
        true => format!("nothing was said in {room}, or anywhere"),
        false => format!("nothing was said in {room}, but in: {}", names.join(", ")),
    })
}

fn begin(export: &Export, out: &mut impl Write) -> io::Result<()> {
    match export.format {
        Format::Jsonl => Ok(()),
        Format::Csv => out.write_all(b"seq,time,name,user,kind,text,details\r\n"),
        Format::Html => {
            let (event, room) = (escaped(&export.event_name), escaped(export.room.as_str()));
            write!(
                out,
                include_str!("export.html"),
                event = event,
                room = room,
                zone = export.time_zone.name()
            )
        }
    }
}

fn one(export: &Export, entry: &Entry, out: &mut impl Write) -> io::Result<()> {
    let time = export.time_zone.text(entry.at);
    let (kind, text, details) = parts(&entry.body);
    let name = entry.from.name.as_str();
    match export.format {
        Format::Jsonl => {
            let mut line = json!({
                "room": entry.room, "seq": entry.seq, "id": entry.id, "at": entry.at, "time": time, "from": entry.from,
                "kind": kind, "text": text,
            });
            if let (Some(line), Some(details)) = (line.as_object_mut(), details) {
                line.insert("details".to_owned(), details);
            }
            writeln!(out, "{line}")
        }
        Format::Csv => {
            let user = entry.from.id.to_string();
            let details = details.map(|details| details.to_string()).unwrap_or_default();
            let cells = [&time, name, &user, &kind, &text, &details].map(cell).join(",");
            write!(out, "{},{cells}\r\n", entry.seq)
        }
        Format::Html => {
            let clock = time.get(11..16).unwrap_or_default();
            let details = details.map(|details| details.to_string()).unwrap_or_default();
            let text = if text.is_empty() { details } else { text };
            writeln!(
                out,
                "<p class=\"{}\"><time datetime=\"{time}\" title=\"{time}\">{clock}</time> <b>{}</b> {}</p>",
                escaped(&kind),
                escaped(name),
                escaped(&text)
            )
        }
    }
}

fn end(format: Format, out: &mut impl Write) -> io::Result<()> {
    if format == Format::Html {
        out.write_all(b"</main>\n</html>\n")?;
    }
    out.flush()
}

/// The kind of an entry, its text, and its other fields as JSON.
fn parts(body: &Body) -> (String, String, Option<Value>) {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(body) else {
        unreachable!("a body is an object with its kind")
    };
    let mut take = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (kind, text, more) = (take("kind"), take("text"), take("more"));
    fields.retain(|_, value| !value.is_null());
    if let Ok(more) = serde_json::from_str::<Value>(&format!("[{more}]"))
        && more != json!([])
    {
        fields.insert("more".to_owned(), more);
    }
    let details = (!fields.is_empty()).then_some(Value::Object(fields));
    (kind, text, details)
}

/// Escapes a text for HTML elements and attributes.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}
