//! What a box's services do for the server, whose sandbox forbids it: copying restored settings to the boot partition, and the factory reset.
//!
//! Both are services (`systemd/box-handover.service`, `systemd/box-reset.service`). A step that a power cut interrupted is repeated at the
//! next start.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use super::prepare::{self, PUBLIC, SECRET, is_password, put};
use crate::{
    backup::restore::{RESTORED_BOX, RESTORED_PASSWORD},
    limits,
    store::erase,
};

/// Name of the previous settings file, which is kept beside the restored one.
const BEFORE: &str = "chatterbox-before.toml";
/// Content of the settings file on a new card.
const DEFAULTS: &str = include_str!("chatterbox.toml");
/// Files on the boot partition that a reset removes, because they belong to the box's past; also the organizer's certificate.
const OF_BEFORE: &[&str] = &[
    "organizer.html",
    "card.html",
    "PROBLEMS.txt",
    BEFORE,
    "cert.pem",
    "key.pem",
];
/// Names of a file on the boot partition that requests a reset; Windows may hide the extension.
pub const ASKED: [&str; 2] = ["reset", "reset.txt"];
/// Name of the file in the server's data directory by which the organizer's page requests a reset.
pub const WANTED: &str = "reset-wanted";

/// Copies restored settings to the boot partition. Returns whether they differ from the previous ones.
///
/// # Errors
/// A directory can't be read or written; the next start tries again.
pub fn take_settings(boot: &Path, state: &Path, data: &Path) -> io::Result<bool> {
    let (settings, password) = (data.join(RESTORED_BOX), data.join(RESTORED_PASSWORD));
    let Some(text) = own_bytes(&settings)? else {
        return Ok(false);
    };
    let target = boot.join(prepare::SETTINGS);
    let present = fs::read(&target).unwrap_or_default();
    let mut changed = present != text;
    if changed {
        put(&boot.join(BEFORE), &present, PUBLIC)?;
        put(&target, &text, PUBLIC)?;
    }
    if let Some(text) = own_bytes(&password)?.filter(|text| is_password(text)) {
        let kept = state.join(prepare::PASSWORD);
        changed |= fs::read(&kept).ok().as_deref() != Some(&text[..]);
        put(&kept, &text, SECRET)?;
    }
    erase(&password)?;
    erase(&settings)?;
    File::open(data)?.sync_all()?;
    Ok(changed)
}

/// Content of a file that the server wrote; `None` if it is missing, too long, or not a plain file. Links are not followed, because the
/// server may be compromised.
fn own_bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(meta) if meta.is_file() && meta.len() <= limits::BOX_FILE_BYTES as u64 => {}
        Ok(_) => {
            fs::remove_file(path)?;
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    let mut text = Vec::new();
    File::open(path)?
        .take(limits::BOX_FILE_BYTES as u64)
        .read_to_end(&mut text)?;
    Ok(Some(text))
}

/// Erases the box's data, keys and settings if a file on the boot partition requests it. Returns whether it did.
///
/// The requesting file is removed last, so that an interrupted reset is repeated.
///
/// # Errors
/// The card can't be written; the next start tries again.
pub fn reset(boot: &Path, state: &Path, data: &Path) -> io::Result<bool> {
    let asked: Vec<_> = ASKED
        .iter()
        .map(|name| boot.join(name))
        .filter(|path| path.exists())
        .collect();
    if asked.is_empty() {
        return Ok(false);
    }
    for directory in [data, state] {
        for entry in fs::read_dir(directory).into_iter().flatten() {
            erase(&entry?.path())?;
        }
    }
    for name in OF_BEFORE {
        erase(&boot.join(name))?;
    }
    erase(&boot.join(prepare::SETTINGS))?;
    put(&boot.join(prepare::SETTINGS), DEFAULTS, PUBLIC)?;
    for path in asked {
        erase(&path)?;
    }
    File::open(boot)?.sync_all()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::appliance::scratch::Scratch;

    fn paths(dir: &Scratch) -> [std::path::PathBuf; 3] {
        ["boot", "state", "data"].map(|name| dir.path().join(name))
    }

    #[test]
    fn restored_settings_and_password_replace_those_of_the_box() {
        let dir = Scratch::new("take-settings");
        let [boot, state, data] = paths(&dir);
        dir.put("boot/chatterbox.toml", "event_name = \"New\"\n");
        dir.put("state/password", "22222abcde");
        fs::create_dir_all(&data).unwrap();
        assert!(!take_settings(&boot, &state, &data).unwrap(), "nothing was restored");
        dir.put("data/restored-chatterbox.toml", "event_name = \"Old\"\n");
        dir.put("data/restored-password", "abcdefghij");
        assert!(take_settings(&boot, &state, &data).unwrap());
        assert_eq!(dir.text("boot/chatterbox.toml"), "event_name = \"Old\"\n");
        assert_eq!(dir.text("boot/chatterbox-before.toml"), "event_name = \"New\"\n");
        assert_eq!(dir.text("state/password"), "abcdefghij");
        assert_eq!(fs::read_dir(&data).unwrap().count(), 0);
        dir.put("data/restored-chatterbox.toml", "event_name = \"Old\"\n");
        dir.put("data/restored-password", "no password of ours");
        assert!(!take_settings(&boot, &state, &data).unwrap(), "they are the same");
        assert_eq!(dir.text("state/password"), "abcdefghij");
    }

    #[test]
    fn a_link_or_an_endless_file_of_the_server_is_no_setting() {
        let dir = Scratch::new("take-foreign");
        let [boot, state, data] = paths(&dir);
        dir.put("boot/chatterbox.toml", "event_name = \"New\"\n");
        dir.put("state/secret", "of root");
        dir.put("data/x", "");
        symlink(state.join("secret"), data.join("restored-chatterbox.toml")).unwrap();
        assert!(!take_settings(&boot, &state, &data).unwrap());
        dir.put("data/restored-chatterbox.toml", &"#".repeat(limits::BOX_FILE_BYTES + 1));
        assert!(!take_settings(&boot, &state, &data).unwrap());
        assert_eq!(dir.text("boot/chatterbox.toml"), "event_name = \"New\"\n");
        assert_eq!(dir.text("state/secret"), "of root");
    }

    #[test]
    fn a_reset_leaves_a_box_as_new_and_a_cut_one_goes_on() {
        let dir = Scratch::new("reset");
        let [boot, state, data] = paths(&dir);
        let fill = || {
            dir.put("boot/chatterbox.toml", "event_name = \"Old\"\n");
            dir.put("boot/organizer.html", "the code");
            dir.put("state/password", "abcdefghij");
            dir.put("data/chatterbox.db", "messages");
            dir.put("data/before-restore/organizer", "an older key");
        };
        fill();
        assert!(!reset(&boot, &state, &data).unwrap(), "not asked");
        assert_eq!(dir.text("state/password"), "abcdefghij");
        for name in ASKED {
            fill();
            dir.put(&format!("boot/{name}"), "");
            // As after a cut: some of it is gone already.
            fs::remove_file(data.join("chatterbox.db")).unwrap();
            assert!(reset(&boot, &state, &data).unwrap());
            assert_eq!(dir.text("boot/chatterbox.toml"), DEFAULTS);
            assert!(!boot.join(name).exists() && !boot.join("organizer.html").exists());
            for directory in [&state, &data] {
                assert_eq!(fs::read_dir(directory).unwrap().count(), 0);
            }
            assert!(!reset(&boot, &state, &data).unwrap(), "once");
        }
    }

    #[test]
    fn the_request_for_a_reset_goes_last() {
        let dir = Scratch::new("reset-cut");
        let [boot, state, data] = paths(&dir);
        dir.put("boot/reset", "");
        dir.put("data/x", "");
        // A directory in the place of the settings that can't be written over.
        dir.put("boot/chatterbox.toml.new/x", "");
        assert!(reset(&boot, &state, &data).is_err());
        assert!(boot.join("reset").exists(), "the next start tries again");
        fs::remove_dir_all(boot.join("chatterbox.toml.new")).unwrap();
        assert!(reset(&boot, &state, &data).unwrap());
    }
}
