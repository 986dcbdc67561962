//! The command line of `chatterbox`: its flags are here, each command has a file of its own.

mod backup;
mod cards;
mod check_config;
mod doctor;
mod export;
mod on_box;
mod serve;
mod sources;
mod update;
mod wipe;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use self::{
    backup::{BackupArgs, RestoreArgs},
    cards::Printed,
    export::ExportArgs,
    on_box::OnBox,
    sources::{Serve, settings_help},
    wipe::WipeArgs,
};

/// Live chat rooms for the phones in the room.
///
/// Without a command it serves. With a data directory (--data, or systemd's StateDirectory=) rooms survive a restart and a power
/// cut; without one everything is kept in memory.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_long_help = settings_help())]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Action>,
    #[command(flatten)]
    serve: Serve,
}

/// A subcommand of `chatterbox`; without one the server runs.
#[derive(Subcommand)]
pub enum Action {
    /// Serve rooms (the default)
    Serve(Serve),
    /// Check a configuration file and report mistakes with their places
    CheckConfig {
        /// The TOML file
        file: PathBuf,
    },
    /// Find problems of this box and say what to do; exit code 1 if there are any
    Doctor {
        /// Read the files below DIR instead of this machine's; the server is then asked only with --server
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
        /// File of the running system with its slots
        #[arg(long, value_name = "FILE", default_value = "/run/slots")]
        slots: PathBuf,
        /// Public keys that may sign updates
        #[arg(long, value_name = "FILE", default_value = "/usr/share/chatterbox/update-keys")]
        keys: PathBuf,
    },
    /// Print the card of this box: one page of HTML with QR codes for the Wi-Fi and for the page
    Card {
        /// The boot partition
        #[arg(long, value_name = "DIR", default_value = "/boot/firmware")]
        boot: PathBuf,
    },
    /// Print the organizer's card: one page of HTML with a QR code for the page, and the organizer's code on a part to cut off
    OrganizerCard {
        #[command(flatten)]
        printed: Printed,
        /// Boot partition of a box: print its card, with the Wi-Fi, and the organizer's part
        #[arg(long, value_name = "DIR")]
        boot: Option<PathBuf>,
        /// The organizer's code alone, as SVG
        #[arg(long)]
        svg: bool,
    },
    /// Manage the organizer's code
    #[command(subcommand)]
    Organizer(Organizer),
    /// Print seat codes: HTML to cut apart; each code admits one person where the organizer turns seats on
    Seats {
        #[command(flatten)]
        printed: Printed,
        /// How many, from seat 1 on
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(chatterbox::limits::SEATS)))]
        count: u32,
    },
    /// Export a room's messages, with or without a running server
    Export(ExportArgs),
    /// Write messages, keys and settings to one encrypted file, with or without a running server
    Backup(BackupArgs),
    /// Put a backup in place of the data; the server must not run
    Restore(RestoreArgs),
    /// Remove all messages and names, with or without a running server
    Wipe(WipeArgs),
    /// Steps of the box's own services
    #[command(subcommand)]
    Box(OnBox),
}

/// The subcommands of `chatterbox organizer`.
#[derive(Subcommand)]
pub enum Organizer {
    /// Make a new code. The old one, and all codes and seats derived from it, are invalid after the server's next start
    Reset(Serve),
}

impl Cli {
    /// The command that was given; `serve` if none was.
    fn command(self) -> Action {
        self.command.unwrap_or(Action::Serve(self.serve))
    }

    /// Runs the command.
    pub fn run(self) -> ExitCode {
        let done = match self.command() {
            Action::Serve(args) => serve::run(&args),
            Action::CheckConfig { file } => check_config::run(file),
            Action::Doctor { root, server } => return doctor::run(&root, server),
            Action::Update { file, slots, keys } => update::run(&file, &slots, &keys),
            Action::Card { boot } => cards::card(&boot),
            Action::OrganizerCard { printed, boot, svg } => cards::organizer_card(&printed, boot.as_deref(), svg),
            Action::Organizer(Organizer::Reset(args)) => cards::reset(&args),
            Action::Seats { printed, count } => cards::seats(&printed, count),
            Action::Box(step) => on_box::run(step),
            Action::Export(args) => export::run(args),
            Action::Backup(args) => backup::backup(&args),
            Action::Restore(args) => backup::restore(&args),
            Action::Wipe(args) => wipe::run(args),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("chatterbox: {error:#}");
                ExitCode::FAILURE
            }
        }
    }
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
                Action::Serve(serve) => assert_eq!(serve.listen.as_deref(), Some("1")),
                _ => panic!("{line:?}"),
            }
        }
    }
}
