//! The captive portal and the host check over real sockets.

use super::{server::Server, status};

fn probe(server: &Server) -> String {
    server.ask("GET /generate_204 HTTP/1.1\nhost: connectivitycheck.example\nconnection: close\n\n")
}

#[test]
fn a_phone_is_redirected_until_its_user_taps_on() {
    let server = Server::start(|config| {
        config.host = Some("box.lan".into());
        config.portal = true;
    });
    let sent = probe(&server);
    assert_eq!(status(&sent), "302");
    assert!(
        sent.contains("location: http://box.lan/\r\n") && sent.contains("cache-control: no-store\r\n"),
        "{sent}"
    );
    let post = "POST /portal/continue HTTP/1.1\nhost: box.lan\norigin: http://box.lan\nconnection: close\ncontent-length: 0\n\n";
    assert_eq!(status(&server.ask(post)), "204");
    assert_eq!(status(&probe(&server)), "204");
}

#[test]
fn a_foreign_page_opens_no_connection() {
    let server = Server::start(|_| {});
    for (path, upgrade) in [
        (
            "/ws",
            "upgrade: websocket\nconnection: upgrade\nsec-websocket-version: 13\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\n",
        ),
        ("/socket.io/?EIO=4&transport=polling", "connection: close\n"),
    ] {
        let ask_as = |host: &str, origin: &str| {
            let mut stream = server.stream();
            let head = format!("GET {path} HTTP/1.1\nhost: {host}\norigin: {origin}\n{upgrade}\n");
            std::io::Write::write_all(&mut stream, head.replace('\n', "\r\n").as_bytes()).expect("it reads");
            let mut line = String::new();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(stream), &mut line).expect("an answer");
            line
        };
        let ask = |origin: &str| ask_as("box.lan", origin);
        assert!(ask("http://evil.example").contains(" 403 "), "{path}");
        assert!(!ask("http://box.lan:8080").contains(" 403 "), "{path}");
        assert!(!ask("capacitor://localhost").contains(" 403 "), "{path}");
        assert!(ask("null").contains(" 403 "), "{path}");
        let rebound = ask_as("evil.example:8080", "http://evil.example:8080");
        assert!(rebound.contains(" 403 "), "{path}: {rebound}");
    }
}
