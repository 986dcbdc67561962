//! The command line.

use std::{env, ffi::OsString, net::SocketAddr, path::PathBuf};

use chatterbox::config::{Origin, Setting, Sources, keys_help};
use clap::{Args, Parser, Subcommand};
use toml::Value;

use crate::records::{ExportArgs, WipeArgs};

/// Live chat rooms for the phones in the room.
///
/// Without a command it serves. With a data directory (--data, or systemd's StateDirectory=) rooms outlive a restart and a pulled
/// plug; without one everything is kept in memory.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_long_help = settings_help())]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Serve rooms (the default)
    Serve(Serve),
    /// Read a configuration file and say what is wrong in it, and where
    CheckConfig {
        /// The TOML file
        file: PathBuf,
    },
    /// Say what is wrong with this box, and what to do; exit code 1 if something is
    Doctor {
        /// Look at the files below DIR instead of this machine's; the server is then asked only if it is named
        #[arg(long, value_name = "DIR", default_value = "/")]
        root: PathBuf,
        /// The server to ask [default: 127.0.0.1:80]
        #[arg(long, value_name = "ADDR")]
        server: Option<SocketAddr>,
    },
    /// Put a signed update into the box's other slot; the next start tries it
    Update {
        /// The update file
        file: PathBuf,
        /// What the running system knows of its slots
        #[arg(long, value_name = "FILE", default_value = "/run/slots")]
        slots: PathBuf,
        /// The keys that may sign
        #[arg(long, value_name = "FILE", default_value = "/usr/share/chatterbox/update-keys")]
        keys: PathBuf,
    },
    /// Print the card of this box: one page of HTML with the codes that take phones into the Wi-Fi and to the page
    Card {
        /// The boot partition
        #[arg(long, value_name = "DIR", default_value = "/boot/firmware")]
        boot: PathBuf,
    },
    /// Print the organizer's card: one page of HTML with the code that takes phones to the page, and the organizer's code on a
    /// part to tear off
    OrganizerCard {
        #[command(flatten)]
        printed: Printed,
        /// The boot partition of a box: its card, which has the Wi-Fi as well, with the organizer's part
        #[arg(long, value_name = "DIR")]
        boot: Option<PathBuf>,
        /// The organizer's code alone, as SVG
        #[arg(long)]
        svg: bool,
    },
    /// What concerns the organizer's code
    #[command(subcommand)]
    Organizer(Organizer),
    /// Print the codes of seats: HTML to cut apart, each admits one person where the organizer turns seats on
    Seats {
        #[command(flatten)]
        printed: Printed,
        /// How many, from seat 1 on
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(chatterbox::limits::SEATS)))]
        count: u32,
    },
    /// Write what was said in a room, while the server runs or not
    Export(ExportArgs),
    /// Remove all that people said, while the server runs or not
    Wipe(WipeArgs),
    /// What the box's own services call
    #[command(subcommand)]
    Box(OnBox),
}

/// What is printed is for a server.
#[derive(Args)]
pub struct Printed {
    #[command(flatten)]
    pub serve: Serve,
    /// Where phones find the server, as in http://192.168.1.5:8080/ [default: as it says at its start]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// What concerns the organizer's code.
#[derive(Subcommand)]
pub enum Organizer {
    /// Make a new code. The old one, and all codes and seats that come from it, are worthless once the server starts anew
    Reset(Serve),
}

/// Steps of a box's start.
#[derive(Subcommand)]
pub enum OnBox {
    /// Make the services' settings from chatterbox.toml on the boot partition
    Prepare {
        /// The boot partition
        #[arg(long, value_name = "DIR")]
        boot: PathBuf,
        /// Where the services' settings go
        #[arg(long, value_name = "DIR")]
        run: PathBuf,
        /// What the box keeps over a restart
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// The kernel's devices
        #[arg(long, value_name = "DIR", default_value = "/sys")]
        sys: PathBuf,
    },
    /// Write the organizer's card to the boot partition, once for each organizer's key
    OrganizerCard {
        /// The boot partition
        #[arg(long, value_name = "DIR")]
        boot: PathBuf,
        /// What the box keeps over a restart
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// The server's data directory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// In a start on trial: keep the updated system once the server answers
    Confirm {
        /// What the running system knows of its slots
        #[arg(long, value_name = "FILE", default_value = "/run/slots")]
        slots: PathBuf,
        /// The server
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:80")]
        server: SocketAddr,
        /// How long to wait for it
        #[arg(long, value_name = "SECONDS", default_value_t = 270)]
        wait: u64,
    },
}

/// Where the data is.
#[derive(Args)]
pub struct Place {
    /// The server's data directory
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// The server's TOML file [env: CHATTERBOX_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    /// Everything that may say where.
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

/// How to serve.
#[derive(Args)]
pub struct Serve {
    /// Where to listen: ADDRESS:PORT, or a port alone for all interfaces [default: 8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Keep what is said, and who is who, in DIR
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
    /// What to log: error, warn, info, debug, trace, or directives as in RUST_LOG [default: info]
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
}

impl Cli {
    /// The command that was given or meant.
    pub fn command(self) -> Command {
        self.command.unwrap_or(Command::Serve(self.serve))
    }
}

impl Serve {
    /// Everything that may set something.
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

fn settings_help() -> String {
    format!(
        "Settings, with their defaults:\n\n{}\n\
         Each is a key of the TOML file (in [server] or [limits]), a variable of the environment\n\
         (CHATTERBOX_LIMITS_MESSAGE_RATE=10) and a --set (limits.message_rate=10). The command line goes over the\n\
         environment, the environment over the file. For load tests: --set limits.rate=off --set limits.per_address=off.",
        keys_help()
    )
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        <Cli as CommandFactory>::command().debug_assert();
    }

    #[test]
    fn serving_needs_no_command() {
        for line in [
            &["chatterbox", "--listen", "1"][..],
            &["chatterbox", "serve", "--listen", "1"],
        ] {
            match Cli::parse_from(line).command() {
                Command::Serve(serve) => assert_eq!(serve.listen.as_deref(), Some("1")),
                _ => panic!("{line:?}"),
            }
        }
    }
}
