//! The file `PROBLEMS.txt` on the boot partition: mistakes in the settings, and findings of the doctor.

/// Name of the file on the boot partition.
pub const NAME: &str = "PROBLEMS.txt";
/// Lines before and after the mistakes in the settings.
const SETTINGS: &str = "The box has started, but it could not use all of chatterbox.toml.\r\n\
    What is named here was left out, and the box took its usual value instead.\r\n\r\n";
const CORRECT: &str = "\r\nTo correct it: change chatterbox.toml beside this file, eject the card, put it into the box, and start the box.\r\n";
/// Line before the doctor's findings.
const FOUND: &str = "While the box ran, it noticed:\r\n\r\n";

/// Text of the file, with Windows line ends; empty if there are no problems.
pub fn text(settings: &[String], found: &[String]) -> String {
    let lines = |lines: &[String]| lines.iter().map(|line| format!("{line}\r\n")).collect::<String>();
    let mut text = String::new();
    if !settings.is_empty() {
        text += &format!("{SETTINGS}{}{CORRECT}", lines(settings));
    }
    if !found.is_empty() {
        let gap = if text.is_empty() { "" } else { "\r\n" };
        text += &format!("{gap}{FOUND}{}", lines(found));
    }
    text
}

/// Extracts the doctor's findings from an existing text, to keep them when the settings are read again.
pub fn found(text: &str) -> Vec<String> {
    let part = text.split_once(FOUND).map_or("", |(_, part)| part);
    part.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_stay_when_the_settings_change() {
        let settings = ["line 2: country: two letters".to_owned()];
        let noticed = ["It is hot.".to_owned(), "It is full.".to_owned()];
        for settings in [&settings[..], &[]] {
            let text = text(settings, &noticed);
            assert_eq!(found(&text), noticed);
            assert_eq!(text.contains("line 2"), !settings.is_empty());
        }
        assert_eq!(found(&text(&settings, &[])), [""; 0]);
        assert_eq!(text(&[], &[]), "");
    }
}
