//! In steady state a delivery allocates nothing: what a message costs does not grow with those who get it.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use chatterbox::{
    config::{Config, Keys},
    server,
};
use tokio::sync::oneshot;

#[global_allocator]
static COUNTING: dhat::Alloc = dhat::Alloc;

const MESSAGES: u64 = 400;
const PATIENCE: Duration = Duration::from_secs(60);
const KEYS: Keys = Keys {
    identity: [7; 32],
    organizer: [9; 16],
};

/// A member that only reads, without an allocation: counts the ends of the events `chat`.
fn reader(address: std::net::SocketAddr, heard: Arc<AtomicUsize>) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let head = "GET /ws?room=hall HTTP/1.1\r\nhost: box\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("it reads");
    let handle = stream.try_clone().expect("a handle");
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        let mut last = 0;
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            for &byte in &buffer[..count] {
                // Each message has one character that nothing else has.
                if byte == b'~' && last != b'~' {
                    heard.fetch_add(1, SeqCst);
                }
                last = byte;
            }
        }
    });
    handle
}

/// Allocations of the whole process while `MESSAGES` messages go to so many members.
fn allocations(members: usize) -> u64 {
    let mut config = Config::default();
    (config.limits.rate, config.limits.per_address) = (false, None);
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let stopped = async { drop(stopped.await) };
        server::run(&config, &KEYS, vec![listener], Box::pin(stopped)).expect("it serves");
    });
    let heard = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..members).map(|_| reader(address, heard.clone())).collect();
    let url = format!("ws://{address}/ws?room=hall");
    let (mut sender, _) =
        tungstenite::client(url, TcpStream::connect(address).expect("it listens")).expect("a handshake");
    let mut said = 0;
    let mut say = || {
        sender
            .send(tungstenite::Message::text("[\"chat\",\"~\"]"))
            .expect("it reads");
        said += 1;
        // The next message when all have this one, so that nothing depends on how they meet.
        let since = Instant::now();
        while heard.load(SeqCst) < said * members {
            assert!(since.elapsed() < PATIENCE, "a member misses message {said}");
            std::thread::yield_now();
        }
    };
    // All members must be in the room before the first message.
    wait_for_members(address, members + 1);
    for _ in 0..50 {
        say();
    }
    let before = dhat::HeapStats::get().total_blocks;
    for _ in 0..MESSAGES {
        say();
    }
    let after = dhat::HeapStats::get().total_blocks;
    for reader in readers {
        let _ = reader.shutdown(Shutdown::Both);
    }
    drop(stop);
    server.join().expect("the server ends in order");
    after - before
}

fn wait_for_members(address: std::net::SocketAddr, members: usize) {
    let since = Instant::now();
    loop {
        assert!(since.elapsed() < PATIENCE, "a member has not joined");
        let mut stream = TcpStream::connect(address).expect("it listens");
        let request = "GET /rooms/hall/messages HTTP/1.1\r\nhost: box\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        if answer.contains(&format!("\"online\":{members}")) {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_delivery_allocates_nothing() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let (few, many) = (allocations(5), allocations(105));
    let deliveries = 100 * MESSAGES;
    let each = many.saturating_sub(few) as f64 / deliveries as f64;
    println!("{few} allocations for {MESSAGES} messages to 5 members, {many} to 105: {each:.4} for each delivery more");
    // What a message costs once varies by an allocation or two from run to run; one for each delivery would be 1.0.
    assert!(each < 0.1, "{each} allocations for each delivery");
}
