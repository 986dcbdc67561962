//! The imports between the files of `src`, as the compiler sees them: folders import only folders below them, and no files import each
//! other in a circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::{
    Attribute, Expr, Item, ItemMod, ItemUse, Lit, Meta, UseTree, Visibility,
    visit::{self, Visit},
};

/// The folders and single files of `src`, from the top down. Each imports only what stands below it.
pub const LAYERS: &[&str] = &[
    "cli",
    "server",
    "routes",
    "webhook",
    "driver",
    "fanout",
    "transport",
    "appliance",
    "page",
    "backup",
    "store",
    "config",
    "certificate",
    "clock",
    "time_zone",
    "wire",
    "memory",
    "room",
    "limits",
    "logging",
];

type Module = Vec<String>;

/// One file and what it names.
struct File {
    module: Module,
    uses: Vec<(Module, String)>,
    /// Public names that come from elsewhere.
    reexports: BTreeMap<String, Module>,
    paths: Vec<Module>,
}

/// The imports of a crate: from file to file, with the names.
pub struct Arrows {
    files: BTreeMap<Module, PathBuf>,
    edges: BTreeMap<Module, BTreeMap<Module, BTreeSet<String>>>,
}

impl Arrows {
    /// Reads a crate from its root file.
    pub fn of(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut read = Vec::new();
        follow(root, Vec::new(), &mut files, &mut read);
        let reexports: BTreeMap<_, _> = read
            .iter()
            .map(|file| (file.module.clone(), file.reexports.clone()))
            .collect();
        let mut edges: BTreeMap<Module, BTreeMap<Module, BTreeSet<String>>> = BTreeMap::new();
        for file in &read {
            let resolve = |path: &[String]| resolve(&files, &reexports, &file.module, path, 0);
            let imported: BTreeMap<_, _> = file
                .uses
                .iter()
                .map(|(path, name)| (name.clone(), path.clone()))
                .collect();
            let long = file
                .paths
                .iter()
                .filter(|path| path.len() > 1)
                .map(|path| match imported.get(&path[0]) {
                    Some(import) => [import, &path[1..]].concat(),
                    None => path.clone(),
                });
            for path in file.uses.iter().map(|(path, _)| path.clone()).chain(long) {
                if let Some((to, name)) = resolve(&path)
                    && to != file.module
                {
                    let names = edges.entry(file.module.clone()).or_default().entry(to).or_default();
                    names.insert(name);
                }
            }
        }
        Self { files, edges }
    }

    /// Arrows that run upwards, and folders that [`LAYERS`] does not know.
    pub fn upwards(&self) -> Vec<String> {
        let rank = |module: &Module| module.first().map(|top| LAYERS.iter().position(|layer| layer == top));
        let mut found: Vec<_> = self
            .files
            .iter()
            .filter(|(module, _)| rank(module) == Some(None))
            .map(|(module, path)| format!("{}: LAYERS does not know `{}`", path.display(), module[0]))
            .collect();
        for (from, targets) in &self.edges {
            for (to, names) in targets {
                if let (Some(Some(here)), Some(Some(there))) = (rank(from), rank(to))
                    && here > there
                {
                    found.push(format!(
                        "{}: imports upwards from `{}`: {names:?}",
                        self.show(from),
                        self.show(to)
                    ));
                }
            }
        }
        found
    }

    /// Files that import each other, directly or around.
    pub fn circles(&self) -> Vec<String> {
        let reach: BTreeMap<_, _> = self.files.keys().map(|file| (file, self.reached(file))).collect();
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for file in self.files.keys() {
            if !reach[file].contains(file) || seen.contains(file) {
                continue;
            }
            let circle: Vec<_> = reach[file].iter().filter(|other| reach[other].contains(file)).collect();
            seen.extend(circle.iter().map(|&other| other.clone()));
            let mut text = "circle:".to_owned();
            for &from in &circle {
                for (to, names) in self.edges[from].iter().filter(|(to, _)| circle.contains(to)) {
                    text += &format!("\n    {} -> {}: {names:?}", self.show(from), self.show(to));
                }
            }
            found.push(text);
        }
        found
    }

    fn reached(&self, from: &Module) -> BTreeSet<Module> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from.clone()];
        while let Some(file) = open.pop() {
            for to in self.edges.get(&file).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(to.clone()) {
                    open.push(to.clone());
                }
            }
        }
        reached
    }

    fn show(&self, module: &Module) -> String {
        self.files[module].display().to_string()
    }
}

/// Reads a file and the modules that it declares, but for tests.
fn follow(path: &Path, module: Module, files: &mut BTreeMap<Module, PathBuf>, read: &mut Vec<File>) {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut names = Names::default();
    names.visit_file(&parsed);
    files.insert(module.clone(), path.to_owned());
    read.push(File {
        module: module.clone(),
        uses: names.uses,
        reexports: names.reexports,
        paths: names.paths,
    });
    let dir = match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod" | "lib" | "main") => path.parent().expect("a file's directory").to_owned(),
        _ => path.with_extension(""),
    };
    for item in &parsed.items {
        let Item::Mod(declared @ ItemMod { content: None, .. }) = item else {
            continue;
        };
        if is_test(&declared.attrs) {
            continue;
        }
        let name = declared.ident.to_string();
        let file = match named_path(&declared.attrs) {
            Some(named) => dir.join(named),
            None => [dir.join(format!("{name}.rs")), dir.join(&name).join("mod.rs")]
                .into_iter()
                .find(|file| file.exists())
                .unwrap_or_else(|| panic!("{}: no file of `mod {name}`", path.display())),
        };
        follow(&file, [&module[..], &[name]].concat(), files, read);
    }
}

pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string().contains("test"),
        _ => false,
    })
}

fn named_path(attributes: &[Attribute]) -> Option<String> {
    let path = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    match &path.meta.require_name_value().ok()?.value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[derive(Default)]
struct Names {
    uses: Vec<(Module, String)>,
    reexports: BTreeMap<String, Module>,
    paths: Vec<Module>,
}

impl Names {
    fn tree(&mut self, tree: &UseTree, before: &[String], public: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let (path, name) = match tree {
            UseTree::Path(path) => return self.tree(&path.tree, &with(&path.ident), public),
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.tree(tree, before, public)),
            UseTree::Name(name) if name.ident == "self" => {
                (before.to_vec(), before.last().cloned().unwrap_or_default())
            }
            UseTree::Name(name) => (with(&name.ident), name.ident.to_string()),
            UseTree::Rename(rename) => (with(&rename.ident), rename.rename.to_string()),
            UseTree::Glob(_) => (before.to_vec(), "*".to_owned()),
        };
        if public {
            self.reexports.insert(name.clone(), path.clone());
        }
        self.uses.push((path, name));
    }
}

impl Visit<'_> for Names {
    fn visit_item(&mut self, item: &Item) {
        let attributes = match item {
            Item::Mod(module) => &module.attrs,
            Item::Fn(function) => &function.attrs,
            Item::Impl(implementation) => &implementation.attrs,
            Item::Use(import) => &import.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, import: &ItemUse) {
        self.tree(&import.tree, &[], !matches!(import.vis, Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &syn::Path) {
        self.paths
            .push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &Visibility) {}
}

/// The file that has what a path names, and the name; `None` for another crate's.
fn resolve(
    files: &BTreeMap<Module, PathBuf>,
    reexports: &BTreeMap<Module, BTreeMap<String, Module>>,
    from: &Module,
    path: &[String],
    depth: usize,
) -> Option<(Module, String)> {
    let mut base = from.clone();
    match path.first()?.as_str() {
        "crate" => base.clear(),
        "self" => {}
        "super" => base.truncate(
            base.len()
                .saturating_sub(path.iter().take_while(|part| *part == "super").count()),
        ),
        first if files.contains_key(&[&base[..], &[first.to_owned()]].concat()) => {}
        _ => return None,
    }
    let rest: Vec<_> = path
        .iter()
        .skip_while(|part| ["crate", "self", "super"].contains(&part.as_str()))
        .collect();
    let mut at = 0;
    while at < rest.len() && files.contains_key(&[&base[..], &[rest[at].clone()]].concat()) {
        base.push(rest[at].clone());
        at += 1;
    }
    let name = rest.get(at).map_or("self", |name| name.as_str());
    if let Some(behind) = reexports.get(&base).and_then(|names| names.get(name))
        && depth < 8
    {
        let further: Vec<_> = rest[at + 1..].iter().map(|part| (*part).clone()).collect();
        return resolve(files, reexports, &base, &[&behind[..], &further].concat(), depth + 1)
            .or_else(|| Some((base.clone(), name.to_owned())));
    }
    Some((base, name.to_owned()))
}

#[test]
fn arrows_and_circles_are_seen() {
    let dir = std::env::temp_dir().join(format!("chatterbox-arrows-{}", std::process::id()));
    let put = |name: &str, text: &str| {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().expect("below the directory")).expect("a directory for the test");
        fs::write(path, text).expect("a file for the test");
    };
    put("lib.rs", "mod room;\nmod server;\nmod wire;\nmod cellar;\n");
    put("server/mod.rs", "pub use inner::Inner;\nmod inner;\n");
    put("server/inner.rs", "pub struct Inner;\nfn a() { crate::room::b() }\n");
    put(
        "room.rs",
        "use crate::server::Inner;\n#[cfg(test)]\nmod tests {\n    use crate::cellar::*;\n}\n",
    );
    put("wire.rs", "use crate::room;\n");
    put("cellar.rs", "");
    let arrows = Arrows::of(&dir.join("lib.rs"));
    fs::remove_dir_all(&dir).expect("the test's directory goes");
    let upwards = arrows.upwards();
    assert_eq!(upwards.len(), 2, "{upwards:#?}");
    assert!(upwards[0].contains("cellar.rs: LAYERS does not know"), "{upwards:#?}");
    assert!(upwards[1].contains("room.rs: imports upwards"), "{upwards:#?}");
    let circles = arrows.circles();
    assert_eq!(circles.len(), 1, "{circles:#?}");
    assert!(
        circles[0].contains("inner.rs") && !circles[0].contains("wire.rs"),
        "{circles:#?}"
    );
}
