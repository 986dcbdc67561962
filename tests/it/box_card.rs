//! The organizer's card as the box's service writes it.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

struct Box_(PathBuf);

impl Box_ {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("chatterbox-it-{}-{name}", std::process::id()));
        for part in ["boot", "state", "data"] {
            fs::create_dir_all(dir.join(part)).unwrap();
        }
        fs::write(dir.join("boot/chatterbox.toml"), "").unwrap();
        fs::write(dir.join("boot/card.html"), "<html>\nWi-Fi\n</html>\n").unwrap();
        Self(dir)
    }

    fn run(&self, words: &[&str], places: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chatterbox"));
        command.args(words);
        for (flag, place) in places {
            command.arg(flag).arg(self.0.join(place));
        }
        command.output().unwrap()
    }

    fn start(&self) -> String {
        let places = [("--boot", "boot"), ("--state", "state"), ("--data", "data")];
        let done = self.run(&["box", "organizer-card"], &places);
        assert!(done.status.success(), "it keeps no box from starting");
        String::from_utf8(done.stderr).unwrap()
    }

    fn card(&self) -> Option<String> {
        fs::read_to_string(self.0.join("boot/organizer.html")).ok()
    }

    /// The code that the server's key gives.
    fn code(&self) -> String {
        let url = ["organizer-card", "--svg", "--url", "http://chatterbox.lan"];
        let drawn = self.run(&url, &[("--data", "data")]);
        String::from_utf8(drawn.stdout).unwrap()
    }
}

impl Drop for Box_ {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn a_box_without_a_key_reports_it_and_writes_no_card() {
    let boxed = Box_::new("card-none");
    let said = boxed.start();
    assert!(said.contains("organizer"), "{said}");
    assert_eq!(boxed.card(), None);
    assert!(!boxed.0.join("data/organizer").exists(), "it is the server's to make");
}

#[test]
fn the_card_is_written_once_for_each_key() {
    let boxed = Box_::new("card-code");
    let reset = || {
        let done = boxed.run(&["organizer", "reset"], &[("--data", "data")]);
        assert!(done.status.success());
    };
    reset();
    assert_eq!(boxed.start(), "");
    let first = boxed.code();
    let card = boxed.card().unwrap();
    assert!(card.contains("Wi-Fi") && card.contains(&first) && first.contains("<svg"));
    fs::remove_file(boxed.0.join("boot/organizer.html")).unwrap();
    boxed.start();
    assert_eq!(boxed.card(), None, "it was taken away");
    reset();
    boxed.start();
    let card = boxed.card().unwrap();
    assert!(card.contains(&boxed.code()) && !card.contains(&first));
}

#[test]
fn the_organizers_part_speaks_the_language_of_the_box() {
    let boxed = Box_::new("card-language");
    fs::write(boxed.0.join("boot/chatterbox.toml"), "language = \"de\"\n").unwrap();
    assert!(
        boxed
            .run(&["organizer", "reset"], &[("--data", "data")])
            .status
            .success()
    );
    boxed.start();
    let card = boxed.card().unwrap();
    assert!(card.contains("lang=\"de\"") && card.contains("✂ Leitung"), "{card}");
    let printed = boxed.run(
        &["organizer-card", "--url", "http://chatterbox.lan"],
        &[("--boot", "boot"), ("--data", "data")],
    );
    assert!(String::from_utf8(printed.stdout).unwrap().contains("✂ Leitung"));
}
