//! Makes and restores backups for the organizer: one at a time is made, or uploaded, opened and put in place. Each job has its own thread; the
//! organizer's page polls the progress.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, BufReader, BufWriter, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::{
    blocking::busy,
    report::Report,
    upload::{Inbox, broken},
};
use crate::{
    appliance::{doctor::Space, handover::WANTED},
    backup::{
        BackupError,
        archive::{self, Extra},
        machine, restore,
    },
    config::Config,
    limits,
    room::{
        AddressTag, BackupFault, BackupFile, Code, Handover, HandoverState, Machine, Passphrase, Refusal, Reply,
        UpdateFile,
    },
    store::HANDOVER,
};

/// File name of a finished backup.
const MADE: &str = "backup.age";
/// File name of an uploaded backup.
pub const RECEIVED: &str = "received.age";
/// File name of a backup that is not finished yet.
const UNFINISHED: &str = "unfinished.age";
/// Time for which a finished backup can be downloaded, only by the device that requested it.
const LIFETIME: Duration = Duration::from_millis(limits::UPDATE_MS);

/// Handles backups of a server with a data directory; refuses them on other servers.
pub struct Handovers {
    kept: Option<Kept>,
    restart: CancellationToken,
}

struct Kept {
    data: PathBuf,
    /// Name of the event, for the backup's manifest. The next fields are the paths of the settings and of the generated password.
    name: String,
    settings: Option<PathBuf>,
    password: Option<String>,
    inbox: Inbox,
    is_box: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    handover: Option<Handover>,
    /// The device that requested the finished backup, and the time.
    made: Option<(AddressTag, Instant)>,
    /// The passphrase for the backup that is being uploaded, and the reporter of its refusal.
    expected: Option<(Passphrase, Report)>,
}

impl Handovers {
    /// Handles backups in the configured directories; without a data directory all are refused. The token `restart` is later cancelled to
    /// restart the server, once a confirmed backup waits for the next start.
    pub fn new(config: &Config, restart: CancellationToken) -> Self {
        let kept = config.data.as_ref().map(|data| Kept {
            data: data.clone(),
            name: config.event_name.clone(),
            settings: config.settings_file.clone(),
            // Of a box only: elsewhere the network is not the server's own.
            password: config
                .box_dir
                .as_ref()
                .and(config.wifi.as_ref())
                .and_then(|wifi| wifi.password.clone()),
            inbox: Inbox::new(data, HANDOVER, limits::BACKUP_BYTES),
            is_box: config.box_dir.is_some(),
            state: Mutex::default(),
        });
        Self { kept, restart }
    }

    fn kept(&self) -> Result<&Kept, Refusal> {
        let none = "this server keeps nothing on disk, so it has no backups";
        self.kept.as_ref().ok_or_else(|| Refusal::new(Code::NotAllowed, none))
    }

    /// The upload directory for backups.
    ///
    /// # Errors
    /// `not_allowed`: the server has no data directory.
    pub fn inbox(&self) -> Result<&Inbox, Refusal> {
        self.kept().map(|kept| &kept.inbox)
    }

    /// Starts a backup for a device.
    ///
    /// # Errors
    /// `busy`: another one is being made, opened or put in place. `full`: the disk has too little space.
    pub fn make(
        self: &Arc<Self>,
        passphrase: Passphrase,
        device: AddressTag,
        report: Report,
    ) -> Result<Reply, Refusal> {
        report.refusal(self.check_space().and_then(|kept| kept.begin(Handover::Making {})))?;
        let own = self.clone();
        work(move || {
            let Ok(kept) = own.kept() else { return };
            let done = kept.make(&passphrase).map(|file| Handover::Made { file });
            let done = done.unwrap_or_else(|error| refused(&error, &report));
            let mut state = kept.state();
            state.made = Some((device, Instant::now() + LIFETIME));
            state.handover = Some(done);
        })
    }

    /// Checks that the disk has space for a copy of the messages and for the file.
    fn check_space(&self) -> Result<&Kept, Refusal> {
        let kept = self.kept()?;
        let database = fs::metadata(kept.data.join("chatterbox.db")).map_or(0, |meta| meta.len());
        let space = Space::of(&kept.data).map_err(|error| broken(&error))?;
        if space.free < 2 * database + limits::UPDATE_SPARE_BYTES {
            return Err(Refusal::new(Code::Full, "the disk has no space for a backup"));
        }
        Ok(kept)
    }

    /// Permits a device to upload a backup of the announced size and hash, which `passphrase` opens.
    ///
    /// # Errors
    /// As for [`Inbox::announce`] and [`Self::make`].
    pub fn announce(
        &self,
        file: UpdateFile,
        passphrase: Passphrase,
        device: AddressTag,
        report: Report,
    ) -> Result<Reply, Refusal> {
        let kept = self.kept()?;
        let begun = kept.begin(Handover::Idle {});
        report.refusal(begun.and_then(|()| kept.inbox.announce(file, device)))?;
        kept.state().expected = Some((passphrase, report));
        Ok(Reply::Done)
    }

    /// Starts to open the uploaded backup at `path`.
    pub fn open(self: &Arc<Self>, path: PathBuf) {
        let Ok(kept) = self.kept() else { return };
        let expected = kept.state().expected.take();
        let (Some((passphrase, report)), Ok(())) = (expected, kept.begin(Handover::Opening {})) else {
            return;
        };
        let own = self.clone();
        let opening = work(move || {
            let Ok(kept) = own.kept() else { return };
            let opened = kept
                .open(&path, &passphrase)
                .map(|preview| Handover::Opened { preview });
            // A copy of what the phone still has.
            let _ = fs::remove_file(&path);
            let opened = opened.unwrap_or_else(|error| refused(&error, &report));
            kept.state().handover = Some(opened);
        });
        if let Err(refusal) = opening {
            kept.state().handover = Some(Handover::Refused {
                code: BackupFault::Busy,
                message: refusal.message.to_string(),
            });
        }
    }

    /// Marks the opened backup to be put in place at the next start.
    ///
    /// # Errors
    /// `bad_request`: no backup is open. `disk`: the disk fails.
    pub fn confirm(&self) -> Result<Reply, Refusal> {
        let kept = self.kept()?;
        let mut state = kept.state();
        if !matches!(state.handover, Some(Handover::Opened { .. })) {
            return Err(Refusal::new(Code::BadRequest, "no backup is open"));
        }
        restore::confirm(&kept.data).map_err(|error| Refusal::new(Code::Disk, error.to_string()))?;
        state.handover = Some(Handover::Restoring {});
        tracing::warn!(
            "backup: the organizer confirmed a restoration; the server restarts and puts the backup in place"
        );
        Ok(Reply::Done)
    }

    /// Restarts the server if a backup waits for the next start.
    pub fn restart_if_due(&self) {
        let due = |kept: &Kept| matches!(kept.state().handover, Some(Handover::Restoring {}));
        if self.kept.as_ref().is_some_and(due) {
            self.restart.cancel();
        }
    }

    /// Requests that the box's service erases the box (`systemd/box-handover.path`).
    ///
    /// # Errors
    /// `not_allowed`: this computer is not a box. `disk`: the disk fails.
    pub fn reset(&self) -> Result<Reply, Refusal> {
        let kept = self.kept()?;
        if !kept.is_box {
            return Err(Refusal::new(Code::NotAllowed, "this is no box that can be reset"));
        }
        tracing::warn!("reset: the organizer requested a factory reset; the box's reset service now erases all data");
        let asked = File::create(kept.data.join(WANTED)).and_then(|file| file.sync_all());
        let asked = asked.map(|()| Reply::Done);
        asked.map_err(|error| Refusal::new(Code::Disk, error.to_string()))
    }

    /// The progress of the last backup or restoration. Notes a second machine with the same keys, if `seen` is one; `alone` removes the note.
    ///
    /// # Errors
    /// `disk`: the disk fails.
    pub fn state(&self, seen: Option<&Machine>, alone: bool) -> Result<Reply, Refusal> {
        let kept = self.kept()?;
        let disk = |error: io::Error| Refusal::new(Code::Disk, error.to_string());
        let machine = Machine::load(&kept.data).map_err(disk)?;
        if alone || seen.is_some_and(|seen| machine.is_twin(seen)) {
            machine::note_twin(&kept.data, !alone).map_err(disk)?;
        }
        let handover = match kept.state().handover.clone() {
            _ if kept.inbox.grant().is_receiving() => Handover::Receiving {},
            other => other.unwrap_or(Handover::Idle {}),
        };
        Ok(Reply::Handover(Box::new(HandoverState {
            handover,
            twin: machine::has_twin(&kept.data),
            is_box: kept.is_box,
            machine,
        })))
    }

    /// Path and size of the finished backup with this hash, for the device that requested it.
    ///
    /// # Errors
    /// `not_allowed`: the device has no backup with this hash, or it has expired.
    pub fn made(&self, sha256: &str, device: AddressTag) -> Result<(PathBuf, u64), Refusal> {
        let kept = self.kept()?;
        let state = kept.state();
        if let (Some(Handover::Made { file }), Some((owner, until))) = (&state.handover, state.made)
            && file.sha256 == sha256
            && owner == device
            && Instant::now() < until
        {
            return Ok((kept.directory().join(MADE), file.size));
        }
        Err(Refusal::new(
            Code::NotAllowed,
            "there is no such backup for this device, or not any more",
        ))
    }
}

impl Kept {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn directory(&self) -> PathBuf {
        self.data.join(HANDOVER)
    }

    /// Starts a new job, if the previous one has ended.
    fn begin(&self, handover: Handover) -> Result<(), Refusal> {
        let mut state = self.state();
        match state.handover {
            Some(Handover::Making {} | Handover::Opening {} | Handover::Restoring {}) => {
                Err(busy("another backup is being made or opened"))
            }
            Some(
                Handover::Idle {}
                | Handover::Made { .. }
                | Handover::Receiving {}
                | Handover::Opened { .. }
                | Handover::Refused { .. },
            )
            | None => {
                state.handover = Some(handover);
                Ok(())
            }
        }
    }

    fn make(&self, passphrase: &Passphrase) -> Result<BackupFile, BackupError> {
        let directory = self.directory();
        if !directory.exists() {
            DirBuilder::new().mode(0o700).create(&directory)?;
        }
        // An older file.
        let _ = fs::remove_file(directory.join(MADE));
        let unfinished = directory.join(UNFINISHED);
        let written = self.write(&directory, &unfinished, passphrase);
        match written {
            Ok(file) => {
                fs::rename(&unfinished, directory.join(MADE))?;
                Ok(file)
            }
            Err(error) => {
                let _ = fs::remove_file(&unfinished);
                Err(error)
            }
        }
    }

    fn write(&self, directory: &Path, unfinished: &Path, passphrase: &Passphrase) -> Result<BackupFile, BackupError> {
        // A box's file may have been removed since.
        let settings = self.settings.as_deref().and_then(|path| fs::read(path).ok());
        let settings = settings.filter(|text| text.len() as u64 <= limits::BACKUP_SETTINGS_BYTES);
        let (settings, box_settings) = match self.is_box {
            true => (None, settings),
            false => (settings, None),
        };
        let extra = Extra {
            name: self.name.clone(),
            settings,
            box_settings,
            password: self.password.clone(),
        };
        let made = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let made = u64::try_from(made.as_millis()).unwrap_or(0);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(unfinished)?;
        let out = Hashed {
            out: BufWriter::new(file),
            hash: Sha256::new(),
            size: 0,
        };
        let out = archive::write(&self.data, &extra, made, directory, &passphrase.0, out)?;
        Ok(BackupFile {
            size: out.size,
            sha256: data_encoding::HEXLOWER.encode(&out.hash.finalize()),
        })
    }

    fn open(&self, path: &Path, passphrase: &Passphrase) -> Result<crate::room::Preview, BackupError> {
        let space = Space::of(&self.data)?;
        let room = space.free.saturating_sub(limits::UPDATE_SPARE_BYTES);
        let file = BufReader::new(File::open(path)?);
        restore::open(&self.data, file, &passphrase.0, room)
    }
}

fn refused(error: &BackupError, report: &Report) -> Handover {
    tracing::warn!(
        "backup: a backup can't be made or opened: {error}; the server's data is unchanged, and the organizer can try again"
    );
    let code = error.fault();
    report.refused(code);
    Handover::Refused {
        code,
        message: error.to_string(),
    }
}

/// Runs a job in its own thread, because a large hall's messages on a slow card can take minutes.
fn work(job: impl FnOnce() + Send + 'static) -> Result<Reply, Refusal> {
    let started = std::thread::Builder::new().name("backup".to_owned()).spawn(job);
    started.map(|_| Reply::Done).map_err(|error| busy(error.to_string()))
}

/// A writer that passes bytes on, and counts and hashes them.
struct Hashed<W> {
    out: W,
    hash: Sha256,
    size: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
