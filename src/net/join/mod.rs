//! What brings phones in: the address and the Wi-Fi, as text and as codes to scan, and the short codes that bring somebody back.

mod codes;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Instant,
};

use axum::{
    Router,
    extract::{RawQuery, Request, State},
    response::Response,
    routing::{get, post},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use self::codes::Rejoin;
use super::{
    door::Door,
    http::{json, read_body, refuse},
    query,
};
use crate::{
    announce,
    config::{Config, Wifi},
    page,
    room::{Code, Refusal, RoomName},
};

struct Join {
    door: Arc<Door>,
    /// What the box answers to, and phones are sent to.
    host: Option<String>,
    wifi: Option<Wifi>,
    codes: Mutex<Rejoin>,
    began: Instant,
}

/// The routes below `/join`.
pub fn routes(door: Arc<Door>, config: &Config) -> Router {
    Router::new()
        .route("/join", get(place).post(redeem))
        .route("/join/codes", post(issue))
        .route("/join/open.svg", get(open))
        .route("/join/wifi.svg", get(network))
        .with_state(Arc::new(Join {
            door,
            host: config.host.clone(),
            wifi: config.wifi.clone(),
            codes: Mutex::default(),
            began: Instant::now(),
        }))
}

impl Join {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn address(&self, headers: &HeaderMap) -> String {
        match &self.host {
            Some(host) => format!("http://{host}"),
            None => address(headers),
        }
    }

    /// What a request's body says, with the codes.
    async fn with_codes<T: for<'a> Deserialize<'a>>(
        &self,
        request: Request,
        act: impl FnOnce(&mut Rejoin, T, u64) -> Result<Value, Refusal>,
    ) -> Response {
        let body = match read_body(&self.door, request.into_body()).await {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let asked = serde_json::from_slice(&body);
        let asked = asked.map_err(|error| Refusal::new(Code::BadRequest, format!("the body: {error}")));
        let mut codes = self.codes.lock().expect("nobody panics with it");
        match asked.and_then(|asked| act(&mut codes, asked, self.now_ms())) {
            Ok(answer) => json(StatusCode::OK, Bytes::from(answer.to_string())),
            Err(refusal) => refuse(&refusal),
        }
    }
}

/// Where phones find the server: the address that the asker used, or, if that leads nowhere from a phone, this machine's best one.
fn address(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or("localhost");
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().unwrap_or(80)),
        _ => (host, 80),
    };
    let ip = name.trim_matches(['[', ']']).parse::<IpAddr>();
    if name.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback()) {
        let best = announce::urls(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port));
        if let Some(best) = best.into_iter().next() {
            return best.trim_end_matches('/').trim_end_matches(":80").to_owned();
        }
    }
    format!("http://{host}")
}

/// `GET /join`: the address and the Wi-Fi.
async fn place(State(join): State<Arc<Join>>, headers: HeaderMap) -> Response {
    let wifi = join
        .wifi
        .as_ref()
        .map(|wifi| json!({"name": wifi.name, "password": wifi.password}));
    let answer = json!({"ok": true, "address": join.address(&headers), "wifi": wifi});
    json(StatusCode::OK, Bytes::from(answer.to_string()))
}

/// `GET /join/open.svg`: a code that opens a room, and brings somebody back if it has their code.
async fn open(State(join): State<Arc<Join>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let pairs = query::pairs(query.as_deref());
    let mut url = join.address(&headers);
    if let Some(room) = query::value(&pairs, "room") {
        match RoomName::new(room) {
            Ok(room) => url.extend(["/r/", &query::encoded(room.as_str())]),
            Err(why) => return refuse(&Refusal::new(Code::BadRequest, format!("the room's name {why}"))),
        }
    }
    if let Some(code) = query::value(&pairs, "code") {
        if code.len() != codes::LETTERS_OF_CODE || !code.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
            return refuse(&Refusal::new(Code::BadRequest, "`code` expects six letters and digits"));
        }
        url.extend(["#code=", code]);
    }
    picture(&url)
}

/// `GET /join/wifi.svg`: a code that joins the Wi-Fi.
async fn network(State(join): State<Arc<Join>>) -> Response {
    match &join.wifi {
        Some(wifi) => picture(&crate::qr::wifi(&wifi.name, wifi.password.as_deref())),
        None => refuse(&Refusal::new(Code::BadRequest, "the server was not told of a Wi-Fi")),
    }
}

fn picture(text: &str) -> Response {
    let Some(svg) = crate::qr::svg(text) else {
        return refuse(&Refusal::new(Code::TooLong, "that is too long for a code"));
    };
    let mut response = Response::new(svg.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page::guard(headers);
    response
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Issue {
    token: String,
}

/// `POST /join/codes`: a short code for whoever has the token.
async fn issue(State(join): State<Arc<Join>>, request: Request) -> Response {
    let identities = join.door.identities.clone();
    let act = |codes: &mut Rejoin, asked: Issue, now_ms| {
        let user = identities.verify(&asked.token);
        let user = user.ok_or_else(|| Refusal::new(Code::BadRequest, "that token is none of ours"))?;
        let random = getrandom::u64().expect("the kernel has randomness");
        let code = codes.issue(user, random, now_ms)?;
        Ok(json!({"ok": true, "code": code, "seconds": crate::limits::REJOIN_MS / 1000}))
    };
    join.with_codes(request, act).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redeem {
    code: String,
}

/// `POST /join`: the token for a short code.
async fn redeem(State(join): State<Arc<Join>>, request: Request) -> Response {
    let identities = join.door.identities.clone();
    let act = |codes: &mut Rejoin, asked: Redeem, now_ms| {
        let user = codes.redeem(&asked.code, now_ms)?;
        Ok(json!({"ok": true, "token": identities.token(user)}))
    };
    join.with_codes(request, act).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_gets_an_address_that_it_can_reach() {
        let asked =
            |host: &'static str| address(&HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]));
        assert_eq!(asked("192.168.4.1:8080"), "http://192.168.4.1:8080");
        assert_eq!(asked("chat.box"), "http://chat.box");
        assert_eq!(asked("[fd00::5]:80"), "http://[fd00::5]:80");
        let best = announce::urls("0.0.0.0:8080".parse().expect("an address"));
        let best = best
            .first()
            .expect("every machine has an address")
            .trim_end_matches('/');
        assert_eq!(asked("localhost:8080"), best);
        assert_eq!(asked("127.0.0.1:8080"), best);
    }
}
