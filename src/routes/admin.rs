//! Admin commands by HTTP requests: `POST /admin/nonce` issues a nonce, `POST /admin` takes the signed command. The body is limited
//! like that of any request ([`read_body`]).

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::post,
};
use tokio::sync::oneshot;

use crate::{
    room::{AddressTag, Refusal, Reply},
    transport::{
        ingress::{Ingress, Peer},
        message::Message,
        request::{answer, read_body, refuse, stopping},
    },
    wire,
};

/// The HTTP routes `/admin/nonce` and `/admin`, for admin commands without a connection.
pub fn routes() -> Router<Arc<Ingress>> {
    Router::new()
        .route("/admin/nonce", post(nonce))
        .route("/admin", post(admin))
}

async fn nonce(State(ingress): State<Arc<Ingress>>, request: Request) -> Response {
    let address = address(&ingress, &request);
    ask(&ingress, |reply| Message::Nonce { address, reply }).await
}

async fn admin(State(ingress): State<Arc<Ingress>>, request: Request) -> Response {
    let address = address(&ingress, &request);
    let (parts, body) = request.into_parts();
    let body = match read_body(&ingress, &parts.headers, body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    match wire::decode_signed(&body) {
        Ok(signed) => {
            ask(&ingress, |reply| Message::SignedCommand {
                address,
                signed: Box::new(ingress.proofs.check(signed)),
                reply,
            })
            .await
        }
        Err(refusal) => refuse(&refusal),
    }
}

fn address(ingress: &Ingress, request: &Request) -> AddressTag {
    let peer = request.extensions().get::<Peer>();
    ingress.identities.address_tag(peer.map(|peer| peer.device))
}

async fn ask(ingress: &Ingress, message: impl FnOnce(oneshot::Sender<Result<Reply, Refusal>>) -> Message) -> Response {
    let (reply, answered) = oneshot::channel();
    if ingress.inbox.send(message(reply)).await.is_err() {
        return refuse(&stopping());
    }
    answer(ingress, answered).await
}
