//! Names that look alike: of the people present each has one of their own, by a number at its end.

use super::{membership::people::People, state::Hub};
use crate::{
    limits,
    room::{AddressTag, UserId, UserName, names},
};

impl Hub {
    /// The name that a user is shown under who asks for `wanted`: that one, unless the name of another user with a connection looks
    /// alike. Then it ends in a number, the smallest free one from 2 on; a user keeps the number from an earlier time while it is free.
    ///
    /// `shares` is the device of a user who stands for the requests of a device: the names of people on it are theirs as well, unless a device is
    /// many people's by configuration.
    pub(in crate::room::hub) fn own_name(
        &self,
        user: UserId,
        shares: Option<AddressTag>,
        wanted: UserName,
    ) -> UserName {
        let shares = shares.filter(|_| !self.devices.is_shared());
        let is_taken = |look| {
            let mut others = self.people.shown_as(look).filter(|&other| other != user);
            others.any(|other| shares.is_none() || self.people.address(other) != shares)
        };
        let current = self.people.name(user);
        let look = match current {
            Some(current) if *current == wanted => self.people.look(user),
            _ => None,
        };
        if !is_taken(look.unwrap_or_else(|| names::look(wanted.as_str()))) {
            return wanted;
        }
        let base = unnumbered(&self.people, wanted.as_str());
        if let Some(current) = current.filter(|current| has_number(current.as_str(), base))
            && !self.people.look(user).is_some_and(is_taken)
        {
            return current.clone();
        }
        let mut numbers = Numbers::new(base);
        // As soon as there are no others with such a number it is free, so there is an end.
        let all = (2..=limits::NAME_NUMBERS).chain(number_of(user)..);
        let free = all.into_iter().find(|&number| {
            let look = numbers.look(number);
            !is_taken(look) && !self.looks_like_staff(look)
        });
        numbers.name(free.unwrap_or_else(|| number_of(user)))
    }
}

/// A number of nine digits, the same for the same user: for a name whose small numbers are all taken.
fn number_of(user: UserId) -> u64 {
    100_000_000 + user.0 % 900_000_000
}

/// A name without the number by which it differs from another person's.
fn unnumbered<'a>(people: &People, name: &'a str) -> &'a str {
    let base = name.trim_end_matches(char::is_numeric).trim_end();
    let is_numbered = base.len() < name.len() && people.shown_as(names::look(base)).next().is_some();
    if is_numbered { base } else { name }
}

/// Whether a name is `base` with a number.
fn has_number(name: &str, base: &str) -> bool {
    let number = name.rsplit_once(' ').and_then(|(_, number)| number.parse().ok());
    number.is_some_and(|number| Numbers::new(base).name(number).as_str() == name)
}

/// One name with different numbers. What it looks like is found out once for each length of a number.
struct Numbers<'a> {
    base: &'a str,
    /// As much of the base as goes before a number, and what that looks like.
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
