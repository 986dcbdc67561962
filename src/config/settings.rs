//! The sections and keys of the configuration file, before they are checked.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConfigFile {
    pub(super) server: Server,
    pub(super) wifi: WifiSettings,
    pub(super) limits: Limits,
    pub(super) webhooks: Vec<WebhookSettings>,
}

/// The section `[server]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Server {
    /// `HOST:PORT`, or a port alone for all interfaces.
    pub(super) listen: String,
    /// Data directory; empty for none.
    pub(super) data: PathBuf,
    /// Keeps nothing on disk, even if `data` is set.
    pub(super) ephemeral: bool,
    /// As `listen`, for HTTPS.
    pub(super) tls_listen: String,
    /// Certificate with its issuers', in PEM; empty for no HTTPS.
    pub(super) tls_certificate: PathBuf,
    /// Its private key, in PEM.
    pub(super) tls_key: PathBuf,
    /// Name of the event, as pages show it.
    pub(super) name: String,
    /// Path of Socket.IO.
    pub(super) socketio_path: String,
    /// Name of the server where it answers for every name in its network: requests for other names are redirected to it.
    pub(super) host: String,
    /// Captive portal: shows the page to phones that join the network. Needs `host`.
    pub(super) portal: bool,
    /// Mistakes in the box's settings, shown on its page; the box writes them.
    pub(super) problems: Vec<String>,
    /// Directory of the sockets of a box's services; empty on other computers. The box writes it.
    pub(super) box_dir: PathBuf,
    /// Origins whose pages may use this server besides its own; `*` for all.
    pub(super) cors_origins: Vec<String>,
    /// Room of clients that name none.
    pub(super) default_room: String,
    /// Rooms that exist from the start; each is a namespace `/room/<name>`, too.
    pub(super) rooms: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "8080".to_owned(),
            data: PathBuf::new(),
            ephemeral: false,
            tls_listen: "8443".to_owned(),
            tls_certificate: PathBuf::new(),
            tls_key: PathBuf::new(),
            name: "Chatterbox".to_owned(),
            socketio_path: "/socket.io".to_owned(),
            host: String::new(),
            portal: false,
            problems: Vec::new(),
            box_dir: PathBuf::new(),
            cors_origins: Vec::new(),
            default_room: "main".to_owned(),
            rooms: vec!["main".to_owned()],
        }
    }
}

/// The section `[wifi]`: the network that the wall shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WifiSettings {
    /// The network's name; empty for none.
    pub(super) name: String,
    /// Password; empty for an open network.
    pub(super) password: String,
}

/// One section `[[webhooks]]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WebhookSettings {
    /// Address of the receiver.
    pub(super) url: String,
    /// Rooms whose entries it gets.
    pub(super) rooms: Vec<String>,
    /// Key that signs the requests; empty for none.
    pub(super) secret: String,
}
