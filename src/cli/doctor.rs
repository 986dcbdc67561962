//! `chatterbox doctor`: finds problems of a box and its server, and prints each with its remedy.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    process::ExitCode,
};

use chatterbox::appliance::doctor::{self, Machine};

/// Address of the server on a box.
pub const OWN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 80);

/// Prints the findings. The exit code is 1 if there are any, otherwise 0.
pub fn run(root: &Path, server: Option<SocketAddr>) -> ExitCode {
    let own = root == Path::new("/");
    let server = server.or(own.then_some(OWN));
    let found = Machine::new(root, server.map(doctor::ask)).examine();
    found.iter().for_each(|sentence| println!("{sentence}"));
    if found.is_empty() {
        println!("{}", doctor::WELL);
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}
