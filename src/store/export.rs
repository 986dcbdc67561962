//! A room's entries for people and programs, while the server runs or not.

use std::{
    io::{self, Write},
    path::Path,
    str::FromStr,
};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{Trouble, row, schema, utc};
use crate::room::{Body, Entry, Epoch, RoomName, Seq};

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values (RFC 4180) with a line of names, for spreadsheets.
    Csv,
    /// A page to read and print.
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

/// What is to be exported.
#[derive(Clone, Debug)]
pub struct Export {
    /// Which room.
    pub room: RoomName,
    /// How.
    pub format: Format,
    /// From when on, milliseconds since 1970.
    pub from_ms: u64,
    /// Until before when.
    pub to_ms: u64,
    /// With what is hidden.
    pub hidden: bool,
    /// The event's name, for the page.
    pub event_name: String,
}

/// Writes what a data directory has of a room, oldest first. Returns how many entries that were.
///
/// # Errors
/// The room or the file is not there or can't be read, or `out` can't be written.
pub fn export(dir: &Path, export: &Export, out: &mut impl Write) -> Result<u64, Trouble> {
    let conn = schema::open_to_read(dir)?;
    // One moment, whatever is said meanwhile.
    let conn = conn.unchecked_transaction()?;
    let mut rooms = conn.prepare("SELECT id, epoch FROM room WHERE name = ?1 ORDER BY id")?;
    let lives = rooms.query_map([export.room.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let lives: Vec<(i64, i64)> = lives.collect::<Result<_, _>>()?;
    if lives.is_empty() {
        return Err(Trouble::Other(unknown(&conn, &export.room)?));
    }
    let mut written = 0;
    begin(export, out).map_err(unwritten)?;
    let sql = format!(
        "SELECT {} FROM log WHERE place BETWEEN ?1 AND ?2 AND at >= ?3 AND at < ?4 ORDER BY place",
        row::COLUMNS
    );
    let mut entries = conn.prepare(&sql)?;
    let clamp = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    for (room, epoch) in lives {
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
            one(export.format, &entry, out).map_err(unwritten)?;
            written += 1;
        }
    }
    end(export.format, out).map_err(unwritten)?;
    Ok(written)
}

fn unwritten(error: io::Error) -> Trouble {
    Trouble::Other(format!("the export can't be written: {error}"))
}

fn unknown(conn: &Connection, room: &RoomName) -> Result<String, Trouble> {
    let mut names = conn.prepare("SELECT DISTINCT name FROM room ORDER BY name")?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
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
            write!(out, include_str!("export.html"), event = event, room = room)
        }
    }
}

fn one(format: Format, entry: &Entry, out: &mut impl Write) -> io::Result<()> {
    let time = utc::text(entry.at);
    let (kind, text, details) = parts(&entry.body);
    let name = entry.from.name.as_str();
    match format {
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

/// What kind of entry it is, its words, and what there is besides.
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

/// A cell in quotes. One that a spreadsheet would take for a formula begins with an apostrophe, which says that it is text.
fn cell(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

/// Text as HTML, in elements and in attributes.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}
