//! The organizer's own certificate for HTTPS: reads its two files, and judges whether it is good for this server. Its files have at most
//! `limits::CERTIFICATE_BYTES`.
//!
//! A certificate that can be read is served. Codes and cards lead to `https` only while it is good: it has a name for this server, and the
//! time is within its bounds. Clocks of boxes lose their time without power, so a clock that is not set is no reason against it.

mod chain;
mod fault;
mod files;
#[cfg(test)]
pub(crate) mod made;
mod secure;
#[cfg(test)]
mod tests;

pub use self::{
    chain::{Certificate, Time},
    fault::Fault,
    files::Files,
    secure::Secure,
};
