//! What a phone asks when it joins the box's network, over real sockets.

use super::{server::Server, status};

fn probe(server: &Server) -> String {
    server.ask("GET /generate_204 HTTP/1.1\nhost: connectivitycheck.example\nconnection: close\n\n")
}

#[test]
fn a_phone_is_shown_the_page_until_its_person_goes_on() {
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
        let ask = |origin: &str| {
            let mut stream = server.stream();
            let head = format!("GET {path} HTTP/1.1\nhost: box.example\norigin: {origin}\n{upgrade}\n");
            std::io::Write::write_all(&mut stream, head.replace('\n', "\r\n").as_bytes()).expect("it reads");
            let mut line = String::new();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(stream), &mut line).expect("an answer");
            line
        };
        assert!(ask("http://evil.example").contains(" 403 "), "{path}");
        assert!(!ask("http://box.example:8080").contains(" 403 "), "{path}");
    }
}
