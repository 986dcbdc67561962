//! Transfers backups: `GET /backups/{sha256}` sends a backup to the phone that requested it, `PUT /backups/{sha256}` receives one to restore.
//!
//! The file is encrypted, so it is safe on an open Wi-Fi.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::{self, Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use tokio::task::spawn_blocking;

use super::upload::store;
use crate::{
    driver::jobs::{
        handover::{Handovers, RECEIVED},
        upload::broken,
    },
    limits,
    room::{AddressTag, Refusal, Reply},
    transport::{identity::Identities, ingress::Peer, request},
    wire,
};

type Shared = (Arc<Handovers>, Arc<Identities>);

/// The route `/backups/{sha256}`.
pub fn routes(handovers: Arc<Handovers>, identities: Arc<Identities>) -> Router {
    Router::new()
        .route("/backups/{sha256}", get(send).put(receive))
        .with_state((handovers, identities))
}

fn device(identities: &Identities, request: &Request) -> AddressTag {
    let peer = request.extensions().get::<Peer>();
    identities.address_tag(peer.map(|peer| peer.device))
}

async fn send(
    State((handovers, identities)): State<Shared>,
    extract::Path(sha256): extract::Path<String>,
    request: Request,
) -> Response {
    let made = handovers.made(&sha256, device(&identities, &request));
    let opened = match made {
        Ok((path, size)) => open(path).await.map(|file| (file, size)),
        Err(refusal) => Err(refusal),
    };
    match opened {
        Ok((file, size)) => {
            let headers = [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/octet-stream"),
                ),
                (header::CONTENT_LENGTH, HeaderValue::from(size)),
                (
                    header::CONTENT_DISPOSITION,
                    HeaderValue::from_static("attachment; filename=\"chatterbox.age\""),
                ),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            ];
            let pieces = stream::try_unfold(file, |file| async move { piece(file).await });
            (StatusCode::OK, headers, Body::from_stream(pieces)).into_response()
        }
        Err(refusal) => request::refuse(&refusal),
    }
}

async fn open(path: PathBuf) -> Result<File, Refusal> {
    let opened = spawn_blocking(move || File::open(path)).await;
    opened
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| broken(&error))
}

/// Reads the next piece of a file; `None` at its end.
async fn piece(mut file: File) -> io::Result<Option<(Bytes, File)>> {
    let read = spawn_blocking(move || {
        let mut piece = vec![0; limits::BACKUP_PIECE_BYTES];
        let count = file.read(&mut piece)?;
        piece.truncate(count);
        Ok((count > 0).then(|| (Bytes::from(piece), file)))
    });
    read.await.map_err(io::Error::other).flatten()
}

async fn receive(
    State((handovers, identities)): State<Shared>,
    extract::Path(sha256): extract::Path<String>,
    request: Request,
) -> Response {
    let device = device(&identities, &request);
    let stored = match handovers.inbox() {
        Ok(inbox) => store(inbox, &sha256, device, request, |place, _| place.finish_as(RECEIVED)).await,
        Err(refusal) => Err(refusal),
    };
    match stored {
        Ok(path) => {
            handovers.open(path);
            request::json(StatusCode::OK, wire::answer_json(&Ok(Reply::Done)))
        }
        Err(refusal) => request::refuse(&refusal),
    }
}
