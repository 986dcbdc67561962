//! `PUT /updates/{sha256}`: an update file from the organizer's phone.
//!
//! The order names size and hash, with its proof; so nobody who listens can put another file in its place. The server only receives: a service
//! that may write to the card's slots takes the whole file, checks its signature and installs it (systemd/box-upload.service).

mod file;
mod grant;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ::http::StatusCode;
use axum::{
    Router,
    extract::{self, Request, State},
    response::Response,
    routing::put,
};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::{
    sync::mpsc,
    task::spawn_blocking,
    time::{timeout, timeout_at},
};

use self::{file::Place, grant::Grant};
use super::http;
use crate::{
    config::Config,
    doctor::Space,
    limits,
    room::{Code, Progress, Refusal, Reply, Stage, UpdateFile},
    wire,
};

/// What became of the last file, in the directory where the box's services are met: a line with the step, then what was said.
const OUTCOME: &str = "update";

/// Takes update files on a box that keeps something.
pub struct Uploads {
    on_box: Option<OnBox>,
}

struct OnBox {
    data: PathBuf,
    place: Place,
    outcome: PathBuf,
    grant: Mutex<Grant>,
}

impl Uploads {
    /// As the configuration says.
    pub fn new(config: &Config) -> Self {
        let both = config.box_dir.as_deref().zip(config.data.as_deref());
        let on_box = both.map(|(dir, data)| OnBox {
            data: data.to_owned(),
            place: Place::new(data),
            outcome: dir.join(OUTCOME),
            grant: Mutex::default(),
        });
        Self { on_box }
    }

    fn on_box(&self) -> Result<&OnBox, Refusal> {
        let none = || Refusal::new(Code::NotAllowed, "this is no box that updates itself");
        self.on_box.as_ref().ok_or_else(none)
    }

    /// The organizer wants to send a file.
    ///
    /// # Errors
    /// It is none that could be taken now.
    pub fn order(&self, file: UpdateFile) -> Result<Reply, Refusal> {
        let on_box = self.on_box()?;
        let digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if file.sha256.len() != 64 || !file.sha256.bytes().all(digit) {
            return Err(Refusal::new(Code::BadRequest, "`sha256` has 64 digits of 0-9 and a-f"));
        }
        if file.size > limits::UPDATE_BYTES {
            return Err(Refusal::new(Code::TooLong, "that is larger than any update"));
        }
        let space = Space::of(&on_box.data).map_err(|error| broken(&error))?;
        if space.free < file.size + limits::UPDATE_SPARE_BYTES {
            return Err(Refusal::new(Code::Full, "the card has no room for the file"));
        }
        on_box.grant().order(file, Instant::now())?;
        Ok(Reply::Done)
    }

    /// How far the last file is.
    ///
    /// # Errors
    /// There are no files here.
    pub fn progress(&self) -> Result<Reply, Refusal> {
        let on_box = self.on_box()?;
        let progress = if on_box.grant().is_receiving() {
            at(Stage::Receiving)
        } else if on_box.place.has_whole() {
            at(Stage::Installing)
        } else {
            outcome(&on_box.outcome)
        };
        Ok(Reply::Updating(progress))
    }
}

impl OnBox {
    fn grant(&self) -> MutexGuard<'_, Grant> {
        self.grant.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn at(state: Stage) -> Progress {
    Progress { state, message: None }
}

/// What the one who installs has written down.
fn outcome(path: &Path) -> Progress {
    let text = fs::read_to_string(path).unwrap_or_default();
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let state = match first {
        "installing" => Stage::Installing,
        "installed" => Stage::Installed,
        "refused" => Stage::Refused,
        _ => Stage::Idle,
    };
    let message = Some(rest.trim()).filter(|rest| !rest.is_empty());
    Progress {
        state,
        message: message.map(str::to_owned),
    }
}

/// The route.
pub fn routes(uploads: Arc<Uploads>) -> Router {
    Router::new()
        .route("/updates/{sha256}", put(receive))
        .with_state(uploads)
}

async fn receive(
    State(uploads): State<Arc<Uploads>>,
    extract::Path(sha256): extract::Path<String>,
    request: Request,
) -> Response {
    match take(&uploads, &sha256, request).await {
        Ok(()) => http::json(StatusCode::OK, wire::answer_json(&Ok(Reply::Done))),
        Err(refusal) => http::refuse(&refusal),
    }
}

/// However this ends, also if the phone goes away: the file may come again, and no part of it stays.
struct Receiving<'a>(&'a OnBox);

impl Drop for Receiving<'_> {
    fn drop(&mut self) {
        self.0.place.clear();
        self.0.grant().end(false);
    }
}

async fn take(uploads: &Uploads, sha256: &str, request: Request) -> Result<(), Refusal> {
    let on_box = uploads.on_box()?;
    let (wanted, until) = on_box.grant().begin(sha256, Instant::now())?;
    let _receiving = Receiving(on_box);
    let place = on_box.place.clone();
    let begun = spawn_blocking(move || place.begin()).await;
    let file = begun
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| broken(&error))?;
    let (pieces, written) = mpsc::channel(limits::UPDATE_PIECES);
    let writing = spawn_blocking(move || file::keep(file, written));
    let came = timeout_at(until.into(), pass(request, wanted.size, &pieces)).await;
    let came = came.unwrap_or_else(|_| Err(late()));
    drop(pieces);
    // A card that does not take it ends what comes, and is the reason.
    let hash = writing.await.map_err(io::Error::other).flatten();
    let hash = hash.map_err(|error| broken(&error))?;
    came?;
    if *hash != *wanted.sha256 {
        return Err(Refusal::new(Code::BadRequest, "another file has come than was ordered"));
    }
    let place = on_box.place.clone();
    let finished = spawn_blocking(move || place.finish(wanted.restart)).await;
    finished
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| broken(&error))?;
    on_box.grant().end(true);
    Ok(())
}

/// Hands on what comes, exactly `size` bytes of it.
async fn pass(request: Request, size: u64, pieces: &mpsc::Sender<Bytes>) -> Result<(), Refusal> {
    let idle = Duration::from_millis(limits::UPDATE_IDLE_MS);
    let mut body = request.into_body().into_data_stream();
    let mut left = size;
    while let Some(piece) = timeout(idle, body.next()).await.map_err(|_| late())? {
        let piece = piece.map_err(|_| short())?;
        let more = || Refusal::new(Code::TooLong, "more has come than was ordered");
        left = left.checked_sub(piece.len() as u64).ok_or_else(more)?;
        if pieces.send(piece).await.is_err() {
            return Err(short());
        }
    }
    if left == 0 { Ok(()) } else { Err(short()) }
}

fn short() -> Refusal {
    Refusal::new(Code::BadRequest, "less has come than was ordered")
}

fn late() -> Refusal {
    Refusal::new(Code::BadRequest, "the file did not come in time")
}

fn broken(error: &io::Error) -> Refusal {
    Refusal::new(Code::Full, format!("the card does not take the file: {error}"))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::stream;

    use super::*;
    use crate::appliance::scratch::Scratch;

    #[tokio::test(start_paused = true)]
    async fn a_phone_that_says_nothing_more_is_not_waited_for() {
        let (pieces, _written) = mpsc::channel(limits::UPDATE_PIECES);
        let begun = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"abc"))]);
        let body = Body::from_stream(begun.chain(stream::pending()));
        let began = tokio::time::Instant::now();
        let refusal = pass(Request::new(body), 6, &pieces).await.unwrap_err();
        assert_eq!(refusal, late());
        assert_eq!(began.elapsed(), Duration::from_millis(limits::UPDATE_IDLE_MS));
    }

    #[test]
    fn the_outcome_is_what_was_written_down() {
        let dir = Scratch::new("upload-outcome");
        let path = dir.path().join(OUTCOME);
        assert_eq!(outcome(&path), at(Stage::Idle), "nothing yet");
        dir.put(OUTCOME, "installing\n");
        assert_eq!(outcome(&path), at(Stage::Installing));
        dir.put(OUTCOME, "refused\nthe update is damaged\n");
        let refused = outcome(&path);
        assert_eq!(refused.state, Stage::Refused);
        assert_eq!(refused.message.as_deref(), Some("the update is damaged"));
    }
}
