//! The sections and keys of the configuration file with their defaults, as read and not yet checked.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// The whole configuration file.
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
    /// Listening address: `HOST:PORT`, or only a port for all interfaces.
    pub(super) listen: String,
    /// Data directory; empty for none.
    pub(super) data: PathBuf,
    /// Keeps all data in memory, even if `data` is set.
    pub(super) ephemeral: bool,
    /// Address and port to listen on for HTTPS, in the forms of `listen`; used only with a certificate.
    pub(super) tls_listen: String,
    /// Certificate with its issuers', in PEM; empty for no HTTPS.
    pub(super) tls_certificate: PathBuf,
    /// Path of the certificate's private key, in PEM; empty for none.
    pub(super) tls_key: PathBuf,
    /// Name of the event, as pages show it.
    pub(super) name: String,
    /// Time zone of exports, by its name in the IANA database.
    pub(super) time_zone: String,
    /// Path of the Socket.IO endpoint, by default `/socket.io`.
    pub(super) socketio_path: String,
    /// The server's own host name, if DNS resolves every name to this server. Requests for other names are redirected to it.
    pub(super) host: String,
    /// Whether phones that join the network are shown the page (captive portal); requires `host`.
    pub(super) portal: bool,
    /// Mistakes in a box's settings, shown on its page; written by the box.
    pub(super) problems: Vec<String>,
    /// Directory with the sockets of a box's services; empty on other computers. Written by the box.
    pub(super) box_dir: PathBuf,
    /// Web origins, besides the server's own, whose pages may use this server; `*` for all.
    pub(super) cors_origins: Vec<String>,
    /// The room of clients that name none.
    pub(super) default_room: String,
    /// Rooms that are open from the start; each also has a namespace `/room/<name>`.
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
            time_zone: "UTC".to_owned(),
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

/// The section `[wifi]`: the network that the wall screen shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WifiSettings {
    /// Name of the network; empty for none.
    pub(super) name: String,
    /// Password; empty for an open network.
    pub(super) password: String,
}

/// One section `[[webhooks]]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WebhookSettings {
    /// URL to which the webhook's batches are posted.
    pub(super) url: String,
    /// Rooms whose entries the receiver gets.
    pub(super) rooms: Vec<String>,
    /// Secret that signs the requests; empty for unsigned requests.
    pub(super) secret: String,
}
