//! Parses settings of the organizer's file that are lists, such as the rooms (at most `limits::BOX_ROOMS`).

use toml::Value;

use super::diagnostic::{short, shown};
use crate::{config, limits, room::RoomName};

/// The elements of a list; a single text counts as a list of one. `None` for an empty list or another kind of value.
fn list(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::String(_) => Some(vec![value]),
        Value::Array(list) if !list.is_empty() => Some(list.iter().collect()),
        _ => None,
    }
}

/// Parses the room names of a list; invalid ones are reported and skipped.
pub(super) fn rooms(value: &Value, report: &mut dyn FnMut(String)) -> Result<Vec<RoomName>, String> {
    let form = "write rooms = [\"main\", \"dance floor\"]";
    let mut rooms: Vec<RoomName> = Vec::new();
    let mut left_out = 0_usize;
    for name in list(value).ok_or(form)? {
        let Some(name) = name.as_str() else {
            report(format!("{} is no text in quotes; {form}", shown(name)));
            continue;
        };
        match RoomName::new(name.trim()) {
            Err(why) => report(format!("\"{}\" {why}; this room was left out", short(name))),
            Ok(room) if rooms.contains(&room) => report(format!("\"{}\" stands there twice", short(name))),
            Ok(_) if rooms.len() >= limits::BOX_ROOMS => left_out += 1,
            Ok(room) => rooms.push(room),
        }
    }
    if left_out > 0 {
        let most = limits::BOX_ROOMS;
        report(format!(
            "there can be {most} rooms from the start; {left_out} more were left out"
        ));
    }
    Ok(rooms)
}

pub(super) fn cors_origins(value: &Value) -> Result<Vec<String>, String> {
    let form = "write cors_origins = [\"https://example.org\"]";
    let origins = list(value).ok_or(form)?;
    let texts = origins.into_iter().map(|origin| origin.as_str().map(str::to_owned));
    let texts: Vec<_> = texts.collect::<Option<_>>().ok_or(form)?;
    config::cors_origins(&texts).map(|_| texts)
}

/// Parses the webhook URLs of a list; invalid ones are reported and skipped.
pub(super) fn webhooks(value: &Value, report: &mut dyn FnMut(String)) -> Result<Vec<String>, String> {
    let form = "write webhooks = [\"http://192.168.4.20:9000/hook\"]";
    let mut receivers = Vec::new();
    for url in list(value).ok_or(form)? {
        match url.as_str().map(str::trim).map(|url| (url, config::webhook_url(url))) {
            Some((_, Ok(_))) if receivers.len() >= limits::BOX_WEBHOOKS => {
                report(format!(
                    "there can be {}; the others were left out",
                    limits::BOX_WEBHOOKS
                ));
                break;
            }
            Some((url, Ok(_))) => receivers.push(url.to_owned()),
            // The URL is not repeated: it may hold a password.
            Some((_, Err(_))) => {
                report(
                    "an address is wrong and was left out; it begins with http:// (there is no TLS here)".to_owned(),
                );
            }
            None => report(format!("{} is no text in quotes; {form}", shown(url))),
        }
    }
    Ok(receivers)
}
