//! `chatterbox card`, `organizer-card`, `seats` and `organizer reset`: prints cards and codes, and replaces the organizer's key.

use std::{
    io::{self, Write},
    path::Path,
};

use anyhow::{Context, Result};
use chatterbox::{
    appliance::{self, printed},
    config::{self, Config, Keys},
    server::running::Running,
};

use super::sources::Serve;

/// The server for which cards are printed.
#[derive(clap::Args)]
pub struct Printed {
    #[command(flatten)]
    pub serve: Serve,
    /// Where phones find the server, as in http://192.168.1.5:8080/ [default: where the server of the data directory is, or was last]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// Prints the Wi-Fi and room card of a box.
pub fn card(boot: &Path) -> Result<()> {
    let card = appliance::prepare::card(boot)?;
    io::stdout().write_all(card.as_bytes())?;
    Ok(())
}

/// Loads configuration and keys. A data directory is required, because codes of a temporary key would be useless.
fn printable(printed: &Printed) -> Result<(Config, Keys, String)> {
    let mut config = config::load(&printed.serve.sources())?;
    let data = config
        .data
        .clone()
        .context("--data is needed: the data directory of the server that these codes are for")?;
    let keys = Keys::printed(&data)?;
    if let Some(url) = &printed.url {
        let url = format!("{}/", url.trim_end_matches('/'));
        return Ok((config, keys, url));
    }
    let server = whereabouts(&config, &data, printed.serve.has_place());
    let url = server
        .url()
        .context("this machine has no network address: name the server with --url")?;
    if server.is_local() {
        eprintln!(
            "{url} is this machine alone, where no phone gets to: have the server listen on all interfaces, or say --url"
        );
    }
    config.event_name = server.event_name;
    Ok((config, keys, url))
}

/// The server whose codes are printed: a running one, otherwise the one that these settings describe, otherwise the last one. Unless it is
/// running, a warning says that phones may not find it there.
fn whereabouts(config: &Config, data: &Path, is_set: bool) -> Running {
    let set = Running::new(config, config.listen.address());
    let is_set = is_set || config.host.is_some() || config.listen != Config::default().listen;
    let (server, why) = match Running::of(data) {
        Some(server) if server.is_up => return server,
        _ if is_set => (
            set,
            "no server is running there; the codes lead to where these settings are for",
        ),
        Some(last) => (
            last,
            "no server is running there; the codes lead to where the last one was",
        ),
        None => (
            set,
            "it is not known where the server is, for none has run there; the codes lead to where one without settings would be. \
             Start the server first, or say --url",
        ),
    };
    let url = server.url().unwrap_or_default();
    eprintln!("{}: {why}: {url}", data.display());
    server
}

/// Prints the organizer's card, or only its code.
pub fn organizer_card(printed: &Printed, boot: Option<&Path>, svg: bool) -> Result<()> {
    let (config, keys, url) = printable(printed)?;
    let page = match boot {
        _ if svg => printed::organizer_svg(&url, &keys.organizer),
        Some(boot) => {
            let (settings, _) = appliance::prepare::read(boot);
            let part = printed::organizer_part(&url, &keys.organizer, settings.language);
            printed::with_part(&appliance::prepare::card(boot)?, &part)
        }
        None => printed::organizer_card(&config.event_name, &url, &keys),
    };
    io::stdout().write_all(page.as_bytes())?;
    Ok(())
}

/// Prints a page with the codes of seats (numbered personal entry codes) 1 to `count`.
pub fn seats(printed: &Printed, count: u32) -> Result<()> {
    let (config, keys, url) = printable(printed)?;
    let page = printed::seats(&config.event_name, &url, &keys, count);
    io::stdout().write_all(page.as_bytes())?;
    Ok(())
}

/// Replaces the organizer's key by a new one.
pub fn reset(args: &Serve) -> Result<()> {
    let config = config::load(&args.sources())?;
    let data = config
        .data
        .as_deref()
        .context("--data is needed: the server's data directory")?;
    Keys::reset_organizer(data)?;
    eprintln!("There is a new organizer's code. It is valid from the server's next start on.");
    Ok(())
}
