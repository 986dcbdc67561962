//! What each of the hub's commands costs at worst, of the inputs that are known to be costly: `cargo run --release --example costs`.
//!
//! Each line is the least of some runs, so that what else the machine does is not counted, and the worst input of its command.

mod stage;

use chatterbox::{
    limits,
    room::{Epoch, Input, RoomName},
};

use self::stage::{PEOPLE, Stage, admin, connect, event, room, user};

/// Runs of what changes the stage for good; each has a stage of its own.
const RUNS: usize = 3;

/// How a stage is made, how it is prepared, and what is measured.
type Scene = (&'static str, &'static str, fn() -> Stage, fn(&mut Stage), fn() -> Input);

fn set(set: &str) -> Input {
    admin(&format!(r#"{{"do":"settings","room":"hall","set":{set}}}"#))
}

fn nothing(_: &mut Stage) {}

/// A text of so many bytes that has many words.
fn long() -> String {
    "a.b ".repeat(2000)
}

fn polled(stage: &mut Stage) {
    stage.tell(admin(
        r#"{"do":"poll","room":"hall","poll":{"question":"Which?","choices":["a","b","c"],"change":true}}"#,
    ));
    for conn in 1..=PEOPLE {
        stage.tell(event(conn, r#"["vote",1,[0]]"#));
    }
}

fn asked(stage: &mut Stage) {
    stage.tell(event(1, r#"["ask","Why?"]"#));
    let question = limits::RING_ENTRIES as u64 + 1;
    for conn in 2..=PEOPLE {
        stage.tell(event(conn, &format!(r#"["upvote",{question}]"#)));
    }
}

fn value() -> String {
    format!("\"{}\"", "x".repeat(limits::VALUE_BYTES - 2))
}

fn valued(stage: &mut Stage) {
    for number in 0..limits::VALUES as u64 {
        stage.tell(event(number + 1, &format!(r#"["set","k{number}",{}]"#, value())));
    }
}

fn held(stage: &mut Stage) {
    stage.tell(set(r#"{"hold":true}"#));
    for conn in 1..=limits::APPROVAL_QUEUE as u64 {
        stage.tell(event(conn, &format!(r#"["chat","{}"]"#, "x".repeat(8000))));
    }
}

/// The log of changes is full, and of the ring's entries few are changes.
fn changed(stage: &mut Stage) {
    for number in 0..limits::CONTROL_ENTRIES {
        stage.tell(set(&format!(r#"{{"slowS":{}}}"#, 1 + number % 2)));
    }
    stage.tell(set(r#"{"slowS":0}"#));
    for _ in 0..limits::RING_ENTRIES {
        stage.tell(event(1, r#"["chat","hello"]"#));
    }
}

fn hidden(stage: &mut Stage) {
    for seq in 1..=limits::UNHIDE {
        stage.tell(admin(&format!(r#"{{"do":"hide","room":"hall","seq":{seq}}}"#)));
    }
}

fn banned(stage: &mut Stage) {
    for person in 100..1100 {
        stage.tell(admin(&format!(r#"{{"do":"ban","user":"{}"}}"#, user(person))));
    }
}

fn badges(stage: &mut Stage) {
    for person in 1..=limits::ACCESS_RECORDS as u64 {
        stage.tell(admin(&format!(
            r#"{{"do":"badge","user":"{}","badge":"moderator"}}"#,
            user(person)
        )));
    }
}

/// Rooms in which newcomers wait, as many as there may be, each with a full queue; a newcomer has ten messages in each.
fn newcomers(stage: &mut Stage) {
    let mut conn = 30_000;
    for number in 0..limits::ROOMS / 2 - 1 {
        let name = room(number);
        let set = r#"{"newcomersWait":true}"#;
        stage.tell(admin(&format!(r#"{{"do":"settings","room":"{name}","set":{set}}}"#)));
        for person in 0..limits::APPROVAL_QUEUE as u64 / 10 {
            conn += 1;
            let Input::Connect {
                mut who,
                leased,
                room,
                resume,
                ..
            } = connect(conn, number)
            else {
                return;
            };
            who.user = chatterbox::room::UserId(30_000 + person);
            stage.tell(Input::Connect {
                conn: chatterbox::room::ConnId(conn),
                who,
                leased,
                room,
                resume,
            });
            for _ in 0..10 {
                stage.tell(event(conn, r#"["chat","hello"]"#));
            }
            stage.tell(Input::Disconnect {
                conn: chatterbox::room::ConnId(conn),
            });
        }
    }
}

fn muted(stage: &mut Stage) {
    for person in 100..100 + limits::MUTED as u64 {
        stage.tell(admin(&format!(
            r#"{{"do":"mute","room":"hall","user":"{}","seconds":600}}"#,
            user(person)
        )));
    }
}

fn seated(stage: &mut Stage) {
    stage.tell(admin(r#"{"do":"seats","count":4096}"#));
}

fn tabs(stage: &mut Stage) {
    for tab in 0..limits::USER_CONNECTIONS as u64 - 1 {
        let Input::Connect {
            mut who,
            leased,
            room,
            resume,
            ..
        } = connect(2, 0)
        else {
            return;
        };
        who.name = None;
        stage.tell(Input::Connect {
            conn: chatterbox::room::ConnId(20_000 + tab),
            who,
            leased,
            room,
            resume,
        });
    }
}

fn words() -> Input {
    let word = |number: usize| {
        let letters = (0..10).map(|at| char::from(b'a' + u8::try_from((number >> at) % 26).unwrap_or_default()));
        letters.collect::<String>() + &"é".repeat(20)
    };
    let list: Vec<String> = (0..limits::WORD_LIST).map(word).collect();
    admin(&format!(r#"{{"do":"words","list":{list:?}}}"#))
}

fn listed(stage: &mut Stage) {
    stage.tell(words());
    stage.tell(set(r#"{"words":"block","linksOff":true}"#));
}

#[rustfmt::skip]
const SCENES: &[Scene] = &[
    ("connect", "12,000 are there, 8,192 of them helpers", Stage::hall, badges, || connect(30_000, 0)),
    ("disconnect", "one of 12,000", Stage::hall, nothing, || Input::Disconnect { conn: chatterbox::room::ConnId(5) }),
    ("join", "from the room of 12,000 to a new one", Stage::hall, nothing, || event(5, r#"["join","new"]"#)),
    ("createRoom", "256 rooms are there", Stage::rooms, nothing, || event(5, r#"["createRoom","new"]"#)),
    ("leave", "a room of 12,000", Stage::hall, nothing, || event(5, r#"["leave"]"#)),
    ("chat", "8,000 bytes, links and 1,000 words to look for", Stage::hall, listed, || event(5, &format!(r#"["chat","{}"]"#, long()))),
    ("chat, reply", "to nothing that the log has", Stage::hall, nothing, || event(5, r#"["chat","x",{"re":"none"}]"#)),
    ("chat, mutes", "1,024 are muted", Stage::hall, muted, || event(5, r#"["chat","x"]"#)),
    ("dm", "to 64 connections", Stage::hall, tabs, || event(5, &format!(r#"["dm","{}","hello"]"#, user(2)))),
    ("gift", "to one of 12,000", Stage::hall, nothing, || event(5, &format!(r#"["gift","rose",9,{{"to":"{}"}}]"#, user(2)))),
    ("react", "in a room of 12,000", Stage::hall, nothing, || event(5, r#"["react","x"]"#)),
    ("history", "100 of 2,048", Stage::hall, nothing, || event(5, r#"["history",{"limit":100}]"#)),
    ("who", "12,000", Stage::hall, nothing, || event(5, r#"["who"]"#)),
    ("rename", "of 8,192 helpers none looks so", Stage::hall, badges, || event(9000, r#"["rename","ﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺ"]"#)),
    ("vote", "12,000 have voted", Stage::hall, polled, || event(5, r#"["vote",1,[1]]"#)),
    ("board", "12,000 votes", Stage::hall, polled, || event(5, r#"["board"]"#)),
    ("ask", "the first question", Stage::hall, nothing, || event(5, r#"["ask","Why?"]"#)),
    ("seen", "of 12,000", Stage::hall, nothing, || event(5, r#"["seen",7]"#)),
    ("set", "64 values of 1,000 bytes", Stage::hall, valued, || event(9, &format!(r#"["set","k1",{}]"#, value()))),
    ("get", "64 values of 1,000 bytes", Stage::hall, valued, || event(9, r#"["get"]"#)),
    ("watch", "64 values of 1,000 bytes", Stage::hall, valued, || event(9, r#"["watch"]"#)),
    ("announce", "in 256 rooms", Stage::rooms, nothing, || admin(r#"{"do":"announce","text":"hello"}"#)),
    ("poll", "the ninth, 12,000 votes go with the oldest", Stage::hall, |stage| {
        polled(stage);
        stage.tell(admin(r#"{"do":"closePoll","room":"hall","poll":1}"#));
        for _ in 1..limits::POLLS {
            stage.tell(admin(r#"{"do":"poll","room":"hall","poll":{"question":"Which?","choices":["a","b"]}}"#));
        }
    }, || admin(r#"{"do":"poll","room":"hall","poll":{"question":"Which?","choices":["a","b"]}}"#)),
    ("closePoll", "12,000 votes", Stage::hall, polled, || admin(r#"{"do":"closePoll","room":"hall","poll":1}"#)),
    ("polls", "12,000 votes", Stage::hall, polled, || admin(r#"{"do":"polls","room":"hall"}"#)),
    ("answered", "12,000 upvotes", Stage::hall, asked, || admin(r#"{"do":"answered","room":"hall","question":2049}"#)),
    ("reached", "12,000", Stage::hall, nothing, || admin(r#"{"do":"reached","room":"hall","seq":9}"#)),
    ("settings, lock", "12,000 are in the room", Stage::hall, nothing, || set(r#"{"locked":true}"#)),
    ("settings, close", "12,000 are in the room", Stage::hall, nothing, || set(r#"{"closed":true}"#)),
    ("hide", "one of 2,048", Stage::hall, nothing, || admin(r#"{"do":"hide","room":"hall","seq":9}"#)),
    ("hidePerson", "half of a log", Stage::hall, nothing, || admin(&format!(r#"{{"do":"hidePerson","room":"hall","user":"{}"}}"#, user(1)))),
    ("hidePerson, all", "in 256 rooms of 2,048 entries", Stage::rooms, nothing, || admin(&format!(r#"{{"do":"hidePerson","user":"{}"}}"#, user(1)))),
    ("hidePerson, one", "all of a log, with all the changes that it keeps", Stage::lonely, changed, || admin(&format!(r#"{{"do":"hidePerson","room":"hall","user":"{}"}}"#, user(1)))),
    ("hidePerson, full", "the first slice of 16 logs, all of one person", Stage::talkative, nothing, || admin(&format!(r#"{{"do":"hidePerson","user":"{}"}}"#, user(1)))),
    ("hidePerson, next", "the next slice of these", Stage::talkative, |stage| {
        stage.tell(admin(&format!(r#"{{"do":"hidePerson","user":"{}"}}"#, user(1))));
        stage.wait(limits::SWEPT_PAUSE_MS);
    }, || Input::Tick),
    ("unhidePerson", "all that a room keeps of a log", Stage::lonely, |stage| {
        stage.tell(admin(&format!(r#"{{"do":"hidePerson","room":"hall","user":"{}"}}"#, user(1))));
    }, || admin(&format!(r#"{{"do":"unhidePerson","room":"hall","user":"{}"}}"#, user(1)))),
    ("hidden", "100", Stage::hall, hidden, || admin(r#"{"do":"hidden","room":"hall"}"#)),
    ("mute", "256 rooms", Stage::rooms, nothing, || admin(&format!(r#"{{"do":"mute","room":"hall","user":"{}","seconds":60}}"#, user(256)))),
    ("mute, stranger", "nobody of that id, 256 rooms of 2,048 entries", Stage::rooms, nothing, || admin(r#"{"do":"mute","room":"hall","user":"00000000ffffffff","seconds":60}"#)),
    ("ban", "256 rooms of 2,048 entries", Stage::rooms, nothing, || admin(&format!(r#"{{"do":"ban","user":"{}"}}"#, user(1)))),
    ("ban, address", "12,000 in one room", Stage::hall, nothing, || admin(&format!(r#"{{"do":"ban","user":"{}","address":true}}"#, user(1)))),
    ("unban", "1,000 are banned, 256 rooms of 2,048 entries", Stage::rooms, banned, || admin(&format!(r#"{{"do":"unban","user":"{}"}}"#, user(100)))),
    ("admit, many", "10 messages wait in each of 127 rooms of 200", Stage::rooms, newcomers, || admin(&format!(r#"{{"do":"admit","user":"{}"}}"#, user(30_000)))),
    ("admit, sweep", "the next of these rooms", Stage::rooms, |stage| {
        newcomers(stage);
        stage.tell(admin(&format!(r#"{{"do":"admit","user":"{}"}}"#, user(30_000))));
    }, || Input::Tick),
    ("admit", "1,000 are banned", Stage::rooms, banned, || admin(&format!(r#"{{"do":"admit","user":"{}"}}"#, user(5)))),
    ("seats, minute", "it is over, 12,000 have none", Stage::hall, |stage| {
        seated(stage);
        stage.wait(limits::SEATS_MS);
    }, || Input::Tick),
    ("freeSeat", "12,000 have none", Stage::hall, |stage| {
        seated(stage);
        let Input::Connect { conn, mut who, leased, room, resume } = connect(30_000, 0) else { return };
        who.seat = Some(7);
        stage.tell(Input::Connect { conn, who, leased, room, resume });
    }, || admin(r#"{"do":"freeSeat","seat":7}"#)),
    ("waiting", "12,000 without a seat", Stage::hall, seated, || admin(r#"{"do":"waiting"}"#)),
    ("badge", "256 rooms", Stage::rooms, nothing, || admin(&format!(r#"{{"do":"badge","user":"{}","badge":"moderator"}}"#, user(5)))),
    ("seats", "12,000 have none", Stage::hall, nothing, || admin(r#"{"do":"seats","count":10}"#)),
    ("words", "1,000", Stage::hall, nothing, words),
    ("wordList", "1,000", Stage::hall, listed, || admin(r#"{"do":"wordList"}"#)),
    ("held", "200 of 8,000 bytes", Stage::hall, held, || admin(r#"{"do":"held","room":"hall"}"#)),
    ("approve", "the last of 200", Stage::hall, held, || admin(r#"{"do":"approve","room":"hall","number":200}"#)),
    ("reject", "the last of 200", Stage::hall, held, || admin(r#"{"do":"reject","room":"hall","number":200}"#)),
    ("audit", "1,000", Stage::rooms, banned, || admin(r#"{"do":"audit"}"#)),
    ("wipe, asked", "256 rooms", Stage::rooms, nothing, || admin(r#"{"do":"wipe","dryRun":true}"#)),
    ("wipe", "12,000 people, 256 rooms of 2,048 entries", Stage::rooms, nothing, || admin(r#"{"do":"wipe"}"#)),
    ("durable", "256 rooms", Stage::rooms, nothing, || Input::Durable { durable: false }),
    ("pruned", "256 rooms", Stage::rooms, nothing, || Input::Pruned { room: RoomName::new(&room(7)).expect("a name"), epoch: Epoch(1), oldest: 9 }),
    ("shutdown", "12,000 people", Stage::hall, nothing, || Input::Shutdown),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    println!("{:<16} {:>10} {:>8}  worst input", "command", "µs", "outputs");
    for (command, input, make, prepare, what) in SCENES {
        if !wanted.is_empty() && !wanted.iter().any(|name| command.starts_with(name.as_str())) {
            continue;
        }
        let times = (0..RUNS).map(|_| {
            let mut stage = make();
            prepare(&mut stage);
            stage.time(what())
        });
        let (least, outputs) = times.min_by(|one, other| one.0.total_cmp(&other.0)).expect("some runs");
        println!("{command:<16} {least:>10.0} {outputs:>8}  {input}");
    }
}
