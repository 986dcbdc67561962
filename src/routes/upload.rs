//! `PUT /updates/{sha256}`: receives an update file from the organizer's phone.
//!
//! A signed admin command has announced size and hash, so an eavesdropper can't substitute another file. The server only stores the file:
//! one service checks it (systemd/box-upload.service), another one installs it (systemd/box-install.service). Size, total time
//! ([`limits::UPDATE_MS`]) and pauses ([`limits::UPDATE_IDLE_MS`]) are limited.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{self, Request, State},
    response::Response,
    routing::put,
};
use bytes::Bytes;
use futures_util::StreamExt;
use http::StatusCode;
use tokio::{
    sync::mpsc,
    task::spawn_blocking,
    time::{timeout, timeout_at},
};

use crate::{
    driver::jobs::upload::{
        Inbox, Uploads, broken,
        file::{self, UpdateDir},
        grant::{self, Announced},
    },
    limits,
    room::{AddressTag, Code, Refusal, Reply, UpdateFile},
    transport::{identity::Identities, ingress::Peer, request},
    wire,
};

/// The HTTP route `/updates/{sha256}`, by which the organizer's phone uploads an update file.
pub fn routes(uploads: Arc<Uploads>, identities: Arc<Identities>) -> Router {
    Router::new()
        .route("/updates/{sha256}", put(receive))
        .with_state((uploads, identities))
}

async fn receive(
    State((uploads, identities)): State<(Arc<Uploads>, Arc<Identities>)>,
    extract::Path(sha256): extract::Path<String>,
    request: Request,
) -> Response {
    let peer = request.extensions().get::<Peer>();
    let device = identities.address_tag(peer.map(|peer| peer.device));
    let stored = async {
        let inbox = uploads.inbox()?;
        store(inbox, &sha256, device, request, |place, file| {
            place.finish(file.restart)
        })
        .await
    };
    match stored.await {
        Ok(()) => request::json(StatusCode::OK, wire::answer_json(&Ok(Reply::Done))),
        Err(refusal) => request::refuse(&refusal),
    }
}

/// Removes a partial file when dropped, even if the phone disconnects; the file may then be sent again.
struct Receiving<'a>(&'a Inbox);

impl Drop for Receiving<'_> {
    fn drop(&mut self) {
        self.0.place.clear();
        self.0.grant().end(false);
    }
}

/// Receives an announced file; `finish` moves the complete file to its place.
pub(super) async fn store<T: Send + 'static>(
    inbox: &Inbox,
    sha256: &str,
    device: AddressTag,
    request: Request,
    finish: impl FnOnce(&UpdateDir, &UpdateFile) -> io::Result<T> + Send + 'static,
) -> Result<T, Refusal> {
    inbox.grant().find(sha256, device, Instant::now())?;
    // Waits until a replaced upload has cleaned up.
    let _locked = inbox.receiving.lock().await;
    let announced = inbox.grant().find(sha256, device, Instant::now())?;
    inbox.grant().begin(&announced);
    let Announced {
        file: wanted,
        until,
        replaced,
        ..
    } = announced;
    let _receiving = Receiving(inbox);
    let place = inbox.place.clone();
    let begun = spawn_blocking(move || place.begin()).await;
    let file = begun
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| broken(&error))?;
    let (pieces, written) = mpsc::channel(limits::UPDATE_PIECES);
    let writing = spawn_blocking(move || file::write(file, written));
    let received = tokio::select! {
        received = timeout_at(until.into(), pass(request, wanted.size, &pieces)) => received.unwrap_or_else(|_| Err(late())),
        () = replaced.cancelled() => Err(grant::replaced()),
    };
    drop(pieces);
    // A write error ends the upload, and is the reason to report.
    let hash = writing.await.map_err(io::Error::other).flatten();
    let hash = hash.map_err(|error| broken(&error))?;
    received?;
    if *hash != *wanted.sha256 {
        return Err(Refusal::new(
            Code::BadRequest,
            "the file does not match the announced hash",
        ));
    }
    if replaced.is_cancelled() {
        return Err(grant::replaced());
    }
    let place = inbox.place.clone();
    let finished = spawn_blocking(move || finish(&place, &wanted)).await;
    let finished = finished
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| broken(&error))?;
    inbox.grant().end(true);
    Ok(finished)
}

/// Passes exactly `size` bytes of the body to the task that writes the file.
async fn pass(request: Request, size: u64, pieces: &mpsc::Sender<Bytes>) -> Result<(), Refusal> {
    let idle = Duration::from_millis(limits::UPDATE_IDLE_MS);
    let mut body = request.into_body().into_data_stream();
    let mut left = size;
    while let Some(piece) = timeout(idle, body.next()).await.map_err(|_| late())? {
        let piece = piece.map_err(|_| short())?;
        let more = || Refusal::new(Code::TooLong, "the file is longer than announced");
        left = left.checked_sub(piece.len() as u64).ok_or_else(more)?;
        if pieces.send(piece).await.is_err() {
            return Err(short());
        }
    }
    if left == 0 { Ok(()) } else { Err(short()) }
}

fn short() -> Refusal {
    Refusal::new(Code::BadRequest, "the file is shorter than announced")
}

fn late() -> Refusal {
    Refusal::new(Code::BadRequest, "the file did not come in time")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::stream;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_upload_times_out() {
        let (pieces, _written) = mpsc::channel(limits::UPDATE_PIECES);
        let begun = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"abc"))]);
        let body = Body::from_stream(begun.chain(stream::pending()));
        let began = tokio::time::Instant::now();
        let refusal = pass(Request::new(body), 6, &pieces).await.unwrap_err();
        assert_eq!(refusal, late());
        assert_eq!(began.elapsed(), Duration::from_millis(limits::UPDATE_IDLE_MS));
    }
}
