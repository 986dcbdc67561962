//! Draws QR codes, as SVG for pages and as text for the console. Nothing grows.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

/// Width of the light margin around a code in modules; scanners need four (ISO/IEC 18004, 6.3.8).
const QUIET: usize = 4;

/// The QR code of a text as SVG, black on white in every theme; `None` if the text is too long.
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

/// The QR code of a text in terminal characters, two modules each; `None` if the text is too long. Light modules are drawn, dark ones are
/// the background.
pub fn blocks(text: &str, ecl: ECL) -> Option<Vec<String>> {
    let code = QRBuilder::new(text).ecl(ecl).build().ok()?;
    let side = code.size + 2 * QUIET;
    let light = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < code.size);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => !code[y][x].value(),
            _ => y < side,
        }
    };
    let letter = |x: usize, y: usize| match (light(x, y), light(x, y + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let line = |y: usize| (0..side).map(|x| letter(x, y)).collect();
    Some((0..side).step_by(2).map(line).collect())
}

/// The text of a QR code for joining a Wi-Fi, in the ZXing project's format, which all phones understand. `None` is an open network.
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
    fn a_camera_reads_what_a_terminal_shows() {
        const SCALE: usize = 4;
        for ecl in [ECL::L, ECL::M] {
            let text = wifi("Fête; Bar", Some("p:\\,\" 12345"));
            let lines: Vec<Vec<char>> = blocks(&text, ecl)
                .unwrap()
                .iter()
                .map(|line| line.chars().collect())
                .collect();
            let side = lines[0].len();
            let light = |x: usize, y: usize| match lines[y / 2][x] {
                '█' => true,
                '▀' => y.is_multiple_of(2),
                '▄' => !y.is_multiple_of(2),
                _ => false,
            };
            let pixel = |x: usize, y: usize| if light(x / SCALE, y / SCALE) { 255 } else { 0 };
            let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, pixel);
            assert_eq!(image.detect_grids()[0].decode().unwrap().1, text);
        }
    }

    #[test]
    fn a_wifi_is_written_as_cameras_read_it() {
        assert_eq!(wifi("Fête", None), "WIFI:T:nopass;S:Fête;;");
        assert_eq!(wifi("a;b", Some("p:\\,\"")), "WIFI:T:WPA;S:a\\;b;P:p\\:\\\\\\,\\\";;");
    }
}
