//! What came out at the socket, against what each writer gave.

use bytes::Bytes;

use super::strict;

/// How much of each writer's frames a stream holds.
#[derive(Debug)]
pub struct Seen {
    /// Whole frames of the library.
    pub library: usize,
    /// Whole frames of the fan-out.
    pub fan_out: usize,
    /// Bytes of an unfinished frame at the end.
    pub rest: usize,
}

/// Reads a stream in which the frames of two writers, each in order, may stand between each other.
///
/// # Panics
/// It is anything else.
pub fn read(stream: &[u8], library: &[Bytes], fan_out: &[Bytes]) -> Seen {
    let (frames, half) = strict::frames(stream).expect("frames as a strict client reads them");
    let mut seen = Seen {
        library: 0,
        fan_out: 0,
        rest: half.len(),
    };
    let mut left = &stream[..stream.len() - half.len()];
    while !left.is_empty() {
        let (of_library, of_fan_out) = (library.get(seen.library), fan_out.get(seen.fan_out));
        if let Some(after) = of_library.and_then(|frame| left.strip_prefix(&frame[..])) {
            (seen.library, left) = (seen.library + 1, after);
        } else if let Some(after) = of_fan_out.and_then(|frame| left.strip_prefix(&frame[..])) {
            (seen.fan_out, left) = (seen.fan_out + 1, after);
        } else {
            let at = stream.len() - half.len() - left.len();
            panic!(
                "at byte {at} the next frame of neither writer, but {:02x?}",
                &left[..left.len().min(20)]
            );
        }
    }
    assert_eq!(frames.len(), seen.library + seen.fan_out);
    let is_next = |next: Option<&Bytes>| next.is_some_and(|frame| frame.starts_with(half));
    assert!(
        is_next(library.get(seen.library)) || is_next(fan_out.get(seen.fan_out)) || half.is_empty(),
        "half a frame of neither writer"
    );
    seen
}
