//! A real socket between the library's thread and the fan-out's. Neither may miss a wake-up.

use std::{
    io::Read,
    net::TcpListener,
    sync::{Mutex, mpsc},
    thread,
    time::Duration,
};

use bytes::Bytes;
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
};

use super::{Lane, LaneId, SWITCH, SendState, Signals, strict, text_frame};
use crate::transport::lane::LaneLimits;

const FRAMES: usize = 3000;
/// Far longer than any turn takes: a longer wait is a lost wake-up.
const PATIENCE: Duration = Duration::from_secs(60);
const LIMITS: LaneLimits = LaneLimits {
    message_bytes: 100,
    unfinished_ms: 20_000,
    linger_ms: 20_000,
};

struct Bell(Mutex<mpsc::Sender<()>>);

impl Signals for Bell {
    fn writable(&self, _: LaneId) {
        let _ = self.0.lock().expect("no panics inside").send(());
    }
    fn matched(&self, _: LaneId, _: u64) {}
    fn gone(&self, _: LaneId) {}
}

/// Frame `number` of a writer, of a size that varies from one to the next.
fn frame(writer: char, number: usize) -> Bytes {
    let size = number * 7919 % 331 + if number.is_multiple_of(97) { 3000 } else { 0 };
    text_frame(format!("{writer}{number} {}", "x".repeat(size)).as_bytes())
}

#[test]
fn two_threads_share_a_stream() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let client = thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(address).expect("loopback");
        stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
        let (mut all, mut space, mut turn) = (Vec::new(), [0; 4096], 0);
        loop {
            // Small reads keep the server's socket full, large ones let it run.
            turn += 1;
            let size = if turn % 64 < 32 { 173 } else { 4096 };
            match stream.read(&mut space[..size]).expect("in time") {
                0 => return all,
                count => all.extend_from_slice(&space[..count]),
            }
        }
    });
    let stream = listener.accept().expect("the client").0;
    let socket = SockRef::from(&stream);
    socket.set_send_buffer_size(4096).expect("a small buffer");
    socket.set_tcp_nodelay(true).expect("TCP");
    stream.set_nonblocking(true).expect("a socket");
    let (bell, notified) = mpsc::channel();
    let (hand, lane) = mpsc::channel();
    let (finished, library_done) = mpsc::channel();

    let library = thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let stream = TcpStream::from_std(stream).expect("non-blocking");
            let (lane, mut io) = Lane::open(stream, LaneId(1), LIMITS);
            lane.set_signals(std::sync::Arc::new(Bell(Mutex::new(bell))));
            hand.send(lane.clone()).expect("the fan-out waits for it");
            assert!(lane.begin_upgrade());
            io.write_all(SWITCH).await.expect("the client reads");
            for number in 0..FRAMES {
                let frame = frame('l', number);
                let cut = number * 31 % frame.len();
                io.write_all(&frame[..cut]).await.expect("the client reads");
                if number % 3 == 0 {
                    tokio::task::yield_now().await;
                }
                io.write_all(&frame[cut..]).await.expect("the client reads");
            }
            finished.send(()).expect("the fan-out waits for it");
            // Closed by the fan-out: the end comes when the client has closed.
            assert_eq!(io.read(&mut [0; 8]).await.expect("the end"), 0);
        });
    });

    let lane = lane.recv_timeout(PATIENCE).expect("the library begins");
    let frames: Vec<_> = (0..FRAMES).map(|number| frame('f', number)).collect();
    let mut at = 0;
    let mut state = SendState::Full;
    while at < FRAMES || state != SendState::Ready {
        let end = FRAMES.min(at + 1 + at % 5);
        let run: Vec<_> = frames[at..end].iter().collect();
        let sent = lane.send(&run);
        (at, state) = (at + sent.taken, sent.state);
        match state {
            SendState::Ready => {}
            SendState::Full | SendState::NotOpen => notified.recv_timeout(PATIENCE).expect("told to go on"),
            SendState::Closed => panic!("the lane is open"),
        }
    }
    library_done
        .recv_timeout(PATIENCE)
        .expect("the library was not left waiting");
    lane.close(&[], 1000, "");

    let all = client.join().expect("the client read it all");
    library.join().expect("the library came to its end");
    let stream = all.strip_prefix(SWITCH).expect("the answer");
    let (found, rest) = strict::frames(stream).expect("strict frames");
    assert!(rest.is_empty());
    for writer in ['l', 'f'] {
        let own = found
            .iter()
            .filter(|frame| frame.payload.first() == Some(&(writer as u8)));
        let numbers: Vec<_> = own
            .map(|frame| {
                let text = std::str::from_utf8(&frame.payload).expect("ASCII");
                text[1..].split(' ').next().and_then(|number| number.parse().ok())
            })
            .collect();
        assert!(numbers.into_iter().eq((0..FRAMES).map(Some)), "{writer} in order");
    }
    assert_eq!(found.len(), 2 * FRAMES + 1);
}
