//! Reads the version of a box's system image; on other computers it is the version of this program.

use std::{fs, path::Path};

/// Version of this program.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// The version of the system image below the directory `root` (os-release(5)); without an image, the version of this program.
pub fn of(root: &Path) -> String {
    let text = fs::read_to_string(root.join("etc/os-release")).unwrap_or_default();
    let value = |key: &str| {
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(value.trim_matches('"'))
    };
    match (value("IMAGE_ID"), value("IMAGE_VERSION")) {
        (Some("chatterbox"), Some(version)) => version.chars().filter(|c| c.is_ascii_graphic()).take(64).collect(),
        _ => PROGRAM.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::scratch::Scratch;

    #[test]
    fn a_box_has_the_version_of_its_image_and_another_machine_that_of_the_program() {
        let dir = Scratch::new("version");
        assert_eq!(of(dir.path()), PROGRAM);
        dir.put(
            "etc/os-release",
            "NAME=\"Debian\"\nIMAGE_ID=chatterbox\nIMAGE_VERSION=\"0.1.0+202611291200\"\n",
        );
        assert_eq!(of(dir.path()), "0.1.0+202611291200");
        dir.put("etc/os-release", "IMAGE_ID=other\nIMAGE_VERSION=\"7\"\n");
        assert_eq!(of(dir.path()), PROGRAM);
    }
}
