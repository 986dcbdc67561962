//! Charges commands to the buckets of users and devices.

use crate::{
    limits,
    room::{
        AddressTag, Code, Now, Refusal, RoomId, UserId, escaped_len,
        hub::{
            membership::people::Charge,
            state::{Asker, Hub},
        },
    },
};

impl Hub {
    /// Charges a private message: one message to the rates of sender and device, and the queue space of its text to the device's rate for
    /// that receiver.
    ///
    /// # Errors
    /// `rate_limited`, with the wait, or `busy`; nothing is charged then.
    pub(in crate::room::hub) fn charge_private(
        &mut self,
        asker: Asker<'_>,
        to: UserId,
        text: &str,
        now: Now,
    ) -> Result<(), Refusal> {
        let pair = (asker.device, to);
        if asker.user == to || self.runs_the_evening(asker.user) {
            return self.charge(asker, Charge::Message, now);
        }
        let pieces = escaped_len(text) / limits::PRIVATE_PIECE_BYTES;
        let cost = u32::try_from(1 + pieces).unwrap_or(u32::MAX);
        match self.private_rates.with(pair, cost, now) {
            Ok(bucket) => {
                self.charge(asker, Charge::Message, now)?;
                if let Some(bucket) = bucket {
                    self.private_rates.set(pair, bucket);
                }
                Ok(())
            }
            Err(wait_ms) => Err(self.people.refuse_rate(asker.user, now, wait_ms)),
        }
    }

    /// Takes one message, reaction or request from the buckets of the user and of the device.
    ///
    /// # Errors
    /// `rate_limited`, with the wait, or `busy` for a message while the memory budget is used up; nothing is taken then.
    pub(in crate::room::hub) fn charge(&mut self, asker: Asker<'_>, kind: Charge, now: Now) -> Result<(), Refusal> {
        let Asker { user, device, .. } = asker;
        // Those who run the evening do not wait for others of their device.
        if self.runs_the_evening(user) {
            return self.people.charge(user, kind, now);
        }
        if matches!(kind, Charge::Message) {
            self.has_memory()?;
        }
        let people = &mut self.people;
        let taken = self
            .devices
            .charge(device, kind, now, || people.charge(user, kind, now));
        taken.unwrap_or_else(|wait_ms| Err(self.people.refuse_rate(user, now, wait_ms)))
    }

    /// Makes way for a new room of a device that has made its share: the device's own room that was unused for longest closes.
    ///
    /// # Errors
    /// People are in all of them.
    pub(in crate::room::hub) fn may_make_room(&mut self, asker: Asker<'_>) -> Result<(), Refusal> {
        if self.devices.makes_rooms(asker.device) || self.runs_the_evening(asker.user) {
            return Ok(());
        }
        match self.rooms.longest_empty_of(asker.device) {
            Some(room) => {
                self.close_room(room);
                Ok(())
            }
            None => Err(Refusal::new(Code::Full, "enough rooms were made from where you are")),
        }
    }

    /// Whether as much of a device waits in a room to be approved as may.
    pub(in crate::room::hub) fn holds_enough(&self, device: AddressTag, room: RoomId) -> bool {
        let theirs = self.rooms.get(room).policy.held.users();
        self.count_of(device, theirs) >= self.devices.most.held
    }

    /// Whether as many questions of a device are open in a room as may be.
    pub(in crate::room::hub) fn asks_enough(&self, device: AddressTag, room: RoomId) -> bool {
        let theirs = self.rooms.get(room).board.questions.open_users();
        self.count_of(device, theirs) >= self.devices.most.questions
    }

    fn count_of(&self, device: AddressTag, users: impl Iterator<Item = crate::room::UserId>) -> usize {
        users.filter(|&user| self.people.address(user) == Some(device)).count()
    }
}
