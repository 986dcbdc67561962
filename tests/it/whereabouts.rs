//! Printed cards lead to where the server is: it says so in its data directory.

use std::{fs, process::Command};

use crate::stored::Data;

/// What `chatterbox ARGS --data DIR` prints, and says beside it.
fn printed(data: &Data, args: &[&str]) -> (String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_chatterbox"))
        .args(args)
        .arg("--data")
        .arg(&data.0)
        .env_remove("CHATTERBOX_CONFIG")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    [done.stdout, done.stderr]
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .into()
}

const KINDS: [&[&str]; 2] = [&["organizer-card"], &["seats", "--count", "2"]];

#[test]
fn what_is_printed_leads_to_the_server_that_runs() {
    let data = Data::new("whereabouts");
    let server = data.start_with(|config| {
        config.event_name = "Garden <party>".into();
    });
    // It has the directory when it answers.
    server.get("/status");
    for kind in KINDS {
        let (page, said) = printed(&data, kind);
        let url = format!(">http://{}/<", server.address);
        assert!(
            page.contains(&url) && page.contains("Garden &lt;party&gt;"),
            "{url} {page}"
        );
        assert!(
            said.contains("where no phone gets to") && !said.contains("no server"),
            "{said}"
        );
        // The flag is for those who know better.
        let (page, said) = printed(&data, &[kind, &["--url", "http://ball.example"]].concat());
        assert!(page.contains("http://ball.example/") && said.is_empty(), "{said}");
    }
}

#[test]
fn a_server_with_a_host_is_found_by_it() {
    let data = Data::new("whereabouts-host");
    let server = data.start_with(|config| {
        config.host = Some("box.lan:18477".into());
    });
    server.ask("GET /status HTTP/1.1\nhost: box.lan:18477\nconnection: close\n\n");
    for kind in KINDS {
        let (page, said) = printed(&data, kind);
        assert!(page.contains(">http://box.lan:18477/<") && said.is_empty(), "{said}");
    }
    let (card, _) = printed(&data, &["organizer-card"]);
    assert!(card.contains(">http://box.lan:18477/organizer<"));
}

#[test]
fn without_a_server_the_card_says_what_it_stands_on() {
    let data = Data::new("whereabouts-none");
    let (_, said) = printed(&data, &["organizer-card"]);
    assert!(said.contains("it is not known where the server is"), "{said}");
    let (page, said) = printed(&data, &["organizer-card", "--listen", "192.0.2.9:9000"]);
    assert!(
        page.contains("http://192.0.2.9:9000/") && said.contains("where these settings are for"),
        "{said}"
    );

    let mut server = data.start();
    server.get("/status");
    let address = server.address;
    server.stop();
    let (page, said) = printed(&data, &["organizer-card"]);
    assert!(
        page.contains(&format!("http://{address}/")) && said.contains("where the last one was"),
        "{said}"
    );

    fs::write(data.0.join("running.toml"), "\0\0\0").unwrap();
    let (_, said) = printed(&data, &["organizer-card"]);
    assert!(said.contains("it is not known where the server is"), "{said}");
}

#[test]
fn a_second_server_with_the_directory_leaves_the_first_ones_place() {
    let data = Data::new("whereabouts-second");
    let server = data.start();
    server.get("/status");
    let second = Command::new(env!("CARGO_BIN_EXE_chatterbox"))
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(&data.0)
        .output()
        .unwrap();
    assert!(!second.status.success(), "the directory is taken");
    let (page, said) = printed(&data, &["organizer-card"]);
    assert!(
        page.contains(&format!("http://{}/", server.address)) && !said.contains("no server"),
        "{said}"
    );
}
