//! Remembers for the whole event who is banned, admitted, waiting or seated, and which devices are flagged, for the checks in `access`.
//! At most `limits::ACCESS_RECORDS` people and `limits::FLAGGED_ADDRESSES` devices.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    limits,
    room::{AddressTag, Code, Operator, Refusal, Role, UserId},
};

/// Access records of people, flagged addresses, seats, and operators.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct AccessRecords {
    pub(in crate::room::hub) people: BTreeMap<UserId, AccessRecord>,
    /// Addresses from which banned people came.
    pub(in crate::room::hub) flagged: BTreeMap<AddressTag, FlaggedAddress>,
    /// Number of seats (numbered personal entry codes); 0 means that joining needs no code.
    pub(in crate::room::hub) seats: u32,
    pub(in crate::room::hub) taken: BTreeMap<u32, UserId>,
    /// End of the grace period for members without a seat, on the monotonic clock; it begins when the organizer turns seats on. Not stored.
    pub(in crate::room::hub) seats_due_ms: Option<u64>,
    /// Operators seen since the start, each with the access code used last.
    pub(in crate::room::hub) operators: BTreeMap<UserId, Operator>,
}

/// Access record of a person, the value of [`crate::room::Key::AccessRecord`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::room::hub) struct AccessRecord {
    pub(in crate::room::hub) banned: bool,
    /// Whether an operator admitted the person, who then needs no seat code and does not wait.
    pub(in crate::room::hub) admitted: bool,
    /// Admitted without a room: no newcomer in any.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::room::hub) everywhere: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::room::hub) badge: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::room::hub) seat: Option<u32>,
}

/// Record of a flagged device, the value of [`crate::room::Key::FlaggedAddress`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::room::hub) struct FlaggedAddress {
    /// Whether everyone at the address is refused, not only made to wait.
    pub(in crate::room::hub) all: bool,
    /// Banned people who used the address.
    pub(in crate::room::hub) banned: BTreeSet<UserId>,
    /// People who keep their access at this address.
    #[serde(rename = "cleared")]
    pub(in crate::room::hub) exempt: BTreeSet<UserId>,
}

/// The reason why an address is flagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::room::hub) enum Flag {
    /// An identity at this address was banned.
    Banned,
    /// An identity was banned together with its whole address.
    All,
    /// A banned identity appeared at this address.
    Returned,
}

impl AccessRecords {
    pub(in crate::room::hub) fn load_record(&mut self, user: UserId, value: &str) -> Option<()> {
        let record: AccessRecord = serde_json::from_str(value).ok()?;
        if let Some(seat) = record.seat {
            self.taken.insert(seat, user);
        }
        self.people.insert(user, record);
        Some(())
    }

    pub(in crate::room::hub) fn load_flagged(&mut self, address: AddressTag, value: &str) -> Option<()> {
        self.flagged.insert(address, serde_json::from_str(value).ok()?);
        Some(())
    }

    /// Whether the user was admitted.
    pub(in crate::room::hub) fn is_admitted(&self, user: UserId) -> bool {
        self.people.get(&user).is_some_and(|record| record.admitted)
    }

    /// Whether the user was admitted without a room.
    pub(in crate::room::hub) fn is_known_everywhere(&self, user: UserId) -> bool {
        self.people.get(&user).is_some_and(|record| record.everywhere)
    }

    pub(in crate::room::hub) fn is_banned(&self, user: UserId) -> bool {
        self.people.get(&user).is_some_and(|record| record.banned)
    }

    pub(in crate::room::hub) fn badge(&self, user: UserId) -> Option<Role> {
        self.people.get(&user)?.badge
    }

    /// People with a badge, and operators.
    pub(in crate::room::hub) fn staff(&self) -> impl Iterator<Item = UserId> {
        let staff = |record: &AccessRecord| matches!(record.badge, Some(Role::Organizer | Role::Moderator));
        let badges = self.people.iter().filter(move |(_, record)| staff(record));
        badges.map(|(&user, _)| user).chain(self.operators.keys().copied())
    }

    pub(in crate::room::hub) fn is_operator(&self, user: UserId) -> bool {
        self.operators.contains_key(&user)
    }

    pub(in crate::room::hub) fn banned(&self) -> impl Iterator<Item = UserId> {
        let banned = self.people.iter().filter(|(_, record)| record.banned);
        banned.map(|(&user, _)| user)
    }

    /// Whether the user has given a valid seat code.
    pub(in crate::room::hub) fn is_seated(&self, user: UserId) -> bool {
        self.people.get(&user).is_some_and(|record| record.seat.is_some())
    }

    /// Checks the access of an identity. `shared` means that all clients without a token at the address use this identity. `inside`: it is in a room.
    pub(in crate::room::hub) fn check(
        &self,
        user: UserId,
        address: AddressTag,
        shared: bool,
        inside: bool,
    ) -> Result<(), Refusal> {
        let record = self.people.get(&user);
        let flag = self.flagged.get(&address);
        let is_staff = !shared && self.is_operator(user);
        let admitted = is_staff || record.is_some_and(|record| record.admitted);
        if record.is_some_and(|record| record.banned) || (flag.is_some_and(|flag| flag.all) && !admitted) {
            return Err(banned());
        }
        if admitted {
            return Ok(());
        }
        let stays = inside && self.seats_due_ms.is_some();
        match self.seats {
            0 => {}
            _ if self.is_seated(user) => return Ok(()),
            _ if stays => {}
            _ => return Err(seat_needed()),
        }
        match flag {
            Some(flag) if shared || !flag.exempt.contains(&user) => Err(waiting()),
            _ => Ok(()),
        }
    }
}

pub(in crate::room::hub) fn banned() -> Refusal {
    Refusal::new(Code::Banned, "you were sent away")
}

pub(in crate::room::hub) fn waiting() -> Refusal {
    let message = "a person was sent away from your address: a moderator has to let you in";
    Refusal::retry(Code::Waiting, message, limits::WAITING_RETRY_MS)
}

pub(in crate::room::hub) fn seat_needed() -> Refusal {
    Refusal::new(Code::SeatNeeded, "the code of a free seat is needed to come in")
}
