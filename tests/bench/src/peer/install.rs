//! Where the servers' programs come from: this program itself, the repository, npm, PyPI.

use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::Peer;

/// The servers that can be had here, and their programs.
pub struct Programs {
    /// The peers, in the order of [`Peer::ALL`].
    pub peers: Vec<Peer>,
    chatterbox: PathBuf,
    before: Option<PathBuf>,
    python: PathBuf,
}

/// What of cargo's messages is read: where the program was put.
#[derive(Deserialize)]
struct Artifact {
    executable: Option<PathBuf>,
}

impl Programs {
    /// Builds or installs what `wanted` needs; leaves out, and says so, what can't be had. `binary` is a Chatterbox that is
    /// built already, `before` another one to compare it with.
    pub fn prepare(wanted: &[Peer], binary: Option<PathBuf>, before: Option<PathBuf>) -> Result<Self> {
        let mut programs = Self {
            peers: Vec::new(),
            chatterbox: binary.unwrap_or_default(),
            before,
            python: here().join("out/uws/bin/python"),
        };
        for peer in Peer::ALL.into_iter().filter(|peer| wanted.contains(peer)) {
            if peer == Peer::Before && programs.before.is_none() {
                continue;
            }
            let had = match peer {
                Peer::Chatterbox if programs.chatterbox.as_os_str().is_empty() => {
                    programs.chatterbox = build().context("Chatterbox can't be built")?;
                    Ok(())
                }
                Peer::Node => npm_install(),
                Peer::Uws => pip_install(&programs.python),
                _ => Ok(()),
            };
            match had {
                Ok(()) => programs.peers.push(peer),
                Err(error) => eprintln!("without {peer}: {error:#}"),
            }
        }
        Ok(programs)
    }

    /// The command that serves at `address`.
    pub fn command(&self, peer: Peer, address: SocketAddr, settings: &[&str]) -> Result<Vec<String>> {
        let port = address.port().to_string();
        let text = |path: &Path| path.to_str().map(str::to_owned).context("a path is not UTF-8");
        Ok(match peer {
            Peer::Chatterbox | Peer::Before => {
                let program = match (peer, &self.before) {
                    (Peer::Before, Some(before)) => before,
                    _ => &self.chatterbox,
                };
                let mut command = vec![text(program)?, "--ephemeral".into()];
                command.extend(["--listen".into(), address.to_string()]);
                for setting in ["limits.rate=off", "limits.per_address=off"].iter().chain(settings) {
                    command.extend(["--set".into(), (*setting).into()]);
                }
                command
            }
            Peer::Node => vec!["node".into(), text(&here().join("node/server.js"))?, port],
            Peer::Uws => vec![text(&self.python)?, text(&here().join("uws/server.py"))?, port],
            _ => {
                let name = clap::ValueEnum::to_possible_value(&peer).context("every peer has a name")?;
                vec![
                    text(&env::current_exe()?)?,
                    "serve".into(),
                    name.get_name().into(),
                    port,
                ]
            }
        })
    }
}

/// This package's folder.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn build() -> Result<PathBuf> {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "build",
            "--release",
            "--locked",
            "--message-format",
            "json-render-diagnostics",
            "--manifest-path",
        ])
        .arg(here().join("../../Cargo.toml"))
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "cargo ended with {}", output.status);
    let lines = String::from_utf8(output.stdout)?;
    lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok()?.executable)
        .next_back()
        .context("cargo built no program")
}

fn npm_install() -> Result<()> {
    run(Command::new("node").arg("--version"))?;
    if here().join("node/node_modules/socket.io").exists() {
        return Ok(());
    }
    let quiet = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"];
    run(Command::new("npm").args(quiet).current_dir(here().join("node")))
}

fn pip_install(python: &Path) -> Result<()> {
    if run(Command::new(python).args(["-c", "import socketify"])).is_ok() {
        return Ok(());
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(here().join("out/uws")))?;
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    run(Command::new(python)
        .args(quiet)
        .arg(here().join("uws/requirements.txt")))
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{}", said.lines().next_back().unwrap_or("it failed"));
    }
    Ok(())
}
