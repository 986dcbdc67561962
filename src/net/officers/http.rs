//! Orders by single HTTP requests: `POST /orders/nonce`, then `POST /orders`.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::post,
};
use tokio::sync::oneshot;

use crate::{
    net::{
        door::{Door, Origin},
        http::{answer, read_body, refuse, stopping},
        message::Message,
    },
    room::{AddressTag, Refusal, Reply},
    wire,
};

/// The two routes.
pub fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/orders/nonce", post(nonce))
        .route("/orders", post(order))
}

async fn nonce(State(door): State<Arc<Door>>, request: Request) -> Response {
    let address = address(&door, &request);
    ask(&door, |reply| Message::Nonce { address, reply }).await
}

async fn order(State(door): State<Arc<Door>>, request: Request) -> Response {
    let address = address(&door, &request);
    let body = match read_body(&door, request.into_body()).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    match wire::decode_signed(&body) {
        Ok(signed) => {
            ask(&door, |reply| Message::Signed {
                address,
                signed: Box::new(signed),
                reply,
            })
            .await
        }
        Err(refusal) => refuse(&refusal),
    }
}

fn address(door: &Door, request: &Request) -> AddressTag {
    let origin = request.extensions().get::<Origin>();
    door.identities.address_tag(origin.map(|origin| origin.address))
}

async fn ask(door: &Door, message: impl FnOnce(oneshot::Sender<Result<Reply, Refusal>>) -> Message) -> Response {
    let (reply, answered) = oneshot::channel();
    if door.inbox.send(message(reply)).await.is_err() {
        return refuse(&stopping());
    }
    answer(answered).await
}
