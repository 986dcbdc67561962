//! HTTP routes by which phones come in: the server's address and Wi-Fi as text and as QR codes ([`pictures`]), and the rejoin codes ([`codes`]).

mod codes;
mod pictures;
mod tries;

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::Instant,
};

use axum::{
    Extension, Router,
    extract::{RawQuery, Request, State},
    response::Response,
    routing::{get, post},
};
use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use self::{codes::Rejoin, pictures::Pictures};
use crate::{
    appliance::{announce, qr},
    certificate::Secure,
    config::{Config, Wifi},
    page,
    room::{AddressTag, Code, Refusal, RoomName},
    transport::{
        ingress::{Ingress, Peer},
        query,
        request::{json, read_body, refuse},
    },
    wire::bytes_without_mark,
};

struct Join {
    ingress: Arc<Ingress>,
    /// The configured host, under which phones reach the server.
    host: Option<String>,
    /// The HTTPS certificate; `None` without HTTPS.
    secure: Option<Arc<Secure>>,
    /// Addresses of the server's own sockets.
    listening: Vec<SocketAddr>,
    wifi: Option<Wifi>,
    codes: Mutex<Rejoin>,
    pictures: Pictures,
    began: Instant,
}

/// The routes below `/join`. `listening` has the addresses of the server's sockets.
pub fn routes(
    ingress: Arc<Ingress>,
    config: &Config,
    listening: Vec<SocketAddr>,
    secure: Option<Arc<Secure>>,
) -> Router {
    Router::new()
        .route("/join", get(place).post(redeem))
        .route("/join/codes", post(issue))
        .route("/join/open.svg", get(open))
        .route("/join/wifi.svg", get(network))
        .with_state(Arc::new(Join {
            ingress,
            host: config.host.clone(),
            secure,
            listening,
            wifi: config.wifi.clone(),
            codes: Mutex::new(Rejoin::new(config.limits.per_address.is_none())),
            pictures: Pictures::new(),
            began: Instant::now(),
        }))
}

impl Join {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn device(&self, extensions: &Extensions) -> AddressTag {
        let peer = extensions.get::<Peer>();
        self.ingress.identities.address_tag(peer.map(|peer| peer.device))
    }

    /// The web origin for phones. Where every name leads to this server, that is a name of a good certificate; else the request's.
    fn address(&self, headers: &HeaderMap, peer: Option<&Peer>) -> String {
        match &self.host {
            Some(host) => {
                let certified = self.secure.as_ref().and_then(|secure| secure.origin(host));
                certified.unwrap_or_else(|| format!("http://{host}"))
            }
            None => address(headers, &self.listening, peer.is_some_and(|peer| peer.secure)),
        }
    }

    fn picture(&self, text: &str, is_secret: bool, extensions: &Extensions) -> Response {
        let svg = match self
            .pictures
            .get(text, is_secret, self.device(extensions), self.now_ms())
        {
            Ok(svg) => svg,
            Err(refusal) => return refuse(&refusal),
        };
        let mut response = Response::new(svg.into());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        page::guard(headers);
        response
    }

    /// Answers a request with JSON: calls `act` with the table of rejoin codes and the decoded body.
    async fn with_codes<T: for<'a> Deserialize<'a>>(
        &self,
        request: Request,
        act: impl FnOnce(&mut Rejoin, T, AddressTag, u64) -> Result<Value, Refusal>,
    ) -> Response {
        let device = self.device(request.extensions());
        let (parts, body) = request.into_parts();
        let body = match read_body(&self.ingress, &parts.headers, body).await {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let decoded = serde_json::from_slice(bytes_without_mark(&body));
        let decoded = decoded.map_err(|error| Refusal::new(Code::BadRequest, format!("the body: {error}")));
        let mut codes = self.codes.lock().expect("no panic while it is locked");
        match decoded.and_then(|body| act(&mut codes, body, device, self.now_ms())) {
            Ok(answer) => json(StatusCode::OK, Bytes::from(answer.to_string())),
            Err(refusal) => refuse(&refusal),
        }
    }
}

/// The server's address for phones: the one of the request, or the best one on which the server listens if that is a loopback address. A
/// server on loopback alone keeps the address of the request, and so does a request with TLS: its name is the certificate's.
fn address(headers: &HeaderMap, listening: &[SocketAddr], is_secure: bool) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or("localhost");
    if is_secure {
        return format!("https://{host}");
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    };
    let ip = name.trim_matches(['[', ']']).parse::<IpAddr>();
    if name.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback()) {
        let best = listening.iter().find_map(|&socket| announce::for_phones(socket));
        if let Some(best) = best {
            return best.trim_end_matches('/').trim_end_matches(":80").to_owned();
        }
    }
    format!("http://{host}")
}

/// Handles `GET /join`: returns the server's address and the Wi-Fi.
async fn place(State(join): State<Arc<Join>>, peer: Option<Extension<Peer>>, headers: HeaderMap) -> Response {
    let wifi = join
        .wifi
        .as_ref()
        .map(|wifi| json!({"name": wifi.name, "password": wifi.password}));
    let answer = json!({"ok": true, "address": join.address(&headers, peer.as_deref()), "wifi": wifi});
    json(StatusCode::OK, Bytes::from(answer.to_string()))
}

/// Handles `GET /join/open.svg`: a QR code that opens a room, including a rejoin code if the query has one.
async fn open(State(join): State<Arc<Join>>, RawQuery(query): RawQuery, request: Request) -> Response {
    let pairs = match query::pairs(query.as_deref()) {
        Ok(pairs) => pairs,
        Err(refusal) => return refuse(&refusal),
    };
    let mut url = join.address(request.headers(), request.extensions().get());
    if let Some(room) = query::value(&pairs, "room") {
        match RoomName::new(room) {
            Ok(room) => url.extend(["/r/", &query::encoded(room.as_str())]),
            Err(why) => return refuse(&Refusal::new(Code::BadRequest, format!("the room's name {why}"))),
        }
    }
    let code = query::value(&pairs, "code");
    if let Some(code) = code {
        if code.len() != codes::LETTERS_OF_CODE || !code.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
            return refuse(&Refusal::new(Code::BadRequest, "`code` expects six letters and digits"));
        }
        url.extend(["#code=", code]);
    }
    join.picture(&url, code.is_some(), request.extensions())
}

/// Handles `GET /join/wifi.svg`: a QR code that joins the Wi-Fi.
async fn network(State(join): State<Arc<Join>>, request: Request) -> Response {
    match &join.wifi {
        Some(wifi) => {
            let text = qr::wifi(&wifi.name, wifi.password.as_deref());
            join.picture(&text, false, request.extensions())
        }
        None => refuse(&Refusal::new(Code::BadRequest, "the server has no Wi-Fi configured")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Issue {
    token: String,
}

/// Handles `POST /join/codes`: issues a rejoin code for the holder of a token.
async fn issue(State(join): State<Arc<Join>>, request: Request) -> Response {
    let identities = join.ingress.identities.clone();
    let act = |codes: &mut Rejoin, body: Issue, device, now_ms| {
        let user = identities.verify(&body.token);
        let user = user.ok_or_else(|| Refusal::new(Code::BadRequest, "this server did not issue that token"))?;
        let random = getrandom::u64().expect("the kernel has randomness");
        let code = codes.issue(user, device, random, now_ms)?;
        Ok(json!({"ok": true, "code": code, "seconds": crate::limits::REJOIN_MS / 1000}))
    };
    join.with_codes(request, act).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redeem {
    code: String,
}

/// Handles `POST /join`: returns the token for a rejoin code.
async fn redeem(State(join): State<Arc<Join>>, request: Request) -> Response {
    let identities = join.ingress.identities.clone();
    let act = |codes: &mut Rejoin, body: Redeem, device, now_ms| {
        let user = codes.redeem(&body.code, device, now_ms)?;
        Ok(json!({"ok": true, "token": identities.token(user)}))
    };
    join.with_codes(request, act).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_gets_an_address_that_it_can_reach() {
        let asked = |host: &'static str, listening: &[&str]| {
            let listening: Vec<_> = listening.iter().map(|address| address.parse().unwrap()).collect();
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            address(&headers, &listening, false)
        };
        let everywhere = &["0.0.0.0:8080"][..];
        assert_eq!(asked("192.168.4.1:8080", everywhere), "http://192.168.4.1:8080");
        assert_eq!(asked("chat.box", everywhere), "http://chat.box");
        assert_eq!(asked("[fd00::5]:80", everywhere), "http://[fd00::5]:80");
        let best = announce::for_phones("0.0.0.0:8080".parse().unwrap());
        let best = best.map_or("http://localhost:8080".to_owned(), |best| {
            best.trim_end_matches('/').to_owned()
        });
        assert_eq!(asked("localhost:8080", everywhere), best);
        for here in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
            for loopback in [&["127.0.0.1:8080"][..], &["[::1]:8080", "127.0.0.1:8080"]] {
                assert_eq!(
                    asked(here, loopback),
                    format!("http://{here}"),
                    "nothing else leads to it"
                );
            }
            let both = asked(here, &["127.0.0.1:9000", "192.168.4.1:80"]);
            assert_eq!(both, "http://192.168.4.1");
        }
    }
}
