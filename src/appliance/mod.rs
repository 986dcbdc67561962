//! The box: what a card's boot partition says becomes the settings of the box's services.
pub mod countries;
pub mod settings;
pub mod subnet;
pub mod written;
