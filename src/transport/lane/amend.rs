//! Amendments: packets of the Socket.IO library that a connection replaces on the way to the client, where the library's API has no option.
//! At most [`LANE_WATCHES`] for each connection.

use bytes::Bytes;

use crate::{limits::LANE_WATCHES, wire::text_frame};

/// A packet that the Socket.IO library will write to a connection, and the packet that replaces it there.
#[derive(Clone, Debug)]
pub struct Amendment {
    /// The packet's complete text, as the library writes it.
    pub packet: Bytes,
    /// The text that the client gets instead.
    pub instead: Bytes,
}

/// Decision about the library's next bytes, which start at a frame boundary: pass them on, or replace a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// No frame is replaced: all bytes go out unchanged.
    Pass,
    /// This many bytes go out, up to a frame to replace.
    Before(usize),
    /// The first frame, of this length, is replaced.
    Replace(usize, Bytes),
}

/// The library's frames that one connection replaces, each with its replacement.
#[derive(Debug, Default)]
pub(super) struct Amendments(Vec<(Bytes, Bytes)>);

impl Amendments {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an amendment. Beyond [`LANE_WATCHES`] it is dropped, and the frame goes out unchanged.
    pub fn add(&mut self, amendment: &Amendment) {
        if self.0.len() < LANE_WATCHES {
            let frames = (text_frame(&amendment.packet), text_frame(&amendment.instead));
            self.0.push(frames);
        }
    }

    /// Finds the first frame to replace, after the `start` bytes that end the current frame.
    ///
    /// The library writes a frame in one piece unless the socket is full. A split frame goes out unchanged.
    pub fn plan(&mut self, bytes: &[u8], start: usize) -> Plan {
        let mut at = start;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if let Some(index) = self.0.iter().position(|(frame, _)| rest.starts_with(frame)) {
                if at > 0 {
                    return Plan::Before(at);
                }
                let (frame, instead) = self.0.swap_remove(index);
                return Plan::Replace(frame.len(), instead);
            }
            match frame_len(rest) {
                Some(length) => at = at.saturating_add(length),
                None => break,
            }
        }
        Plan::Pass
    }
}

/// Length of the frame at the front of `bytes`; `None` if its header is incomplete (RFC 6455, section 5.2; a server's frames have no mask).
fn frame_len(bytes: &[u8]) -> Option<usize> {
    let (head, length) = match *bytes.get(1)? & 0x7f {
        126 => (4, u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
        short => (2, u64::from(short)),
    };
    usize::try_from(length).ok()?.checked_add(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amendments() -> Amendments {
        let mut amendments = Amendments::default();
        amendments.add(&Amendment {
            packet: Bytes::from_static(b"40{}"),
            instead: Bytes::from_static(b"40{1}"),
        });
        amendments
    }

    #[test]
    fn a_frame_is_found_at_its_beginning_only() {
        let frame = text_frame(b"40{}");
        let inside = text_frame(&[b"x".repeat(200).as_slice(), &frame].concat());
        let all = [&inside[..], &frame, b"rest"].concat();
        let mut amendments = amendments();
        assert_eq!(amendments.plan(&all, 0), Plan::Before(inside.len()));
        assert_eq!(
            amendments.plan(&all[1..], inside.len() - 1),
            Plan::Before(inside.len() - 1)
        );
        let replaced = Plan::Replace(frame.len(), text_frame(b"40{1}"));
        assert_eq!(amendments.plan(&all[inside.len()..], 0), replaced);
        assert!(amendments.is_empty());
        assert_eq!(amendments.plan(&all[inside.len()..], 0), Plan::Pass, "once");
    }

    #[test]
    fn an_incomplete_frame_passes() {
        let frame = text_frame(b"40{}");
        for end in 0..frame.len() {
            assert_eq!(amendments().plan(&frame[..end], 0), Plan::Pass);
        }
        assert_eq!(
            amendments().plan(&[0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 0),
            Plan::Pass
        );
    }

    #[test]
    fn a_lane_has_a_bounded_number_of_amendments() {
        let mut amendments = Amendments::default();
        for at in 0..=LANE_WATCHES {
            let packet = Bytes::from(format!("{at}"));
            amendments.add(&Amendment {
                instead: packet.clone(),
                packet,
            });
        }
        assert_eq!(
            amendments.plan(&text_frame(format!("{LANE_WATCHES}").as_bytes()), 0),
            Plan::Pass
        );
    }
}
