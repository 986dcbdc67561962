//! Parses settings of the organizer's file that are lists, such as the rooms (at most `limits::BOX_ROOMS`).

use toml::Value;

use super::{
    diagnostic::{short, shown},
    ssh_key,
};
use crate::{
    config, limits,
    page::{Mistake, MistakeKind},
    room::RoomName,
};

/// The elements of a list; a single text counts as a list of one. `None` for an empty list or another kind of value.
fn list(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::String(_) => Some(vec![value]),
        Value::Array(list) if !list.is_empty() => Some(list.iter().collect()),
        _ => None,
    }
}

/// Parses the room names of a list; invalid ones are reported and skipped.
pub(super) fn rooms(value: &Value, report: &mut dyn FnMut(Mistake)) -> Result<Vec<RoomName>, Mistake> {
    let form = "rooms = [\"main\", \"dance floor\"]";
    let mut rooms: Vec<RoomName> = Vec::new();
    let mut left_out = 0_usize;
    for name in list(value).ok_or_else(|| unlike(form))? {
        let Some(name) = name.as_str() else {
            report(unquoted(name, form));
            continue;
        };
        match RoomName::new(name.trim()) {
            Err(why) => {
                let name = short(name);
                let what = format!("\"{name}\" {why}; this room was left out");
                report(Mistake::new(MistakeKind::Room, what).with(name));
            }
            Ok(room) if rooms.contains(&room) => {
                let name = short(name);
                report(Mistake::new(MistakeKind::Twice, format!("\"{name}\" stands there twice")).with(name));
            }
            Ok(_) if rooms.len() >= limits::BOX_ROOMS => left_out += 1,
            Ok(room) => rooms.push(room),
        }
    }
    if left_out > 0 {
        let most = limits::BOX_ROOMS;
        let what = format!("there can be {most} rooms from the start; {left_out} more were left out");
        report(Mistake::new(MistakeKind::Most, what).with(most));
    }
    Ok(rooms)
}

pub(super) fn cors_origins(value: &Value) -> Result<Vec<String>, Mistake> {
    let form = "cors_origins = [\"https://example.org\"]";
    let origins = list(value).ok_or_else(|| unlike(form))?;
    let texts = origins.into_iter().map(|origin| origin.as_str().map(str::to_owned));
    let texts: Vec<_> = texts.collect::<Option<_>>().ok_or_else(|| unlike(form))?;
    let wrong = |what| Mistake::new(MistakeKind::Address, what).with("\"https://example.org\"");
    config::cors_origins(&texts).map_err(wrong).map(|_| texts)
}

/// Parses the webhook URLs of a list; invalid ones are reported and skipped.
pub(super) fn webhooks(value: &Value, report: &mut dyn FnMut(Mistake)) -> Result<Vec<String>, Mistake> {
    let form = "webhooks = [\"http://192.168.4.20:9000/hook\"]";
    let mut receivers = Vec::new();
    for url in list(value).ok_or_else(|| unlike(form))? {
        match url.as_str().map(str::trim).map(|url| (url, config::webhook_url(url))) {
            Some((_, Ok(_))) if receivers.len() >= limits::BOX_WEBHOOKS => {
                let most = limits::BOX_WEBHOOKS;
                let what = format!("there can be {most}; the others were left out");
                report(Mistake::new(MistakeKind::Most, what).with(most));
                break;
            }
            Some((url, Ok(_))) => receivers.push(url.to_owned()),
            // The URL is not repeated: it may hold a password.
            Some((_, Err(_))) => {
                let what = "an address is wrong and was left out; it begins with http:// (there is no TLS here)";
                report(Mistake::new(MistakeKind::Address, what).with("\"http://192.168.4.20:9000/hook\""));
            }
            None => report(unquoted(url, form)),
        }
    }
    Ok(receivers)
}

/// Reads the public keys of SSH; invalid ones are reported and skipped. Their texts are not repeated, because one may be a private key.
pub(super) fn ssh_keys(value: &Value, report: &mut dyn FnMut(Mistake)) -> Result<Vec<String>, Mistake> {
    let form = "ssh_key = \"ssh-ed25519 AAAA… name\"";
    let mut keys = Vec::new();
    for key in list(value).ok_or_else(|| unlike(form))? {
        match key.as_str().map_or(Err("a key stands in quotes"), ssh_key::read) {
            Ok(_) if keys.len() >= limits::BOX_SSH_KEYS => {
                let most = limits::BOX_SSH_KEYS;
                let what = format!("there can be {most}; the others were left out");
                report(Mistake::new(MistakeKind::Most, what).with(most));
                break;
            }
            Ok(key) => keys.push(key),
            Err(what) => report(Mistake::new(MistakeKind::Form, what).with(form)),
        }
    }
    Ok(keys)
}

fn unlike(form: &str) -> Mistake {
    Mistake::new(MistakeKind::Form, format!("write {form}")).with(form)
}

fn unquoted(value: &Value, form: &str) -> Mistake {
    let what = format!("{} is no text in quotes; write {form}", shown(value));
    Mistake::new(MistakeKind::Quotes, what).with(form)
}
