//! Words that comments and documentation do not use: a sentence's subject is a noun, and a doc comment says what the signature does not.

use super::has_word;

/// Words without a noun behind them.
const VAGUE: &[&str] = &["whoever", "somebody"];

/// Docs that are nothing but a pronoun or a question.
const LONE: &[&str] = &[
    "Which.", "Whom.", "Whose.", "Where.", "Who.", "What.", "How.", "Why.", "When.",
];

/// Comments and pages of Markdown that break a rule above.
pub fn prose(path: &str, text: &str) -> Vec<String> {
    let checked = ["src/", "tests/", "image/", "systemd/"]
        .iter()
        .any(|part| path.starts_with(part));
    // Seeds of the fuzzer are data.
    if !checked || path.contains("/seeds/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some(comment) = comment(path, line) else { continue };
        let small = comment.to_ascii_lowercase();
        let vague = VAGUE.iter().filter(|word| has_word(&small, word));
        found.extend(vague.map(|word| format!("{path}:{number}: `{word}`: name the client, the user, the process")));
        if LONE.contains(&comment) {
            found.push(format!(
                "{path}:{number}: `{comment}` is no documentation: write a noun phrase"
            ));
        }
    }
    found
}

/// The comment of a line without its mark, also behind code; of Markdown the whole line.
fn comment<'a>(path: &str, line: &'a str) -> Option<&'a str> {
    let line = line.trim();
    let mark = match path.rsplit_once('.').map_or("", |(_, kind)| kind) {
        "md" => return Some(line),
        "rs" | "js" | "mjs" | "ts" | "css" => "//",
        "html" => "<!--",
        _ => "#",
    };
    let block = |line: &'a str| line.strip_prefix("/*").or_else(|| line.strip_prefix("* "));
    let whole = line.strip_prefix(mark).or_else(|| block(line).filter(|_| mark == "//"));
    let comment = whole.or_else(|| Some(line.split_once(&format!(" {mark} "))?.1))?;
    Some(
        comment
            .trim_start_matches(['/', '!', '*', '#'])
            .trim_end_matches("*/")
            .trim(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vague_words_are_refused_in_each_kind_of_comment() {
        for (path, line) in [
            ("src/store/a.rs", "//! For @."),
            ("src/store/a.rs", "    /// @, too."),
            ("src/store/a.rs", "let a = 1; // @ asks"),
            ("tests/a.js", " * @ asks."),
            ("tests/a.css", "/* @ */"),
            ("image/slot", "echo x # @ asks"),
            ("systemd/a.service", "# @ asks"),
            ("tests/a.html", "<!-- @ -->"),
            ("src/store/A.md", "@ asks."),
        ] {
            for word in ["whoever", "Somebody"] {
                let line = line.replace('@', word);
                assert_eq!(prose(path, &line).len(), 1, "{path}: {line}");
            }
        }
        for (path, line) in [
            ("src/store/a.rs", "let whoever = \"somebody\";"),
            ("src/store/a.rs", "/// See `somebodys_name`."),
            ("image/slot", "echo somebody"),
            ("README.md", "somebody"),
        ] {
            assert!(prose(path, line).is_empty(), "{path}: {line}");
        }
    }

    #[test]
    fn docs_that_are_a_lone_pronoun_are_refused() {
        for lone in LONE {
            assert_eq!(prose("src/store/a.rs", &format!("    /// {lone}")).len(), 1, "{lone}");
        }
        assert!(prose("src/store/a.rs", "/// Index into `members`.\n/// Which entry.").is_empty());
    }
}
