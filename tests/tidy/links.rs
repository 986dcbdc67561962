//! Links within a page of Markdown.

/// Links to headings that their page lacks.
pub fn links(path: &str, text: &str) -> Vec<String> {
    if !path.ends_with(".md") {
        return Vec::new();
    }
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchors: Vec<_> = headings.map(anchor).collect();
    let linked = text.split("](#").skip(1).filter_map(|rest| rest.split_once(')'));
    linked
        .filter(|(link, _)| !anchors.iter().any(|anchor| anchor == link))
        .map(|(link, _)| format!("{path}: `#{link}` leads to no heading"))
        .collect()
}

/// A heading's anchor, as code hosts make it.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading
        .chars()
        .filter(|&sign| sign.is_alphanumeric() || [' ', '-', '_'].contains(&sign));
    kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_no_heading_are_found() {
        let page = "# One\n\n## `Two` and 3!\n\n[a](#one) [b](#two-and-3)";
        assert!(links("a.md", page).is_empty());
        assert_eq!(links("a.md", &page.replace("## ", "## The ")).len(), 1);
        assert_eq!(links("a.md", "[a](#one)\n").len(), 1);
        assert!(links("a.rs", "[a](#one)\n").is_empty());
    }
}
