//! A file in the data directory with the running server's address and the event's name, at most `limits::RUNNING_BYTES`; commands that print
//! cards and codes read it.
//!
//! The server holds a lock on the file while it runs (flock(2)); the kernel releases the lock however the process ends.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    net::SocketAddr,
    path::Path,
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use crate::{appliance::announce, certificate::Time, config::Config, limits};

/// Name of the file in the data directory.
const FILE: &str = "running.toml";

/// Address and names of a server, as written at its start.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Address of the server's first socket; an unspecified address means all interfaces.
    pub listening: SocketAddr,
    /// The configured `HOST` or `HOST:PORT` of the server.
    pub host: Option<String>,
    /// The web origin by its certificate, if that is good for `host`.
    #[serde(default)]
    pub https: Option<String>,
    /// Name of the event.
    pub event_name: String,
    /// Whether the server still runs; false for the last server that used the directory.
    #[serde(skip)]
    pub is_up: bool,
}

/// The lock of a running server; dropping it releases the lock.
pub struct RunningLock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Running {
    /// Describes a server that listens at `listening`, with the names of its configuration.
    pub fn new(config: &Config, listening: SocketAddr) -> Self {
        Self {
            listening,
            host: config.host.clone(),
            https: https(config),
            event_name: config.event_name.clone(),
            is_up: true,
        }
    }

    /// Writes and locks the file. After a power cut there is the old file, the new file, or an unreadable one, which is ignored.
    ///
    /// # Errors
    /// The file can't be written, or the file system supports no locks.
    pub fn hold(&self, data: &Path) -> io::Result<RunningLock> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        let fresh = data.join(FILE).with_added_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(text.as_bytes())?;
        // Before it has its name: no reader finds it without the lock.
        file.try_lock()?;
        fs::rename(&fresh, data.join(FILE))?;
        Ok(RunningLock(file))
    }

    /// The server that uses this directory, or used it last. `None` if the file is missing or unreadable.
    pub fn of(data: &Path) -> Option<Self> {
        let mut file = File::open(data.join(FILE)).ok()?;
        let is_up = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        let mut text = String::new();
        let mut bounded = (&mut file).take(limits::RUNNING_BYTES);
        bounded.read_to_string(&mut text).ok()?;
        let said: Self = toml::from_str(&text).ok()?;
        Some(Self { is_up, ..said })
    }

    /// URL by which phones reach the server, with a trailing slash. `None` if this machine has no address.
    pub fn url(&self) -> Option<String> {
        match (&self.https, &self.host) {
            (Some(https), _) => Some(format!("{https}/")),
            (None, Some(host)) => Some(format!("http://{host}/")),
            (None, None) => announce::urls(self.listening).into_iter().next(),
        }
    }

    /// Whether the server listens only on this machine, so that phones can't reach it. A configured host may belong to a proxy.
    pub fn is_local(&self) -> bool {
        self.host.is_none() && self.listening.ip().is_loopback()
    }
}

/// The web origin by the configured certificate, if that is good for the configured host.
fn https(config: &Config) -> Option<String> {
    let (tls, host) = (config.tls.as_ref()?, config.host.as_deref()?);
    let time = Time {
        now: SystemTime::now(),
        is_trusted: config.box_dir.is_none(),
    };
    tls.files.load().ok()?.origin(host, tls.listen.port(), time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::scratch::Scratch;

    fn at(listening: &str, host: Option<&str>) -> Running {
        let config = Config {
            host: host.map(str::to_owned),
            event_name: "Fête \"1\"".into(),
            ..Config::default()
        };
        Running::new(&config, listening.parse().unwrap())
    }

    #[test]
    fn a_server_is_up_while_it_holds_its_file_and_known_afterwards() {
        let dir = Scratch::new("running");
        assert_eq!(Running::of(dir.path()), None);
        let said = at("127.0.0.1:18477", None);
        let held = said.hold(dir.path()).unwrap();
        assert_eq!(Running::of(dir.path()).unwrap(), said);
        drop(held);
        let last = Running::of(dir.path()).unwrap();
        assert_eq!((last.is_up, last.listening), (false, said.listening));
        // The next one, over what the last one left.
        let next = at("[::]:80", Some("box.lan"));
        let _held = next.hold(dir.path()).unwrap();
        assert_eq!(Running::of(dir.path()).unwrap(), next);
    }

    #[test]
    fn phones_are_led_to_the_host_or_else_to_the_address() {
        let (addressed, named) = (at("127.0.0.1:18477", None), at("0.0.0.0:8080", Some("box.lan:8080")));
        assert_eq!(addressed.url().unwrap(), "http://127.0.0.1:18477/");
        assert_eq!(named.url().unwrap(), "http://box.lan:8080/");
        assert!(addressed.is_local() && !named.is_local() && !at("192.0.2.7:80", None).is_local());
    }

    #[test]
    fn a_file_in_other_words_tells_of_no_server() {
        let dir = Scratch::new("running-damaged");
        let long = format!("{}#", " ".repeat(1 << 20));
        for text in [
            "",
            "\0\0\0\0",
            "listening = 7",
            "listening = \"here\"\nevent_name = \"x\"",
            &long,
        ] {
            fs::write(dir.path().join(FILE), text).unwrap();
            assert_eq!(Running::of(dir.path()), None, "{:?}", &text[..text.len().min(40)]);
        }
        fs::remove_file(dir.path().join(FILE)).unwrap();
        fs::create_dir(dir.path().join(FILE)).unwrap();
        assert_eq!(Running::of(dir.path()), None, "a directory");
    }
}
