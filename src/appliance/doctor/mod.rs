//! `chatterbox doctor`: finds problems of a box and reports each in one plain sentence with its remedy.
//!
//! Each check reads files of the kernel and of the box below a root that a test may choose. A missing file is no finding: boards differ in
//! the files that they have.

mod card;
mod certificate;
mod clock;
mod consult;
mod examine;
mod health;
mod machine;
mod power;
mod quarantined;
mod radio;
mod server;
mod settings;
mod stick;
mod tell;
mod updates;

pub use self::{
    consult::{SOCKET, WELL, consult, examine_computer, read_socket},
    health::{Health, ask},
    machine::{Machine, Space},
    tell::tell,
};

#[cfg(test)]
mod tests;
