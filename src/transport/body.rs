//! Reads the bodies of HTTP requests, bounded in bytes, in time, and in memory for all of them together (`limits::REQUESTS_SHARE`).

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::{
    limits::{DRAIN_BYTES, UNFINISHED_BYTES},
    memory::{Account, Part},
};

/// The reason why a body was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The body has more bytes than allowed.
    TooLarge,
    /// The body did not arrive before its deadline.
    TooSlow,
    /// The memory budget for request bodies is used up.
    NoMemory,
    /// The connection failed before the body ended.
    Broken,
}

/// The error message if the headers say that the body is not plain UTF-8 (RFC 9110, sections 8.3 and 8.4); otherwise `None`.
pub fn encoding(headers: &HeaderMap) -> Option<&'static str> {
    let named = |name| headers.get(name).map(|value| value.to_str().unwrap_or("unknown"));
    let coded = named(header::CONTENT_ENCODING).is_some_and(|coding| !coding.trim().eq_ignore_ascii_case("identity"));
    let charset = named(header::CONTENT_TYPE).and_then(|kind| {
        let mut parameters = kind.split(';').skip(1).filter_map(|one| one.split_once('='));
        let (_, charset) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
        Some(charset.trim().trim_matches('"'))
    });
    let other = charset.is_some_and(|charset| {
        !["utf-8", "utf8", "us-ascii"]
            .iter()
            .any(|known| charset.eq_ignore_ascii_case(known))
    });
    match (coded, other) {
        (true, _) => Some("a body with a Content-Encoding is not read: send it as it is"),
        (false, true) => Some("a body is read as UTF-8 only"),
        (false, false) => None,
    }
}

/// Reads a body of at most `most` bytes within `patience`.
///
/// The rest of a larger body is read and dropped, up to [`DRAIN_BYTES`] and within the same time, because some clients read the answer only
/// after writing everything. The bytes count in `account` until their last handle is dropped.
///
/// # Errors
/// The bound that the body exceeds, or a failed connection.
pub async fn read(mut body: Body, most: usize, patience: Duration, account: &Arc<Account>) -> Result<Bytes, Unread> {
    let deadline = Instant::now() + patience;
    let read = timeout_at(deadline, collect(&mut body, most, account)).await;
    let read = read.unwrap_or(Err(Unread::TooSlow));
    if matches!(read, Err(Unread::TooLarge | Unread::NoMemory)) {
        let _ = timeout_at(deadline, drain(body)).await;
    }
    read
}

async fn collect(body: &mut Body, most: usize, account: &Arc<Account>) -> Result<Bytes, Unread> {
    let mut ticket = account.take(Part::Requests, 0);
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unread::Broken)?;
        let Some(data) = frame.data_ref() else { continue };
        if whole.len() + data.len() > most {
            return Err(Unread::TooLarge);
        }
        // A short body, such as an admin command's, is accepted even if others use up the memory.
        let is_short = whole.len() + data.len() <= UNFINISHED_BYTES;
        if !ticket.ask_more(data.len()) && !is_short {
            return Err(Unread::NoMemory);
        }
        whole.extend_from_slice(data);
    }
    Ok(ticket.hold(whole.into()))
}

async fn drain(mut body: Body) {
    let mut left = DRAIN_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(bytes) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use futures_util::{StreamExt, stream};

    use super::*;

    const PIECE: usize = 64 * 1024;
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Makes a body of `pieces` pieces, and a counter of the pieces that were read.
    fn body(pieces: usize) -> (Body, Arc<AtomicUsize>) {
        let read = Arc::new(AtomicUsize::new(0));
        let count = read.clone();
        let pieces = stream::iter(0..pieces).map(move |_| {
            count.fetch_add(1, Relaxed);
            Ok::<_, Infallible>(Bytes::from_static(&[b'x'; PIECE]))
        });
        (Body::from_stream(pieces), read)
    }

    #[tokio::test]
    async fn a_body_over_its_limit_is_read_to_its_end_and_no_further_than_the_bound() {
        let account = Account::new(1 << 30);
        let (small, _) = body(2);
        assert_eq!(
            read(small, 2 * PIECE, PATIENCE, &account).await.unwrap().len(),
            2 * PIECE
        );
        let (large, count) = body(48);
        assert_eq!(read(large, PIECE, PATIENCE, &account).await, Err(Unread::TooLarge));
        assert_eq!(count.load(Relaxed), 48);
        let (endless, count) = body(usize::MAX);
        assert_eq!(read(endless, PIECE, PATIENCE, &account).await, Err(Unread::TooLarge));
        assert!(count.load(Relaxed) * PIECE <= DRAIN_BYTES + 4 * PIECE);
    }

    #[test]
    fn a_body_in_another_encoding_is_known_by_its_headers() {
        let says = |name: header::HeaderName, value: &str| {
            let headers = HeaderMap::from_iter([(name, value.parse().unwrap())]);
            encoding(&headers).is_some()
        };
        for (kind, refused) in [
            ("text/plain", false),
            ("application/json; charset=utf-8", false),
            ("text/plain;Charset=\"UTF-8\"", false),
            ("application/x-www-form-urlencoded; charset=UTF8", false),
            ("text/plain; charset=utf-16", true),
            ("application/json; q=1; CHARSET=iso-8859-1", true),
        ] {
            assert_eq!(says(header::CONTENT_TYPE, kind), refused, "{kind}");
        }
        for (coding, refused) in [("gzip", true), ("br, gzip", true), ("Identity", false)] {
            assert_eq!(says(header::CONTENT_ENCODING, coding), refused, "{coding}");
        }
    }

    #[tokio::test]
    async fn bodies_keep_to_their_part_of_the_memory() {
        let account = Account::new(4 * PIECE * crate::limits::REQUESTS_SHARE);
        let first = read(body(2).0, 8 * PIECE, PATIENCE, &account).await.unwrap();
        let used = account.of(Part::Requests);
        assert!((2 * PIECE..3 * PIECE).contains(&used), "{used}");
        assert_eq!(
            read(body(3).0, 8 * PIECE, PATIENCE, &account).await,
            Err(Unread::NoMemory)
        );
        assert_eq!(account.of(Part::Requests), used, "a refused one costs nothing");
        drop(first);
        assert_eq!(account.used(), 0);
        assert!(read(body(3).0, 8 * PIECE, PATIENCE, &account).await.is_ok());
    }

    #[tokio::test]
    async fn a_short_body_is_taken_while_long_ones_fill_their_part() {
        let account = Account::new(1 << 20);
        let _flood = account.take(Part::Requests, 1 << 20);
        let short = Body::from(vec![b'x'; UNFINISHED_BYTES]);
        assert!(read(short, PIECE, PATIENCE, &account).await.is_ok());
        let long = Body::from(vec![b'x'; UNFINISHED_BYTES + 1]);
        assert_eq!(read(long, PIECE, PATIENCE, &account).await, Err(Unread::NoMemory));
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_that_does_not_come_is_not_waited_for() {
        let account = Account::new(1 << 30);
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(&[b'x'; PIECE]))]);
        let held = Body::from_stream(first.chain(stream::pending()));
        assert_eq!(read(held, 10, PATIENCE, &account).await, Err(Unread::TooLarge));
        let slow = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        assert_eq!(read(slow, 10, PATIENCE, &account).await, Err(Unread::TooSlow));
    }
}
