use super::*;

#[test]
fn waits_double_up_to_a_bound() {
    let mut backoff = Backoff::default();
    assert!(!backoff.succeeded());
    let mut longest = limits::WEBHOOK_RETRY_MS;
    for _ in 0..100 {
        let wait = backoff.failed().as_millis();
        assert!(
            (u128::from(longest / 2)..u128::from(longest)).contains(&wait),
            "{wait} of {longest}"
        );
        longest = (longest * 2).min(limits::WEBHOOK_RETRY_MOST_MS);
    }
    assert!(backoff.is_failing() && backoff.succeeded());
    assert!(backoff.failed().as_millis() < u128::from(limits::WEBHOOK_RETRY_MS));
}

#[test]
fn an_answer_says_where_to_go_on() {
    let answer =
        br#"{"ok":true,"room":"hall","epoch":"1f6b","head":9,"next":"1f6b:7","missed":0,"events":[["chat","]"]]}"#;
    let batch = Batch::read(answer).expect("a room");
    let (epoch, since) = (Epoch(0x1f6b), 7);
    assert_eq!(
        (batch.next, batch.head, batch.empty),
        (Resume { epoch, since }, 9, false)
    );
    assert!(Batch::read(br#"{"ok":true,"room":"hall","events":[]}"#).is_none());
}

/// What is logged, as it is logged.
#[derive(Clone)]
struct Told(std::sync::mpsc::Sender<String>);

impl std::io::Write for Told {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.send(String::from_utf8_lossy(line).into_owned());
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A receiver that is away is tried again under the same id until it is back; the log has one line of each.
#[tokio::test]
async fn a_receiver_that_is_away_is_waited_for() {
    let (told, lines) = std::sync::mpsc::channel();
    let log = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || Told(told.clone()))
        .finish();
    let _log = tracing::subscriber::set_default(log);
    // Its port is taken, but nobody listens.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket
        .bind("127.0.0.1:0".parse().expect("an address"))
        .expect("loopback");
    let port = socket.local_addr().expect("bound").port();
    let room = RoomName::new("hall").expect("a name");
    let config = Config {
        webhooks: vec![Webhook {
            url: format!("http://127.0.0.1:{port}/hook").parse().expect("a url"),
            rooms: vec![room],
            secret: None,
        }],
        ..Config::default()
    };
    let (inbox, mut driver) = mpsc::channel(8);
    let clock = Arc::new(Clock::new(None, None));
    start(&config, &Arc::new(Links::new(1)), &inbox, &clock).await;
    let batch = |next: Seq, events| {
        let answer = format!(
            r#"{{"ok":true,"room":"hall","epoch":"a","head":9,"next":"a:{next}","missed":0,"events":{events}}}"#
        );
        Bytes::from(answer)
    };
    let mut asked = async |next, events| {
        let Some(Message::Poll { who, since, reply, .. }) = driver.recv().await else {
            panic!("it asks");
        };
        let Poller::Webhook { until } = who else {
            panic!("it is a webhook")
        };
        let _ = reply.send(Ok(batch(next, events)));
        (since.map(|since| since.since), until)
    };
    assert_eq!(asked(5, "[]").await, (None, None));
    let events = r#"[["chat","psst"]]"#;
    assert_eq!(
        asked(11, events).await,
        (Some(9), None),
        "from where the log is, not from the end of the page"
    );
    assert_eq!(asked(11, events).await, (Some(9), Some(11)), "the same again");
    assert_eq!(asked(11, events).await, (Some(9), Some(11)), "and again");
    let listener = socket.listen(1).expect("it is bound");
    let retried = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = vec![0; 4096];
        let mut length = 0;
        while !head[..length].ends_with(b"]]}") {
            length += tokio::io::AsyncReadExt::read(&mut stream, &mut head[length..])
                .await
                .expect("a request");
        }
        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, answer)
            .await
            .expect("it listens");
        String::from_utf8(head[..length].to_vec()).expect("text")
    };
    let patience = Duration::from_secs(30);
    let (request, next) = tokio::time::timeout(patience, async {
        let request = retried.await;
        (request, asked(12, "[]").await)
    })
    .await
    .expect("within the time");
    assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("webhook-id: a-9-11\r\n"), "{request}");
    assert_eq!(next, (Some(11), None));
    let lines: Vec<_> = lines.try_iter().collect();
    let count = |what| lines.iter().filter(|line| line.contains(what)).count();
    assert_eq!(
        (count("can't be reached"), count("works again"), lines.len()),
        (1, 1, 2),
        "{lines:?}"
    );
    assert_eq!(count("psst"), 0);
}
