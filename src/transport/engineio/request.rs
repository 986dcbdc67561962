//! Reads a request to the Socket.IO path: its query (revision, technique, session), and the error answers of Engine.IO. Nothing grows.

use axum::body::Body;
use http::{HeaderValue, Method, Response, StatusCode, header};
use socketioxide::{ProtocolVersion, socket::Sid};

use crate::{room::Code, transport::query};

/// The path at which the library expects requests, whatever path clients use.
pub const LIBRARY_PATH: &str = "/socket.io";

/// The version of the Engine.IO protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Engine.IO 3: clients 1.x and 2.x of Socket.IO.
    V3,
    /// Engine.IO 4: clients 3.x and 4.x of Socket.IO.
    V4,
}

impl Protocol {
    pub fn number(self) -> u8 {
        match self {
            Self::V3 => 3,
            Self::V4 => 4,
        }
    }

    /// The version in the type of the library's packet parsers.
    pub fn of_engine(self) -> engineioxide_core::ProtocolVersion {
        match self {
            Self::V3 => engineioxide_core::ProtocolVersion::V3,
            Self::V4 => engineioxide_core::ProtocolVersion::V4,
        }
    }

    /// The matching version of the Socket.IO protocol, which the library uses for both.
    pub fn of_library(self) -> ProtocolVersion {
        match self {
            Self::V3 => ProtocolVersion::V4,
            Self::V4 => ProtocolVersion::V5,
        }
    }
}

/// A transport of Engine.IO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Polling,
    WebSocket,
}

impl Transport {
    pub fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::WebSocket => "websocket",
        }
    }
}

/// The connect query of an Engine.IO request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineRequest {
    pub protocol: Protocol,
    pub transport: Transport,
    /// Id of the session; `None` opens a new session.
    pub sid: Option<Sid>,
    /// Whether the client reads payloads in binary framing (version 3 only).
    pub binary: bool,
}

/// Errors of Engine.IO, numbered as in the reference server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineError {
    UnknownTransport,
    UnknownSession,
    BadHandshakeMethod,
    BadRequest,
    /// The query is not UTF-8.
    BrokenQuery,
    UnsupportedProtocol,
    /// The client speaks the protocol of Socket.IO 0.9.
    OldClient,
    /// The client polls by JSONP script elements, which are not supported.
    Jsonp,
    TooLarge,
    TooSlow,
    Forbidden,
    Full,
}

impl EngineError {
    /// Number, message and HTTP status of the error, and the code of the matching refusal, if any.
    fn parts(self) -> (u8, &'static str, StatusCode, Option<Code>) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const OLD: &str = "Socket.IO 0.9 is not served here; clients 1.x to 4.x are";
        const JSONP: &str = "JSONP polling is not served here; polling by XMLHttpRequest or fetch and WebSocket are";
        match self {
            Self::UnknownTransport => (0, "Transport unknown", BAD, None),
            Self::Jsonp => (0, JSONP, BAD, None),
            Self::UnknownSession => (1, "Session ID unknown", BAD, None),
            Self::BadHandshakeMethod => (2, "Bad handshake method", BAD, None),
            Self::BadRequest => (3, "Bad request", BAD, None),
            Self::BrokenQuery => (3, "The query of the address is not UTF-8", BAD, Some(Code::BadRequest)),
            Self::TooLarge => (3, "Payload too large", StatusCode::PAYLOAD_TOO_LARGE, None),
            Self::TooSlow => (3, "The body did not come in time", StatusCode::REQUEST_TIMEOUT, None),
            Self::Full => (
                3,
                "Too many polling sessions",
                StatusCode::SERVICE_UNAVAILABLE,
                Some(Code::Full),
            ),
            Self::Forbidden => (4, "Forbidden", StatusCode::FORBIDDEN, Some(Code::NotAllowed)),
            Self::UnsupportedProtocol => (5, "Unsupported protocol version", BAD, None),
            Self::OldClient => (5, OLD, BAD, None),
        }
    }

    /// The HTTP answer. 413 has no body, as in the reference server (engine.io 6.6, `lib/transports/polling.ts`, `onDataRequest`):
    /// clients hand the body to the application.
    pub fn response(self) -> Response<Body> {
        let (number, message, status, code) = self.parts();
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        if self == Self::TooLarge {
            return response;
        }
        let data = code.map_or_else(String::new, |code| {
            format!(",\"data\":{{\"code\":\"{}\"}}", code.as_str())
        });
        *response.body_mut() = Body::from(format!("{{\"code\":{number},\"message\":\"{message}\"{data}}}"));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

impl EngineRequest {
    /// Reads the query and the method.
    ///
    /// # Errors
    /// The error to answer with.
    pub fn read(query: Option<&str>, method: &Method) -> Result<Self, EngineError> {
        let pairs = query::pairs(query).map_err(|_| EngineError::BrokenQuery)?;
        let transport = match query::value(&pairs, "transport") {
            Some("polling") => Transport::Polling,
            Some("websocket") => Transport::WebSocket,
            _ => return Err(EngineError::UnknownTransport),
        };
        if query::value(&pairs, "j").is_some() && transport == Transport::Polling {
            return Err(EngineError::Jsonp);
        }
        // Some clients of revision 3 send no version. The reference server treats every version but 4 as 3.
        let protocol = match query::value(&pairs, "EIO") {
            None => Protocol::V3,
            Some("4") => Protocol::V4,
            Some(other) if other.parse::<u8>().is_ok_and(|number| number < 4) => Protocol::V3,
            Some(_) => return Err(EngineError::UnsupportedProtocol),
        };
        let sid = query::value(&pairs, "sid").map(|sid| sid.parse().map_err(|_| EngineError::UnknownSession));
        let sid = sid.transpose()?;
        match *method {
            Method::GET => {}
            _ if sid.is_none() => return Err(EngineError::BadHandshakeMethod),
            _ if transport == Transport::WebSocket => return Err(EngineError::BadRequest),
            _ => {}
        }
        let base64 = query::value(&pairs, "b64").is_some_and(|value| !value.is_empty());
        let old = query::value(&pairs, "t").is_some_and(is_old_timestamp);
        Ok(Self {
            protocol,
            transport,
            sid,
            binary: protocol == Protocol::V3 && transport == Transport::Polling && old && !base64,
        })
    }
}

/// Whether a request without a transport comes from a Socket.IO 0.9 client, whose path contains the version (`GET /socket.io/1/?t=…`).
pub fn is_old_client(path: &str) -> bool {
    path.split('/').any(|part| part == "1")
}

/// Whether the parameter `t` has the form of early version 3 clients: milliseconds and a number (a short code since engine.io-client 1.6).
///
/// Their servers (engine.io-parser 1.x, `encodePayload`) sent every payload in binary framing unless `b64` asked for text, and some clients,
/// such as Python's socketIO-client 0.7, read nothing else. Newer clients read text, but not all of them read binary framing.
fn is_old_timestamp(t: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    t.split_once('-')
        .is_some_and(|(ms, number)| digits(ms) && digits(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "AAAAAAAAAAAAAAAA";

    fn read(query: &str) -> Result<EngineRequest, EngineError> {
        EngineRequest::read(Some(query), &Method::GET)
    }

    #[test]
    fn a_request_names_version_transport_and_session() {
        let request = read(&format!("EIO=3&transport=websocket&sid={SID}")).unwrap();
        assert_eq!(
            (request.protocol, request.transport),
            (Protocol::V3, Transport::WebSocket)
        );
        assert_eq!(request.sid.unwrap().to_string(), SID);
        assert_eq!(read("transport=polling&EIO=4&t=x").unwrap().sid, None);
    }

    #[test]
    fn errors_have_the_numbers_of_the_reference_server() {
        let cases = [
            ("EIO=4", EngineError::UnknownTransport, 0),
            ("EIO=4&transport=tarpit", EngineError::UnknownTransport, 0),
            ("EIO=4&transport=polling&sid=short", EngineError::UnknownSession, 1),
            ("EIO=abc&transport=polling", EngineError::UnsupportedProtocol, 5),
            ("EIO=4&transport=polling&room=%ff", EngineError::BrokenQuery, 3),
            ("EIO=&transport=polling", EngineError::UnsupportedProtocol, 5),
            ("EIO=5&transport=polling", EngineError::UnsupportedProtocol, 5),
            ("EIO=999&transport=websocket", EngineError::UnsupportedProtocol, 5),
            ("EIO=3&transport=polling&j=0", EngineError::Jsonp, 0),
        ];
        for (query, error, code) in cases {
            assert_eq!(read(query), Err(error), "{query}");
            assert_eq!(error.parts().0, code);
        }
        let posted = EngineRequest::read(Some("EIO=4&transport=polling"), &Method::POST);
        assert_eq!(posted, Err(EngineError::BadHandshakeMethod));
        let query = format!("EIO=4&transport=websocket&sid={SID}");
        assert_eq!(
            EngineRequest::read(Some(&query), &Method::POST),
            Err(EngineError::BadRequest)
        );
    }

    // Socket.IO-Client-Swift 7.0.0 to 15.2.0, Source/SocketIO/Engine/SocketEngine.swift, `createURLs`: no `EIO` in any request.
    #[test]
    fn no_version_or_one_below_4_is_revision_3() {
        for query in [
            "transport=polling&b64=1",
            "EIO=0&transport=websocket",
            "EIO=2&transport=polling",
        ] {
            assert_eq!(read(query).unwrap().protocol, Protocol::V3, "{query}");
        }
        let later = read(&format!("transport=polling&b64=1&sid={SID}")).unwrap();
        assert_eq!((later.protocol, later.sid.is_some()), (Protocol::V3, true));
    }

    // invisibleroads/socketIO-client 0.7.2, socketIO_client/transports.py, `_get_timestamp`.
    #[test]
    fn the_first_clients_of_revision_3_get_binary_payloads() {
        let binary = |query: &str| read(query).unwrap().binary;
        assert!(binary("EIO=3&transport=polling&t=1500000000000-0"));
        assert!(binary("transport=polling&t=1500000000000-12"));
        for query in [
            "EIO=3&transport=polling",
            "EIO=3&transport=polling&t=M4xKq0-",
            "EIO=3&transport=polling&t=M4xKq0-.1",
            "EIO=3&transport=polling&t=1500000000000-0&b64=1",
            "EIO=4&transport=polling&t=1500000000000-0",
            "EIO=3&transport=websocket&t=1500000000000-0",
        ] {
            assert!(!binary(query), "{query}");
        }
    }
}
