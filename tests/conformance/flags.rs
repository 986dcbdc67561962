//! The command line. Unknown flags are ignored.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use chatterbox::limits::{self, Limits};

/// The application to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The Socket.IO stack.
    SocketIo,
    /// The Socket.IO stack with the events that socket.io-client's own tests expect.
    ClientSuite,
    /// The edge and its library's Engine.IO, as an echo.
    EngineIo,
    /// The plain WebSocket endpoint's stack, as an echo at `/`.
    WebSocket,
}

/// All flags.
pub struct Flags {
    pub listen: String,
    /// Path of Socket.IO or Engine.IO.
    pub path: Option<String>,
    pub mode: Mode,
    /// First message of the Engine.IO echo.
    pub greeting: Option<String>,
    pub files: Option<PathBuf>,
    pub ack_timeout: Duration,
    pub buffer_packets: usize,
    pub limits: Limits,
}

impl Flags {
    /// Reads `--name value` and `--name=value`.
    ///
    /// # Errors
    /// A value is missing or no number.
    pub fn read(args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut flags = Self {
            listen: "127.0.0.1:3000".to_owned(),
            path: None,
            mode: Mode::SocketIo,
            greeting: None,
            files: None,
            ack_timeout: Duration::from_secs(5),
            buffer_packets: limits::SESSION_PACKETS,
            // All clients of a suite have one address.
            limits: Limits {
                per_address: None,
                ..Limits::default()
            },
        };
        let mut args = args.peekable();
        while let Some(arg) = args.next() {
            let (name, value) = match arg.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (arg, args.next_if(|next| !next.starts_with("--"))),
            };
            if let Some(name) = name.strip_prefix("--") {
                flags.set(name, value.as_deref()).with_context(|| format!("--{name}"))?;
            }
        }
        Ok(flags)
    }

    fn set(&mut self, name: &str, value: Option<&str>) -> anyhow::Result<()> {
        let value = || value.context("expects a value");
        let number = || anyhow::Ok(value()?.parse::<u64>()?);
        match name {
            "listen" => self.listen = value()?.to_owned(),
            "path" => self.path = Some(value()?.trim_end_matches('/').to_owned()),
            "static" => self.files = Some(value()?.into()),
            "mode" => {
                self.mode = match value()? {
                    "sio" => Mode::SocketIo,
                    "clientsuite" => Mode::ClientSuite,
                    "eio" => Mode::EngineIo,
                    "ws" => Mode::WebSocket,
                    other => anyhow::bail!("expects sio, clientsuite, eio or ws, not {other}"),
                }
            }
            "greeting" => self.greeting = Some(value()?.to_owned()),
            "ping-interval" => self.limits.ping_interval_ms = number()?,
            "ping-timeout" => self.limits.ping_timeout_ms = number()?,
            "connect-timeout" => self.limits.connect_timeout_ms = number()?,
            "upgrade-timeout" => self.limits.upgrade_timeout_ms = number()?,
            "ack-timeout" => self.ack_timeout = Duration::from_millis(number()?),
            "max-buffer" => self.buffer_packets = usize::try_from(number()?)?.max(1),
            "max-payload" => {
                let bytes = usize::try_from(number()?)?;
                (self.limits.message_bytes, self.limits.payload_bytes) = (bytes, bytes);
            }
            _ => {}
        }
        Ok(())
    }
}
