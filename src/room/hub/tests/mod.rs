//! Scenes of the hub on one stage ([`rig`]).

mod address;
mod admin;
mod admit;
mod amend;
mod approval;
mod ban;
mod board;
mod coming;
mod device;
mod evasion;
mod hide_all;
mod hiding;
mod link;
mod lock;
mod memory;
mod mute;
mod naming;
mod parked;
mod phone;
mod policy;
mod private_rates;
mod recover;
mod reply;
mod restore;
mod rig;
mod seat;
mod shares;
mod speaking;
mod sweep;
mod users;
mod wipe;
mod words;

use super::*;
