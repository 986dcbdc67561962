//! What one member still has to receive: a cursor (its position in the room's log), and a queue of at most `limits::DIRECT_FRAMES` frames
//! for this member alone.

use std::collections::VecDeque;

use super::{Log, Logged, Seq, UserId};
use crate::limits::DIRECT_FRAMES;

/// Decides which item a member gets next. It holds no entries, so a slow reader costs only this cursor, however busy the room is.
///
/// The stream is totally ordered: a direct frame that was pushed when the log's head was `h` comes after the entries up to `h`
/// and before later ones. For every member at every moment, *received + missed = sent*, counted up to its cursor; entries that
/// skip this member count as received.
#[derive(Debug)]
pub struct Cursor<D> {
    user: UserId,
    /// Number of the last entry that the member received, or was reported to have missed.
    cursor: Seq,
    replay: Option<Replay>,
    /// Frames for this member alone, each with the log's head when it was pushed.
    /// `None` while the queue is empty, because nearly all members have no direct frames.
    direct: Option<VecDeque<(Seq, D)>>,
}

/// Progress of the delivery of control entries (changes by operators) within a gap.
#[derive(Clone, Copy, Debug)]
struct Replay {
    /// Number of the last entry in the gap.
    to: Seq,
    /// Number of control entries after the cursor that were not counted as missed.
    promised: u64,
    /// Whether the member was told of a gap up to `to`; false if the ring dropped only control entries.
    told: bool,
}

/// A range of entries that includes lost ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Number of the first entry in the range.
    pub from: Seq,
    /// Number of the last entry in the range.
    pub to: Seq,
    /// Number of lost entries in the range. The other entries are control entries, which are delivered after this notice.
    pub missed: u64,
}

/// The next item of a member.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'a, T, D> {
    /// Nothing to send for now.
    Idle,
    /// Notice that entries were lost.
    Gap(Gap),
    /// An entry of the log.
    Entry(&'a T),
    /// A frame for this member alone.
    Direct(&'a D),
}

/// The next item of a member, as [`Next`] but by number instead of reference.
enum Step {
    Idle,
    Gap(Gap),
    Entry(Seq),
    Direct,
}

impl<D> Cursor<D> {
    /// The cursor of a member that has the entries up to `since`. For a member in no room, pass 0 here and an empty log to the other methods.
    pub fn new(user: UserId, since: Seq) -> Self {
        Self {
            user,
            cursor: since,
            replay: None,
            direct: None,
        }
    }

    /// The member's user. Entries with this user in `skip` are not delivered.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Number of the last entry that the member received, or was reported to have missed.
    pub fn cursor(&self) -> Seq {
        self.cursor
    }

    /// Number of waiting direct frames, at most [`DIRECT_FRAMES`].
    pub fn direct_len(&self) -> usize {
        self.direct.as_ref().map_or(0, |direct| direct.len())
    }

    /// Queues a frame for this member alone, after the entries up to `head_now`: the head of its room's log, or 0 without a room.
    ///
    /// # Errors
    /// Returns the frame if [`DIRECT_FRAMES`] are queued; the caller then closes the connection with [`super::CloseReason::Overflow`].
    pub fn push_direct(&mut self, head_now: Seq, direct: D) -> Result<(), D> {
        if self.direct_len() >= DIRECT_FRAMES {
            return Err(direct);
        }
        self.direct.get_or_insert_default().push_back((head_now, direct));
        Ok(())
    }

    /// Leaves the room: no further entries of its log are delivered. Queued direct frames stay, in order.
    pub fn leave(&mut self) {
        self.rejoin(0);
    }

    /// Follows another log, or the same log from another position, after the entries up to `since`. Queued direct frames are delivered first.
    pub fn rejoin(&mut self, since: Seq) {
        self.cursor = since;
        self.replay = None;
        // Their places were in the log before this one.
        for (mark, _) in self.direct.iter_mut().flat_map(|direct| direct.iter_mut()) {
            *mark = 0;
        }
    }

    /// Whether the member has nothing to receive. May return false when only skipped entries are left;
    /// then [`Cursor::next`] returns [`Next::Idle`], and later calls return true.
    pub fn is_idle<T: Logged + Clone>(&self, log: &Log<T>) -> bool {
        self.direct.is_none() && self.replay.is_none() && self.cursor >= log.head()
    }

    /// For the fan-out's hot path: the number of the next entry, if only log entries are due from there on.
    ///
    /// The caller may then write [`Log::iter_from`] that number itself, leave out entries that skip [`Cursor::user`], and report with
    /// [`Cursor::jump`] how far it came.
    pub fn plain_run<T: Logged + Clone>(&self, log: &Log<T>) -> Option<Seq> {
        let plain = self.direct.is_none() && self.replay.is_none() && self.cursor + 1 >= log.oldest();
        plain.then_some(self.cursor + 1)
    }

    /// Moves the cursor to `seq` after the caller wrote or skipped all entries up to it; only after [`Cursor::plain_run`].
    pub fn jump(&mut self, seq: Seq) {
        debug_assert!(seq >= self.cursor && self.direct.is_none() && self.replay.is_none());
        self.cursor = seq;
    }

    /// Whether the member was told of a gap whose control entries are still being delivered.
    pub fn is_replaying(&self) -> bool {
        self.replay.is_some()
    }

    /// Whether the next entry lies within a gap that the member was told of.
    pub fn is_within_gap(&self) -> bool {
        self.replay.is_some_and(|replay| replay.told)
    }

    /// Moves past the next entry, which the caller delivers from another source. Only when [`Cursor::next`] would report a gap starting there.
    pub fn supply(&mut self) {
        debug_assert!(self.replay.is_none());
        self.cursor += 1;
    }

    /// The next item; repeated calls return the same item until [`Cursor::accept`]. Moves the cursor past entries that skip the member.
    pub fn next<'a, T: Logged + Clone>(&'a mut self, log: &'a Log<T>) -> Next<'a, T, D> {
        self.pass_over(log);
        match self.step(log) {
            Step::Idle => Next::Idle,
            Step::Gap(gap) => Next::Gap(gap),
            Step::Entry(seq) => Next::Entry(self.entry(log, seq).expect("a step names an entry that is kept")),
            Step::Direct => Next::Direct(
                self.front()
                    .map(|(_, direct)| direct)
                    .expect("a step saw a direct frame"),
            ),
        }
    }

    /// Moves past the item that [`Cursor::next`] returned for the same log.
    pub fn accept<T: Logged + Clone>(&mut self, log: &Log<T>) {
        self.pass_over(log);
        match self.step(log) {
            Step::Idle => {}
            Step::Gap(gap) => {
                let to = self.replay.map_or(gap.to, |replay| replay.to);
                let promised = log.controls_in(gap.from, to).count() as u64;
                self.replay = Some(Replay {
                    to,
                    promised,
                    told: true,
                });
            }
            Step::Entry(seq) => self.moved_to(seq),
            Step::Direct => {
                let Some(queue) = &mut self.direct else { return };
                queue.pop_front();
                if queue.is_empty() {
                    self.direct = None;
                }
            }
        }
    }

    fn moved_to(&mut self, seq: Seq) {
        self.cursor = seq;
        if let Some(replay) = &mut self.replay {
            replay.promised -= 1;
        }
    }

    fn front(&self) -> Option<&(Seq, D)> {
        self.direct.as_ref()?.front()
    }

    fn entry<'a, T: Logged + Clone>(&self, log: &'a Log<T>, seq: Seq) -> Option<&'a T> {
        match self.replay {
            Some(_) => log.controls_in(seq, seq).next(),
            None => log.get(seq),
        }
    }

    /// Moves the cursor past entries that this member does not receive.
    fn pass_over<T: Logged + Clone>(&mut self, log: &Log<T>) {
        loop {
            match self.step_in_log(log) {
                Step::Entry(seq) if self.entry(log, seq).and_then(Logged::skip) == Some(self.user) => {
                    self.moved_to(seq)
                }
                // All that the ring has dropped is still there among the controls: no gap to speak of.
                Step::Gap(gap) if gap.missed == 0 => {
                    let promised = gap.to + 1 - gap.from;
                    self.replay = Some(Replay {
                        to: gap.to,
                        promised,
                        told: false,
                    });
                }
                Step::Idle => match self.replay.take() {
                    Some(replay) => self.cursor = replay.to,
                    None => return,
                },
                Step::Entry(_) | Step::Gap(_) | Step::Direct => return,
            }
        }
    }

    fn step<T: Logged + Clone>(&self, log: &Log<T>) -> Step {
        let step = self.step_in_log(log);
        let upcoming = match step {
            Step::Gap(gap) => gap.from,
            Step::Entry(seq) => seq,
            Step::Idle | Step::Direct => Seq::MAX,
        };
        match self.front() {
            Some((mark, _)) if *mark < upcoming => Step::Direct,
            _ => step,
        }
    }

    /// The next step, ignoring direct frames. During a replay, [`Step::Idle`] means that the replay is complete.
    fn step_in_log<T: Logged + Clone>(&self, log: &Log<T>) -> Step {
        let from = self.cursor + 1;
        if let Some(Replay { to, promised, .. }) = self.replay {
            let mut kept = log.controls_in(from, to).map(Logged::seq);
            let first = kept.next();
            let lost = promised - first.iter().len() as u64 - kept.count() as u64;
            return match first {
                // The control ring went on while this member did not: what was promised is lost after all.
                _ if lost > 0 => Step::Gap(Gap {
                    from,
                    to: first.map_or(to, |seq| seq - 1),
                    missed: lost,
                }),
                Some(seq) => Step::Entry(seq),
                None => Step::Idle,
            };
        }
        let to = log.oldest() - 1;
        if from <= to {
            Step::Gap(Gap {
                from,
                to,
                missed: log.missed_between(from, to),
            })
        } else if self.cursor < log.head() {
            Step::Entry(from)
        } else {
            Step::Idle
        }
    }
}

#[cfg(test)]
#[path = "cursor_tests.rs"]
mod tests;
