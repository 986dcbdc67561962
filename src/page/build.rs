//! Lists the pages' own files, and the words for roles in the translations. So a new script, style sheet or language needs no entry elsewhere.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// Folder of the pages' files.
const ASSETS: &str = "src/page/assets";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={ASSETS}");
    let folder = |name| env::var_os(name).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    let root = folder("CARGO_MANIFEST_DIR")?.join(ASSETS);
    let mut files = Vec::new();
    list(&root, &mut files)?;
    files.sort();
    let (mut out, mut roles) = (String::from("&[\n"), String::from("&[\n"));
    for file in files {
        if file.parent().is_some_and(|folder| folder.ends_with("locales")) {
            add_roles(&fs::read_to_string(&file)?, &mut roles);
        }
        let kind = match file.extension().and_then(|end| end.to_str()) {
            Some("js") => "SCRIPT",
            Some("css") => "STYLE",
            _ => continue,
        };
        let path = file.strip_prefix(&root).map_err(io::Error::other)?;
        let _ = writeln!(out, "({path:?}, {kind}, include_str!({file:?})),");
    }
    fs::write(folder("OUT_DIR")?.join("roles.rs"), roles + "]\n")?;
    fs::write(folder("OUT_DIR")?.join("assets.rs"), out + "]\n")
}

/// Adds what a translation file calls the roles: three phrases, and the list `roles` of its terms.
fn add_roles(text: &str, roles: &mut String) {
    for line in text.lines().map(str::trim) {
        let phrase = ["organizer: ", "moderator: ", "bot: "]
            .iter()
            .find_map(|key| line.strip_prefix(key));
        let list = line.strip_prefix("roles: [").and_then(|list| list.strip_suffix("],"));
        if let Some(words) = list.or(phrase.and_then(|phrase| phrase.strip_suffix(','))) {
            let _ = writeln!(roles, "{words},");
        }
    }
}

/// Adds all files below a folder.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
