//! What a request to the Socket.IO path asks for, and the errors that say it can't be had.

use axum::body::Body;
use http::{HeaderValue, Method, Response, StatusCode, header};
use socketioxide::socket::Sid;

use crate::net::query;

/// Where the library listens, whatever the path is that clients see.
pub const LIBRARY_PATH: &str = "/socket.io";

/// Engine.IO's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Clients 1.x and 2.x.
    V3,
    /// Clients 3.x and 4.x.
    V4,
}

impl Protocol {
    pub fn number(self) -> u8 {
        match self {
            Self::V3 => 3,
            Self::V4 => 4,
        }
    }
}

/// Engine.IO's transports.
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

/// A request's parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub protocol: Protocol,
    pub transport: Transport,
    /// The session, if it is not to be opened.
    pub sid: Option<Sid>,
}

/// Why a request is not served: the errors of Engine.IO, numbered as its reference server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    UnknownTransport,
    UnknownSession,
    BadHandshakeMethod,
    BadRequest,
    UnsupportedProtocol,
    TooLarge,
    TooSlow,
    Forbidden,
}

impl Problem {
    fn code(self) -> u8 {
        match self {
            Self::UnknownTransport => 0,
            Self::UnknownSession => 1,
            Self::BadHandshakeMethod => 2,
            Self::BadRequest | Self::TooLarge | Self::TooSlow => 3,
            Self::Forbidden => 4,
            Self::UnsupportedProtocol => 5,
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::UnknownTransport => "Transport unknown",
            Self::UnknownSession => "Session ID unknown",
            Self::BadHandshakeMethod => "Bad handshake method",
            Self::BadRequest => "Bad request",
            Self::UnsupportedProtocol => "Unsupported protocol version",
            Self::TooLarge => "Payload too large",
            Self::TooSlow => "The body did not come in time",
            Self::Forbidden => "Forbidden",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Forbidden => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The answer that says so.
    pub fn response(self) -> Response<Body> {
        let body = format!("{{\"code\":{},\"message\":\"{}\"}}", self.code(), self.message());
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

impl Asked {
    /// Reads a request's line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(query: Option<&str>, method: &Method) -> Result<Self, Problem> {
        let pairs = query::pairs(query);
        let transport = match query::value(&pairs, "transport") {
            Some("polling") => Transport::Polling,
            Some("websocket") => Transport::WebSocket,
            _ => return Err(Problem::UnknownTransport),
        };
        let protocol = match query::value(&pairs, "EIO") {
            Some("3") => Protocol::V3,
            Some("4") => Protocol::V4,
            _ => return Err(Problem::UnsupportedProtocol),
        };
        let sid = query::value(&pairs, "sid").map(|sid| sid.parse().map_err(|_| Problem::UnknownSession));
        let sid = sid.transpose()?;
        match *method {
            Method::GET => {}
            _ if sid.is_none() => return Err(Problem::BadHandshakeMethod),
            _ if transport == Transport::WebSocket => return Err(Problem::BadRequest),
            _ => {}
        }
        Ok(Self {
            protocol,
            transport,
            sid,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "AAAAAAAAAAAAAAAA";

    fn read(query: &str) -> Result<Asked, Problem> {
        Asked::read(Some(query), &Method::GET)
    }

    #[test]
    fn a_request_names_version_transport_and_session() {
        let asked = read(&format!("EIO=3&transport=websocket&sid={SID}")).unwrap();
        assert_eq!((asked.protocol, asked.transport), (Protocol::V3, Transport::WebSocket));
        assert_eq!(asked.sid.unwrap().to_string(), SID);
        assert_eq!(read("transport=polling&EIO=4&t=x").unwrap().sid, None);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_numbers_of_the_reference_server() {
        let cases = [
            ("EIO=4", Problem::UnknownTransport, 0),
            ("EIO=4&transport=tarpit", Problem::UnknownTransport, 0),
            ("EIO=4&transport=polling&sid=short", Problem::UnknownSession, 1),
            ("transport=polling", Problem::UnsupportedProtocol, 5),
            ("EIO=abc&transport=polling", Problem::UnsupportedProtocol, 5),
            ("EIO=2&transport=polling", Problem::UnsupportedProtocol, 5),
        ];
        for (query, problem, code) in cases {
            assert_eq!(read(query), Err(problem), "{query}");
            assert_eq!(problem.code(), code);
        }
        let posted = Asked::read(Some("EIO=4&transport=polling"), &Method::POST);
        assert_eq!(posted, Err(Problem::BadHandshakeMethod));
        let query = format!("EIO=4&transport=websocket&sid={SID}");
        assert_eq!(Asked::read(Some(&query), &Method::POST), Err(Problem::BadRequest));
    }
}
