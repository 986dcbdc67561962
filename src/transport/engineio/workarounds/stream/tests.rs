use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;
use crate::{room::Code, transport::engineio::request::Protocol};

fn frame(payload: &str) -> Vec<u8> {
    framed(payload.to_owned()).to_vec()
}

fn stream(io: DuplexStream, ahead: &[u8], protocol: Protocol, swallow: &'static [Swallow]) -> EdgeStream<DuplexStream> {
    let dialect = Dialect {
        protocol,
        is_socketio: true,
    };
    let errors = ConnectErrors::new(protocol, Some(Code::UnknownRoom));
    EdgeStream::new(io, None, ahead, dialect, errors, swallow)
}

async fn written(swallow: &'static [Swallow], chunks: &[&[u8]]) -> (Vec<u8>, Vec<u8>) {
    let (server, mut client) = duplex(1024);
    let mut stream = stream(server, b"", Protocol::V4, swallow);
    for chunk in chunks {
        stream.write_all(chunk).await.unwrap();
    }
    let mut read = vec![0; stream.ahead.len()];
    stream.read_exact(&mut read).await.unwrap();
    drop(stream);
    let mut seen = Vec::new();
    client.read_to_end(&mut seen).await.unwrap();
    (seen, read)
}

#[tokio::test]
async fn the_first_heartbeat_is_answered_and_not_seen() {
    let all = [frame("0{\"sid\":1}"), frame("2"), frame("40{}"), frame("2")].concat();
    let expected = [frame("0{\"sid\":1}"), frame("40{}"), frame("2")].concat();
    let answer = FIRST_PING.answer.to_vec();
    assert_eq!(
        written(&[FIRST_PING], &[&all]).await,
        (expected.clone(), answer.clone())
    );
    let (open, rest) = all.split_at(12);
    assert_eq!(written(&[FIRST_PING], &[open, rest]).await, (expected, answer));
}

#[tokio::test]
async fn a_heartbeat_that_polling_has_not_fetched_is_swallowed_behind_the_upgrade() {
    let (server, mut client) = duplex(1024);
    let sent = [&[0x81, 0x82, 0, 0, 0, 0][..], b"40"].concat();
    let mut stream = stream(server, &sent, Protocol::V4, &[PROBED, FIRST_PING]);
    stream.replay = REPLAY;
    let mut replay = [0; REPLAY.len()];
    stream.read_exact(&mut replay).await.unwrap();
    assert_eq!(&replay[..], REPLAY);
    stream.write_all(&frame("3probe")).await.unwrap();
    stream
        .write_all(&[frame("42[1]"), frame("2"), frame("2")].concat())
        .await
        .unwrap();
    let mut read = vec![0; FIRST_PING.answer.len() + sent.len()];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(read, [FIRST_PING.answer, &sent].concat());
    drop(stream);
    let mut seen = Vec::new();
    client.read_to_end(&mut seen).await.unwrap();
    assert_eq!(seen, [frame("42[1]"), frame("2")].concat());
}

#[tokio::test]
async fn other_frames_pass_untouched() {
    let large = [&[0x81, 126, 1, 44][..], &[b'2'; 300]].concat();
    assert_eq!(written(&[FIRST_PING], &[&large]).await.0, large);
}

#[tokio::test]
async fn an_error_gets_its_code_also_where_the_socket_is_full() {
    let (server, mut client) = duplex(8);
    let mut stream = stream(server, b"", Protocol::V4, &[]);
    let all = [frame("44/x,{\"message\":\"Invalid namespace\"}"), frame("42[2]")].concat();
    let writing = async {
        stream.write_all(&all).await.unwrap();
        stream.flush().await.unwrap();
        drop(stream);
    };
    let mut seen = Vec::new();
    let reading = client.read_to_end(&mut seen);
    let ((), read) = tokio::join!(writing, reading);
    read.unwrap();
    let error = "44/x,{\"message\":\"Invalid namespace\",\"data\":{\"code\":\"unknown_room\"}}";
    assert_eq!(seen, [frame(error), frame("42[2]")].concat());
}

/// A client's text frame with a zero mask.
fn sent(packet: &str) -> Vec<u8> {
    let length = u8::try_from(packet.len()).unwrap();
    [&[0x81, 0x80 | length, 0, 0, 0, 0], packet.as_bytes()].concat()
}

async fn read(stream: &mut EdgeStream<DuplexStream>, expected: &[u8]) {
    let mut read = vec![0; expected.len()];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(read, expected);
}

/// Whether the library has to wait for further input.
fn waits(stream: &mut EdgeStream<DuplexStream>) -> bool {
    stream.read_u8().now_or_never().is_none()
}

#[tokio::test]
async fn an_event_behind_a_connect_packet_waits_for_its_answer() {
    let (server, mut client) = duplex(1024);
    let mut stream = stream(server, &sent("40/x,"), Protocol::V4, &[]);
    client.write_all(&[sent("40"), sent("42[1]")].concat()).await.unwrap();
    read(&mut stream, &sent("40/x,")).await;
    assert!(waits(&mut stream));
    stream.write_all(&frame("2")).await.unwrap();
    assert!(waits(&mut stream), "a heartbeat is no answer");
    let message = "x".repeat(200);
    stream
        .write_all(&frame(&format!("44/x,{{\"message\":\"{message}\"}}")))
        .await
        .unwrap();
    read(&mut stream, &sent("40")).await;
    assert!(waits(&mut stream), "the first was refused");
    stream.write_all(&frame("40{}")).await.unwrap();
    read(&mut stream, &sent("42[1]")).await;
    let more = [sent("40/y,"), sent("40"), sent("42[2]")].concat();
    client.write_all(&more).await.unwrap();
    read(&mut stream, &more).await;
}

#[tokio::test]
async fn an_answer_wakes_the_reader() {
    let (server, mut client) = duplex(1024);
    let (mut reader, mut writer) = tokio::io::split(stream(server, &sent("40"), Protocol::V4, &[]));
    let mut first = vec![0; sent("40").len()];
    reader.read_exact(&mut first).await.unwrap();
    let event = sent("42[1]");
    let mut second = vec![0; event.len()];
    client.write_all(&event).await.unwrap();
    let reading = tokio::spawn(async move { reader.read_exact(&mut second).await.map(|_| second) });
    tokio::task::yield_now().await;
    writer.write_all(&frame("40{}")).await.unwrap();
    assert_eq!(reading.await.unwrap().unwrap(), event);
}

#[tokio::test]
async fn more_than_a_few_events_wait_in_the_socket_in_order() {
    let events = sent(&format!("42[\"{}\"]", "x".repeat(90))).repeat(3 * BEHIND_CONNECT_BYTES / 100);
    let (server, mut client) = duplex(events.len());
    let mut stream = stream(server, &sent("40"), Protocol::V4, &[]);
    read(&mut stream, &sent("40")).await;
    client.write_all(&events).await.unwrap();
    assert!(waits(&mut stream));
    assert!(stream.behind.len() < BEHIND_CONNECT_BYTES + WS_READ_BUFFER);
    stream.write_all(&frame("40{}")).await.unwrap();
    read(&mut stream, &events).await;
}

#[tokio::test]
async fn events_of_the_older_protocol_wait_for_nothing() {
    let events = [sent("40/x"), sent("42/x,[1]")].concat();
    let mut stream = stream(duplex(8).0, &events, Protocol::V3, &[]);
    read(&mut stream, &events).await;
}
