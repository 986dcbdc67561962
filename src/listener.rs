//! The listening sockets: from systemd if it passed some, else one that is bound here.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

use socket2::{Domain, Protocol, Socket, Type};

use crate::config::Listen;

/// Connections that the kernel accepts for us while we are busy: a hall's phones come back at once after a restart. The
/// kernel cuts it to `net.core.somaxconn` (listen(2)).
const BACKLOG: i32 = 4096;

/// Takes the sockets that systemd passed (sd_listen_fds(3)), or binds one. At least one.
///
/// # Errors
/// The address is in use or not ours, or what was passed is no listener; the message says so.
pub fn open(listen: Listen) -> io::Result<Vec<TcpListener>> {
    let mut passed = listenfd::ListenFd::from_env();
    if passed.len() == 0 {
        return Ok(vec![bind_any(listen)?]);
    }
    let taken = (0..passed.len()).filter_map(|index| passed.take_tcp_listener(index).transpose());
    taken.collect()
}

fn bind_any(listen: Listen) -> io::Result<TcpListener> {
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
        let listener = bind_any(Listen::All(0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        if listener.local_addr().unwrap().is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).unwrap();
        }
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = bind_any(Listen::At("127.0.0.1:0".parse().unwrap())).unwrap();
        let address = taken.local_addr().unwrap();
        let error = open(Listen::At(address)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("can't listen on {address}: ")), "{error}");
    }
}
