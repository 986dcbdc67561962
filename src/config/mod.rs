//! The configuration: read from defaults, file, environment and command line, merged, and checked once at the start. Nothing grows later.
//!
//! From low to high precedence: the defaults here and in [`crate::limits`], a TOML file, the environment, the command line. Each source
//! yields [`Setting`]s, a key with its value and origin, so that an error can name the place of the mistake. A new field of
//! [`crate::limits::Limits`] becomes a key of the file, an environment variable and a `--set` flag without further code.

pub mod admin_key;
mod advice;
mod bounds;
mod check;
mod error;
mod findings;
mod page_origin;
pub mod seats;
mod secret;
mod settings;
mod sources;
mod values;
mod webhooks;

pub use check::{Config, Listen, Tls, Wifi, event_name};
pub use error::{ConfigError, Origin, Problem};
pub use page_origin::{CorsOrigins, PageOrigin, WebOrigin, authority_parts, cors_origins};
pub use secret::Keys;
pub use sources::Sources;
pub use values::Setting;
pub use webhooks::{Secret, Webhook, webhook_url};

use self::settings::ConfigFile;

/// Reads the settings of all sources, merges them by precedence, and checks them.
///
/// # Errors
/// All mistakes, each with its place.
pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
    let (settings, origins) = sources.merge()?;
    Config::check(settings, &origins)
}

/// All keys with their defaults, one on each line, for `--help`.
pub fn keys_help() -> String {
    let defaults = values::table(&ConfigFile::default());
    values::flat(&defaults)
        .map(|(key, value)| format!("  {key} = {value}\n"))
        .collect()
}

#[cfg(test)]
mod tests;
