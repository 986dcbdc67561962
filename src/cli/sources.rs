//! The command line flags that set settings, and where the configuration is read from as a result: file, environment, flags.

use std::{env, ffi::OsString, path::PathBuf};

use chatterbox::config::{Origin, Setting, Sources, keys_help};
use clap::Args;
use toml::Value;

/// The error of commands that need a data directory.
pub const NO_DATA: &str = "no data directory: name it with --data DIR, or in the configuration with --config FILE";

/// Flags that name the data directory.
#[derive(Args)]
pub struct DataFlags {
    /// The server's data directory
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// The server's TOML file [env: CHATTERBOX_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl DataFlags {
    /// The sources of the configuration.
    pub fn sources(&self) -> Sources {
        let data = self.data.as_deref();
        let data = data.map(|data| setting("--data".to_owned(), "server.data", data));
        Sources {
            file: file(self.config.as_ref()),
            env: environment(),
            flags: data.into_iter().collect(),
        }
    }
}

fn file(named: Option<&PathBuf>) -> Option<PathBuf> {
    named
        .cloned()
        .or_else(|| env::var_os("CHATTERBOX_CONFIG").map(PathBuf::from))
}

fn environment() -> Vec<(String, String)> {
    let text = |text: OsString| text.into_string().ok();
    env::vars_os()
        .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
        .collect()
}

/// Flags of the server.
#[derive(Args)]
pub struct Serve {
    /// Address to listen on: ADDRESS:PORT, or a port alone for all interfaces [default: 8080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Keep messages and identities in DIR
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Keep nothing on disk, even if a data directory is set
    #[arg(long)]
    ephemeral: bool,
    /// Read settings from a TOML file [env: CHATTERBOX_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set one setting, as in limits.rate=off; --help lists them all
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,
    /// Log filter: error, warn, info, debug, trace, or directives as in RUST_LOG [default: info]
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
}

impl Serve {
    /// Whether the command line names a listening address.
    pub fn has_place(&self) -> bool {
        self.listen.is_some() || self.set.iter().any(|(key, _)| key == "server.listen")
    }

    /// The sources of the configuration.
    pub fn sources(&self) -> Sources {
        let ephemeral = self.ephemeral.then_some("true");
        let named = [
            ("--listen", "server.listen", self.listen.as_deref()),
            ("--data", "server.data", self.data.as_deref()),
            ("--ephemeral", "server.ephemeral", ephemeral),
        ];
        let named = named
            .into_iter()
            .filter_map(|(flag, key, value)| Some(setting(flag.to_owned(), key, value?)));
        let set = self
            .set
            .iter()
            .map(|(key, value)| setting(format!("--set {key}={value}"), key, value));
        Sources {
            file: file(self.config.as_ref()),
            env: environment(),
            flags: set.chain(named).collect(),
        }
    }
}

fn setting(typed: String, key: &str, value: &str) -> Setting {
    Setting {
        key: key.to_owned(),
        value: Value::String(value.to_owned()),
        origin: Origin::Flag(typed),
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("expected KEY=VALUE, as in limits.rate=off")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// The last part of `--help`: every setting with its default.
pub fn settings_help() -> String {
    format!(
        "Settings, with their defaults:\n\n{}\n\
         Each is a key of the TOML file (in [server] or [limits]), a variable of the environment\n\
         (CHATTERBOX_LIMITS_MESSAGE_RATE=10) and a --set (limits.message_rate=10). The command line overrides the\n\
         environment, the environment overrides the file. For load tests: --set limits.rate=off --set limits.per_address=off.",
        keys_help()
    )
}
