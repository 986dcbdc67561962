//! Frame matchers: they tell the fan-out when the socket has taken a certain frame of the library, such as the CONNECT answer. At most
//! [`LANE_WATCHES`] for each connection.

use bytes::Bytes;

use crate::limits::LANE_WATCHES;

#[derive(Debug)]
struct FrameMatcher {
    token: u64,
    prefix: Bytes,
    /// Number of prefix bytes that the current frame has matched; `None` if the frame differs or does not count.
    matched: Option<usize>,
    /// Whether the matcher was added inside the current frame, which therefore does not count.
    late: bool,
}

/// The frame matchers of one connection, oldest first.
#[derive(Debug, Default)]
pub(super) struct FrameMatchers(Vec<FrameMatcher>);

impl FrameMatchers {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a matcher; `late` if a frame is half-written. False if the lane already has [`LANE_WATCHES`].
    pub fn add(&mut self, token: u64, prefix: Bytes, late: bool) -> bool {
        let room = self.0.len() < LANE_WATCHES;
        if room {
            self.0.push(FrameMatcher {
                token,
                prefix,
                matched: None,
                late,
            });
        }
        room
    }

    /// Starts a frame, after its header; `text` tells whether it is a text frame.
    pub fn begin(&mut self, text: bool) {
        for matcher in &mut self.0 {
            matcher.matched = (text && !matcher.late).then_some(0);
        }
    }

    /// Compares payload bytes of the library's current frame with the prefixes that wait.
    pub fn payload(&mut self, bytes: &[u8]) {
        for matcher in &mut self.0 {
            if let Some(matched) = matcher.matched {
                let wanted = &matcher.prefix[matched..];
                let both = wanted.len().min(bytes.len());
                matcher.matched = (wanted[..both] == bytes[..both]).then_some(matched + both);
            }
        }
    }

    /// Ends the current frame. Returns the oldest token that it matches; `None` if it matches none.
    pub fn end(&mut self) -> Option<u64> {
        let at = self
            .0
            .iter()
            .position(|matcher| matcher.matched == Some(matcher.prefix.len()));
        let token = at.map(|at| self.0.remove(at).token);
        for matcher in &mut self.0 {
            (matcher.matched, matcher.late) = (None, false);
        }
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(matchers: &mut FrameMatchers, text: bool, parts: &[&str]) -> Option<u64> {
        matchers.begin(text);
        for part in parts {
            matchers.payload(part.as_bytes());
        }
        matchers.end()
    }

    #[test]
    fn a_frame_settles_the_oldest_token_that_it_matches() {
        let mut matchers = FrameMatchers::default();
        for (token, prefix) in [(1, "431["), (2, "430["), (3, "430["), (4, "")] {
            assert!(matchers.add(token, Bytes::from_static(prefix.as_bytes()), false));
        }
        assert_eq!(frame(&mut matchers, false, &["430[]"]), None);
        assert_eq!(frame(&mut matchers, true, &["4", "30", "[1]"]), Some(2));
        assert_eq!(frame(&mut matchers, true, &["430[1]"]), Some(3));
        assert_eq!(frame(&mut matchers, true, &["430[1]"]), Some(4));
        assert_eq!(frame(&mut matchers, true, &["43"]), None);
        assert_eq!(frame(&mut matchers, true, &[]), None);
        assert_eq!(frame(&mut matchers, true, &["431["]), Some(1));
        assert!(matchers.is_empty());
    }

    #[test]
    fn a_frame_that_was_under_way_does_not_count() {
        let mut matchers = FrameMatchers::default();
        // Added after the header, and inside it.
        matchers.begin(true);
        matchers.add(1, Bytes::from_static(b"x"), true);
        matchers.payload(b"x");
        assert_eq!(matchers.end(), None);
        matchers.add(2, Bytes::from_static(b"y"), true);
        assert_eq!(frame(&mut matchers, true, &["y"]), None);
        assert_eq!(frame(&mut matchers, true, &["y"]), Some(2));
    }

    #[test]
    fn a_lane_has_a_bounded_number_of_matchers() {
        let mut matchers = FrameMatchers::default();
        for token in 0..LANE_WATCHES as u64 {
            assert!(matchers.add(token, Bytes::new(), false));
        }
        assert!(!matchers.add(0, Bytes::new(), false));
    }
}
