//! The thin binary: the command line, and the allocator.

mod cli;

use std::process::ExitCode;

use clap::Parser;

/// Chosen by measurement: the system's allocator keeps what thousands of connections have used (see `.cargo/config.toml`).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    cli::Cli::parse().run()
}
