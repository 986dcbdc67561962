//! The box: what the organizer wrote on the card's boot partition becomes the settings of the box's services.
//!
//! [`written`] reads the file statement by statement, [`settings`] checks it, [`generated`] makes each service's file out of it,
//! [`card`] draws what is printed, [`organizer`] puts the organizer's card beside it,
//! [`radio`] finds what may make an access point, and [`prepare`] puts it all where the services look. What systemd starts, and when,
//! stands in `image/INTERFACE.md`.

pub mod card;
pub mod countries;
pub mod generated;
pub mod organizer;
pub mod prepare;
pub mod radio;
#[cfg(test)]
pub(crate) mod scratch;
pub mod settings;
pub mod subnet;
pub mod written;
