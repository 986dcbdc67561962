//! Codes to scan, as pictures.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

/// Light modules around a code: scanners want four (ISO/IEC 18004, 6.3.8).
const QUIET: usize = 4;

/// A picture of the text's code, black on white in every theme; `None` if the text is too long for one.
pub fn svg(text: &str) -> Option<String> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let side = code.size + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size {
        for x in (0..code.size).filter(|&x| code[y][x].value()) {
            // Writing to a string can't fail.
            let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}

/// What a phone's camera takes as "join this Wi-Fi": the form that the ZXing project began and all phones know.
pub fn wifi(name: &str, password: Option<&str>) -> String {
    let name = escaped(name);
    match password {
        Some(password) => format!("WIFI:T:WPA;S:{name};P:{};;", escaped(password)),
        None => format!("WIFI:T:nopass;S:{name};;"),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if matches!(letter, '\\' | ';' | ',' | ':' | '"') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_picture_with_a_quiet_zone() {
        // Version 2 at level M: 25 modules a side; the upper left finder pattern begins after the quiet zone.
        let svg = svg("http://192.168.4.1:8080/").unwrap();
        assert!(
            svg.contains("viewBox=\"0 0 33 33\"") && svg.contains("\"M4 4h1v1h-1zM5 4h"),
            "{svg}"
        );
        assert_eq!(super::svg(&"x".repeat(4000)), None);
    }

    #[test]
    fn a_wifi_is_written_as_cameras_read_it() {
        assert_eq!(wifi("Fête", None), "WIFI:T:nopass;S:Fête;;");
        assert_eq!(wifi("a;b", Some("p:\\,\"")), "WIFI:T:WPA;S:a\\;b;P:p\\:\\\\\\,\\\";;");
    }
}
