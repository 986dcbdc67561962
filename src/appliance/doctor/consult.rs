//! Client of the doctor service (`systemd/box-doctor.socket`), for the sandboxed server, which can't check the box itself. Time and
//! length of the answer are limited ([`limits::DOCTOR_BYTES`]).

use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use super::{card, machine::Space, quarantined};
use crate::{
    certificate::{Files, Time},
    clock, limits,
};

/// Name of the socket in the directory of the box's services.
pub const SOCKET: &str = "doctor";
/// The service's answer if it has no findings. An empty answer is an error.
pub const WELL: &str = "Nothing is wrong.";
const MB: u64 = 1_000_000;

/// Asks the doctor service at a socket for its findings, one sentence each.
///
/// # Errors
/// The socket is missing, the answer takes longer than `patience`, or it is too long.
pub fn consult(socket: &Path, patience: Duration) -> io::Result<Vec<String>> {
    let text = read_socket(socket, patience, limits::DOCTOR_BYTES)?;
    let text = String::from_utf8_lossy(&text);
    let said: Vec<_> = text.lines().map(str::to_owned).collect();
    match said.as_slice() {
        [] => Err(io::ErrorKind::UnexpectedEof.into()),
        [well] if well == WELL => Ok(Vec::new()),
        _ => Ok(said),
    }
}

/// Reads the answer of a box's service from its socket.
///
/// # Errors
/// The socket is missing, the answer takes longer than `patience`, or it has more than `most` bytes.
pub fn read_socket(socket: &Path, patience: Duration, most: u64) -> io::Result<Vec<u8>> {
    let until = Instant::now() + patience;
    let mut stream = UnixStream::connect(socket)?;
    let mut text = Vec::new();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let mut piece = [0; 1024];
        match stream.read(&mut piece)? {
            0 => break,
            count => text.extend_from_slice(&piece[..count]),
        }
        if text.len() as u64 > most {
            return Err(io::Error::other("it says too much"));
        }
    }
    Ok(text)
}

/// Examines a computer that is no box: whether messages are stored, whether the disk of `data` has space, whether the clock is set, and whether
/// the certificate is good.
pub fn examine_computer(data: Option<&Path>, durable: bool, certificate: Option<&Files>) -> Vec<String> {
    let space = data.and_then(|data| Space::of(data).ok());
    let mut found = say(data.is_some() && !durable, space, SystemTime::now());
    if let Some(data) = data {
        quarantined::check(data, &data.display().to_string(), &mut found);
    }
    let time = Time {
        now: SystemTime::now(),
        is_trusted: true,
    };
    let fault = certificate.and_then(|files| files.fault(None, time));
    found.extend(fault.map(|fault| fault.to_string()));
    found
}

fn say(failing: bool, space: Option<Space>, now: SystemTime) -> Vec<String> {
    let mut found = Vec::new();
    if failing {
        found.push(
            "What is said is not kept: the disk is full or fails, and the rooms are in memory only. Copy what you need before you end the server."
                .to_owned(),
        );
    }
    if let Some(space) = space.filter(|space| space.free < card::LEAST_FREE) {
        found.push(format!(
            "The disk is full: {} MB are left. Make room, or give the server another directory.",
            space.free / MB
        ));
    }
    if !clock::is_set(now) {
        found.push(
            "The clock is not set: messages show wrong times, in the right order. Set the computer's time.".to_owned(),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::net::UnixListener, thread, time::UNIX_EPOCH};

    use super::*;
    use crate::appliance::scratch::Scratch;

    /// Parses the doctor service's answer into findings.
    fn heard(name: &str, said: &[u8]) -> io::Result<Vec<String>> {
        let dir = Scratch::new(&format!("consult-{name}"));
        let socket = dir.path().join(SOCKET);
        let listener = UnixListener::bind(&socket)?;
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                // The reader ends when the answer is too long.
                let _ = stream.write_all(said);
            });
            consult(&socket, Duration::from_secs(30))
        })
    }

    #[test]
    fn a_doctor_says_a_sentence_a_line_or_that_all_is_well() {
        assert_eq!(
            heard("two", b"It is hot.\nIt is full.\n").unwrap(),
            ["It is hot.", "It is full."]
        );
        assert_eq!(heard("well", format!("{WELL}\n").as_bytes()).unwrap(), [""; 0]);
    }

    #[test]
    fn a_missing_answer_is_not_taken_for_health() {
        assert!(heard("silent", b"").is_err(), "it ended before it said anything");
        let endless = vec![b'x'; usize::try_from(limits::DOCTOR_BYTES).unwrap() + 1];
        assert!(heard("endless", &endless).is_err());
        let dir = Scratch::new("consult-none");
        let socket = dir.path().join(SOCKET);
        assert!(
            consult(&socket, Duration::from_secs(30)).is_err(),
            "the socket is missing"
        );
        let _busy = UnixListener::bind(&socket).unwrap();
        assert!(
            consult(&socket, Duration::from_millis(20)).is_err(),
            "the answer is late"
        );
    }

    #[test]
    fn a_computer_that_is_no_box_has_findings_of_its_own() {
        let now = UNIX_EPOCH + Duration::from_secs(1_795_521_600);
        let space = |free| Some(Space { free, size: 1 << 40 });
        let none = [""; 0];
        assert_eq!(say(false, None, now), none);
        assert_eq!(
            say(false, space(card::LEAST_FREE), now),
            none,
            "a part of a large disk is enough"
        );
        assert!(say(false, space(card::LEAST_FREE - 1), now)[0].contains("The disk is full: 67 MB"));
        assert!(say(true, None, now)[0].contains("not kept"));
        let absurd = UNIX_EPOCH + Duration::from_millis(limits::CLOCK_LATEST_MS);
        for wrong in [UNIX_EPOCH, absurd] {
            assert!(say(false, None, wrong)[0].contains("The clock is not set"));
        }
        assert!(
            examine_computer(None, false, None)
                .iter()
                .all(|one| !one.contains("not kept")),
            "as it was wished"
        );
    }
}
