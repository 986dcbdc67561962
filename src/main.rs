//! The thin binary: reads what is wanted, says where it is found, serves until it is told to stop.

mod cli;

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, Result};
use chatterbox::{
    announce,
    config::{self, Config, Sources},
    listener, logging,
};
use clap::Parser;
use cli::{Cli, Command, Serve};

fn main() -> ExitCode {
    let done = match Cli::parse().command() {
        Command::Serve(args) => serve(&args),
        Command::CheckConfig { file } => check_config(file),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chatterbox: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn check_config(file: PathBuf) -> Result<()> {
    let good = format!("{}: nothing is wrong", file.display());
    config::load(&Sources {
        file: Some(file),
        ..Sources::default()
    })?;
    println!("{good}");
    Ok(())
}

fn serve(args: &Serve) -> Result<()> {
    let config = config::load(&args.sources())?;
    logging::init(args.log.as_deref()).context("--log")?;
    let _key = config::identity_key(config.data.as_deref())?;
    let listener = listener::open(config.listen)?;
    greet(&config, &listener)?;
    Ok(())
}

fn greet(config: &Config, listener: &std::net::TcpListener) -> io::Result<()> {
    let urls = announce::urls(listener.local_addr()?);
    let mut out = io::stdout().lock();
    let colours = out.is_terminal();
    // Nobody may be reading, and the rooms are open all the same.
    let _ = out.write_all(announce::greeting(&config.event_name, &urls, colours).as_bytes());
    Ok(())
}
