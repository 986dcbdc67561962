//! The program under systemd: passed sockets, notifications, and the end by a signal.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use super::{ends::Raw, server::PATIENCE};

/// Shell command that passes its standard streams on as systemd passes sockets (sd_listen_fds(3)).
const START: &str = "exec 3<&0 4<&1 </dev/null >/dev/null; LISTEN_FDS=2 LISTEN_PID=$$ exec \"$0\" serve --ephemeral";

struct Service {
    child: Child,
    notices: UnixDatagram,
    socket: PathBuf,
    addresses: [SocketAddr; 2],
}

impl Service {
    fn start() -> Self {
        Self::start_with([(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap()))
    }

    fn start_with(listeners: [TcpListener; 2]) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Relaxed);
        let socket = std::env::temp_dir().join(format!("chatterbox-notify-{}-{number}", std::process::id()));
        let notices = UnixDatagram::bind(&socket).unwrap();
        notices.set_read_timeout(Some(PATIENCE)).unwrap();
        let addresses = [0, 1].map(|at: usize| listeners[at].local_addr().unwrap());
        let [first, second] = listeners.map(|listener| Stdio::from(OwnedFd::from(listener)));
        let child = Command::new("sh")
            .args(["-c", START, env!("CARGO_BIN_EXE_chatterbox")])
            .env("NOTIFY_SOCKET", &socket)
            .env("WATCHDOG_USEC", "300000")
            .stdin(first)
            .stdout(second)
            .spawn()
            .unwrap();
        Self {
            child,
            notices,
            socket,
            addresses,
        }
    }

    /// Sends SIGTERM; returns once the program has announced its stop.
    fn terminate(&self) {
        let kill = ["-c", "kill -TERM $0", &self.child.id().to_string()];
        assert!(Command::new("sh").args(kill).status().unwrap().success());
        self.notification("STOPPING=1");
    }

    /// Waits for a notification that begins with `begin`.
    fn notification(&self, begin: &str) -> String {
        let mut buffer = [0; 4096];
        loop {
            let count = self.notices.recv(&mut buffer).expect(begin);
            let notice = String::from_utf8_lossy(&buffer[..count]).into_owned();
            if notice.starts_with(begin) {
                return notice;
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.socket);
    }
}

#[test]
fn systemd_passes_sockets_and_gets_notifications() {
    let mut service = Service::start();
    service.notification("READY=1");
    for address in service.addresses {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
            .write_all(b"GET /status HTTP/1.1\r\nhost: box\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body = super::body(&answer);
        assert_eq!((&body["members"], &body["rooms"]), (&0.into(), &1.into()), "{answer}");
    }
    service.notification("WATCHDOG=1");
    assert_eq!(
        service.notification("STATUS=").trim(),
        "STATUS=0 members in 1 room, 0.0 messages a second"
    );
    service.terminate();
    assert!(service.child.wait().unwrap().success());
}

/// systemd keeps the sockets: connections during a stop wait for the next server.
#[test]
fn connections_wait_for_the_next_server_while_one_stops() {
    let [first, second] = [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let keep = [first.try_clone().unwrap(), second.try_clone().unwrap()];
    let mut service = Service::start_with([first, second]);
    service.notification("READY=1");
    let address = service.addresses[0];
    let connect = || {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    };
    // A member that does not read delays the end for the whole grace period.
    let mut member = Raw::enter(connect(), "&EIO=4", &[""]);
    let poll = |stream: &mut TcpStream, path: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nhost: box\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
    };
    let answer = |mut stream: TcpStream| {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    service.terminate();
    let mut late = connect();
    poll(&mut late, "/socket.io/?EIO=4&transport=polling");
    member.until("42[\"closing\",{\"code\":\"stopping\"");
    let mut later = connect();
    poll(&mut later, "/status");
    drop(member);
    assert!(service.child.wait().unwrap().success());
    drop(service);

    let next = Service::start_with(keep);
    next.notification("READY=1");
    let opened = answer(late);
    assert!(
        opened.starts_with("HTTP/1.1 200") && opened.contains("\"sid\":"),
        "{opened}"
    );
    let sid = opened.split("\"sid\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(answer(later).starts_with("HTTP/1.1 200"));
    // The session goes on.
    let mut stream = connect();
    let head =
        format!("POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nhost: box\r\nconnection: close\r\n");
    write!(stream, "{head}content-length: 2\r\n\r\n40").unwrap();
    assert!(answer(stream).starts_with("HTTP/1.1 200"));
}
