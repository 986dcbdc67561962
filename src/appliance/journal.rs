//! The box's log for its organizer. A service reads it from systemd's journal (`systemd/box-log@.service`), because the sandboxed server
//! can't. Device addresses and passwords are masked, since the log crosses the Wi-Fi unencrypted. At most [`limits::LOG_BYTES`] of it are
//! shown.

use std::{io, path::Path, time::Duration};

use super::doctor::read_socket;
use crate::limits;

/// Name of the socket in the directory of the box's services.
pub const SOCKET: &str = "log";
/// Text that replaces masked parts of the log.
const HIDDEN: &str = "***";
/// Length of a MAC address as text, in characters.
const MAC: usize = 17;

/// Reads the newest part of the log from a socket, at most [`limits::LOG_BYTES`]. Occurrences of `secrets` are masked.
///
/// # Errors
/// The socket is missing, or the answer takes longer than `patience`.
pub fn read(socket: &Path, patience: Duration, secrets: &[&str]) -> io::Result<String> {
    let bytes = read_socket(socket, patience, limits::LOG_MOST_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut from = text.len().saturating_sub(limits::LOG_BYTES);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    // Not the rest of a line.
    let newest = match from {
        0 => &text,
        from => text[from..].split_once('\n').map_or("", |(_, rest)| rest),
    };
    let mut shown: String = newest.lines().map(|line| masked(line) + "\n").collect();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        shown = shown.replace(secret, HIDDEN);
    }
    Ok(shown)
}

/// Masks the MAC and IPv4 addresses of a line, and removes control characters.
fn masked(line: &str) -> String {
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    let part = |c: char| !(c.is_ascii_hexdigit() || c == ':' || c == '.');
    let mut out = String::with_capacity(line.len());
    for piece in line.split_inclusive(part) {
        let (word, end) = match piece.chars().next_back().filter(|&c| part(c)) {
            Some(end) => (&piece[..piece.len() - end.len_utf8()], Some(end)),
            None => (piece, None),
        };
        let bare = word.trim_matches(['.', ':']);
        match is_mac(bare) || bare.parse::<std::net::Ipv4Addr>().is_ok() {
            true => out.push_str(&word.replace(bare, HIDDEN)),
            false => out.push_str(word),
        }
        out.extend(end);
    }
    out
}

fn is_mac(word: &str) -> bool {
    word.len() == MAC && word.split(':').count() == 6 && word.split(':').all(|part| part.len() == 2)
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::net::UnixListener, thread};

    use super::*;
    use crate::appliance::scratch::Scratch;

    fn heard(name: &str, said: &str, secrets: &[&str]) -> io::Result<String> {
        let dir = Scratch::new(&format!("journal-{name}"));
        let socket = dir.path().join(SOCKET);
        let listener = UnixListener::bind(&socket)?;
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                // The reader ends when the answer is too long.
                let _ = stream.write_all(said.as_bytes());
            });
            read(&socket, Duration::from_secs(30), secrets)
        })
    }

    #[test]
    fn a_log_names_no_device_and_no_password() {
        let said = "2026-11-29T12:00:00+0000 box hostapd[7]: wlan0: STA 02:00:5e:10:00:ff joined, 192.168.4.17.\n\
                    2026-11-29T12:00:01+0000 box x: passphrase=abcdefghij \u{1b}[31mred\n";
        let shown = heard("masked", said, &["abcdefghij", ""]).unwrap();
        assert_eq!(
            shown,
            "2026-11-29T12:00:00+0000 box hostapd[7]: wlan0: STA *** joined, ***.\n\
             2026-11-29T12:00:01+0000 box x: passphrase=*** [31mred\n"
        );
    }

    #[test]
    fn a_long_log_is_cut_at_its_older_end() {
        let said = format!(
            "first\n{}last\n",
            "a line of the log that is much like others\n".repeat(5000)
        );
        assert!(said.len() > limits::LOG_BYTES && (said.len() as u64) < limits::LOG_MOST_BYTES);
        let shown = heard("long", &said, &[]).unwrap();
        assert!(shown.len() <= limits::LOG_BYTES);
        assert!(shown.starts_with("a line of the log") && shown.ends_with("last\n"));
    }
}
