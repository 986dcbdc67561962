//! A poll: a question to a room, and how it is answered.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Code, Refusal};
use crate::limits::{POLL_CHOICES, POLL_TEXT_CHARS};

/// Names a poll in its room: 1, 2, 3 … as they were opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PollId(pub u32);

/// What is asked, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub question: Box<str>,
    /// The answers to choose from.
    pub choices: Vec<Box<str>>,
    /// Somebody may choose several of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub several: bool,
    /// The counts are shown when the poll is closed, and not before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// In a quiz, which choice is right, counted from 0: told when the poll is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<u8>,
}

impl Question {
    /// Whether it can be asked.
    ///
    /// # Errors
    /// There are fewer than 2 or more than [`POLL_CHOICES`] choices, a text is empty or has more than [`POLL_TEXT_CHARS`] characters, two choices
    /// are the same, or the right one is none of them.
    pub fn check(&self) -> Result<(), Refusal> {
        let bad = |message: String| Err(Refusal::new(Code::BadRequest, message));
        if !(2..=POLL_CHOICES).contains(&self.choices.len()) {
            return bad(format!("a poll has from 2 to {POLL_CHOICES} choices"));
        }
        let texts = || std::iter::once(&self.question).chain(&self.choices);
        if texts().any(|text| text.trim().is_empty() || text.chars().any(char::is_control)) {
            return bad("a poll's texts are plain texts, and not empty".to_owned());
        }
        if texts().any(|text| text.chars().count() > POLL_TEXT_CHARS) {
            let message = format!("a poll's texts have at most {POLL_TEXT_CHARS} characters");
            return Err(Refusal::new(Code::TooLong, message));
        }
        if (1..self.choices.len()).any(|at| self.choices[..at].contains(&self.choices[at])) {
            return bad("two choices are the same".to_owned());
        }
        if self.right.is_some_and(|right| usize::from(right) >= self.choices.len()) {
            return bad("the right choice is one of the poll's, counted from 0".to_owned());
        }
        Ok(())
    }
}

/// A poll as a room is told of it. What is not to be known yet is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Poll {
    /// Which one.
    pub poll: PollId,
    /// What is asked; `right` is there once the poll is closed.
    #[serde(flatten)]
    pub asked: Arc<Question>,
    /// Whether votes count.
    pub open: bool,
    /// How many people have voted.
    pub voters: u64,
    /// How often each choice was made; none while it is hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Vec<u64>>,
}

/// What somebody chose: a set of choices, none of which takes the vote back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Choices(u16);

impl Choices {
    /// The choices of these numbers, counted from 0.
    ///
    /// # Errors
    /// A number is too large for any poll.
    pub fn new(numbers: impl IntoIterator<Item = u64>) -> Result<Self, Refusal> {
        numbers.into_iter().try_fold(Self::default(), |Self(set), number| {
            let known = number < POLL_CHOICES as u64;
            let refusal = || {
                Refusal::new(
                    Code::BadRequest,
                    format!("there is no choice {number}: they count from 0"),
                )
            };
            known.then(|| Self(set | 1 << number)).ok_or_else(refusal)
        })
    }

    /// How many there are.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Their numbers.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..POLL_CHOICES).filter(move |number| self.0 & 1 << number != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(choices: &[&str]) -> Question {
        Question {
            question: "Tea?".into(),
            choices: choices.iter().map(|&choice| choice.into()).collect(),
            several: false,
            hidden: false,
            right: None,
        }
    }

    #[test]
    fn a_question_is_checked() {
        assert_eq!(question(&["yes", "no"]).check(), Ok(()));
        let long = "x".repeat(POLL_TEXT_CHARS + 1);
        let many: Vec<String> = (0..=POLL_CHOICES).map(|at| at.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for bad in [
            &["yes"][..],
            &["yes", "yes"],
            &["yes", " "],
            &["yes", "n\no"],
            &["yes", &long],
            &many,
        ] {
            assert!(question(bad).check().is_err(), "{bad:?}");
        }
        let mut quiz = question(&["yes", "no"]);
        quiz.right = Some(1);
        assert_eq!(quiz.check(), Ok(()));
        quiz.right = Some(2);
        assert!(quiz.check().is_err());
    }

    #[test]
    fn choices_are_a_set() {
        let choices = Choices::new([3, 0, 3]).unwrap();
        assert_eq!(choices.iter().collect::<Vec<_>>(), [0, 3]);
        assert_eq!(choices.len(), 2);
        assert!(Choices::new([]).unwrap().is_empty());
        assert!(Choices::new([POLL_CHOICES as u64]).is_err());
    }
}
