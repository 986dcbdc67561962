//! A server's process, from its start until it is dropped.

use std::{
    env,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{Peer, install::Programs};
use crate::{load::Load, system};

/// How long a server may take to listen: Node and Python need a second on a small box.
const START: Duration = Duration::from_secs(20);

/// A running server.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts `peer` on `cores` and waits until it accepts connections. `settings` are Chatterbox's.
    pub fn start(peer: Peer, programs: &Programs, cores: &[usize], settings: &[&str]) -> Result<Self> {
        // Free a moment ago; if another process takes it meanwhile the server says so and ends.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let cores = cores.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        let child = Command::new(env::current_exe()?)
            .args(["become", &cores, "--"])
            .args(programs.command(peer, address, settings)?)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("{peer} can't be started"))?;
        let mut server = Self { child, address };
        let begin = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{peer} ended at once: {status}");
            }
            if begin.elapsed() > START {
                bail!("{peer} does not listen");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// CPU time that it has used.
    pub fn cpu_time(&self) -> Result<Duration> {
        system::cpu_time(self.pid())
    }

    /// Bytes of memory that it has.
    pub fn resident(&self) -> Result<u64> {
        system::resident(self.pid())
    }

    /// Connects a room of clients to it.
    pub fn fill(&self, clients: usize) -> Result<Load> {
        let mut load = Load::connect(self.address, clients)?;
        load.settle()?;
        Ok(load)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the load has told of then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
