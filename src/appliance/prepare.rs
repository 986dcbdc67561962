//! `chatterbox box prepare`: generates the files of the box's services from the settings on the boot partition.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::{
    access_point, card, certificate,
    diagnostic::{report_lines, reported, short},
    generated, note,
    phy::Phy,
    radio::{self, Radio},
    settings::{BoxSettings, Https},
    version,
    wifi::Wifi,
};
use crate::{
    certificate::Files,
    limits,
    page::{Mistake, MistakeKind},
    room::RoomName,
};

/// Name of the organizer's settings file on the boot partition.
pub const SETTINGS: &str = "chatterbox.toml";
/// Name of the list of problems on the boot partition.
const PROBLEMS: &str = note::NAME;
/// Name of the printable card on the boot partition.
const CARD: &str = "card.html";
/// Name of the file with the system's version on the boot partition.
const VERSION: &str = "version.txt";
/// Directory of copies of the certificate and its key (`systemd/chatterbox.service`).
const TLS: &str = "tls";
/// The rules of the time zone: the image's `/etc/localtime` leads to this file.
const LOCALTIME: &str = "localtime";
/// Directory with the output of `iw` for each radio (`image/files/usr/lib/chatterbox/prepare`).
const PHY: &str = "phy";
/// Public keys that may log in over SSH; absent without one (`systemd/box-ssh.service`).
const SSH_KEYS: &str = "ssh/authorized_keys";
/// File in the box's own directory with the generated Wi-Fi password.
pub(super) const PASSWORD: &str = "password";
/// Characters that are unambiguous on paper and aloud. There are 32, so that a random byte selects evenly.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Length of a generated password: 50 bits can't be guessed over Wi-Fi and are quick to type.
const PASSWORD_CHARS: usize = 10;
/// File mode for files that all users may read.
pub(super) const PUBLIC: u32 = 0o644;
pub(super) const SECRET: u32 = 0o600;

/// Directories that a box uses.
#[derive(Clone, Debug)]
pub struct Places {
    /// Mount point of the boot partition.
    pub boot: PathBuf,
    /// Directory of files that are generated at each start.
    pub run: PathBuf,
    /// Directory of the box's persistent state.
    pub state: PathBuf,
    /// The kernel's device directory (`/sys`).
    pub sys: PathBuf,
}

/// Generates all files and returns the mistakes in the settings. Failures of the boot partition or the box's own directory are reported and skipped.
///
/// # Errors
/// The files of the services can't be written.
pub fn prepare(places: &Places) -> Result<Vec<String>> {
    let (mut settings, mut mistakes) = read(&places.boot);
    let radios = radios(places);
    if let Some((_, phy)) = radios.first().filter(|_| settings.wifi) {
        mistakes.extend(access_point::fit(&mut settings, phy.as_ref()));
    }
    let wifi = match settings.wifi {
        true => Some(Wifi::resolve(&settings, || password(&places.state, &mut mistakes))?),
        false => None,
    };
    let page = card::html(&settings, wifi.as_ref());
    if let Err(error) = put_or_none(&places.boot.join(CARD), &page) {
        let what = format!("{CARD} can't be written to the boot partition, so there is none: {error}; make room on it");
        mistakes.push(Mistake::new(MistakeKind::NoSpace, what).with(CARD));
    }
    let lines = report_lines(&mistakes);
    if let Err(error) = tell(&places.boot, &lines) {
        let what = format!("{PROBLEMS} can't be written to the boot partition: {error}; make room on it");
        mistakes.push(Mistake::new(MistakeKind::NoSpace, what).with(PROBLEMS));
    }
    let version = format!("{}\r\n", version::of(Path::new("/")));
    if let Err(error) = put(&places.boot.join(VERSION), &version, PUBLIC) {
        tracing::debug!(%error, "box: {VERSION} can't be written to the boot partition, so the card does not show the system's version; make room on it");
    }
    let lines = report_lines(&mistakes);
    // Copies for the doctor, which compares the card and repeats the mistakes.
    fs::create_dir_all(&places.run).with_context(|| places.run.display().to_string())?;
    put(&places.run.join(CARD), &page, SECRET).context(CARD)?;
    // A copy for backups, as the organizer wrote it.
    let copied = fs::copy(places.boot.join(SETTINGS), places.run.join(SETTINGS));
    if copied.is_err() {
        remove(&places.run.join(SETTINGS)).context(SETTINGS)?;
    }
    files(places, &settings, wifi.as_ref(), &radios, &reported(&mistakes))?;
    Ok(lines)
}

/// Writes or removes the list of problems. It keeps the doctor's findings until the doctor runs again.
fn tell(boot: &Path, lines: &[String]) -> io::Result<()> {
    let path = boot.join(PROBLEMS);
    let found = note::found(&fs::read_to_string(&path).unwrap_or_default());
    write_note(&path, &note::text(lines, &found))
}

/// Writes a text to a file; an empty text removes the file.
pub fn write_note(path: &Path, text: &str) -> io::Result<()> {
    match text.is_empty() {
        true => remove(path),
        false => put_or_none(path, text),
    }
}

/// Like [`put`], but removes the old file first if the disk has no room for both, because an outdated page is worse than none.
fn put_or_none(path: &Path, text: &str) -> io::Result<()> {
    put(path, text, PUBLIC).or_else(|_| {
        // The unfinished new file takes room, too.
        let _ = remove(&path.with_added_extension("new"));
        remove(path)?;
        put(path, text, PUBLIC)
    })
}

/// Reads the card that the box wrote at its last start.
///
/// # Errors
/// The file is missing, because the box has not started with this boot partition.
pub fn card(boot: &Path) -> Result<String> {
    let path = boot.join(CARD);
    fs::read_to_string(&path).with_context(|| format!("{}: the box writes it at its start", path.display()))
}

/// Reads the settings of a boot partition, with their mistakes.
pub fn read(boot: &Path) -> (BoxSettings, Vec<Mistake>) {
    let (mut settings, mistakes) = read_file(boot);
    settings.https = certificate::https(boot, &settings);
    (settings, mistakes)
}

fn read_file(boot: &Path) -> (BoxSettings, Vec<Mistake>) {
    let wrong = |mistake: Mistake| (BoxSettings::default(), vec![mistake]);
    match fs::read(boot.join(SETTINGS)) {
        Ok(bytes) => BoxSettings::read(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => wrong(missing(boot)),
        Err(error) => {
            let what = format!("{SETTINGS} can't be read: {error}");
            wrong(Mistake::new(MistakeKind::Unreadable, what).with(error))
        }
    }
}

/// The mistake of a missing settings file. It mentions a file with a similar name, because Windows hides extensions and some editors add them.
fn missing(boot: &Path) -> Mistake {
    let names = fs::read_dir(boot).into_iter().flatten().flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let alike = |name: &String| {
        let name = name.to_ascii_lowercase();
        name.contains("chatterbox") && !name.starts_with('.') && !name.ends_with(".update")
    };
    let mut alike: Vec<_> = names.filter(alike).collect();
    alike.sort();
    let what = match alike.first() {
        Some(name) => format!(
            "there is no {SETTINGS} on BOX, but a file {}: give it the name {SETTINGS} (Windows hides the ending .txt)",
            short(name)
        ),
        None => format!("there is no {SETTINGS} on BOX: put one there, or flash the card anew"),
    };
    Mistake::new(MistakeKind::Missing, what).with(SETTINGS)
}

/// The radios, the best first, each with what the box's script has saved of its capabilities.
fn radios(places: &Places) -> Vec<(Radio, Option<Phy>)> {
    let radios = radio::all(&places.sys).unwrap_or_default().into_iter();
    let with_phy = |radio: Radio| {
        let text =
            radio::phy(&places.sys, &radio).and_then(|phy| fs::read_to_string(places.run.join(PHY).join(phy)).ok());
        (radio, text.as_deref().map(Phy::read))
    };
    radios.map(with_phy).collect()
}

fn files(
    places: &Places,
    settings: &BoxSettings,
    wifi: Option<&Wifi>,
    radios: &[(Radio, Option<Phy>)],
    told: &[Mistake],
) -> Result<()> {
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
    write("server.toml", &server(settings, wifi, told, run), PUBLIC)?;
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
    put_certificate(places, settings)?;
    let rules = run.join(LOCALTIME);
    put(&rules, settings.time_zone.rules(), PUBLIC).with_context(|| rules.display().to_string())?;
    if settings.ssh_keys.is_empty() {
        remove(SSH_KEYS)?;
    } else {
        let directory = run.join(SSH_KEYS);
        let directory = directory.parent().unwrap_or(run);
        fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
        write(SSH_KEYS, &format!("{}\n", settings.ssh_keys.join("\n")), SECRET)?;
    }
    let hostapd = wifi.map_or_else(Vec::new, |wifi| access_point::files(settings, wifi, radios));
    for (number, name) in access_point::FILES.into_iter().enumerate() {
        match hostapd.get(number) {
            Some(text) => write(name, text, SECRET)?,
            None => remove(name)?,
        }
    }
    Ok(())
}

/// Copies the certificate and its key for the server's unit, which systemd passes them to; removes them if they can't be served.
fn put_certificate(places: &Places, settings: &BoxSettings) -> Result<()> {
    let to = Files::within(&places.run.join(TLS), "");
    let contents = certificate::files(&places.boot).contents();
    let shown = |path: &Path| path.display().to_string();
    match contents {
        Ok((certificate, key)) if settings.https != Https::Off => {
            fs::create_dir_all(places.run.join(TLS)).with_context(|| shown(&places.run))?;
            // Bytes in other encodings stand only in remarks outside of the blocks.
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            put(&to.key, &text(&key), SECRET).with_context(|| shown(&to.key))?;
            put(&to.certificate, &text(&certificate), PUBLIC).with_context(|| shown(&to.certificate))
        }
        Ok(_) | Err(_) => [&to.certificate, &to.key]
            .into_iter()
            .try_for_each(|path| remove(path).with_context(|| shown(path))),
    }
}

/// Generates the server's configuration file.
fn server(settings: &BoxSettings, wifi: Option<&Wifi>, told: &[Mistake], run: &Path) -> String {
    let rooms = settings.rooms.iter().map(|room| Value::from(room.as_str()));
    let mut server = Table::from_iter([
        ("listen".to_owned(), Value::from("80")),
        ("name".to_owned(), Value::from(settings.event_name.as_str())),
        ("time_zone".to_owned(), Value::from(settings.time_zone.name())),
        ("default_room".to_owned(), Value::from(settings.rooms[0].as_str())),
        ("rooms".to_owned(), Value::Array(rooms.collect())),
    ]);
    let origins = settings.cors_origins.iter().map(|origin| Value::from(origin.as_str()));
    server.insert("cors_origins".to_owned(), Value::Array(origins.collect()));
    let told = told.iter().map(|mistake| Value::from(mistake.json()));
    server.insert("problems".to_owned(), Value::Array(told.collect()));
    server.insert("box_dir".to_owned(), Value::from(run.to_string_lossy().as_ref()));
    if settings.https != Https::Off {
        server.insert("tls_listen".to_owned(), Value::from("443"));
    }
    // The box is the DNS server and answers for every name.
    if generated::has_lan(settings) {
        server.insert("host".to_owned(), Value::from(card::host(settings)));
        server.insert("portal".to_owned(), Value::from(settings.portal));
    }
    let mut sections = Table::from_iter([("server".to_owned(), Value::Table(server))]);
    if let Some(wifi) = wifi {
        let password = wifi.password.as_deref().unwrap_or_default();
        let wifi = [("name", wifi.name.as_str()), ("password", password)];
        let wifi = wifi.map(|(key, value)| (key.to_owned(), Value::from(value)));
        sections.insert("wifi".to_owned(), Value::Table(Table::from_iter(wifi)));
    }
    if !settings.webhooks.is_empty() {
        sections.insert("webhooks".to_owned(), Value::Array(webhooks(settings)));
    }
    sections.to_string()
}

/// Generates the sections `[[webhooks]]`, each with as many rooms as the server allows.
fn webhooks(settings: &BoxSettings) -> Vec<Value> {
    let section = |url: &String, rooms: &[RoomName]| {
        let rooms = rooms.iter().map(|room| Value::from(room.as_str())).collect();
        let secret = settings.webhook_secret.as_deref().unwrap_or_default();
        Value::Table(Table::from_iter([
            ("url".to_owned(), Value::from(url.as_str())),
            ("rooms".to_owned(), Value::Array(rooms)),
            ("secret".to_owned(), Value::from(secret)),
        ]))
    };
    let chunks = settings.rooms.chunks(limits::WEBHOOK_ROOMS);
    let of = |rooms| settings.webhooks.iter().map(move |url| section(url, rooms));
    chunks.flat_map(of).collect()
}

/// The generated Wi-Fi password; created once, then kept.
fn password(state: &Path, mistakes: &mut Vec<Mistake>) -> Result<String> {
    if let Some(kept) = kept_password(state) {
        return Ok(kept);
    }
    let mut bytes = [0; PASSWORD_CHARS];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    let chosen = bytes.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    let chosen: String = chosen.iter().collect();
    if let Err(error) = put(&state.join(PASSWORD), &chosen, SECRET) {
        let what = format!(
            "the Wi-Fi's password can't be kept ({error}) and will be another one after the next start; set one"
        );
        mistakes.push(Mistake::new(MistakeKind::PasswordLost, what));
    }
    Ok(chosen)
}

/// Writes a file if its content differs. After a power cut there is the old content or the new one.
pub(super) fn put(path: &Path, text: &(impl AsRef<[u8]> + ?Sized), mode: u32) -> io::Result<()> {
    let text = text.as_ref();
    if fs::read(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let fresh = path.with_added_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&fresh)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// The box's Wi-Fi with these settings; `None` if the box has none, or if no password was generated yet.
pub fn wifi_in_force(settings: &BoxSettings, state: &Path) -> Option<Wifi> {
    let kept = || kept_password(state).ok_or(());
    settings.wifi.then(|| Wifi::resolve(settings, kept).ok()).flatten()
}

fn kept_password(state: &Path) -> Option<String> {
    let kept = fs::read_to_string(state.join(PASSWORD)).ok()?;
    is_password(kept.as_bytes()).then_some(kept)
}

/// Whether a text has the form of a generated password.
pub(super) fn is_password(text: &[u8]) -> bool {
    text.len() == PASSWORD_CHARS && text.iter().all(|c| LETTERS.contains(c))
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
