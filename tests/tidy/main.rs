//! Checks of the repository that no compiler makes. Each check is a function over a path and a text, and has a test that it can fail.

mod arms;
mod arrows;
mod links;
mod locks;
mod newcomer;
mod prose;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use chatterbox::config::{self, Config, Sources};

use self::{arms::catch_all, arrows::Arrows, links::links, prose::prose};

/// Most lines of a file without a reason in [`LONG`].
const LINES: usize = 400;
/// A file keeps its reason while it is at most so much shorter than [`LINES`].
const NEARLY: usize = 50;

/// Longer files, each with its reason.
const LONG: &[(&str, &str)] = &[
    (
        "src/wire/PROTOCOL.md",
        "one page for authors of clients, most of it tables",
    ),
    ("src/page/assets/phone/app.js", "the phone page's one state"),
    ("src/page/assets/organizer/organizer.js", "the organizer's one state"),
];

/// Entries of the top level, besides dotfiles and entries that git ignores.
const TOP: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "README.md",
    "src",
    "systemd",
    "cross.toml",
    "image",
    "tests",
];

/// Names that the pure layers must not use: I/O, time, tasks, randomness, unordered maps.
const IMPURE: &[&str] = &[
    "tokio",
    "socket2",
    "async",
    "await",
    "Instant",
    "SystemTime",
    "UNIX_EPOCH",
    "HashMap",
    "HashSet",
    "getrandom",
    "Mutex",
    "RwLock",
    "thread",
    "TcpStream",
    "UdpSocket",
    "std::net",
    "std::io",
    "std::fs",
    "std::env",
    "std::time",
    "std::process",
];

/// Marks of unfinished code.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("todo", "!"),
    concat!("unimplemented", "!"),
    concat!("dbg", "!"),
];

/// Hosts that only a package manager should know, and directories of some machine.
const FOREIGN: &[&str] = &[
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
];

/// Whether `word` stands in `line` by itself, not inside of a longer name. One that ends in `::` may go on.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(part);
        let after = !word.ends_with(':') && line[at + word.len()..].chars().next().is_some_and(part);
        !before && !after
    })
}

/// Numbered lines without those that are only a comment.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn pure(path: &str, text: &str) -> Vec<String> {
    if !path.ends_with(".rs") || !(path.starts_with("src/room/") || path.starts_with("src/wire/")) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in code(text) {
        let mut say = |word: &str| found.push(format!("{path}:{number}: `{word}` has no place in this layer"));
        IMPURE
            .iter()
            .filter(|word| has_word(line, word))
            .for_each(|word| say(word));
    }
    found
}

fn short(path: &str, text: &str) -> Vec<String> {
    if path.ends_with(".lock") {
        return Vec::new();
    }
    let lines = text.lines().count();
    let reason = LONG.iter().any(|long| long.0 == path);
    match reason {
        false if lines > LINES => vec![format!("{path}: {lines} lines: split it, or give a reason in LONG")],
        true if lines + NEARLY <= LINES => vec![format!("{path}: {lines} lines need no reason in LONG any more")],
        _ => Vec::new(),
    }
}

fn safe(path: &str, text: &str) -> Vec<String> {
    let forbid = "#![forbid(unsafe_code)]";
    if path == "src/lib.rs" && !text.lines().any(|line| line == forbid) {
        return vec![format!("{path}: {forbid} is missing")];
    }
    if path == "Cargo.toml" && !text.lines().any(|line| line == "unsafe_code = \"forbid\"") {
        return vec![format!("{path}: [lints.rust] does not forbid unsafe code")];
    }
    Vec::new()
}

fn finished(path: &str, text: &str) -> Vec<String> {
    let marks = |line: &str| UNFINISHED.iter().copied().find(|mark| line.contains(mark));
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(index, line)| Some(format!("{path}:{}: {}", index + 1, marks(line)?)))
        .collect()
}

fn at_home(path: &str, text: &str) -> Vec<String> {
    if path.ends_with("Cargo.lock") {
        // Names where each package comes from, by its own rules.
        return Vec::new();
    }
    let foreign = |line: &str| FOREIGN.iter().copied().find(|name| line.contains(name));
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(index, line)| Some(format!("{path}:{}: {}", index + 1, foreign(line)?)))
        .collect()
}

fn readme(path: &str, text: &str) -> Vec<String> {
    if path != "README.md" {
        return Vec::new();
    }
    let lines = text.lines().count();
    let mut found = Vec::new();
    if lines > 150 {
        found.push(format!("{path}: {lines} lines, at most 150"));
    }
    for command in ["cargo run --release", "tests/run"] {
        if !text.contains(command) {
            found.push(format!("{path}: does not say `{command}`"));
        }
    }
    found
}

/// Settings in the tables of the documentation (`| what | default | keys |`) that do not exist, or have other defaults.
fn defaults(path: &str, text: &str) -> Vec<String> {
    let keys = keys();
    let default = |key: &str| {
        keys.iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.trim_end_matches(".0"))
    };
    let tables = text
        .lines()
        .filter(|line| path.ends_with(".md") && line.starts_with("| "));
    let mut found = Vec::new();
    for row in tables {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, shown, named] = cells[..] else { continue };
        if !named.starts_with("`limits.") {
            continue;
        }
        let numbers = shown
            .split(|c: char| !c.is_ascii_digit())
            .filter(|text| !text.is_empty());
        let real = named.split(", ").map(|key| default(key.trim_matches('`')));
        if !numbers.map(Some).eq(real) {
            found.push(format!("{path}: {row}: the defaults are others"));
        }
    }
    found
}

fn at_the_top(name: &str, ignored: &str) -> Vec<String> {
    let ignored = ignored.lines().any(|line| line.trim_matches('/') == name);
    if ignored || name.starts_with('.') || TOP.contains(&name) {
        return Vec::new();
    }
    vec![format!("{name}: the top level is for {}", TOP.join(", "))]
}

/// Every key with its default, as the program itself lists them.
fn keys() -> Vec<(String, String)> {
    let help = config::keys_help();
    let pairs = help.lines().filter_map(|line| line.trim().split_once(" = "));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Differences between the example of a configuration and the defaults.
fn example(text: &str) -> Vec<String> {
    let mut section = "";
    let mut shown = BTreeSet::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            shown.insert((format!("{section}.{key}"), value.to_owned()));
        }
    }
    let keys: BTreeSet<_> = keys().into_iter().collect();
    let differing = keys.symmetric_difference(&shown);
    differing
        .map(|(key, value)| format!("{key} = {value}: in one of the example and the defaults"))
        .collect()
}

const CHECKS: &[fn(&str, &str) -> Vec<String>] =
    &[pure, short, safe, finished, at_home, readme, defaults, prose, links];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Text files that people wrote, as paths from the root.
fn files(dir: &Path, into: &mut Vec<String>) {
    const BUILT: &[&str] = &[
        "target",
        "node_modules",
        "out",
        "vendor",
        "corpus",
        "artifacts",
        "coverage",
        "package-lock.json",
    ];
    for entry in fs::read_dir(dir).expect("the repository can be read") {
        let entry = entry.expect("the repository can be read");
        let name = entry.file_name().into_string().expect("names are UTF-8");
        let kind = entry.file_type().expect("the repository can be read");
        let hidden = name.starts_with('.') && name != ".ci";
        if hidden || BUILT.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            files(&entry.path(), into);
        } else if kind.is_file() {
            let path = entry.path();
            let path = path.strip_prefix(root()).expect("below the root");
            into.push(path.to_str().expect("names are UTF-8").to_owned());
        }
    }
}

#[test]
fn the_repository_is_tidy() {
    let mut paths = Vec::new();
    for part in ["src", "tests", ".ci", "systemd", "image"] {
        let dir = root().join(part);
        if dir.is_dir() {
            files(&dir, &mut paths);
        }
    }
    paths.extend(["Cargo.toml", "README.md"].map(str::to_owned));
    assert!(
        paths.iter().any(|path| path == "src/room/mod.rs"),
        "the walk finds the sources"
    );
    let mut found = Vec::new();
    let mut sources = Vec::new();
    for path in &paths {
        // Pictures are no text.
        let Ok(text) = fs::read_to_string(root().join(path)) else {
            continue;
        };
        found.extend(CHECKS.iter().flat_map(|check| check(path, &text)));
        if path.starts_with("src/") && path.ends_with(".rs") && !path.contains("test") {
            sources.push((path.clone(), text));
        }
    }
    found.extend(catch_all(&sources));
    found.extend(locks::outdated(root(), &paths));
    for root_file in ["src/lib.rs", "src/main.rs"] {
        let arrows = Arrows::of(&root().join(root_file));
        found.extend(arrows.upwards());
        found.extend(arrows.circles());
    }
    for (path, _) in LONG {
        if !paths.iter().any(|other| other == path) {
            found.push(format!("{path}: an exception for a file that there is not"));
        }
    }
    let ignored = fs::read_to_string(root().join(".gitignore")).expect("there is one");
    for entry in fs::read_dir(root()).expect("the repository can be read") {
        let name = entry.expect("the repository can be read").file_name();
        found.extend(at_the_top(&name.to_string_lossy(), &ignored));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_example_of_a_configuration_is_the_defaults() {
    let path = PathBuf::from("src/config/example.toml");
    let found = example(&fs::read_to_string(root().join(&path)).expect("it is there"));
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    let sources = Sources {
        file: Some(root().join(path)),
        ..Sources::default()
    };
    assert_eq!(
        config::load(&sources).expect("nothing is wrong in it"),
        Config::default()
    );
}

#[test]
fn each_check_can_fail() {
    let count = |check: fn(&str, &str) -> Vec<String>, path: &str, text: &str| check(path, text).len();

    assert_eq!(
        count(pure, "src/room/a.rs", "use std::time::Instant;\nx.await;\n// tokio\n"),
        3
    );
    assert_eq!(
        count(pure, "src/wire/a.rs", "fn instantly() {}\nlet room = crate::room::x;\n"),
        0
    );
    assert_eq!(count(pure, "src/server/a.rs", "use tokio::net;\n"), 0);

    assert_eq!(count(short, "src/a.rs", &"\n".repeat(LINES + 1)), 1);
    assert_eq!(count(short, "src/a.rs", &"\n".repeat(LINES)), 0);
    assert_eq!(count(short, LONG[0].0, "\n"), 1, "a reason that is no longer needed");

    assert_eq!(count(safe, "src/lib.rs", "// #![forbid(unsafe_code)]\n"), 1);
    assert_eq!(count(safe, "Cargo.toml", "unsafe_code = \"deny\"\n"), 1);
    for mark in UNFINISHED {
        assert_eq!(count(finished, "src/a.rs", &format!("// {mark} later\n")), 1);
    }
    for name in FOREIGN {
        assert_eq!(count(at_home, "tests/a.js", &format!("fetch('https://x.{name}')\n")), 1);
    }
    assert_eq!(count(readme, "README.md", &"\n".repeat(151)), 3);
    let row = |cells: &str| format!("| what | default | key |\n|---|---|---|\n{cells}\n");
    assert_eq!(
        count(defaults, "a.md", &row("| rate | 5 a second | `limits.message_rate` |")),
        0
    );
    assert_eq!(
        count(defaults, "a.md", &row("| rate | 6 a second | `limits.message_rate` |")),
        1
    );
    assert_eq!(
        count(defaults, "a.md", &row("| rate | 5 a second | `limits.messages_rate` |")),
        1
    );

    assert_eq!(at_the_top("notes", "/target\n").len(), 1);
    assert_eq!(at_the_top("target", "/target\n").len(), 0);
    assert_eq!(at_the_top(".ci", "").len(), 0);

    let text = fs::read_to_string(root().join("src/config/example.toml")).expect("it is there");
    assert_eq!(example(&text.replace("workers = 0", "")).len(), 1, "a key is missing");
    assert_eq!(
        example(&text.replace("workers = 0", "workers = 7")).len(),
        2,
        "a default is another"
    );
}
