//! Reports mistakes in the organizer's file: at most [`limits::BOX_PROBLEMS`], the rest only counted.

use toml::Value;

use crate::{
    limits,
    page::{Mistake, MistakeKind, shortened},
};

/// The mistakes that pages and files show, within [`limits::BOX_PROBLEMS_BYTES`]. If some are left out, the last one tells how many.
pub fn reported(mistakes: &[Mistake]) -> Vec<Mistake> {
    // The summary, the count, and the tags of a dozen paragraphs.
    let mut room = limits::BOX_PROBLEMS_BYTES - 400;
    let fits = |mistake: &&Mistake| {
        let left = room.checked_sub(mistake.size());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let mut shown: Vec<_> = mistakes
        .iter()
        .take(limits::BOX_PROBLEMS)
        .take_while(fits)
        .cloned()
        .collect();
    let more = mistakes.len() - shown.len();
    let message = match more {
        0 => return shown,
        1 => "One more thing is wrong.".to_owned(),
        more => format!("{more} more things are wrong."),
    };
    shown.push(Mistake::new(MistakeKind::More, message).with(more));
    shown
}

/// The reported mistakes as English lines.
pub fn report_lines(mistakes: &[Mistake]) -> Vec<String> {
    reported(mistakes).iter().map(ToString::to_string).collect()
}

/// The beginning of a text, short enough for a message.
pub fn short(text: &str) -> String {
    const BYTES: usize = 40;
    shortened(text.chars().filter(|c| !c.is_control()).collect(), BYTES)
}

/// A value of the organizer's file, shortened for a message.
pub(super) fn shown(value: &Value) -> String {
    short(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::escaped;

    fn wrong(line: usize, message: &str) -> Mistake {
        Mistake::new(MistakeKind::Form, message).at(line)
    }

    #[test]
    fn a_dozen_is_shown_and_the_rest_is_counted() {
        let all: Vec<_> = (1..=5000).map(|line| wrong(line, "wrong")).collect();
        assert_eq!(report_lines(&all[..1]), ["line 1: wrong"]);
        assert_eq!(report_lines(&all[..limits::BOX_PROBLEMS]).len(), limits::BOX_PROBLEMS);
        let lines = report_lines(&all);
        assert_eq!(lines.len(), limits::BOX_PROBLEMS + 1);
        assert_eq!(lines.last().unwrap(), "4988 more things are wrong.");
        assert_eq!(
            report_lines(&all[..limits::BOX_PROBLEMS + 1]).last().unwrap(),
            "One more thing is wrong."
        );
    }

    #[test]
    fn each_mistake_is_one_short_line() {
        let long = wrong(1, &format!("a\r\nb\u{b}{}", "é".repeat(limits::BOX_PROBLEM_BYTES)));
        assert!(
            long.message.starts_with("a  b é") && long.message.ends_with('…'),
            "{long}"
        );
        assert!(long.message.len() <= limits::BOX_PROBLEM_BYTES + '…'.len_utf8());
        let many = vec![wrong(1, &"\"".repeat(limits::BOX_PROBLEM_BYTES)); 100];
        let size: usize = report_lines(&many).iter().map(|line| escaped(line).len()).sum();
        assert!(size < limits::BOX_PROBLEMS_BYTES, "{size}");
    }
}
