//! Rate limits: charges each command to the token buckets of its user and of the user's device, and refuses it if one is empty. People and
//! devices are bounded by `limits::USERS`.

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
    /// Charges a private message: one message to the rates of user and device, and its text's queue space to the device's rate for that receiver.
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

    /// Checks that a device may create another room. If its share is used up, its own room that has been empty for longest is closed.
    ///
    /// # Errors
    /// `full`: all of the device's rooms have people in them.
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

    /// Whether the device has reached its share of the room's approval queue.
    pub(in crate::room::hub) fn holds_enough(&self, device: AddressTag, room: RoomId) -> bool {
        let theirs = self.rooms.get(room).policy.held.users();
        self.count_of(device, theirs) >= self.devices.most.held
    }

    /// Whether the device has reached its share of open questions in the room.
    pub(in crate::room::hub) fn asks_enough(&self, device: AddressTag, room: RoomId) -> bool {
        let theirs = self.rooms.get(room).board.questions.open_users();
        self.count_of(device, theirs) >= self.devices.most.questions
    }

    fn count_of(&self, device: AddressTag, users: impl Iterator<Item = crate::room::UserId>) -> usize {
        users.filter(|&user| self.people.address(user) == Some(device)).count()
    }
}
