//! A lane's socket with TLS against a client of the same library, over loopback sockets.

use std::{
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::{io::ReadBuf, net::TcpStream};

use super::*;
use crate::{
    appliance::scratch::Scratch,
    certificate::{Files, made},
    clock::Clock,
    limits::{TLS_BARREN_BYTES, TLS_RECORD_BYTES},
    transport::lane::Socket,
};

type Client = StreamOwned<ClientConnection, std::net::TcpStream>;

/// A runtime, both ends of a connection before the handshake, and the server's half.
struct Rig {
    runtime: tokio::runtime::Runtime,
    client: Client,
    server: TlsStream,
}

impl Rig {
    fn new(name: &str, offered: &[&[u8]]) -> Self {
        let dir = Scratch::new(&format!("tls-{name}"));
        let (certificate, key) = made::signed(&["box.test"], 2025, 2099);
        dir.put("cert.pem", &certificate);
        dir.put("key.pem", &key);
        let secure = Secure::load(Files::within(dir.path(), ""), 443, Arc::new(Clock::new(None, None))).unwrap();
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap())
            .unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = offered.iter().map(|protocol| protocol.to_vec()).collect();
        let client = ClientConnection::new(Arc::new(config), "box.test".try_into().unwrap()).unwrap();

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let near = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (far, _) = listener.accept().unwrap();
        far.set_nonblocking(true).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let connection = Box::new(ServerConnection::new(handshakes(secure).unwrap()).unwrap());
        let server = {
            let _inside = runtime.enter();
            TlsStream::new(TcpStream::from_std(far).unwrap(), connection)
        };
        Self {
            runtime,
            client: StreamOwned::new(client, near),
            server,
        }
    }

    /// Shakes hands; the client's end goes on in a thread meanwhile.
    fn shaken(name: &str) -> Self {
        let mut rig = Self::new(name, &[b"h2", b"http/1.1"]);
        std::thread::scope(|scope| {
            scope.spawn(|| rig.client.flush().unwrap());
            rig.runtime.block_on(rig.server.handshake()).unwrap();
        });
        rig
    }

    /// Writes until the socket is full, as a lane does: what was not taken comes again. Returns the bytes that were taken.
    fn write_until_full(&self, bytes: &[u8], mut taken: usize) -> usize {
        loop {
            // Pieces of odd lengths.
            let pieces: Vec<_> = bytes[taken..].chunks(997).take(3).map(IoSlice::new).collect();
            match self.server.try_write_vectored(&pieces) {
                Ok(0) => return taken,
                Ok(count) => taken += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return taken,
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn read_some(&self) -> io::Result<Vec<u8>> {
        self.runtime.block_on(async {
            loop {
                std::future::poll_fn(|cx| self.server.poll_read_ready(cx)).await?;
                let mut bytes = [0; 5];
                match self.server.try_read(&mut ReadBuf::new(&mut bytes)) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    read => return read.map(|count| bytes[..count].to_vec()),
                }
            }
        })
    }
}

/// The bytes that a slow reader gets are those that the writer was told of, whatever part of a record the kernel takes at a time.
#[test]
fn a_slow_reader_gets_every_byte_once() {
    const BYTES: usize = 16 << 20;
    let mut rig = Rig::shaken("slow");
    let bytes: Vec<u8> = (0..BYTES).map(|at| (at % 251) as u8 ^ (at >> 8) as u8).collect();
    let mut read = vec![0; BYTES];
    let (mut taken, mut at, mut fulls) = (0, 0, 0);
    while taken < BYTES {
        let before = taken;
        taken = rig.runtime.block_on(async {
            // The kernel may want to be read from more before it calls a socket writable.
            let writable = std::future::poll_fn(|cx| rig.server.poll_write_ready(cx));
            match tokio::time::timeout(Duration::from_millis(1), writable).await {
                Ok(ready) => ready.map(|()| rig.write_until_full(&bytes, before)).unwrap(),
                Err(_) => before,
            }
        });
        fulls += usize::from(taken < BYTES);
        // A client can't read a record before it has all of it.
        let most = (taken - at).saturating_sub(TLS_RECORD_BYTES).min(100_003);
        if most > 0 {
            rig.client.read_exact(&mut read[at..at + most]).unwrap();
            at += most;
        }
    }
    rig.server.shutdown_write();
    rig.client.read_exact(&mut read[at..]).unwrap();
    assert!(read == bytes && fulls > 10, "{fulls}");
    assert_eq!(rig.client.read(&mut [0]).unwrap(), 0, "the end is said");
}

#[test]
fn a_record_is_one_write_of_several_frames() {
    let mut rig = Rig::shaken("frames");
    let taken = rig
        .server
        .try_write_vectored(&[IoSlice::new(b"one"), IoSlice::new(b""), IoSlice::new(b"two")])
        .unwrap();
    assert_eq!(taken, 6);
    let long = vec![b'x'; 3 * TLS_RECORD_BYTES];
    assert_eq!(
        rig.server.try_write_vectored(&[IoSlice::new(&long)]).unwrap(),
        TLS_RECORD_BYTES
    );
    let mut read = [0; 6];
    rig.client.read_exact(&mut read).unwrap();
    assert_eq!(&read, b"onetwo");
}

#[test]
fn plaintext_is_read_in_pieces_and_left_by_a_look() {
    let mut rig = Rig::shaken("pieces");
    assert_eq!(rig.client.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    rig.client.write_all(b"GET / HTTP/1.1").unwrap();
    let mut seen = [0; 64];
    let count = rig.runtime.block_on(rig.server.peek(&mut seen)).unwrap();
    assert_eq!(&seen[..count], b"GET / HTTP/1.1");
    assert_eq!(rig.read_some().unwrap(), b"GET /");
    assert_eq!(rig.read_some().unwrap(), b" HTTP");
    assert_eq!(rig.read_some().unwrap(), b"/1.1");
    // It ends without saying so in TLS.
    rig.client.sock.shutdown(std::net::Shutdown::Write).unwrap();
    let mut scrap = [0; 8];
    let end = rig.runtime.block_on(async {
        loop {
            std::future::poll_fn(|cx| rig.server.poll_read_ready(cx)).await.unwrap();
            match rig.server.try_read(&mut ReadBuf::new(&mut scrap)) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    });
    assert_eq!(end.unwrap(), 0);
}

#[test]
fn a_client_that_speaks_no_http_1_or_no_tls_is_refused() {
    let mut rig = Rig::new("h2", &[b"h2"]);
    std::thread::scope(|scope| {
        scope.spawn(|| rig.client.flush());
        let error = rig.runtime.block_on(rig.server.handshake()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    });
    for bytes in [
        &b"GET / HTTP/1.1\r\nhost: box\r\n\r\n"[..],
        &[0x16, 3, 1, 0xff, 0xff, 1],
        &[0; 64],
    ] {
        let mut rig = Rig::new("garbage", &[]);
        rig.client.sock.write_all(bytes).unwrap();
        rig.client.sock.shutdown(std::net::Shutdown::Write).unwrap();
        rig.runtime.block_on(rig.server.handshake()).unwrap_err();
    }
}

/// A client may say that its message goes on for ever, in a handshake or behind it.
#[test]
fn a_client_that_never_comes_to_the_point_is_dropped() {
    let rig = Rig::new("endless", &[]);
    // Records of a ClientHello of 16 MB.
    let mut record = vec![0x16, 3, 1, 0x10, 0];
    record.extend([1, 0xff, 0xff, 0xff]);
    record.resize(5 + 0x1000, 0);
    let mut sent = record.clone();
    record[5..9].fill(0);
    while sent.len() < 3 * TLS_BARREN_BYTES {
        sent.extend(&record);
    }
    std::thread::scope(|scope| {
        let mut sock = rig.client.sock.try_clone().unwrap();
        scope.spawn(move || sock.write_all(&sent));
        let error = rig.runtime.block_on(rig.server.handshake()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
        let _ = rig.client.sock.shutdown(std::net::Shutdown::Both);
    });
}
