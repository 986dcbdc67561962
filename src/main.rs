//! The binary: starts the command line, and selects the allocator.

mod cli;

use std::process::ExitCode;

use clap::Parser;

/// The allocator: jemalloc, because in measurements the system's allocator did not return the memory of thousands of closed connections
/// (see `.cargo/config.toml`).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    cli::Cli::parse().run()
}
