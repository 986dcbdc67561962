//! The listening socket: from systemd if it passed one, else bound here.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

use socket2::{Domain, Protocol, Socket, Type};

use crate::config::Listen;

/// Connections that the kernel accepts for us while we are busy: a hall's phones come back at once after a restart. The
/// kernel cuts it to `net.core.somaxconn` (listen(2)).
const BACKLOG: i32 = 4096;

/// Takes the socket that systemd passed (sd_listen_fds(3)), or binds one.
///
/// # Errors
/// The address is in use or not ours; the message names it.
pub fn open(listen: Listen) -> io::Result<TcpListener> {
    if let Some(passed) = listenfd::ListenFd::from_env().take_tcp_listener(0)? {
        return Ok(passed);
    }
    match listen {
        Listen::At(address) => bind(address),
        Listen::All(port) => match bind(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)) {
            // A kernel without IPv6.
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))
            }
            bound => bound,
        },
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let bound = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        if address.is_ipv6() {
            socket.set_only_v6(false)?;
        }
        // So that a restart does not wait for old connections' TIME_WAIT.
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    bound().map_err(|error: io::Error| io::Error::new(error.kind(), format!("can't listen on {address}: {error}")))
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn all_interfaces_are_both_families() {
        let listener = open(Listen::All(0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        if listener.local_addr().unwrap().is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).unwrap();
        }
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = open(Listen::At("127.0.0.1:0".parse().unwrap())).unwrap();
        let address = taken.local_addr().unwrap();
        let error = open(Listen::At(address)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("can't listen on {address}: ")), "{error}");
    }
}
