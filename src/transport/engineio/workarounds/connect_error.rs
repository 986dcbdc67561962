//! Adds the refusal's code (`err.data.code`) to the library's CONNECT_ERROR packets (ERROR in revision 3).
//!
//! The reference server of revision 3 sends what an application gives as `err.data`, a text or an object (socket.io 2.5.1,
//! `lib/namespace.js`, `Namespace.add`); its own errors, without a code, are texts.

use serde::{Deserialize, Serialize};

use crate::{
    room::{Code, Refusal},
    transport::engineio::request::Protocol,
};

/// Separates code and message, because the library carries only one text. No message contains this character.
const SEPARATOR: char = '\u{1f}';

/// Message for an unknown namespace, the same in the library and in the reference server.
const NO_NAMESPACE: &str = "Invalid namespace";

/// Encodes a refusal as the error text of a socketioxide connect handler: the code, then the message.
pub fn refused(refusal: &Refusal) -> String {
    format!("{}{SEPARATOR}{}", refusal.code.as_str(), refusal.message)
}

/// Corrects the CONNECT_ERROR packets for one client.
#[derive(Clone, Copy, Debug)]
pub struct ConnectErrors {
    protocol: Protocol,
    /// Code for an unknown namespace; `None` keeps the reference server's error.
    no_namespace: Option<Code>,
}

#[derive(Deserialize)]
struct LibraryError {
    message: String,
}

#[derive(Serialize)]
struct Corrected<'a> {
    message: &'a str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    code: &'a str,
}

impl ConnectErrors {
    pub fn new(protocol: Protocol, no_namespace: Option<Code>) -> Self {
        Self { protocol, no_namespace }
    }

    /// Whether the client uses Engine.IO 4.
    pub fn is_v4(self) -> bool {
        self.protocol == Protocol::V4
    }

    /// The replacement for a packet of the library; `None` if the packet stays unchanged.
    pub fn corrected(self, packet: &str) -> Option<String> {
        let rest = packet.strip_prefix("44")?;
        let (namespace, json) = match rest.find(',').filter(|_| rest.starts_with('/')) {
            Some(comma) => rest.split_at(comma + 1),
            None => ("", rest),
        };
        let error: LibraryError = serde_json::from_str(json).ok()?;
        let (code, message) = match error.message.split_once(SEPARATOR) {
            Some((code, message)) => (Some(code), message),
            None => {
                let code = self.no_namespace.filter(|_| error.message == NO_NAMESPACE);
                (code.map(Code::as_str), error.message.as_str())
            }
        };
        let json = match (self.protocol, code) {
            (_, Some(code)) => serde_json::to_string(&Corrected {
                message,
                data: Data { code },
            }),
            (Protocol::V3, None) => serde_json::to_string(message),
            (Protocol::V4, None) => return None,
        };
        Some(format!("44{namespace}{}", json.expect("texts")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library_error(namespace: &str, message: &str) -> String {
        format!("44{namespace}{}", serde_json::json!({ "message": message }))
    }

    #[test]
    fn a_refusal_has_its_code_and_its_message() {
        let message = refused(&Refusal::new(Code::BadRequest, "a \"name\" has no , or {}"));
        for namespace in ["", "/room/a{b,"] {
            let packet = library_error(namespace, &message);
            for protocol in [Protocol::V3, Protocol::V4] {
                let told = ConnectErrors::new(protocol, None).corrected(&packet).unwrap();
                let json = told.strip_prefix("44").unwrap().strip_prefix(namespace).unwrap();
                let data: serde_json::Value = serde_json::from_str(json).unwrap();
                let expected =
                    serde_json::json!({"message": "a \"name\" has no , or {}", "data": {"code": "bad_request"}});
                assert_eq!(data, expected);
            }
        }
    }

    #[test]
    fn an_unknown_namespace_has_a_code_in_the_product() {
        let packet = library_error("/x,", NO_NAMESPACE);
        for protocol in [Protocol::V3, Protocol::V4] {
            let mended = ConnectErrors::new(protocol, Some(Code::UnknownRoom))
                .corrected(&packet)
                .unwrap();
            assert_eq!(
                mended,
                "44/x,{\"message\":\"Invalid namespace\",\"data\":{\"code\":\"unknown_room\"}}"
            );
        }
        assert_eq!(ConnectErrors::new(Protocol::V4, None).corrected(&packet), None);
        let v3 = ConnectErrors::new(Protocol::V3, None).corrected(&packet).unwrap();
        assert_eq!(v3, "44/x,\"Invalid namespace\"");
    }

    #[test]
    fn other_packets_stay() {
        let errors = ConnectErrors::new(Protocol::V3, Some(Code::UnknownRoom));
        for packet in ["42[\"44\"]", "44", "44/x", "40{}", "2", "44\"text\"", ""] {
            assert_eq!(errors.corrected(packet), None, "{packet}");
        }
    }
}
