//! Decides about a message by its room's rules: show it, hold it for a moderator's approval, or refuse it. Nothing grows here.

use std::sync::Arc;

use crate::room::hub::{moderation::words::Named, state::Asker, state::Hub};
use crate::room::{
    Code, Key, Now, Refusal, Role, RoomId, RoomName, Settings, StoredRoom, StoredValue, UserId, WordMode, links, names,
    roles,
};

fn bad_word() -> Refusal {
    Refusal::new(Code::BadWord, "this room does not take that word")
}

/// The decision about a message's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::room::hub) enum Verdict {
    /// The message is shown at once.
    Shown,
    /// The message is held until an operator approves it.
    Held,
    /// The message is held until an operator approves it or admits its sender.
    HeldAsNew,
}

impl Hub {
    /// Checks that a person may write in a room now; without a room, that the person is not muted everywhere. The content is checked after the
    /// rate, because [`Hub::verdict`] costs more.
    pub(in crate::room::hub) fn may_say(
        &self,
        now: Now,
        asker: Asker<'_>,
        room: Option<RoomId>,
    ) -> Result<(), Refusal> {
        let Asker { user, device, .. } = asker;
        let Some(room) = room else {
            return self.may_speak(now, user, device);
        };
        let policy = &self.rooms.get(room).policy;
        policy.admits(user)?;
        self.may_speak(now, user, device)?;
        if self.is_staff(user) {
            return Ok(());
        }
        if policy.settings.reactions_only {
            return Err(Refusal::new(
                Code::ReactionsOnly,
                "this room takes reactions alone for now",
            ));
        }
        policy.is_slow(user, device, now)
    }

    /// Decides about the texts of a person who may write: show, hold or refuse them. Texts of staff, or without a room, are always shown.
    pub(in crate::room::hub) fn verdict(
        &self,
        user: UserId,
        room: Option<RoomId>,
        texts: &[&str],
    ) -> Result<Verdict, Refusal> {
        let Some(room) = room.filter(|_| !self.is_staff(user)) else {
            return Ok(Verdict::Shown);
        };
        let policy = &self.rooms.get(room).policy;
        let settings = &policy.settings;
        if settings.links_off {
            if texts.iter().any(|text| links::has_link(text)) {
                return Err(Refusal::new(Code::NoLinks, "this room takes no links"));
            }
            // A name from before goes along with what is said.
            if self
                .people
                .name(user)
                .is_some_and(|name| links::has_link(name.as_str()))
            {
                return Err(Refusal::new(
                    Code::NoLinks,
                    "this room takes no links: please change your name",
                ));
            }
        }
        let listed = settings.words != WordMode::Off && self.says_listed(texts)?;
        if listed && settings.words == WordMode::Block {
            return Err(bad_word());
        }
        let is_known = || policy.known.contains(&user) || self.access_records.is_known_everywhere(user);
        let is_new = settings.newcomers_wait && !is_known();
        Ok(match listed || settings.hold {
            true => Verdict::Held,
            false if is_new => Verdict::HeldAsNew,
            false => Verdict::Shown,
        })
    }

    /// Checks that a person in this room (or in none) may react or send private messages: access to the room, and no mute.
    pub(in crate::room::hub) fn may_act(
        &self,
        now: Now,
        asker: Asker<'_>,
        room: Option<RoomId>,
    ) -> Result<(), Refusal> {
        let Asker { user, device, .. } = asker;
        if let Some(room) = room {
            self.rooms.get(room).policy.admits(user)?;
        }
        self.may_speak(now, user, device)
    }

    /// Checks that a person's name does not look like an operator's.
    pub(in crate::room::hub) fn takes_person_name(&self, user: UserId, name: &str, from: Named) -> Result<(), Refusal> {
        self.takes_name(user, name, from)?;
        if self.runs_the_evening(user) {
            return Ok(());
        }
        let look = match from {
            Named::Earlier => self.people.look(user).unwrap_or_else(|| names::look(name)),
            Named::Along | Named::Anew | Named::Room => names::look(name),
        };
        if roles::is_role(name) || self.looks_like_staff(look) {
            let message = "that name looks like one of those who run the evening";
            return Err(Refusal::new(Code::NotAllowed, message));
        }
        Ok(())
    }

    /// Whether a look ([`names::look`]) equals that of the name of an operator, or of a person with such a badge.
    pub(in crate::room::hub) fn looks_like_staff(&self, look: u64) -> bool {
        // An operator may have a bot's badge.
        let mut operators = self.access_records.operators.keys();
        self.people.looks.has_staff_as(look) || operators.any(|&id| self.people.look(id) == Some(look))
    }

    /// Checks a reaction. A reaction can't be held, so one with words is refused where a message with words would be.
    pub(in crate::room::hub) fn takes_reaction(&self, user: UserId, room: RoomId, emoji: &str) -> Result<(), Refusal> {
        let off = self.rooms.get(room).policy.settings.words == WordMode::Off;
        if !off && !self.is_staff(user) && self.says_listed(&[emoji])? {
            return Err(bad_word());
        }
        if names::has_words(emoji) && self.verdict(user, Some(room), &[emoji])? != Verdict::Shown {
            let message = "words wait for approval in this room, and a reaction can't: react with an emoji";
            return Err(Refusal::new(Code::NotAllowed, message));
        }
        Ok(())
    }

    /// Checks a private message. It can't be held for approval, so listed words are refused.
    pub(in crate::room::hub) fn takes_private(
        &self,
        user: UserId,
        room: Option<RoomId>,
        text: &str,
    ) -> Result<(), Refusal> {
        let off = room.is_some_and(|room| self.rooms.get(room).policy.settings.words == WordMode::Off);
        if off || self.is_staff(user) || !self.says_listed(&[text])? {
            return Ok(());
        }
        Err(bad_word())
    }

    /// Whether the user is the organizer or a moderator, who are exempt from room policies.
    pub(in crate::room::hub) fn is_staff(&self, user: UserId) -> bool {
        self.people
            .person(user)
            .is_some_and(|person| matches!(person.role, Role::Organizer | Role::Moderator))
    }

    /// Stores a room's policy, or removes the stored value if the policy is default.
    pub(in crate::room::hub) fn persist_policy(&mut self, room: RoomId) {
        let name = self.rooms.get(room).name.clone();
        self.persist_value(Key::Room(name), |hub| {
            let policy = &hub.rooms.get(room).policy;
            let settings = policy.settings.clone();
            let remembers = settings.locked || settings.newcomers_wait;
            let stored = || StoredRoom {
                known: policy.known.iter().copied().filter(|_| remembers).collect(),
                stayed: policy.stayed.iter().copied().collect(),
                settings: settings.clone(),
            };
            (settings != Settings::default()).then(|| StoredValue::Room(Arc::new(stored())))
        });
    }

    pub(in crate::room::hub) fn restore_policy(&mut self, name: &RoomName, value: &str) -> Option<()> {
        let stored: StoredRoom = serde_json::from_str(value).ok()?;
        let room = self.open(name).ok()?;
        self.rooms.keep_open(name.clone());
        let policy = &mut self.rooms.get_mut(room).policy;
        policy.settings = stored.settings;
        policy.known.extend(stored.known);
        policy.stayed.extend(stored.stayed);
        // A wall that reads the room before people come gets the settings.
        self.latest_changed(Now::default(), room);
        Some(())
    }
}
