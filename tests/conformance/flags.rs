//! The command line. Unknown flags are passed over.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use chatterbox::limits::{self, Limits};

/// What to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The Socket.IO stack.
    SocketIo,
    /// The plain WebSocket endpoint's stack, as an echo at `/`.
    WebSocket,
}

/// All of it.
pub struct Flags {
    pub listen: String,
    pub path: String,
    pub mode: Mode,
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
            path: "/socket.io".to_owned(),
            mode: Mode::SocketIo,
            files: None,
            ack_timeout: Duration::from_secs(5),
            buffer_packets: limits::SESSION_PACKETS,
            // Everybody comes from one address.
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
            "path" => self.path = value()?.trim_end_matches('/').to_owned(),
            "static" => self.files = Some(value()?.into()),
            "mode" => {
                self.mode = match value()? {
                    "sio" => Mode::SocketIo,
                    "ws" => Mode::WebSocket,
                    other => anyhow::bail!("expects sio or ws, not {other}"),
                }
            }
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
