//! Matches over enums of this program name every variant: a new kind, refusal, role, transport or command must not fall into an arm that
//! was written before it. Enums of other crates, numbers, texts and bytes may have a wildcard arm.

use std::collections::BTreeSet;

use syn::{
    Attribute, ExprMatch, ImplItemFn, Item, ItemEnum, ItemFn, ItemImpl, ItemUse, Pat, Path, Type, UseTree,
    visit::{self, Visit},
};

use super::arrows::is_test;

/// Catch-all arms without a condition, beside arms that name a variant. `sources` are paths with their texts.
pub fn catch_all(sources: &[(String, String)]) -> Vec<String> {
    let parsed: Vec<_> = sources
        .iter()
        .map(|(path, text)| {
            (
                path,
                syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}")),
            )
        })
        .collect();
    let mut own = Enums::default();
    for (_, file) in &parsed {
        own.visit_file(file);
    }
    let mut found = Vec::new();
    for (path, file) in &parsed {
        let mut foreign = Foreign::default();
        foreign.visit_file(file);
        let mut matches = Matches {
            closed: own.0.difference(&foreign.0).cloned().collect(),
            ..Matches::default()
        };
        matches.visit_file(file);
        found.extend(matches.found.into_iter().map(|message| format!("{path}: {message}")));
    }
    found
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(module) => &module.attrs,
        Item::Fn(function) => &function.attrs,
        Item::Impl(implementation) => &implementation.attrs,
        _ => &[],
    }
}

/// The names of all enums.
#[derive(Default)]
struct Enums(BTreeSet<String>);

impl Visit<'_> for Enums {
    fn visit_item_enum(&mut self, item: &ItemEnum) {
        self.0.insert(item.ident.to_string());
    }
}

/// Names that a file imports from other crates.
#[derive(Default)]
struct Foreign(BTreeSet<String>);

impl Foreign {
    fn names(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.names(&path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.names(tree)),
            UseTree::Name(name) => drop(self.0.insert(name.ident.to_string())),
            UseTree::Rename(rename) => drop(self.0.insert(rename.rename.to_string())),
            UseTree::Glob(_) => {}
        }
    }
}

impl Visit<'_> for Foreign {
    fn visit_item_use(&mut self, import: &ItemUse) {
        if let UseTree::Path(path) = &import.tree
            && !["crate", "self", "super"].iter().any(|own| path.ident == own)
        {
            self.names(&path.tree);
        }
    }
}

/// The matches of a file.
#[derive(Default)]
struct Matches {
    closed: BTreeSet<String>,
    /// The type of the `impl` around, and the function.
    within: Option<String>,
    function: String,
    found: Vec<String>,
}

impl Visit<'_> for Matches {
    fn visit_item(&mut self, item: &Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &ItemImpl) {
        let outer = self.within.take();
        if let Type::Path(path) = &*item.self_ty {
            self.within = path.path.segments.last().map(|last| last.ident.to_string());
        }
        visit::visit_item_impl(self, item);
        self.within = outer;
    }

    fn visit_item_fn(&mut self, item: &ItemFn) {
        self.function = item.sig.ident.to_string();
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &ImplItemFn) {
        self.function = item.sig.ident.to_string();
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_expr_match(&mut self, expression: &ExprMatch) {
        let (mut named, mut open) = (Vec::new(), Vec::new());
        for arm in &expression.arms {
            self.places(&arm.pat, &[], &mut named, &mut open);
        }
        for (_, variant) in named
            .iter()
            .filter(|(at, _)| open.iter().any(|open| at.starts_with(open)))
            .take(1)
        {
            let function = &self.function;
            self.found.push(format!(
                "`{function}`: a catch-all arm beside `{variant}`: name the variants"
            ));
        }
        visit::visit_expr_match(self, expression);
    }
}

/// The way into a pattern: the variants around, each with one field.
type Place = Vec<String>;

impl Matches {
    /// Collects where a pattern names variants of closed enums, and where it takes everything.
    fn places(&self, pattern: &Pat, at: &[String], named: &mut Vec<(Place, String)>, open: &mut Vec<Place>) {
        match pattern {
            Pat::Wild(_) => open.push(at.to_vec()),
            Pat::Ident(name) => match &name.subpat {
                Some((_, inner)) => self.places(inner, at, named, open),
                // Constants and variants are capitalized.
                None if name.ident.to_string().starts_with(char::is_lowercase) => open.push(at.to_vec()),
                None => {}
            },
            // Without a condition the pattern comes again, or the compiler asks for it.
            Pat::Guard(guarded) => self.places(&guarded.pat, at, named, &mut Vec::new()),
            Pat::Or(or) => or.cases.iter().for_each(|case| self.places(case, at, named, open)),
            Pat::Reference(reference) => self.places(&reference.pat, at, named, open),
            Pat::Paren(paren) => self.places(&paren.pat, at, named, open),
            Pat::Path(path) => self.name(&path.path, at, named),
            Pat::Struct(fields) => self.name(&fields.path, at, named),
            Pat::TupleStruct(tuple) => {
                self.name(&tuple.path, at, named);
                if let (Some(last), [inner]) = (tuple.path.segments.last(), &*tuple.elems.iter().collect::<Vec<_>>()) {
                    self.places(inner, &[at, &[last.ident.to_string()]].concat(), named, open);
                }
            }
            Pat::Tuple(tuple) => {
                let (mut inner_named, mut inner_open) = (Vec::new(), Vec::new());
                for element in &tuple.elems {
                    self.places(element, &[], &mut inner_named, &mut inner_open);
                }
                named.extend(inner_named.into_iter().map(|(_, variant)| (at.to_vec(), variant)));
                if inner_open.iter().filter(|inner| inner.is_empty()).count() == tuple.elems.len() {
                    open.push(at.to_vec());
                }
            }
            _ => {}
        }
    }

    fn name(&self, path: &Path, at: &[String], named: &mut Vec<(Place, String)>) {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let [.., of, variant] = &names[..] {
            let of = if of == "Self" { self.within.as_ref() } else { Some(of) };
            if let Some(of) = of.filter(|of| self.closed.contains(*of)) {
                named.push((at.to_vec(), format!("{of}::{variant}")));
            }
        }
    }
}

#[test]
fn catch_all_arms_beside_variants_are_refused() {
    let found = |arms: &str| {
        let text = format!(
            "use other::Far;\nenum Kind {{ A, B(u8), C {{ x: u8 }} }}\nenum Far {{ A }}\n\
             impl Kind {{ fn f(self) {{ match self {{ {arms} }} }} }}"
        );
        catch_all(&[("src/a.rs".to_owned(), text)])
    };
    for arms in [
        "Kind::A => {} _ => {}",
        "Self::A => {} _ => {}",
        "room::Kind::C { .. } => {} other => {}",
        "Kind::A => {} Kind::B(_) | _ => {}",
        "(Kind::A, true) => {} (_, _) => {}",
        "Some(Kind::A) => {} _ => {}",
        "Some(Kind::A) => {} None => {} Some(_) => {}",
        "Ok(found @ Kind::B(_)) => {} &ref other => {}",
    ] {
        assert_eq!(found(arms).len(), 1, "{arms}");
    }
    for arms in [
        "Kind::A => {} Kind::B(_) | Kind::C { .. } => {}",
        "Ok(Kind::A) => {} Ok(Kind::B(_) | Kind::C { .. }) => {} Err(_) => {}",
        "Kind::A => {} _ if rare => {} Kind::B(_) | Kind::C { .. } => {}",
        "(Kind::A, _) => {} (Kind::B(_) | Kind::C { .. }, x) => {}",
        "1 => {} _ => {}",
        "\"text\" => Kind::A, _ => Kind::B(0)",
        "Far::A => {} _ => {}",
    ] {
        assert!(found(arms).is_empty(), "{arms}");
    }
    let test = "enum Kind { A }\n#[cfg(test)]\nmod tests { fn f(k: Kind) { match k { Kind::A => {} _ => {} } } }";
    assert!(catch_all(&[("src/a.rs".to_owned(), test.to_owned())]).is_empty());
}
