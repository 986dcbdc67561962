//! The configuration: read from four places, merged, checked once.
//!
//! From low to high: the defaults here and in [`crate::limits`], a TOML file, the environment, the command line. Each
//! place is read into the same kind of [`Setting`], a key with a value and where it was written, so that whatever is
//! wrong can be told with its place, and a new field of [`Limits`] is a key of the file, a variable of the environment
//! and a `--set` of the command line without a line of code here.

mod bounds;
mod check;
mod error;
mod secret;
mod sources;
mod webhooks;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use check::{Config, CorsOrigins, Listen, Wifi, event_name};
pub use error::{ConfigError, Origin, Problem};
pub use secret::Keys;
pub use sources::{Setting, Sources};
pub use webhooks::{Secret, Webhook};

use crate::limits::Limits;

/// What may be written, before it is checked. The sections and keys of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    server: Server,
    wifi: WifiSettings,
    limits: Limits,
    webhooks: Vec<webhooks::WebhookSettings>,
}

/// The section `[server]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Server {
    /// `HOST:PORT`, or a port alone for all interfaces.
    listen: String,
    /// A directory of the server's own; empty for none.
    data: PathBuf,
    /// Keep nothing on disk, whatever `data` says.
    ephemeral: bool,
    /// The event's name, for people.
    name: String,
    /// Where Socket.IO clients connect.
    socketio_path: String,
    /// The name under which clients find the server, if it answers for every name in its network: any other is sent there.
    host: String,
    /// Show the page to phones that join the network (captive portal); needs `host`.
    portal: bool,
    /// What is wrong with the box's settings, for whoever looks at its page; written by the box itself.
    problems: Vec<String>,
    /// Where a box's services are met; empty on a computer that is no box. Written by the box itself.
    box_dir: PathBuf,
    /// Web origins whose pages may use this server besides its own; `*` for all.
    cors_origins: Vec<String>,
    /// Where somebody goes who names no room.
    default_room: String,
    /// Rooms that exist from the start; each is a namespace `/room/<name>`, too.
    rooms: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "8080".to_owned(),
            data: PathBuf::new(),
            ephemeral: false,
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

/// The section `[wifi]`: what the wall shows, so that phones can join it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WifiSettings {
    /// The network's name; empty for none.
    name: String,
    /// Empty for an open network.
    password: String,
}

/// Reads, merges and checks.
///
/// # Errors
/// Everything that is wrong, each with its place.
pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
    let (settings, origins) = sources.merge()?;
    Config::check(settings, &origins)
}

/// Every key with its default, a line each, for `--help`.
pub fn keys_help() -> String {
    let defaults = sources::table(&Settings::default());
    sources::flat(&defaults)
        .map(|(key, value)| format!("  {key} = {value}\n"))
        .collect()
}

#[cfg(test)]
mod tests;
