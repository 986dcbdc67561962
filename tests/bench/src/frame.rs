//! WebSocket frames (RFC 6455, section 5.2), as much of them as the load generator and the floor need: text, ping, close;
//! no fragments and no compression, which none of the servers uses here.

/// A text frame's opcode.
pub const TEXT: u8 = 1;
/// The opcode of a closing frame.
pub const CLOSE: u8 = 8;
/// A ping's opcode.
pub const PING: u8 = 9;
/// A pong's opcode.
pub const PONG: u8 = 10;

/// The head of a frame that is whole.
pub struct Head {
    /// What the frame is.
    pub opcode: u8,
    /// The client's mask, if the frame has one.
    pub mask: Option<[u8; 4]>,
    /// Bytes before the payload.
    pub payload_at: usize,
    /// Bytes of the whole frame.
    pub len: usize,
}

/// The first frame in `bytes`, if all of it is there.
pub fn first(bytes: &[u8]) -> Option<Head> {
    let (&[one, two], _) = bytes.split_first_chunk()?;
    let (mut payload_at, payload_len) = match two & 0x7f {
        126 => (4, u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?).into()),
        127 => (
            10,
            usize::try_from(u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?)).ok()?,
        ),
        short => (2, usize::from(short)),
    };
    let mask = if two & 0x80 == 0 {
        None
    } else {
        payload_at += 4;
        Some(*bytes.get(payload_at - 4..)?.first_chunk()?)
    };
    let len = payload_at.checked_add(payload_len)?;
    (len <= bytes.len()).then_some(Head {
        opcode: one & 0xf,
        mask,
        payload_at,
        len,
    })
}

/// A frame as a server sends it.
pub fn of_server(opcode: u8, payload: &[u8]) -> Vec<u8> {
    write(opcode, payload, &[], 0)
}

/// A frame as a client sends it. Its mask is zero, which leaves the payload as it is and costs the server the same.
pub fn of_client(opcode: u8, payload: &[u8]) -> Vec<u8> {
    write(opcode, payload, &[0; 4], 0x80)
}

fn write(opcode: u8, payload: &[u8], mask: &[u8], mask_bit: u8) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 14);
    frame.push(0x80 | opcode);
    if payload.len() < 126 {
        frame.push(mask_bit | payload.len() as u8);
    } else if let Ok(len) = u16::try_from(payload.len()) {
        frame.push(mask_bit | 126);
        frame.extend(len.to_be_bytes());
    } else {
        frame.push(mask_bit | 127);
        frame.extend((payload.len() as u64).to_be_bytes());
    }
    frame.extend(mask);
    frame.extend(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_at_every_length() {
        for len in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = vec![b'x'; len];
            for frame in [of_server(TEXT, &payload), of_client(TEXT, &payload)] {
                let head = first(&frame).expect("the frame is whole");
                assert_eq!((head.opcode, head.len), (TEXT, frame.len()));
                assert_eq!(&frame[head.payload_at..], payload);
                assert!(
                    first(&frame[..frame.len() - 1]).is_none(),
                    "a frame that lacks a byte is not whole"
                );
            }
        }
    }

    #[test]
    fn a_second_frame_is_left_alone() {
        let mut bytes = of_server(TEXT, b"one");
        let len = bytes.len();
        bytes.extend(of_server(PING, b""));
        assert_eq!(first(&bytes).expect("whole").len, len);
        assert_eq!(first(&bytes[len..]).expect("whole").opcode, PING);
    }
}
