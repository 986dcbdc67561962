//! `chatterbox box confirm`: keeps an updated system once its server works.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use super::slots::{Slots, State};

/// Interval between requests to the server.
const PAUSE: Duration = Duration::from_millis(1000);
/// Timeout of a single request.
const ANSWER: Duration = Duration::from_millis(5000);
/// Number of successful answers in a row that count as healthy; a server that crashes soon after its start does not reach it.
const ANSWERS: u32 = 5;
/// Number of bytes of an answer that are read: its status.
const HEAD_BYTES: usize = 12;

/// Error: the server did not become healthy in time. The box restarts, and after [`super::TRIES`] starts it returns to the old system.
#[derive(Debug, thiserror::Error)]
#[error("the server did not answer well within {} s: {last}", patience.as_secs())]
pub struct NotHealthy {
    patience: Duration,
    last: String,
}

/// Waits until the server has answered `path` several times in a row, then makes the running slot permanent. Does nothing outside of a trial.
///
/// # Errors
/// The server does not become healthy ([`NotHealthy`] inside the error), or `slots.txt` can't be written.
pub fn confirm(slots: &Slots, server: SocketAddr, path: &str, patience: Duration) -> io::Result<()> {
    confirm_with(slots, patience, PAUSE, &mut || ask(server, path))
}

fn confirm_with(
    slots: &Slots,
    patience: Duration,
    pause: Duration,
    healthy: &mut dyn FnMut() -> io::Result<()>,
) -> io::Result<()> {
    if !slots.trial {
        return Ok(());
    }
    let end = Instant::now() + patience;
    let mut in_a_row = 0;
    while in_a_row < ANSWERS {
        match healthy() {
            Ok(()) => in_a_row += 1,
            Err(error) if Instant::now() >= end => {
                let last = error.to_string();
                return Err(io::Error::other(NotHealthy { patience, last }));
            }
            Err(_) => in_a_row = 0,
        }
        thread::sleep(pause);
    }
    State::confirmed(slots.running).write(&slots.state)
}

/// Requests one path of the server, to see whether it answers.
///
/// # Errors
/// The server can't be reached, or its answer is not 200.
fn ask(server: SocketAddr, path: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&server, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = [0; HEAD_BYTES];
    stream.read_exact(&mut head)?;
    match head.strip_prefix(b"HTTP/1.1 ") {
        Some(b"200") => Ok(()),
        _ => Err(io::Error::other(format!(
            "the answer was {:?}",
            String::from_utf8_lossy(&head)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::appliance::{scratch::Scratch, update::Slot};

    fn slots(dir: &Scratch, trial: bool) -> Slots {
        let state = dir.path().join("slots.txt");
        dir.put("slots.txt", "");
        let tried = State {
            good: Slot::A,
            trial: Some((Slot::B, 2)),
        };
        tried.write(&state).unwrap();
        let trial = if trial { "yes" } else { "no" };
        dir.put(
            "slots",
            &format!(
                "running=b\ntrial={trial}\nboot=1\na=x\nb=x\nstate={}\n",
                state.display()
            ),
        );
        Slots::read(&dir.path().join("slots")).unwrap()
    }

    #[test]
    fn a_healthy_system_is_kept() {
        let dir = Scratch::new("confirm");
        let slots = slots(&dir, true);
        let mut answers = [false, true, true, false, true, true, true, true, true].into_iter();
        confirm_with(&slots, Duration::from_secs(3600), Duration::ZERO, &mut || {
            let good = answers.next().expect("five good ones in a row are enough");
            good.then_some(()).ok_or_else(|| io::Error::other("down"))
        })
        .unwrap();
        assert_eq!(answers.next(), None, "it waited for five in a row");
        assert_eq!(State::read(&slots.state), State::confirmed(Slot::B));
    }

    #[test]
    fn an_unhealthy_system_is_not_kept() {
        let dir = Scratch::new("confirm-not");
        let slots = slots(&dir, true);
        let before = State::read(&slots.state);
        let down = || Err(io::Error::other("down"));
        let error = confirm_with(&slots, Duration::ZERO, Duration::ZERO, &mut { down }).unwrap_err();
        assert!(
            error.to_string().contains("did not answer well within 0 s: down"),
            "{error}"
        );
        assert_eq!(State::read(&slots.state), before);
    }

    #[test]
    fn outside_of_a_trial_nothing_is_written() {
        let dir = Scratch::new("confirm-no-trial");
        let slots = slots(&dir, false);
        let before = State::read(&slots.state);
        confirm_with(&slots, Duration::ZERO, Duration::ZERO, &mut || {
            unreachable!("no request is sent")
        })
        .unwrap();
        assert_eq!(State::read(&slots.state), before);
    }

    #[test]
    fn only_200_is_healthy() {
        for (answer, good) in [
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.1 503 No\r\n\r\n", false),
            ("", false),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let server = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut asked = [0; 256];
                let count = stream.read(&mut asked).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                asked[..count].starts_with(b"GET /status ")
            });
            assert_eq!(ask(address, "/status").is_ok(), good, "{answer:?}");
            assert!(server.join().unwrap());
        }
    }
}
