//! The box: turns the organizer's settings file on the boot partition into the configuration of the box's services.
//!
//! [`decoded`] decodes the file to text, [`statement`] parses it statement by statement, [`settings`] checks it, and [`diagnostic`] reports
//! its mistakes. [`wifi`] resolves the network, [`generated`] renders each service's file, [`card`] the printable card, [`screen`] the
//! console, [`note`] the list of problems, and [`organizer`] the organizer's card. [`radio`] finds the Wi-Fi radios, `phy` reads what they
//! can do, `access_point` configures hostapd for them, and [`prepare`] runs all of it at each start. `image/INTERFACE.md` says what systemd
//! starts, and when. [`limits::BOX_FILE_BYTES`](crate::limits::BOX_FILE_BYTES) bounds the file.

mod access_point;
pub mod announce;
pub mod card;
pub mod certificate;
mod choices;
pub mod countries;
pub mod decoded;
pub mod diagnostic;
pub mod doctor;
pub mod generated;
pub mod handover;
pub mod journal;
mod lists;
pub mod note;
pub mod organizer;
mod phy;
pub mod prepare;
pub mod printed;
pub mod qr;
pub mod radio;
#[cfg(test)]
pub(crate) mod scratch;
pub mod screen;
pub mod settings;
mod ssh_key;
pub mod statement;
pub mod stick;
pub mod subnet;
pub mod update;
pub mod value;
pub mod version;
pub mod wifi;
