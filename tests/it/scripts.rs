//! The box's update scripts with directories and programs of the test, and over power cuts.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// The scripts with other paths, and programs that record their calls.
struct Played(PathBuf);

impl Played {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("chatterbox-it-scripts-{}-{name}", std::process::id()));
        for part in ["boot", "run", "bin", "sent", "taken"] {
            fs::create_dir_all(dir.join(part)).unwrap();
        }
        let played = Self(dir);
        for script in ["update", "install"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("image/files/usr/lib/chatterbox")
                .join(script);
            let text = fs::read_to_string(path).unwrap();
            let at = |place: &str| played.0.join(place).display().to_string();
            let text = text
                .replace("/usr/lib/chatterbox/boot-rw", "env")
                .replace("/boot/firmware", &at("boot"))
                .replace("/run/box-trial", &at("run/trial"))
                .replace("/run/box/update", &at("run/outcome"))
                .replace("/data/private/chatterbox/updates/checked", &at("sent"))
                .replace("/data/box/updates", &at("taken"))
                .replace("/data/box/sent.update", &at("taken/old"));
            fs::write(played.0.join(script), text).unwrap();
        }
        played.program("systemctl", "echo \"$@\" >>\"$PLAYED/restarts\"");
        played.program("sync", ":");
        played
    }

    fn program(&self, name: &str, does: &str) {
        let path = self.0.join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs a script, with `update` as the shell lines of the program.
    fn run(&self, script: &str, update: &str) {
        self.program("chatterbox", update);
        let path = format!("{}:{}", self.0.join("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        let command = command
            .arg(self.0.join(script))
            .env("PATH", path)
            .env("PLAYED", &self.0);
        command.output().unwrap();
    }

    fn put(&self, path: &str) {
        fs::write(self.0.join(path), "update").unwrap();
    }

    fn names(&self, dir: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(dir)).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_default()
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

const TAKES: &str = "exit 0";
const REFUSES: &str = "echo 'chatterbox: the update is damaged: copy it once more' >&2; exit 1";
/// Kills the script together with the program.
const POWER_CUT: &str = "kill -KILL $PPID";

#[test]
fn an_accepted_update_leaves_no_file() {
    let played = Played::new("taken");
    for old in ["boot/a.update.taken", "boot/b.update.refused"] {
        played.put(old);
    }
    played.put("boot/new.update");
    played.run("update", TAKES);
    assert_eq!(played.names("boot"), [""; 0]);
    assert_eq!(played.text("restarts"), "--no-block reboot\n");
}

#[test]
fn a_refused_update_leaves_a_reason_without_inner_paths() {
    let played = Played::new("refused");
    played.put("boot/new.update");
    played.run("update", REFUSES);
    assert_eq!(played.names("boot"), ["new.update.refused.txt"]);
    assert_eq!(
        played.text("boot/new.update.refused.txt"),
        "the update is damaged: copy it once more\r\n"
    );
    assert_eq!(played.text("restarts"), "");
    played.put("boot/newer.update");
    played.put("boot/newest.update");
    played.run("update", REFUSES);
    let reasons = ["newer.update.refused.txt", "newest.update.refused.txt"];
    assert_eq!(
        played.names("boot"),
        reasons,
        "each has its own reason, and older ones are removed"
    );
}

#[test]
fn an_update_is_retried_after_power_cuts_and_refused_after_three() {
    for (script, put, dir) in [
        ("update", "boot/new.update", "boot"),
        ("install", "sent/restart.update", "taken"),
    ] {
        let played = Played::new(&format!("cut-{script}"));
        played.put(put);
        for cut in 1..=3 {
            played.run(script, POWER_CUT);
            let names = played.names(dir);
            assert!(
                names.len() == 1 && names[0].ends_with(&format!(".update.try{cut}")),
                "{names:?}"
            );
        }
        played.run(script, TAKES);
        assert!(played.names(dir).iter().all(|name| name.ends_with("refused.txt")));
        let shown = played.text("boot/new.update.refused.txt") + &played.text("run/outcome");
        assert!(shown.contains("The power was cut three times"), "{shown}");
        assert_eq!(played.text("restarts"), "");

        played.put(put);
        played.run(script, POWER_CUT);
        played.run(script, TAKES);
        assert_eq!(played.names(dir), [""; 0]);
        assert_eq!(played.text("restarts"), "--no-block reboot\n");
    }
}

#[test]
fn an_update_on_trial_is_not_installed_twice() {
    let played = Played::new("trial");
    played.put("boot/new.update.try1");
    played.put("boot/newer.update");
    fs::write(played.0.join("run/trial"), "").unwrap();
    played.run("update", "touch \"$PLAYED/called\"");
    assert_eq!(played.names("boot"), ["newer.update"], "the next start takes it");
    assert!(!played.0.join("called").exists());
}

#[test]
fn a_symlink_in_place_of_a_checked_file_is_not_followed() {
    let played = Played::new("link");
    played.put("run/secret");
    std::os::unix::fs::symlink(played.0.join("run/secret"), played.0.join("sent/restart.update")).unwrap();
    played.run("install", "touch \"$PLAYED/called\"");
    assert!(played.text("run/outcome").starts_with("refused\n"));
    assert!(!played.0.join("called").exists());
    assert_eq!((played.names("sent").len(), played.names("taken").len()), (0, 0));
    assert_eq!(played.text("run/secret"), "update");
}
