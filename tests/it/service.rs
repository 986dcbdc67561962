//! The program as systemd runs it: with sockets that are passed, told of what goes on, ended by a signal.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use super::server::PATIENCE;

/// Passes its standard streams on as systemd passes sockets (sd_listen_fds(3)).
const START: &str = "exec 3<&0 4<&1 </dev/null >/dev/null; LISTEN_FDS=2 LISTEN_PID=$$ exec \"$0\" serve --ephemeral";

struct Service {
    child: Child,
    notices: UnixDatagram,
    socket: PathBuf,
    addresses: [SocketAddr; 2],
}

impl Service {
    fn start() -> Self {
        let socket = std::env::temp_dir().join(format!("chatterbox-notify-{}", std::process::id()));
        let notices = UnixDatagram::bind(&socket).unwrap();
        notices.set_read_timeout(Some(PATIENCE)).unwrap();
        let listeners = [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
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

    /// Waits for a notice that begins like this.
    fn hears(&self, begin: &str) -> String {
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
fn systemd_passes_sockets_and_hears_how_it_goes() {
    let mut service = Service::start();
    service.hears("READY=1");
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
    service.hears("WATCHDOG=1");
    assert_eq!(
        service.hears("STATUS=").trim(),
        "STATUS=0 members in 1 room, 0.0 messages a second"
    );
    let pid = service.child.id().to_string();
    assert!(
        Command::new("sh")
            .args(["-c", "kill -TERM $0", &pid])
            .status()
            .unwrap()
            .success()
    );
    service.hears("STOPPING=1");
    assert!(service.child.wait().unwrap().success());
}
