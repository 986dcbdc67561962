//! Configures logging: to systemd's journal, with fields, if stderr is connected to it; otherwise as text to stderr.
//!
//! At `info` and above no line contains texts or addresses of users, since people outside the room may read a box's log.

use std::{env, fs::File, io, os::fd::AsFd, os::unix::fs::MetadataExt};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{EnvFilter, Layer, filter::ParseError, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging. `filter` is a level (`error`, `warn`, `info`, `debug`, `trace`) or directives as in `RUST_LOG`. Without a filter
/// `RUST_LOG` is used, without either `info`.
///
/// # Errors
/// The filter is malformed.
pub fn init(filter: Option<&str>) -> Result<(), ParseError> {
    let builder = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    let filter = match filter {
        Some(filter) => builder.parse(filter)?,
        None => builder.from_env_lossy(),
    };
    let journal = stderr_is_the_journal().then(tracing_journald::layer);
    let layer = match journal {
        Some(Ok(journal)) => journal.boxed(),
        _ => tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .with_target(false)
            .boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).init();
    Ok(())
}

/// Whether stderr is the journal's stream (systemd.exec(5), `JOURNAL_STREAM`: device and inode). The variable alone is not enough, because
/// terminals started by a service inherit it.
fn stderr_is_the_journal() -> bool {
    let Ok(stream) = env::var("JOURNAL_STREAM") else {
        return false;
    };
    let metadata = io::stderr()
        .as_fd()
        .try_clone_to_owned()
        .map(File::from)
        .and_then(|file| file.metadata());
    metadata.is_ok_and(|metadata| stream == format!("{}:{}", metadata.dev(), metadata.ino()))
}
