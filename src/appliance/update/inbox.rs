//! `chatterbox box check-upload`: checks an uploaded update in a service that has no other permissions (`systemd/box-upload.service`).
//! Only a valid file reaches the service that may write to the card's slots.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use ed25519_dalek::VerifyingKey;

use super::{file::Update, refused::Refused};

/// Names of complete uploads; the name tells whether the box restarts after the installation.
pub const NAMES: [&str; 2] = ["restart.update", "stay.update"];
/// Subdirectory for valid files, in the server's directory for updates.
pub const CHECKED: &str = "checked";
/// File in the server's directory for updates with the reason why the last update was refused. The server shows it, and removes it at the
/// next upload.
pub const REFUSED: &str = "refused";
/// Extension of a file while it is checked. If the check crashes or a power cut ends it, the file is not checked again.
pub const CHECKING: &str = "checking";

/// The reason given for a file whose check did not finish.
const CUT: &str = "The check of the update was cut off. Send it once more, and leave the box on.";

/// Checks each uploaded file once.
///
/// # Errors
/// The result can't be written. The file is then not checked again.
pub fn check_inbox(dir: &Path, keys: &[VerifyingKey]) -> io::Result<()> {
    for name in NAMES {
        let (sent, checking) = (dir.join(name), dir.join(name).with_extension(CHECKING));
        if is_there(&checking) {
            fs::remove_file(&checking)?;
            refuse(dir, CUT)?;
        }
        if !is_there(&sent) {
            continue;
        }
        fs::rename(&sent, &checking)?;
        match check(&checking, keys) {
            Ok(()) => {
                let checked = dir.join(CHECKED);
                fs::create_dir_all(&checked)?;
                fs::rename(&checking, checked.join(name))?;
                File::open(checked)?.sync_all()?;
            }
            Err(why) => {
                fs::remove_file(&checking)?;
                refuse(dir, &why.to_string())?;
            }
        }
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// Checks the signature and the whole content of a file.
fn check(path: &Path, keys: &[VerifyingKey]) -> Result<(), Refused> {
    Update::open(path, keys)?.check()
}

fn refuse(dir: &Path, why: &str) -> io::Result<()> {
    eprintln!("{why}");
    let (new, path) = (dir.join(REFUSED).with_extension("new"), dir.join(REFUSED));
    let mut file = File::create(&new)?;
    file.write_all(why.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, path)
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
