//! Where log lines go: to the journal with their fields when systemd started us, else to stderr.
//!
//! At `info` and above no line holds what people write, nor an address of theirs: a box's log is read by others than
//! those who were in the room.

use std::{env, fs::File, io, os::fd::AsFd, os::unix::fs::MetadataExt};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{EnvFilter, Layer, filter::ParseError, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging. `filter` is a level (`error`, `warn`, `info`, `debug`, `trace`) or directives as in `RUST_LOG`,
/// which counts when there is no filter; `info` is the default.
///
/// # Errors
/// The filter can't be read.
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

/// Whether stderr is the stream that systemd gave us (systemd.exec(5), `JOURNAL_STREAM`: device and inode). Inherited by
/// a shell in a terminal of such a service, the variable alone would say too much.
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
