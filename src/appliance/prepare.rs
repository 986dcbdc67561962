//! `chatterbox box prepare`: from the boot partition's settings to the files of the box's services.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::{
    card, generated, radio,
    settings::{Security, Settings},
    written::Trouble,
};

/// The organizer's file on the boot partition.
const SETTINGS: &str = "chatterbox.toml";
/// What is wrong in it, beside it.
const PROBLEMS: &str = "PROBLEMS.txt";
/// What the organizer prints.
const CARD: &str = "card.html";
/// The password that the box has chosen, in its own directory.
const PASSWORD: &str = "password";
/// Letters that nobody mistakes for one another, on paper or aloud. 32 of them, so that a random byte chooses evenly.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 50 bits: too many to try over the air, and still typed in a moment.
const PASSWORD_CHARS: usize = 10;
/// Anybody may read it, or root alone.
pub(super) const PUBLIC: u32 = 0o644;
pub(super) const SECRET: u32 = 0o600;

/// The places.
#[derive(Clone, Debug)]
pub struct Places {
    /// The boot partition.
    pub boot: PathBuf,
    /// What is made anew at each start.
    pub run: PathBuf,
    /// What the box keeps.
    pub state: PathBuf,
    /// The kernel's view of the devices.
    pub sys: PathBuf,
}

/// Makes all files. What is wrong with the settings, the boot partition or the box's own directory does not end it.
///
/// # Errors
/// The files of the services can't be written.
pub fn prepare(places: &Places) -> Result<Vec<Trouble>> {
    let (settings, mut troubles) = read(&places.boot);
    let password = password(&settings, &places.state, &mut troubles)?;
    files(places, &settings, &password, &troubles)?;
    if let Err(error) = put(&places.boot.join(CARD), &card::html(&settings, &password), PUBLIC) {
        troubles.push(Trouble::new(
            0,
            format!("{CARD} can't be written to the boot partition: {error}"),
        ));
    }
    let told = match troubles.is_empty() {
        true => remove(&places.boot.join(PROBLEMS)),
        false => put(&places.boot.join(PROBLEMS), &problems(&troubles), PUBLIC),
    };
    if let Err(error) = told {
        troubles.push(Trouble::new(
            0,
            format!("{PROBLEMS} can't be written to the boot partition: {error}"),
        ));
    }
    Ok(troubles)
}

/// The card as it was made at the start.
///
/// # Errors
/// There is none: the box has not been started with this boot partition.
pub fn card(boot: &Path) -> Result<String> {
    let path = boot.join(CARD);
    fs::read_to_string(&path).with_context(|| format!("{}: the box writes it at its start", path.display()))
}

pub(super) fn read(boot: &Path) -> (Settings, Vec<Trouble>) {
    let wrong = |what: String| (Settings::default(), vec![Trouble::new(0, what)]);
    match fs::read(boot.join(SETTINGS)) {
        Ok(bytes) => Settings::read(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => wrong(format!(
            "there is no file {SETTINGS} on the boot partition (not {SETTINGS}.txt)"
        )),
        Err(error) => wrong(format!("{SETTINGS} can't be read: {error}")),
    }
}

fn files(places: &Places, settings: &Settings, password: &str, troubles: &[Trouble]) -> Result<()> {
    let run = &places.run;
    let write = |name: &str, text: &str, mode| {
        let path = run.join(name);
        put(&path, text, mode).with_context(|| path.display().to_string())
    };
    let remove = |name: &str| {
        let path = run.join(name);
        remove(&path).with_context(|| path.display().to_string())
    };
    let network = run.join("network");
    fs::create_dir_all(&network).with_context(|| network.display().to_string())?;
    write("server.toml", &server(settings, troubles, run), PUBLIC)?;
    write("hostname", &format!("{}\n", settings.box_name), PUBLIC)?;
    write("nftables.conf", &generated::nftables(settings), PUBLIC)?;
    for (name, text) in generated::network(settings) {
        write(&format!("network/{name}"), &text, PUBLIC)?;
    }
    if generated::has_lan(settings) {
        write("dnsmasq.conf", &generated::dnsmasq(settings), PUBLIC)?;
    } else {
        remove("dnsmasq.conf")?;
    }
    let radios = if settings.wifi {
        radio::all(&places.sys).unwrap_or_default()
    } else {
        Vec::new()
    };
    match radios.first() {
        Some(radio) => write(
            "hostapd.conf",
            &generated::hostapd(settings, &radio.name, password),
            SECRET,
        ),
        None => remove("hostapd.conf"),
    }
}

/// The server's own configuration.
fn server(settings: &Settings, troubles: &[Trouble], run: &Path) -> String {
    let rooms = settings.rooms.iter().map(|room| Value::from(room.as_str()));
    let mut server = Table::from_iter([
        ("listen".to_owned(), Value::from("80")),
        ("name".to_owned(), Value::from(settings.event_name.as_str())),
        ("default_room".to_owned(), Value::from(settings.rooms[0].as_str())),
        ("rooms".to_owned(), Value::Array(rooms.collect())),
    ]);
    let told = troubles.iter().map(|trouble| Value::from(trouble.to_string()));
    server.insert("problems".to_owned(), Value::Array(told.collect()));
    server.insert("box_dir".to_owned(), Value::from(run.to_string_lossy().as_ref()));
    // Where the box answers for every name.
    if generated::has_lan(settings) {
        server.insert("host".to_owned(), Value::from(card::host(settings)));
        server.insert("portal".to_owned(), Value::from(settings.portal));
    }
    let mut sections = Table::from_iter([("server".to_owned(), Value::Table(server))]);
    if settings.wifi {
        let password = settings.password.as_deref().unwrap_or_default();
        let wifi = [("name", settings.network_name.as_str()), ("password", password)];
        let wifi = wifi.map(|(key, value)| (key.to_owned(), Value::from(value)));
        sections.insert("wifi".to_owned(), Value::Table(Table::from_iter(wifi)));
    }
    sections.to_string()
}

/// In the line ends of the computers that organizers have.
fn problems(troubles: &[Trouble]) -> String {
    let mut text = format!(
        "The box has started, but it could not use all of {SETTINGS}.\r\n\
         What is named here was left out, and the box took its usual value instead.\r\n\r\n"
    );
    for trouble in troubles {
        text += &format!("{trouble}\r\n");
    }
    text + &format!(
        "\r\nTo correct it: change {SETTINGS} beside this file, eject the card, put it into the box, and start the box.\r\n"
    )
}

/// The password of the Wi-Fi: the organizer's, or one that the box chooses once and keeps.
fn password(settings: &Settings, state: &Path, troubles: &mut Vec<Trouble>) -> Result<String> {
    if let Some(password) = &settings.password {
        return Ok(password.clone());
    }
    if settings.security == Security::Open {
        return Ok(String::new());
    }
    let path = state.join(PASSWORD);
    let kept = fs::read_to_string(&path).unwrap_or_default();
    if kept.len() == PASSWORD_CHARS && kept.bytes().all(|c| LETTERS.contains(&c)) {
        return Ok(kept);
    }
    let mut bytes = [0; PASSWORD_CHARS];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    let chosen = bytes.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    let chosen: String = chosen.iter().collect();
    if let Err(error) = put(&path, &chosen, SECRET) {
        let what = format!(
            "the Wi-Fi's password can't be kept ({error}) and will be another one after the next start; set one"
        );
        troubles.push(Trouble::new(0, what));
    }
    Ok(chosen)
}

/// Writes what differs: the old content or the new one is there after a power cut.
pub(super) fn put(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    let fresh = path.with_added_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "prepare_tests.rs"]
mod tests;
