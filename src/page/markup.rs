//! Escaping for the pages' HTML.

/// Escapes a text for HTML, between tags or in double quotes.
pub fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
