//! Checks that the lock files of the packages below `tests` have all dependencies of the product: `--locked` refuses to build with the others.

use std::{collections::BTreeSet, fs, path::Path};

use toml::{Table, Value};

/// Dependencies of the manifest that the lock file's package `chatterbox` lacks. No findings for a lock file without that package.
fn missing(manifest: &Table, lock: &Table) -> Vec<String> {
    let packages = lock.get("package").and_then(Value::as_array).into_iter().flatten();
    let product = packages
        .filter_map(Value::as_table)
        .find(|package| package.get("name").and_then(Value::as_str) == Some("chatterbox"));
    let Some(product) = product else { return Vec::new() };
    let locked = product
        .get("dependencies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    // A name is followed by a version where the lock file has several.
    let locked: BTreeSet<_> = locked.filter_map(|one| one.as_str()?.split(' ').next()).collect();
    let wanted = manifest
        .get("dependencies")
        .and_then(Value::as_table)
        .into_iter()
        .flatten();
    wanted
        .map(|(name, one)| one.get("package").and_then(Value::as_str).unwrap_or(name))
        .filter(|name| !locked.contains(name))
        .map(str::to_owned)
        .collect()
}

/// What the lock files among the paths lack.
pub fn outdated(root: &Path, paths: &[String]) -> Vec<String> {
    let read = |path: &str| -> Table {
        let text = fs::read_to_string(root.join(path)).expect("the file can be read");
        text.parse().expect("Cargo wrote TOML")
    };
    let manifest = read("Cargo.toml");
    let locks = paths.iter().filter(|path| path.ends_with("/Cargo.lock"));
    locks
        .flat_map(|path| {
            let missing = missing(&manifest, &read(path));
            missing.into_iter().map(move |name| format!("{path}: lacks {name}"))
        })
        .collect()
}

#[test]
fn a_lock_file_that_lacks_a_dependency_is_found() {
    let manifest: Table = "[dependencies]\nhyper = \"1\"\nother = { package = \"http\" }\n"
        .parse()
        .unwrap();
    let lock = |dependencies: &str| -> Table {
        let package = format!("[[package]]\nname = \"chatterbox\"\ndependencies = [{dependencies}]\n");
        package.parse().unwrap()
    };
    assert_eq!(missing(&manifest, &lock("\"hyper 1.2.0\", \"http\"")), [""; 0]);
    assert_eq!(missing(&manifest, &lock("\"hyper\"")), ["http"]);
    assert_eq!(missing(&manifest, &Table::new()), [""; 0]);
}
