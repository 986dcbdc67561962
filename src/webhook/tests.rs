use super::*;

#[test]
fn the_backoff_doubles_up_to_a_bound() {
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
fn a_batch_tells_the_next_position() {
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

/// Captures log lines.
#[derive(Clone)]
struct LogWriter(std::sync::mpsc::Sender<String>);

impl std::io::Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.send(String::from_utf8_lossy(line).into_owned());
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A configuration with one webhook on a port.
fn config(port: u16) -> Config {
    let room = RoomName::new("hall").expect("a name");
    Config {
        webhooks: vec![Webhook {
            url: format!("http://127.0.0.1:{port}/hook").parse().expect("a url"),
            rooms: vec![room],
            secret: None,
        }],
        ..Config::default()
    }
}

fn batch(next: Seq, events: &str) -> Bytes {
    format!(r#"{{"ok":true,"room":"hall","epoch":"a","head":9,"next":"a:{next}","missed":0,"events":{events}}}"#).into()
}

/// Reads a request up to the end of its events and accepts it. Returns the request.
async fn accept_batch(listener: &tokio::net::TcpListener) -> String {
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let mut request = vec![0; 4096];
    let mut length = 0;
    while !request[..length].ends_with(b"]]}") {
        length += tokio::io::AsyncReadExt::read(&mut stream, &mut request[length..])
            .await
            .expect("a request");
    }
    let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, answer)
        .await
        .expect("an open connection");
    String::from_utf8(request[..length].to_vec()).expect("text")
}

/// Retries use the same id until the receiver is back; the log has one line for the failure and one for the recovery.
#[tokio::test]
async fn a_batch_is_retried_while_the_receiver_is_away() {
    let (sender, lines) = std::sync::mpsc::channel();
    let log = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || LogWriter(sender.clone()))
        .finish();
    let _log = tracing::subscriber::set_default(log);
    // The port is bound, but no socket listens on it.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket
        .bind("127.0.0.1:0".parse().expect("an address"))
        .expect("loopback");
    let port = socket.local_addr().expect("bound").port();
    let (inbox, mut driver) = mpsc::channel(8);
    let clock = Arc::new(Clock::new(None, None));
    start(&config(port), &Arc::new(WorkerRegistry::new(1)), &inbox, &clock).await;
    let mut polled = async |next, events| {
        let Some(Message::Poll {
            who, options, reply, ..
        }) = driver.recv().await
        else {
            panic!("no poll");
        };
        let Poller::Webhook { until } = who else {
            panic!("another poller")
        };
        let _ = reply.send(Ok(batch(next, events)));
        (options.since.map(|since| since.since), until)
    };
    assert_eq!(polled(5, "[]").await, (None, None));
    let events = r#"[["chat","psst"]]"#;
    assert_eq!(
        polled(11, events).await,
        (Some(9), None),
        "from the head of the log, not from the end of the page"
    );
    assert_eq!(polled(11, events).await, (Some(9), Some(11)), "the first retry");
    assert_eq!(polled(11, events).await, (Some(9), Some(11)), "the second retry");
    let listener = socket.listen(1).expect("it is bound");
    let patience = Duration::from_secs(60);
    let (request, next) = tokio::time::timeout(patience, async {
        let request = accept_batch(&listener).await;
        (request, polled(12, "[]").await)
    })
    .await
    .expect("within the time");
    assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("webhook-id: a-9-11\r\n"), "{request}");
    assert_eq!(next, (Some(11), None));
    let lines: Vec<_> = lines.try_iter().collect();
    let count = |what| lines.iter().filter(|line| line.contains(what)).count();
    assert_eq!(
        (count("can't be reached"), count("accepts batches again"), lines.len()),
        (1, 1, 2),
        "{lines:?}"
    );
    assert_eq!(count("psst"), 0);
}
