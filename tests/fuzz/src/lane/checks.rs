//! The lane's promises, as checks of the world after each decision and at the end.

use chatterbox::transport::lane::SendState;
use tokio::task::yield_now;

use super::{
    library::SWITCH,
    stream,
    world::{LIMITS, PLENTY, Told, World},
};

/// Turns of the runtime within which a task has ended that has nothing to wait for.
const TURNS: usize = 5;

impl World {
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).expect("a short run")
    }

    /// Between any two decisions: no wake-up is lost, and no signal is false.
    pub fn check(&mut self) {
        let told = std::mem::take(&mut *self.ear.0.lock().expect("no panics inside"));
        let mut matched = Vec::new();
        for told in told {
            match told {
                Told::Writable => self.waits = None,
                Told::Matched(token) => matched.push(token),
                Told::Gone => {
                    assert!(!self.gone, "told twice");
                    self.gone = true;
                }
            }
        }
        assert_eq!(matched, self.settled);
        self.settled.clear();
        assert_eq!(self.gone, self.lane.peer_gone());
        assert_eq!(self.lane.is_frames(), self.library.is_open());

        let socket = self.socket.lock();
        if let Some(state) = self.waits
            && !self.closing
            && !self.gone
        {
            let turn = self.library.is_open() && self.library.half() == 0;
            let room = state == SendState::NotOpen || socket.room > 0;
            assert!(!(turn && room), "the fan-out waits, and is not told to go on");
        }
        if self.io.is_none() {
            return;
        }
        assert!(!(self.writes.sleeps() && socket.room > 0), "the library's write sleeps");
        if self.reads.sleeps() {
            let comes = !socket.input.is_empty() || socket.end.is_some();
            assert!(self.held && !self.closing || !comes, "the library's read sleeps");
            assert!(
                !self.closing || self.closing_seen,
                "the library's read does not know of the close"
            );
            let late = self
                .unfinished
                .is_some_and(|(_, since)| since + LIMITS.unfinished_ms <= self.now_ms());
            assert!(!late || self.held || self.closing, "the library misses the deadline");
        }
    }

    /// Runs all tasks until none has work left, and checks the output.
    pub async fn settle(mut self) {
        self.socket.lock().write_errors.clear();
        self.held = false;
        self.lane.hold(false);
        self.socket.grant(PLENTY);
        self.check();
        while !self.library.dead && self.io.is_some() && !self.library.pending.is_empty() {
            self.write_some(self.library.pending.len(), PLENTY);
            self.check();
        }
        self.send(usize::MAX / 2);
        assert!(self.waits.is_none() || !self.library.is_open());
        self.check();
        if self.closing {
            self.finish().await;
        }
        self.verify();
    }

    /// The end of a closing lane, whose peer answers.
    async fn finish(&mut self) {
        if self.io.is_some() {
            self.read(100);
        }
        for _ in 0..TURNS {
            yield_now().await;
        }
        if !self.broken {
            assert!(self.socket.lock().shut, "all is out");
        }
        self.socket.end(Ok(()));
        if self.io.is_some() {
            self.read(100);
            assert!(!self.reads.sleeps(), "the peer has closed");
        }
        for _ in 0..TURNS {
            yield_now().await;
        }
        assert!(self.lane.peer_gone() && self.socket.lock().shut);
        self.check();
    }

    fn verify(&self) {
        let out = self.socket.out();
        let out = &out[self.http..];
        if !self.library.is_open() {
            assert_eq!(out, &SWITCH[..self.library.taken()]);
            return;
        }
        let stream = out.strip_prefix(SWITCH).expect("the answer");
        let fan_out = if self.closing {
            &self.fan_out[..]
        } else {
            &self.fan_out[..self.taken]
        };
        let seen = stream::read(stream, &self.library.frames, fan_out);
        assert_eq!(seen.library, self.library.done);
        let all = fan_out.len();
        if self.broken {
            // Of what was taken, the rest of one frame may be missing.
            assert!(seen.fan_out + 1 >= self.taken);
            assert!(self.library.half() == 0 || self.library.half() == seen.rest);
        } else {
            assert_eq!((seen.fan_out, seen.rest), (all, 0));
            assert!(self.closing || self.library.pending.is_empty());
            assert!(self.closing || self.gone || self.taken == self.fan_out.len());
        }
    }
}
