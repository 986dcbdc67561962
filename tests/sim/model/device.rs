//! What a device uses as the model sees it: its purses; connections and rooms are counted anew each time.

use super::{Asker, Model, Purses, person::Purse, person::Rate, refuse};
use chatterbox::{
    limits::{self, Limits},
    room::{AddressTag, Code, Refusal, RoomId, UserId},
};

#[derive(Clone, Copy, Default)]
pub struct DevicePurses {
    pub messages: Purse,
    pub reactions: Purse,
    pub requests: Purse,
    newcomers: Purse,
}

/// What the identities of one device may use together.
#[derive(Clone, Copy)]
pub struct Shares {
    pub messages: Rate,
    pub reactions: Rate,
    pub requests: Rate,
    newcomers: Option<Rate>,
}

impl Shares {
    pub fn new(limits: &Limits) -> Self {
        let alone = limits.per_address.is_some();
        let people = if alone {
            limits.device_people
        } else {
            limits::SHARED_PEOPLE
        };
        let rate = |per_second: f64, burst: u32| Rate::new(per_second * f64::from(people), burst * people);
        Self {
            messages: rate(limits.message_rate, limits.message_burst),
            reactions: rate(limits.react_rate, limits.react_burst),
            requests: rate(limits.request_rate, limits.request_burst),
            newcomers: alone.then(|| rate(limits::NEWCOMER_RATE, limits::NEWCOMER_BURST)),
        }
    }
}

impl Model {
    pub(super) fn take(&mut self, asker: &Asker, purse: Purses) -> Result<(), Refusal> {
        let (Some(rates), Some(shares)) = (self.rates, self.shares) else {
            return Ok(());
        };
        let now_ms = self.now.mono_ms;
        let device = self.devices.entry(asker.device).or_default();
        let (theirs, share) = match purse {
            Purses::Messages => (&mut device.messages, shares.messages),
            Purses::Reactions => (&mut device.reactions, shares.reactions),
            Purses::Requests => (&mut device.requests, shares.requests),
        };
        let before = *theirs;
        let person = self.people.get_mut(&asker.user).expect("the sender is known");
        let taken = theirs.take(share, now_ms).and_then(|()| match purse {
            Purses::Messages => person.messages.take(rates.messages, now_ms),
            Purses::Reactions => person.reactions.take(rates.reactions, now_ms),
            Purses::Requests => person.requests.take(rates.requests, now_ms),
        });
        taken.map_err(|wait_ms| {
            *theirs = before;
            person.floods |= person.refusals.take(rates.refusals, now_ms).is_err();
            Refusal::retry(Code::RateLimited, "", wait_ms)
        })
    }

    /// What one device sends to one person is no more than one person may send.
    pub(super) fn take_private(&mut self, asker: &Asker, to: UserId) -> Result<(), Refusal> {
        let bounded = self.limits.per_address.is_some() && asker.user != to;
        let Some(rates) = self.rates.filter(|_| bounded) else {
            return self.take(asker, Purses::Messages);
        };
        let (pair, now_ms) = ((asker.device, to), self.now.mono_ms);
        let mut purse = self.private_from.get(&pair).copied().unwrap_or_default();
        if let Err(wait_ms) = purse.take(rates.messages, now_ms) {
            let person = self.person_mut(asker.user);
            person.floods |= person.refusals.take(rates.refusals, now_ms).is_err();
            return Err(Refusal::retry(Code::RateLimited, "", wait_ms));
        }
        self.take(asker, Purses::Messages)?;
        self.private_from.insert(pair, purse);
        Ok(())
    }

    /// Whether a device may bring a user who was never here.
    pub(super) fn brings_newcomer(&mut self, device: AddressTag) -> bool {
        let Some(rate) = self.shares.and_then(|shares| shares.newcomers) else {
            return true;
        };
        let newcomers = &mut self.devices.entry(device).or_default().newcomers;
        newcomers.take(rate, self.now.mono_ms).is_ok()
    }

    pub(super) fn has_place(&self, device: AddressTag) -> bool {
        let theirs = self.conns.values().filter(|conn| conn.device == device).count();
        self.limits.per_address.is_none_or(|most| theirs < most as usize)
    }

    /// A device makes its share of rooms; then its own empty one that was unused for longest makes way.
    pub(super) fn may_make_room(&mut self, device: AddressTag) -> Result<(), Refusal> {
        let theirs = |room: &&super::Room| room.made_by == Some(device);
        if self.limits.per_address.is_none() || self.rooms.iter().filter(theirs).count() < limits::DEVICE_ROOMS {
            return Ok(());
        }
        let empty = self.rooms.iter().filter(theirs).filter(|room| room.members.is_empty());
        let longest = empty.min_by_key(|room| (room.used_ms, room.id)).map(|room| room.id);
        match longest {
            Some(room) => {
                self.shut(room);
                Ok(())
            }
            None => refuse(Code::Full),
        }
    }

    pub(super) fn open_by(&mut self, asker: &Asker, name: &chatterbox::room::RoomName) -> Result<RoomId, Refusal> {
        if let Some(id) = self.find(name) {
            return Ok(id);
        }
        self.may_make_room(asker.device)?;
        let id = self.open(name)?;
        self.room_mut(id).made_by = Some(asker.device);
        Ok(id)
    }
}
