//! `chatterbox box organizer-card`: writes the organizer's card to the boot partition, once for each organizer's key.

use std::{fs, path::Path};

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::{
    card,
    prepare::{self, PUBLIC, SECRET, put},
};

/// Name of the organizer's card on the boot partition.
const CARD: &str = "organizer.html";
/// File in the box's own directory with the hash of the key whose card was written.
const WRITTEN: &str = "organizer-card";

/// Writes the card that `page` makes from the public card, the box's URL and its language. If the organizer deletes it, it is not written
/// again for the same key.
///
/// # Errors
/// The public card is missing, or a file can't be written.
pub fn write(boot: &Path, state: &Path, key: &[u8], page: impl FnOnce(&str, &str, &str) -> String) -> Result<()> {
    let (path, written) = (boot.join(CARD), state.join(WRITTEN));
    let mark = data_encoding::HEXLOWER.encode(&Sha256::digest(key));
    if !path.exists() && fs::read_to_string(&written).is_ok_and(|there| there == mark) {
        return Ok(());
    }
    let (settings, _) = prepare::read(boot);
    let base = card::url(&settings);
    let made = prepare::card(boot).and_then(|card| Ok(put(&path, &page(&card, &base, settings.language), PUBLIC)?));
    if let Err(error) = made {
        // An old page may show another network. Without its hash the next start writes a new one.
        for old in [&written, &path] {
            let _ = fs::remove_file(old);
        }
        return Err(error);
    }
    // Written after the card: a power cut between the two writes the card again.
    put(&written, &mark, SECRET)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::scratch::Scratch;

    const KEY: &[u8] = &[7; 16];

    fn start(box_: &Scratch, key: &[u8]) -> Result<()> {
        let (boot, state) = (box_.path().join("boot"), box_.path().join("state"));
        write(&boot, &state, key, |card, base, _| format!("{card} {base} {}", key[0]))
    }

    fn fresh(name: &str) -> Scratch {
        let scratch = Scratch::new(name);
        scratch.put("boot/chatterbox.toml", "box_name = \"ball\"\n");
        scratch.put("boot/card.html", "all");
        fs::create_dir_all(scratch.path().join("state")).unwrap();
        scratch
    }

    #[test]
    fn the_first_start_writes_it_with_the_wifi_and_the_boxs_name() {
        let scratch = fresh("organizer-first");
        start(&scratch, KEY).unwrap();
        assert_eq!(scratch.text("boot/organizer.html"), "all http://ball.lan/ 7");
    }

    #[test]
    fn a_deleted_card_comes_back_only_for_another_key() {
        let scratch = fresh("organizer-away");
        let path = scratch.path().join("boot/organizer.html");
        start(&scratch, KEY).unwrap();
        fs::remove_file(&path).unwrap();
        start(&scratch, KEY).unwrap();
        assert!(!path.exists(), "the same key");
        start(&scratch, &[8; 16]).unwrap();
        assert_eq!(scratch.text("boot/organizer.html"), "all http://ball.lan/ 8");
        fs::remove_file(&path).unwrap();
        start(&scratch, &[8; 16]).unwrap();
        assert!(!path.exists(), "and again");
    }

    #[test]
    fn an_existing_card_follows_the_settings() {
        let scratch = fresh("organizer-settings");
        start(&scratch, KEY).unwrap();
        scratch.put("boot/card.html", "another password");
        start(&scratch, KEY).unwrap();
        assert_eq!(
            scratch.text("boot/organizer.html"),
            "another password http://ball.lan/ 7"
        );
    }

    #[test]
    fn an_outdated_card_that_can_not_be_replaced_is_removed() {
        let scratch = fresh("organizer-full");
        start(&scratch, KEY).unwrap();
        scratch.put("boot/card.html", "another password");
        let blocked = scratch.path().join("boot/organizer.html.new");
        fs::create_dir_all(&blocked).unwrap();
        start(&scratch, KEY).unwrap_err();
        assert!(!scratch.path().join("boot/organizer.html").exists());
        fs::remove_dir(&blocked).unwrap();
        start(&scratch, KEY).unwrap();
        assert!(scratch.text("boot/organizer.html").starts_with("another password"));
    }

    #[test]
    fn a_card_that_could_not_be_written_is_written_at_the_next_start() {
        let scratch = fresh("organizer-later");
        let card = scratch.path().join("boot/card.html");
        fs::remove_file(&card).unwrap();
        start(&scratch, KEY).unwrap_err();
        scratch.put("boot/card.html", "all");
        // Simulates a boot partition that can't be written.
        let fresh = scratch.path().join("boot/organizer.html.new");
        fs::create_dir_all(&fresh).unwrap();
        start(&scratch, KEY).unwrap_err();
        assert!(!scratch.path().join("boot/organizer.html").exists());
        fs::remove_dir(&fresh).unwrap();
        start(&scratch, KEY).unwrap();
        assert!(!scratch.text("boot/organizer.html").is_empty());
        let kept = scratch.text("state/organizer-card");
        assert!(kept.len() == 64 && !kept.contains("0707"), "{kept}");
    }
}
