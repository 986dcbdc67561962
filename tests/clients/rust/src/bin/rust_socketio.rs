//! A member over Socket.IO, with `rust_socketio`. The argument is the server's address.

use rust_socketio::{ClientBuilder, Event, Payload, RawClient};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = std::env::args().nth(1).expect("an address, as http://192.168.1.5:8080");
    let chat = |payload: Payload, _: RawClient| {
        if let Payload::Text(values) = payload
            && let Some(meta) = values.iter().rfind(|part| part.is_object())
        {
            println!("{} {}", meta["from"]["name"], values[0]);
        }
    };
    ClientBuilder::new(format!("{server}?name=Ann&room=main"))
        .on("chat", chat)
        .on(Event::Connect, |_, socket| {
            let _ = socket.emit("chat", "hello");
        })
        .connect()?;
    loop {
        std::thread::park();
    }
}
