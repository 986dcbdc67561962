//! A strict reader of what a server may send after the handshake (RFC 6455, section 5), which shares nothing with the lane.

/// A frame as it stood in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The opcode.
    pub opcode: u8,
    /// The payload.
    pub payload: Vec<u8>,
}

/// Reads whole frames; what is left at the end is the beginning of one.
///
/// # Errors
/// What a client would close the connection for, and where.
pub fn frames(bytes: &[u8]) -> Result<(Vec<Frame>, &[u8]), String> {
    let mut found = Vec::new();
    let mut rest = bytes;
    loop {
        let at = bytes.len() - rest.len();
        let Some((frame, after)) = frame(rest).map_err(|what| format!("{what} at byte {at}"))? else {
            return Ok((found, rest));
        };
        if found.last().is_some_and(|last: &Frame| last.opcode == 8) {
            return Err(format!("a frame after Close at byte {at}"));
        }
        found.push(frame);
        rest = after;
    }
}

fn frame(bytes: &[u8]) -> Result<Option<(Frame, &[u8])>, &'static str> {
    let Some((&first, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    let opcode = first & 15;
    if first & 0x70 != 0 {
        return Err("a reserved bit");
    }
    if ![1, 2, 8, 9, 10].contains(&opcode) {
        return Err("an opcode that a server does not send");
    }
    if first & 0x80 == 0 {
        return Err("a fragment");
    }
    let Some((&second, rest)) = rest.split_first() else {
        return Ok(None);
    };
    if second & 0x80 != 0 {
        return Err("a mask");
    }
    if opcode >= 8 && second > 125 {
        return Err("a long control frame");
    }
    let (wide, least) = match second {
        126 => (2, 126),
        127 => (8, 0x1_0000),
        _ => (0, 0),
    };
    let Some((length, rest)) = rest.split_at_checked(wide) else {
        return Ok(None);
    };
    let length = match wide {
        0 => u64::from(second),
        _ => length.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
    };
    if length < least || length >> 63 != 0 {
        return Err("a length that should have been written otherwise");
    }
    let length = usize::try_from(length).map_err(|_| "a length beyond all memory")?;
    Ok(rest.split_at_checked(length).map(|(payload, rest)| {
        let payload = payload.to_vec();
        (Frame { opcode, payload }, rest)
    }))
}
