//! A settings file, as a box and as a server reads it: whatever stands in it, a box has settings that its server takes.

use std::{fs, path::Path};

use chatterbox::{
    appliance::{
        prepare::{self, Places},
        settings::BoxSettings,
    },
    config::{Sources, load},
    limits,
};

use super::Dir;

/// Reads `data` as `chatterbox.toml` of a box, and as the file of a server.
///
/// # Panics
/// A box came to nothing, or told of its mistakes without bound.
pub fn drive(data: &[u8]) {
    let dir = Dir::new("settings");
    let at = |part: &str| {
        let path = dir.0.join(part);
        fs::create_dir_all(&path).expect("a directory");
        path
    };
    let places = Places {
        boot: at("boot"),
        run: at("run"),
        state: at("state"),
        sys: at("sys"),
    };
    let (settings, _) = BoxSettings::read(data);
    let (again, _) = BoxSettings::read(data);
    assert_eq!(settings, again);
    fs::write(places.boot.join("chatterbox.toml"), data).expect("a file");
    let lines = prepare::prepare(&places).expect("a box starts, whatever stands in its file");
    assert!(lines.len() <= limits::BOX_PROBLEMS + 1, "{} lines", lines.len());
    server(&places.run.join("server.toml")).expect("the server takes what the box makes of it");
    // A mistake in a server's own file ends its start with a text, and no other way.
    if let Err(text) = server(&places.boot.join("chatterbox.toml")) {
        assert!(!text.is_empty());
    }
}

fn server(file: &Path) -> Result<(), String> {
    let sources = Sources {
        file: Some(file.to_owned()),
        ..Sources::default()
    };
    load(&sources).map(drop).map_err(|error| error.to_string())
}
