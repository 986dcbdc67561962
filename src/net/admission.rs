//! How many connections there may be, in all and for each address.

use std::{
    collections::HashMap,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Counts the open connections.
pub struct Admission {
    total: usize,
    per_address: Option<u32>,
    open: Mutex<Open>,
    closed: tokio::sync::Notify,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, u32>,
}

impl Admission {
    /// At most `total` at once, and `per_address` from one address unless that is none.
    pub fn new(total: usize, per_address: Option<u32>) -> Self {
        Self {
            total,
            per_address,
            open: Mutex::default(),
            closed: tokio::sync::Notify::new(),
        }
    }

    /// A place for one more from this address, if there is one.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= self.total {
            return None;
        }
        let here = open.by_address.entry(address).or_default();
        if self.per_address.is_some_and(|most| *here >= most) {
            return None;
        }
        *here += 1;
        open.all += 1;
        Some(Place {
            admission: self.clone(),
            address,
        })
    }

    /// How many there are.
    pub fn open(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    /// Waits until there are none.
    pub async fn empty(&self) {
        loop {
            let closed = self.closed.notified();
            if self.open() == 0 {
                return;
            }
            closed.await;
        }
    }
}

/// A connection's place, free again when it is dropped.
pub struct Place {
    admission: Arc<Admission>,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.admission.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(here) = open.by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                open.by_address.remove(&self.address);
            }
        }
        drop(open);
        self.admission.closed.notify_one();
    }
}

/// A stream that holds a place for as long as it is open, upgraded or not.
pub struct Placed<S> {
    stream: S,
    _place: Place,
}

impl<S> Placed<S> {
    /// Ties the two together.
    pub fn new(stream: S, place: Place) -> Self {
        Self { stream, _place: place }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Placed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Placed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    #[test]
    fn places_are_bounded_and_come_back() {
        let admission = Arc::new(Admission::new(3, Some(2)));
        let first = admission.enter(HERE);
        let second = admission.enter(HERE);
        assert!(first.is_some() && second.is_some());
        assert!(admission.enter(HERE).is_none(), "two from one address");
        let third = admission.enter(THERE);
        assert!(third.is_some());
        assert!(admission.enter(THERE).is_none(), "three in all");
        drop(first);
        assert!(admission.enter(HERE).is_some());
    }
}
