//! Keeps names distinct: a person whose name looks like another present person's gets a number at its end. The name of a person who left is
//! kept free for `limits::NAME_MS`; numbers go up to `limits::NAME_NUMBERS`.

use super::{membership::people::People, moderation::words::Named, state::Hub};
use crate::{
    limits,
    room::{AddressTag, Now, UserId, UserName, names},
};

impl Hub {
    /// The name that a user is shown under who asks for `wanted`: that one, unless the name of another user looks alike, who has a connection,
    /// or left from another device less than [`limits::NAME_MS`] ago (at once where a device is many people's by configuration). Then it ends in a number, the smallest free one from 2 on; a user keeps
    /// the number from an earlier time while it is free.
    ///
    /// `shared`: the user stands for the requests of a device. The names of people on it are theirs as well, unless a device is many people's by
    /// configuration.
    pub(in crate::room::hub) fn own_name(
        &self,
        now: Now,
        (user, device): (UserId, AddressTag),
        shared: bool,
        wanted: UserName,
    ) -> UserName {
        let own = Some(device).filter(|_| !self.devices.is_shared());
        let is_theirs = |other| own.is_some() && self.people.address(other) == own;
        let is_taken = |look| {
            let mut others = self.people.looks.shown_as(look).filter(|&other| other != user);
            // Where a device is many people's, a person who returns without a token could not be told from others.
            let left = own
                .and_then(|_| self.people.looks.left_as(look, now))
                .filter(|&other| other != user);
            others.any(|other| !shared || !is_theirs(other)) || left.is_some_and(|left| !is_theirs(left))
        };
        let current = self.people.name(user);
        let look = match current {
            Some(current) if *current == wanted => self.people.look(user),
            _ => None,
        };
        if !is_taken(look.unwrap_or_else(|| names::look(wanted.as_str()))) {
            return wanted;
        }
        let base = unnumbered(&self.people, wanted.as_str(), now);
        if let Some(current) = current.filter(|current| has_number(current.as_str(), base))
            && !self.people.look(user).is_some_and(is_taken)
            && self.takes_name(user, current.as_str(), Named::Earlier).is_ok()
        {
            return current.clone();
        }
        let made_up = UserName::made_up(user);
        let is_made_up = wanted == made_up;
        let mut numbers = Numbers::new(base);
        let mut tries = 0;
        // As soon as there are no others with such a number it is free, so there is an end.
        for number in (2..=limits::NAME_NUMBERS).chain(number_of(user)..) {
            let look = numbers.look(number);
            if is_taken(look) || self.looks_like_staff(look) {
                continue;
            }
            let name = numbers.name(number);
            // What is cut off for a number may leave a listed word.
            if is_made_up || self.takes_name(user, name.as_str(), Named::Earlier).is_ok() {
                return name;
            }
            tries += 1;
            if tries >= limits::NAME_TRIES {
                break;
            }
        }
        self.own_name(now, (user, device), shared, made_up)
    }
}

/// A number of nine digits derived from the user id, for a name whose small numbers are all taken.
fn number_of(user: UserId) -> u64 {
    100_000_000 + user.0 % 900_000_000
}

/// The name without a trailing number, if a connected person has the name without it; otherwise the name itself.
fn unnumbered<'a>(people: &People, name: &'a str, now: Now) -> &'a str {
    let base = name.trim_end_matches(char::is_numeric).trim_end();
    let has_person = |look| people.looks.shown_as(look).next().is_some() || people.looks.left_as(look, now).is_some();
    let is_numbered = base.len() < name.len() && has_person(names::look(base));
    if is_numbered { base } else { name }
}

/// Whether `name` consists of `base` and a number.
fn has_number(name: &str, base: &str) -> bool {
    let number = name.rsplit_once(' ').and_then(|(_, number)| number.parse().ok());
    number.is_some_and(|number| Numbers::new(base).name(number).as_str() == name)
}

/// Appends different numbers to one name. Computes the look of the base once for each number of digits.
struct Numbers<'a> {
    base: &'a str,
    /// The part of the base that leaves space for the number.
    cut: String,
    looks: String,
}

impl<'a> Numbers<'a> {
    fn new(base: &'a str) -> Self {
        let (cut, looks) = Default::default();
        Self { base, cut, looks }
    }

    fn cut(&mut self, suffix: &str) {
        let chars = limits::USER_NAME_CHARS - suffix.len();
        let start: String = self.base.chars().take(chars).collect();
        let cut = names::visible(&start);
        if self.cut != cut.trim_end() {
            self.cut = cut.trim_end().to_owned();
            self.looks = names::looks(&self.cut);
        }
    }

    fn look(&mut self, number: u64) -> u64 {
        let suffix = format!(" {number}");
        self.cut(&suffix);
        let bones = self.looks.len();
        self.looks.push_str(&names::looks(&suffix));
        let look = names::look_of(&self.looks);
        self.looks.truncate(bones);
        look
    }

    fn name(&mut self, number: u64) -> UserName {
        let suffix = format!(" {number}");
        self.cut(&suffix);
        let name = format!("{}{suffix}", self.cut);
        UserName::new(&name).expect("a name's start and a number are a name")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_name_looks_as_it_was_compared() {
        let long = "Ж".repeat(limits::USER_NAME_CHARS);
        let ligatures = "\u{fdfa}".repeat(limits::USER_NAME_CHARS);
        let family = format!("{}👩\u{200d}👩\u{200d}👧", "x".repeat(25));
        let spaced = format!("{} y", "x".repeat(29));
        for base in [
            "Anna",
            "小明",
            "می\u{200c}خواهم",
            "1\u{fe0f}\u{20e3}",
            "e\u{301}",
            &long,
            &ligatures,
            &family,
            &spaced,
        ] {
            let mut numbers = Numbers::new(base);
            for number in [2, 10, 11, 99, number_of(UserId(u64::MAX))] {
                let name = numbers.name(number);
                assert_eq!(numbers.look(number), names::look(name.as_str()), "{name}");
                assert!(name.as_str().chars().count() <= limits::USER_NAME_CHARS, "{name}");
                assert!(has_number(name.as_str(), base), "{name}");
            }
        }
        assert_eq!(Numbers::new(&spaced).name(2).as_str(), format!("{} 2", "x".repeat(29)));
        assert!(!has_number("Anna", "Anna"));
        assert!(!has_number("Annabel 2", "Anna"));
    }
}
