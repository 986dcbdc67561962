//! Bundles JavaScript modules into one script at the start, because each further request may fail on a crowded Wi-Fi.
//!
//! Understands only the forms of `import` and `export` in this project's modules, each at the beginning of a line (`export {` anywhere).
//! Imports become constants, so an export must not change later.

use std::fmt::Write;

/// A function that returns the source of a JavaScript module by its path.
pub type Find<'a> = &'a dyn Fn(&str) -> &'a str;

/// Bundles `first` with all its imports. The script leaves its modules in a global list for [`later`].
///
/// # Panics
/// A module has an unsupported form. The tests build all bundles.
pub fn bundle(first: &str, find: Find<'_>) -> String {
    let mut made = Vec::new();
    let mut out = String::from("\"use strict\";(()=>{\n");
    add(first, find, &mut made, &mut out);
    let _ = writeln!(out, "self.modules=[{}];\n}})();", listed_to(made.len()));
    out
}

/// Bundles `first` with those imports that the bundle of `base` lacks. That bundle must have run before. The exports are those of `first`.
pub fn later(first: &str, base: &str, find: Find<'_>) -> String {
    let mut made = Vec::new();
    add(base, find, &mut made, &mut String::new());
    let mut out = format!("const [{}]=self.modules;\n", listed_to(made.len()));
    add(first, find, &mut made, &mut out);
    let (_, _, exports) = parted(find(first));
    let _ = writeln!(out, "export const {{{}}}=m{};", exports.join(","), made.len() - 1);
    out
}

/// Names of the first `end` modules, separated by commas.
fn listed_to(end: usize) -> String {
    (0..end).map(|at| format!("m{at}")).collect::<Vec<_>>().join(",")
}

/// Appends a module after its imports, unless it was added before.
fn add(name: &str, find: Find<'_>, made: &mut Vec<String>, out: &mut String) {
    if made.iter().any(|other| other == name) {
        return;
    }
    let (body, mut imports, exports) = parted(find(name));
    for (from, _) in &mut imports {
        *from = beside(name, from);
        add(from, find, made, out);
    }
    let index = |from: &str| made.iter().position(|other| other == from).expect("was added");
    let heads: String = imports
        .iter()
        .map(|(from, names)| format!("const {names}=m{};\n", index(from)))
        .collect();
    let _ = write!(
        out,
        "const m{}=(()=>{{\n{heads}{body}\nreturn {{{}}};\n}})();\n",
        made.len(),
        exports.join(",")
    );
    made.push(name.to_owned());
}

/// Resolves the path of an import in the module `name`: `./x.js` or `../folder/x.js`.
fn beside(name: &str, from: &str) -> String {
    let mut path: Vec<&str> = name.split('/').collect();
    path.pop();
    for part in from.split('/') {
        match part {
            "." => {}
            ".." => assert!(path.pop().is_some(), "{name} imports {from}"),
            part => path.push(part),
        }
    }
    path.join("/")
}

/// Splits a module into its code, its imports (path, left side of an assignment), and its exports (properties).
fn parted(source: &str) -> (String, Vec<(String, String)>, Vec<String>) {
    let (mut body, mut imports, mut exports) = (String::new(), Vec::new(), Vec::new());
    for line in source.lines() {
        if let Some(rest) = line.strip_prefix("import ") {
            imports.push(imported(rest));
            continue;
        }
        let line = match line
            .strip_prefix("export ")
            .and_then(|rest| Some((rest, declared(rest)?)))
        {
            Some((rest, name)) => {
                exports.push(name.to_owned());
                rest.to_owned()
            }
            None => listed(line, &mut exports),
        };
        body.push_str(&line);
        body.push('\n');
    }
    (body, imports, exports)
}

/// Parses `{ a, b as c } from "./x.js";`, `* as x from "./x.js";` and `x from "../y/x.js";`.
fn imported(rest: &str) -> (String, String) {
    let (names, from) = rest.split_once(" from ").expect("a name and a module, on one line");
    let from = from.trim_end_matches(';').trim_matches(['"', '\'']);
    assert!(from.starts_with('.'), "{from} has no path");
    let names = match names.strip_prefix("* as ") {
        Some(name) => name.to_owned(),
        None if names.starts_with('{') => names.replace(" as ", ":"),
        None => format!("{{default:{names}}}"),
    };
    (from.to_owned(), names)
}

/// The name declared by `const a = 1`, `function a() {` and similar lines; `None` for other lines.
fn declared(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("async ").unwrap_or(rest);
    let rest = ["const ", "function ", "class "]
        .iter()
        .find_map(|kind| rest.strip_prefix(kind))?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'))?;
    Some(&rest[..end])
}

/// Removes `export { a as b }` or `export default` from a line, and adds its names to `exports`.
fn listed(line: &str, exports: &mut Vec<String>) -> String {
    if let Some((before, after)) = line.split_once("export default") {
        exports.push("default:$default".to_owned());
        return format!("{before}const $default={}", after.trim_start());
    }
    let Some((before, list)) = line.split_once("export{").or_else(|| line.split_once("export {")) else {
        return line.to_owned();
    };
    let (list, after) = list.split_once('}').expect("the list ends on its line");
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        exports.push(match name.split_once(" as ") {
            Some((inner, outer)) => format!("{outer}:{inner}"),
            None => name.to_owned(),
        });
    }
    format!("{before}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_follow_their_imports() {
        let find = |name: &str| match name {
            "a/a.js" => {
                "import { b, c as d } from \"../b/b.js\";\nimport * as e from '../b/b.js';\nimport f from \"./f.js\";\nb(d, e, f);"
            }
            "b/b.js" => {
                "import f from \"../a/f.js\";\nexport function b() {}\nexport const c = f;\nlet g;\nexport { g };"
            }
            "a/f.js" => "x();export default function(n){}",
            _ => panic!("{name} is no module"),
        };
        assert_eq!(
            bundle("a/a.js", &find),
            "\"use strict\";(()=>{\n\
             const m0=(()=>{\nx();const $default=function(n){}\n\nreturn {default:$default};\n})();\n\
             const m1=(()=>{\nconst {default:f}=m0;\nfunction b() {}\nconst c = f;\nlet g;\n;\n\nreturn {b,c,g};\n})();\n\
             const m2=(()=>{\nconst { b, c:d }=m1;\nconst e=m1;\nconst {default:f}=m0;\nb(d, e, f);\n\nreturn {};\n})();\nself.modules=[m0,m1,m2];\n})();\n"
        );
    }

    #[test]
    fn a_later_script_adds_only_the_missing_modules() {
        let find = |name: &str| match name {
            "app.js" => "import { b } from \"./b.js\";\nb();",
            "b.js" => "export function b() {}",
            "c.js" => "import { b } from \"./b.js\";\nexport const c = b;",
            _ => "import { b } from \"./b.js\";\nimport { c } from \"./c.js\";\nexport { b, c };",
        };
        assert_eq!(
            later("more.js", "app.js", &find),
            "const [m0,m1]=self.modules;\n\
             const m2=(()=>{\nconst { b }=m0;\nconst c = b;\n\nreturn {c};\n})();\n\
             const m3=(()=>{\nconst { b }=m0;\nconst { c }=m2;\n;\n\nreturn {b,c};\n})();\n\
             export const {b,c}=m3;\n"
        );
    }
}
