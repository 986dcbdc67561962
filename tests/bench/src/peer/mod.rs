//! The servers that are compared. Each is a process of its own.

mod broadcast;
mod floor;
pub mod install;
mod server;
mod socketioxide;

use std::{fmt, net::TcpListener, thread};

use anyhow::{Context, Result};
use clap::ValueEnum;

pub use server::Server;

/// Engine.IO's first packet, of the peers that write it by hand.
const OPEN: &str = r#"0{"sid":"bench","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}"#;
/// The answer to a CONNECT, of the same.
const CONNECTED: &str = r#"40{"sid":"bench"}"#;

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Peer {
    /// One thread that writes a ready frame to each client: the least that a delivery can cost with a call for each.
    Floor,
    /// The same with frames as long as Chatterbox's, which say who spoke, when, and where in the room.
    FloorLong,
    /// Chatterbox.
    Chatterbox,
    /// The Chatterbox of `--before`.
    Before,
    /// socketioxide with `io.to(room).emit`.
    Socketioxide,
    /// An axum WebSocket for each client, and tokio's broadcast channel.
    Broadcast,
    /// Socket.IO on Node.
    Node,
    /// uWebSockets, with its publish/subscribe.
    Uws,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Floor,
        Self::FloorLong,
        Self::Chatterbox,
        Self::Before,
        Self::Socketioxide,
        Self::Broadcast,
        Self::Node,
        Self::Uws,
    ];
    /// Those whose code is in this program.
    const OURS: [Self; 4] = [Self::Floor, Self::FloorLong, Self::Socketioxide, Self::Broadcast];

    /// Whether this program itself can be that server.
    pub fn is_built_in(self) -> bool {
        Self::OURS.contains(&self)
    }

    /// Whether it can use more than one core.
    pub fn is_parallel(self) -> bool {
        matches!(
            self,
            Self::Chatterbox | Self::Before | Self::Socketioxide | Self::Broadcast
        )
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.pad(match self {
            Self::Floor => "floor",
            Self::FloorLong => "floor, long frames",
            Self::Chatterbox => "chatterbox",
            Self::Before => "chatterbox before",
            Self::Socketioxide => "socketioxide",
            Self::Broadcast => "axum + broadcast",
            Self::Node => "socket.io on Node",
            Self::Uws => "uWebSockets",
        })
    }
}

/// Is the server `peer`, for as long as the process lives.
pub fn serve(peer: Peer, port: u16) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).context("can't listen")?;
    match peer {
        Peer::Floor => return floor::serve(listener, ""),
        Peer::FloorLong => return floor::serve(listener, floor::META),
        _ => {}
    }
    // A runtime of the kind that is cheapest on as many cores as we were given.
    let runtime = match thread::available_parallelism()?.get() {
        1 => tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        _ => tokio::runtime::Builder::new_multi_thread().enable_all().build()?,
    };
    runtime.block_on(async {
        match peer {
            Peer::Socketioxide => socketioxide::serve(listener).await,
            Peer::Broadcast => broadcast::serve(listener).await,
            other => anyhow::bail!("{other} is a program of its own"),
        }
    })
}
