//! Lists the pages' own files, so that a new script, style sheet or translation is in the binary without an entry elsewhere.

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
    let mut out = String::from("&[\n");
    for file in files {
        let kind = match file.extension().and_then(|end| end.to_str()) {
            Some("js") => "SCRIPT",
            Some("css") => "STYLE",
            _ => continue,
        };
        let path = file.strip_prefix(&root).map_err(io::Error::other)?;
        let _ = writeln!(out, "({path:?}, {kind}, include_str!({file:?})),");
    }
    out.push_str("]\n");
    fs::write(folder("OUT_DIR")?.join("assets.rs"), out)
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
