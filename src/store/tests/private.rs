use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;
use crate::store::private::{FILE, SIDE_FILES, keep_private};

fn modes(dir: &Path) -> Vec<(String, u32)> {
    let names = SIDE_FILES.iter().chain(&[""]).map(|side| format!("{FILE}{side}"));
    names
        .map(|name| {
            let mode = fs::metadata(dir.join(&name)).unwrap().mode();
            (name, mode & 0o777)
        })
        .collect()
}

#[test]
fn the_file_and_its_side_files_are_their_owners_alone() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "one");
    let made = modes(&dir.0);
    assert!(made.iter().all(|(_, mode)| *mode == 0o600), "{made:?}");
    running.end();
    // Other modes, with the side files that a crash leaves.
    fs::set_permissions(dir.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let mut running = dir.open();
    running.say(2, "two");
    let mended = modes(&dir.0);
    assert!(mended.iter().all(|(_, mode)| *mode == 0o600), "{mended:?}");
    for (name, _) in &mended {
        fs::set_permissions(dir.0.join(name), fs::Permissions::from_mode(0o664)).unwrap();
    }
    keep_private(&dir.0);
    let mended = modes(&dir.0);
    assert!(mended.iter().all(|(_, mode)| *mode == 0o600), "{mended:?}");
    running.end();
}
