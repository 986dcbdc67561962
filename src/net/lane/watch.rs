//! Marks on what the library writes: the fan-out learns when a certain frame is through.

use bytes::Bytes;

use crate::limits::LANE_WATCHES;

#[derive(Debug)]
struct Watch {
    mark: u64,
    prefix: Bytes,
    /// Bytes of the prefix that the frame under way has matched; none if it differs or is not looked at.
    matched: Option<usize>,
    /// Noted inside a frame, which is the one not to look at.
    late: bool,
}

/// The frames that are waited for on one lane.
#[derive(Debug, Default)]
pub(super) struct Watches(Vec<Watch>);

impl Watches {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one, `late` if a frame is half-written; false if there are too many.
    pub fn add(&mut self, mark: u64, prefix: Bytes, late: bool) -> bool {
        let room = self.0.len() < LANE_WATCHES;
        if room {
            self.0.push(Watch {
                mark,
                prefix,
                matched: None,
                late,
            });
        }
        room
    }

    /// A frame's header is through.
    pub fn begin(&mut self, text: bool) {
        for watch in &mut self.0 {
            watch.matched = (text && !watch.late).then_some(0);
        }
    }

    /// Some of the frame's payload.
    pub fn payload(&mut self, bytes: &[u8]) {
        for watch in &mut self.0 {
            if let Some(matched) = watch.matched {
                let wanted = &watch.prefix[matched..];
                let both = wanted.len().min(bytes.len());
                watch.matched = (wanted[..both] == bytes[..both]).then_some(matched + both);
            }
        }
    }

    /// The frame is through: the mark that it settles. A frame settles one, the oldest.
    pub fn end(&mut self) -> Option<u64> {
        let at = self
            .0
            .iter()
            .position(|watch| watch.matched == Some(watch.prefix.len()));
        let mark = at.map(|at| self.0.remove(at).mark);
        for watch in &mut self.0 {
            (watch.matched, watch.late) = (None, false);
        }
        mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(watches: &mut Watches, text: bool, parts: &[&str]) -> Option<u64> {
        watches.begin(text);
        for part in parts {
            watches.payload(part.as_bytes());
        }
        watches.end()
    }

    #[test]
    fn a_frame_settles_the_oldest_mark_that_it_matches() {
        let mut watches = Watches::default();
        for (mark, prefix) in [(1, "431["), (2, "430["), (3, "430["), (4, "")] {
            assert!(watches.add(mark, Bytes::from_static(prefix.as_bytes()), false));
        }
        assert_eq!(frame(&mut watches, false, &["430[]"]), None);
        assert_eq!(frame(&mut watches, true, &["4", "30", "[1]"]), Some(2));
        assert_eq!(frame(&mut watches, true, &["430[1]"]), Some(3));
        assert_eq!(frame(&mut watches, true, &["430[1]"]), Some(4));
        assert_eq!(frame(&mut watches, true, &["43"]), None);
        assert_eq!(frame(&mut watches, true, &[]), None);
        assert_eq!(frame(&mut watches, true, &["431["]), Some(1));
        assert!(watches.is_empty());
    }

    #[test]
    fn a_frame_that_was_under_way_does_not_count() {
        let mut watches = Watches::default();
        // Noted behind the header, and inside it.
        watches.begin(true);
        watches.add(1, Bytes::from_static(b"x"), true);
        watches.payload(b"x");
        assert_eq!(watches.end(), None);
        watches.add(2, Bytes::from_static(b"y"), true);
        assert_eq!(frame(&mut watches, true, &["y"]), None);
        assert_eq!(frame(&mut watches, true, &["y"]), Some(2));
    }

    #[test]
    fn there_is_room_for_so_many() {
        let mut watches = Watches::default();
        for mark in 0..LANE_WATCHES as u64 {
            assert!(watches.add(mark, Bytes::new(), false));
        }
        assert!(!watches.add(0, Bytes::new(), false));
    }
}
