//! Removes comments and redundant spaces from scripts and styles when the program starts.

/// A script or style sheet without indentation, type comments and comment lines. A multi-line string must not depend on indentation.
pub fn bare(source: &str) -> String {
    let mut bare = String::with_capacity(source.len());
    let mut inside = false;
    for line in source.lines() {
        let text = line.trim();
        let begins = text.starts_with("/*") && text.find("*/").is_none_or(|end| end + 2 == text.len());
        if inside || begins {
            inside = !text.ends_with("*/");
        } else if !text.is_empty() && !text.starts_with("//") {
            bare.push_str(&untyped(text));
            bare.push('\n');
        }
    }
    bare
}

/// A style sheet without redundant spaces and line breaks. A string in it must not have a space beside `{ } ; ,` or after a colon.
pub fn close_set(style: &str) -> String {
    let mut close = String::with_capacity(style.len());
    for c in style.chars() {
        if c.is_whitespace() {
            if !close.ends_with(['{', '}', ';', ',', ':', ' ']) {
                close.push(' ');
            }
            continue;
        }
        if matches!(c, '{' | '}' | ';' | ',') && close.ends_with(' ') {
            close.pop();
        }
        if c == '}' && close.ends_with(';') {
            close.pop();
        }
        close.push(c);
    }
    close
}

/// Removes the JSDoc type comments from a line of a script.
fn untyped(line: &str) -> String {
    let mut parts = line.split("/** ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut line, part| {
        let (_, rest) = part.split_once("*/").unwrap_or_default();
        line.push_str(rest.trim_start());
        line
    })
}
