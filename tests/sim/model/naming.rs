//! People's names. The scripts' names are words and numbers.

use super::Model;
use chatterbox::{
    limits,
    room::{AddressTag, Code, UserId, UserName},
};

/// The same for all names that look alike.
pub fn look(name: &UserName) -> String {
    name.as_str().replace(' ', "")
}

impl Model {
    pub(super) fn take_name(&mut self, user: UserId, device: AddressTag, wanted: &UserName) -> UserName {
        let name = self.own_name(user, device, wanted);
        let before = std::mem::replace(&mut self.person_mut(user).name, name.clone());
        if before != name {
            self.free_name(user, &before);
        }
        name
    }

    pub(super) fn free_name(&mut self, user: UserId, name: &UserName) {
        if self.left.get(&look(name)).is_some_and(|(left, _)| *left == user) {
            self.left.remove(&look(name));
        }
    }

    /// The user who left a moment ago under a name that looks so.
    fn left_as(&self, name: &UserName) -> Option<UserId> {
        let (user, at_ms) = self.left.get(&look(name))?;
        (self.now.mono_ms < at_ms + limits::NAME_MS).then_some(*user)
    }

    /// The name, or the same with a number if that of another person looks alike who has a connection or left another device a moment ago.
    fn own_name(&self, user: UserId, device: AddressTag, wanted: &UserName) -> UserName {
        let alone = self.limits.per_address.is_some();
        let here = |name: &UserName, but: Option<UserId>| {
            let mut present = self.conns.values().filter(|conn| Some(conn.user) != but);
            present.any(|conn| look(&self.people[&conn.user].name) == look(name))
        };
        let is_free = |name: &UserName| {
            let left = self.left_as(name).filter(|left| alone && *left != user);
            let is_held = left.is_some_and(|left| !alone || self.people[&left].address != Some(device));
            !is_held && !here(name, Some(user))
        };
        if is_free(wanted) {
            return wanted.clone();
        }
        let is_someones = |name: &UserName| here(name, None) || self.left_as(name).is_some();
        let base = match wanted.as_str().rsplit_once(' ') {
            Some((base, _)) if is_someones(&UserName::new(base).expect("a part of a name")) => base,
            _ => wanted.as_str(),
        };
        let numbered = |number: u64| UserName::new(&format!("{base} {number}")).expect("a short name");
        let mut all = (2..=limits::NAME_NUMBERS).map(numbered);
        let current = self.people.get(&user).map(|person| &person.name);
        let kept = all.clone().find(|name| Some(name) == current && is_free(name));
        kept.or_else(|| all.find(is_free)).expect("there are fewer people")
    }

    /// A user is called so from now on, as the hub says beside operators.
    pub(super) fn adopt_name(&mut self, user: UserId, device: AddressTag, name: &UserName) {
        let muted = self.muting(user, device).has(Code::Muted);
        // "name 1 12" and "name 11 2" look alike.
        for (&other, person) in &self.people {
            let is_present = other != user && self.conns.values().any(|conn| conn.user == other);
            if is_present && person.called.as_ref().map(look) == Some(look(name)) {
                return self.wrong(|| format!("two people are called {name}"));
            }
        }
        let before = self.person_mut(user).called.replace(name.clone());
        // A muted person may get a number.
        let chosen = |name: &UserName| -> Vec<String> { name.as_str().split(' ').take(2).map(str::to_owned).collect() };
        if let Some(before) = before.filter(|before| muted && chosen(before) != chosen(name)) {
            self.wrong(|| format!("{before} is muted, and called {name} now"));
        }
    }
}
