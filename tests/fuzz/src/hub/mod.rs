//! Events and admin commands in one hub: it never panics, a refused command has no effect, and the outputs agree with each other.
//!
//! An input is a list of lines:
//!
//! | line | what it tells the hub |
//! |---|---|
//! | `c5 hall`, `c5,2 hall` | a connection in slot 5, with the code of seat 2, joins a room |
//! | `d5` | the connection in slot 5 ends |
//! | `e5 ["chat","hi"]` | an event of that connection |
//! | `p5 hall {"text":"hi"}` | a POST of that user into a room |
//! | `o {"do":"wipe"}`, `h {…}` | an admin command of the organizer, or of a moderator, by POST |
//! | `o5 {…}`, `h5 {…}` | the same on the connection in slot 5 |
//! | `s5 {"by":0,…}` | an admin command without a right proof |
//! | `t1000` | milliseconds pass |
//! | `m1`, `m0`, `n1`, `n0`, `w` | the memory is used up or not, the disk can be written or not, the operator wipes |

pub mod costs;
mod stage;
mod watch;

use chatterbox::{
    room::{Command, Input, Refusal, RoomName},
    wire,
};

use self::{
    costs::Cost,
    stage::{By, Stage},
};

/// Lines that are read of an input.
const LINES: usize = 120;
/// Bytes that are read of a line.
const LINE_BYTES: usize = 4096;
/// Further runs of an input that seems to be slower than those before.
const RUNS: usize = 3;
/// Events; others are refused alike.
const EVENTS: [&str; 20] = [
    "ask",
    "board",
    "chat",
    "chatRoom",
    "createRoom",
    "dm",
    "gift",
    "history",
    "join",
    "leave",
    "nonce",
    "admin",
    "react",
    "rename",
    "seen",
    "upvote",
    "vote",
    "who",
    "message",
    "room",
];

/// Tells a hub the lines of `data`.
///
/// # Panics
/// An invariant does not hold.
pub fn drive(data: &[u8]) {
    let mut times = play(data);
    if costs::are_slower(&times) {
        // Other programs may have had the processor meanwhile: the least of some runs is the command's own.
        for _ in 0..RUNS {
            for (first, again) in times.iter_mut().zip(play(data)) {
                first.time = first.time.min(again.time);
            }
        }
    }
    costs::note(times);
}

fn play(data: &[u8]) -> Vec<Cost> {
    let mut stage = Stage::new();
    let lines = data.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    for line in lines.take(LINES) {
        let line = &line[..line.len().min(LINE_BYTES)];
        tell(&mut stage, &String::from_utf8_lossy(line));
    }
    stage.into_costs()
}

fn tell(stage: &mut Stage, line: &str) {
    let Some(kind) = line.chars().next() else { return };
    let rest = &line[kind.len_utf8()..];
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at(digits);
    let number = number.parse::<u64>().ok();
    let slot = number.unwrap_or_default() % stage::SLOTS;
    match kind {
        'c' => {
            let rest = rest.trim_start_matches(',');
            let (seat, room) = rest.split_once(' ').unwrap_or((rest, ""));
            stage.connect(slot, seat.parse().ok(), RoomName::new(room).ok());
        }
        'd' => stage.disconnect(slot),
        'e' => {
            let text = rest.trim_start();
            stage.event(slot, &event_name(text), wire::decode_event(text), line);
        }
        's' => {
            let signed = wire::decode_signed(rest.as_bytes());
            let command = signed.map(|signed| Command::SignedCommand(Box::new(signed)));
            stage.event(slot, "admin", command, line);
        }
        'p' => {
            let (room, body) = rest.trim_start().split_once(' ').unwrap_or((rest, ""));
            let Ok(room) = RoomName::new(room) else { return };
            let command = wire::decode_post(Some("application/json"), body.as_bytes());
            stage.post(slot, room, command, line);
        }
        'o' | 'h' => {
            let by = if kind == 'o' { By::Organizer } else { By::Moderator };
            if let Ok(command) = proved(stage, rest.trim_start()) {
                stage.admin(number.map(|_| slot), by, command, line);
            }
        }
        't' => stage.pass(number.unwrap_or_default() % 10_000_000),
        'm' => stage.tell(Input::Memory {
            shed: rest.len(),
            full: number == Some(1),
        }),
        'n' => stage.tell(Input::Durable {
            durable: number == Some(1),
        }),
        'w' => stage.tell(Input::Wipe),
        _ => {}
    }
}

fn event_name(text: &str) -> String {
    let name = text.split('"').nth(1).unwrap_or_default();
    if EVENTS.contains(&name) { name } else { "no event" }.to_owned()
}

/// Reads a command in the way that the edge does: signed, then without its proof.
fn proved(stage: &mut Stage, command: &str) -> Result<chatterbox::room::AdminCommand, Refusal> {
    let counter = stage.count();
    let body = serde_json::json!({ "by": 0, "nonce": "n", "counter": counter, "command": command, "proof": "00" });
    let signed = wire::decode_signed(body.to_string().as_bytes()).expect("the edge's own writing");
    assert_eq!((&*signed.command, signed.counter), (command, counter));
    wire::decode_admin_command(&signed.command)
}
