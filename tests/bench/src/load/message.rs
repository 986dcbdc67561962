//! What is sent: `42["chat","…"]` with a text of 100 bytes that begins with the message's number and the time it was due.

use std::time::Duration;

use crate::frame;

/// How every server here begins the packet that carries a message.
pub const HEAD: &[u8] = b"42[\"chat\",\"";
/// Bytes of the text.
pub const TEXT_BYTES: usize = 100;
/// Hexadecimal digits of the number, and of the time in nanoseconds behind it.
const NUMBER_DIGITS: usize = 8;
const TIME_DIGITS: usize = 16;

/// What a message says about itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its number, counted over all senders.
    pub number: u32,
    /// When it was due, since the load's start.
    pub due: Duration,
}

/// The frame with which a client sends a message whose text has `text_bytes`.
pub fn frame(number: u32, due: Duration, text_bytes: usize) -> Vec<u8> {
    let mut packet = HEAD.to_vec();
    packet.extend(format!("{number:08x}{:016x}", due.as_nanos()).into_bytes());
    packet.resize(HEAD.len() + text_bytes, b'x');
    packet.extend(b"\"]");
    frame::of_client(frame::TEXT, &packet)
}

/// Reads a packet, if it carries a message of ours.
pub fn read(packet: &[u8]) -> Option<Stamp> {
    let text = packet.strip_prefix(HEAD)?;
    let (number, text) = text.split_at_checked(NUMBER_DIGITS)?;
    let (time, _) = text.split_at_checked(TIME_DIGITS)?;
    Some(Stamp {
        number: u32::try_from(hex(number)?).ok()?,
        due: Duration::from_nanos(hex(time)?),
    })
}

fn hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |value, digit| {
        Some(value << 4 | u64::from(char::from(*digit).to_digit(16)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_echoes_the_packet_gives_its_stamp_back() {
        let bytes = frame(77, Duration::from_nanos(123_456_789), TEXT_BYTES);
        let head = frame::first(&bytes).expect("whole");
        let packet = &bytes[head.payload_at..];
        assert_eq!(packet.len(), HEAD.len() + TEXT_BYTES + 2);
        assert_eq!(
            read(packet),
            Some(Stamp {
                number: 77,
                due: Duration::from_nanos(123_456_789)
            })
        );
        assert_eq!(read(b"42[\"welcome\",{}]"), None);
        assert_eq!(read(b"42[\"chat\",\"0000"), None);
    }
}
