//! A certificate from an authority of the test's own, and clients that trust it.

use std::{
    fs,
    io::Write,
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use chatterbox::{
    certificate::Files,
    config::{Config, Listen, Tls},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};
use tungstenite::WebSocket;

use crate::server::{PATIENCE, Server, read_all};

/// A name of the certificate.
pub const NAME: &str = "chat.example.org";

/// A client's end.
pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A certificate in files, and clients that trust its issuer.
pub struct Certified {
    /// Holds `cert.pem` and `key.pem`.
    pub dir: PathBuf,
    clients: Arc<ClientConfig>,
}

impl Certified {
    /// A certificate for [`NAME`].
    pub fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Relaxed);
        let dir = std::env::temp_dir().join(format!("chatterbox-it-tls-{}-{number}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();

        let mut issuer = CertificateParams::default();
        issuer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(issuer, KeyPair::generate().unwrap()).unwrap();
        let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2025, 1, 1), date_time_ymd(2099, 1, 1));
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &issuer).unwrap();
        fs::write(dir.join("cert.pem"), leaf.pem() + &issuer.pem()).unwrap();
        fs::write(dir.join("key.pem"), key.serialize_pem()).unwrap();

        let mut roots = RootCertStore::empty();
        roots.add(issuer.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let clients = config.with_root_certificates(roots).with_no_client_auth();
        Self {
            dir,
            clients: Arc::new(clients),
        }
    }

    /// Configures a server; the test's listener replaces the address.
    fn configure(&self, config: &mut Config) {
        config.tls = Some(Tls {
            listen: Listen::All(0),
            files: Files::within(&self.dir, ""),
        });
    }

    /// Starts a server with it.
    pub fn serve(&self, change: impl FnOnce(&mut Config)) -> Server {
        Server::start(|config| {
            self.configure(config);
            change(config);
        })
    }

    /// A connection whose handshake comes with the first bytes.
    pub fn connect(&self, address: SocketAddr) -> Stream {
        let connection = ClientConnection::new(self.clients.clone(), NAME.try_into().unwrap()).unwrap();
        StreamOwned::new(connection, tcp(address))
    }

    /// Sends a request on a connection of its own. Returns head and body of the answer.
    pub fn ask(&self, server: &Server, request: &str) -> String {
        let mut stream = self.connect(server.secure.unwrap());
        stream.write_all(request.replace('\n', "\r\n").as_bytes()).unwrap();
        read_all(&mut stream)
    }

    /// `GET`.
    pub fn get(&self, server: &Server, path: &str) -> String {
        self.ask(
            server,
            &format!("GET {path} HTTP/1.1\nhost: {NAME}\nconnection: close\n\n"),
        )
    }

    /// A WebSocket.
    pub fn socket(&self, server: &Server, path: &str) -> WebSocket<Stream> {
        let address = server.secure.unwrap();
        let url = format!("wss://{NAME}:{}{path}", address.port());
        tungstenite::client(url, self.connect(address)).expect("a handshake").0
    }
}

impl Drop for Certified {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.dir).unwrap();
    }
}

/// A stream that gives up after [`PATIENCE`].
pub fn tcp(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}
