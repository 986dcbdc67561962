//! Opens the sockets on which the server listens: those passed by systemd (socket activation), otherwise one that is bound here.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

use socket2::{Domain, Protocol, Socket, Type};

use crate::config::Listen;

/// Length of the kernel's queue of connections that wait to be accepted, because after a restart all phones of a hall reconnect at once.
/// The kernel caps it at `net.core.somaxconn` (listen(2)).
const BACKLOG: i32 = 4096;

/// The sockets on which the server listens, at least one, and those for HTTPS.
pub struct Listeners {
    /// The sockets for HTTP.
    pub sockets: Vec<TcpListener>,
    /// The sockets for HTTPS; none without a certificate.
    pub tls: Vec<TcpListener>,
    /// Whether systemd passed the sockets and keeps them open, so that connections during a restart wait in their queue.
    pub inherited: bool,
}

impl From<Vec<TcpListener>> for Listeners {
    /// Wraps sockets that this process has bound itself.
    fn from(sockets: Vec<TcpListener>) -> Self {
        Self {
            sockets,
            tls: Vec::new(),
            inherited: false,
        }
    }
}

/// Takes the sockets that systemd passed (sd_listen_fds(3)), or binds one, and one for HTTPS. Of those that were passed, the ones with the port
/// of `tls` are for HTTPS.
///
/// # Errors
/// The address is in use or of another machine, or a passed descriptor is no listener; the message names it.
pub fn open(listen: Listen, tls: Option<Listen>) -> io::Result<Listeners> {
    let mut passed = listenfd::ListenFd::from_env();
    if passed.len() == 0 {
        return Ok(Listeners {
            sockets: vec![bind_any(listen)?],
            tls: tls.map(bind_any).transpose()?.into_iter().collect(),
            inherited: false,
        });
    }
    let taken = (0..passed.len()).filter_map(|index| passed.take_tcp_listener(index).transpose());
    let taken = taken.collect::<io::Result<Vec<_>>>()?;
    let is_tls = |socket: &TcpListener| {
        let port = socket.local_addr().map(|address| address.port());
        tls.is_some_and(|tls| port.is_ok_and(|port| port == tls.port()))
    };
    let (tls, sockets) = taken.into_iter().partition(is_tls);
    Ok(Listeners {
        sockets,
        tls,
        inherited: true,
    })
}

fn bind_any(listen: Listen) -> io::Result<TcpListener> {
    match listen {
        Listen::At(address) => bind(address),
        Listen::All(port) => match bind(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)) {
            // The kernel may lack IPv6.
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
        // Without it a restart waits for the TIME_WAIT of old connections.
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
    fn a_socket_for_all_interfaces_takes_both_families() {
        let listener = bind_any(Listen::All(0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        if listener.local_addr().unwrap().is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).unwrap();
        }
    }

    #[test]
    fn the_error_names_a_port_in_use() {
        let taken = bind_any(Listen::At("127.0.0.1:0".parse().unwrap())).unwrap();
        let address = taken.local_addr().unwrap();
        let Err(error) = open(Listen::At(address), None) else {
            panic!("the address is taken");
        };
        let error = error.to_string();
        assert!(error.starts_with(&format!("can't listen on {address}: ")), "{error}");
    }
}
