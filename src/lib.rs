//! Chatterbox: live rooms for the phones in the room.
//!
//! This page is the map: where a message goes, what lives where, what always holds, and what is left out on purpose.
//!
//! # The path of a message
//!
//! ```text
//! socket ─▶ transport ─▶ Message ─▶ driver ─▶ Hub::handle(now, input) ─▶ Output ─▶ fan-out of each worker ─▶ sink ─▶ socket
//!           bytes to command        one task    pure: decides everything    │        cursor..head, each entry
//!                                                                           └▶ store  encoded once per format
//! ```
//!
//! 1. [`server`] accepts a connection, counts it, and hands it to a worker: a thread with its own runtime. hyper serves it there, and
//!    socketioxide, tungstenite or axum, depending on what the client speaks.
//! 2. A [`transport`] decodes an event with [`wire`] into a [`room::Command`], or into a [`room::Refusal`] that takes the same path, so that
//!    answers keep the order of their events. Both go into the driver's bounded inbox.
//! 3. The [`driver`], one task, takes the inbox in order and calls the [`room::Hub`]. The hub decides everything: membership, acceptance,
//!    sequence numbers. It answers with [`room::Output`]s, in order.
//! 4. The driver routes each output to the worker of its connection; entries and latest values go to all workers. Each worker replicates
//!    the logs of all rooms, as handles to the same entries.
//! 5. A worker's [`fanout`] passes over the members of a room. A member is a cursor into the log ([`room::Cursor`]) and a sink: a lane (a
//!    WebSocket that the fan-out writes beside the library), a Socket.IO session on polling, an event stream, a waiting poll. The
//!    pass writes `cursor..head`, as far as the sink takes it, in bytes that were encoded once for all members.
//! 6. With a data directory the driver also sends each operation to the [`store`], whose thread commits in groups. Only answers
//!    wait for a commit, in the order of their connection.
//!
//! # The modules
//!
//! From the top down; a module imports only modules below it, and `tests/tidy` checks every import.
//!
//! | module | what lives there |
//! |---|---|
//! | `cli` (in the binary) | flags; one file for each command |
//! | [`server`] | start, listener, the record of where it listens, admission, workers, watchdog, shutdown |
//! | `routes` | HTTP routes beside the techniques: rooms, admin commands, joining, uploads, status, captive portal, CORS |
//! | `webhook` | outgoing HTTP requests for what a room hears |
//! | [`driver`] | the task that owns the hub: durability, reply queue, leases, nonces of admin commands, host jobs |
//! | [`fanout`] | passes, replicas of the rooms' logs, members and their sinks |
//! | [`transport`] | one folder a technique, from bytes to commands and back; identities, devices, word matching, proofs of admin commands |
//! | [`appliance`] | the box: settings file, generated service files, doctor, update, printed cards, QR drawings |
//! | [`page`] | the phone page, the organizer's, the wall and the Socket.IO client: static files inside the binary, compressed once at the start |
//! | [`backup`] | one encrypted file with messages, keys and settings, and its restoration; marks of machines |
//! | [`store`] | the journal on disk: group commit, restore, pages, retention, export, wipe; `DATA.md` for people |
//! | [`config`] | defaults, file, environment and flags, merged and checked, with the place of each mistake |
//! | [`certificate`] | the organizer's certificate for HTTPS: its files, names and days |
//! | [`clock`], [`time_zone`] | the only clock; time zones |
//! | [`wire`] | one message ⇄ bytes, for each format; `PROTOCOL.md` for authors of clients |
//! | [`memory`] | one account in bytes of what the server holds for clients, and the order in which caches give way |
//! | [`room`] | the domain: hub, rooms, log, cursors, people, rates, policies, the board (polls, questions, pins, gifts), and the closed vocabularies `Input`, `Output`, `Command`, `Reply` |
//! | [`limits`] | every bound, with its reason; a configuration may change some |
//! | [`logging`] | the log's destination |
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | hub; driver | the state machine of all rooms, without I/O; the one task that owns it and carries out what it decides |
//! | fan-out; pass | the part of a worker thread that sends entries to its members; one round of it over the members of a room |
//! | replica; cursor | a worker's copy of a room's log, as handles to shared entries; a member's position in that log |
//! | lane; sink | a connection's outgoing side (queue and socket); how a transport takes what the fan-out sends to a member |
//! | seat; slot | a numbered personal entry code that the organizer can require; the admission of one connection by the server |
//! | proof | the HMAC by which an operator's access code signs an admin command |
//! | parked | of a room: kept in the store without being loaded |
//! | epoch | one unbroken run of a room's log; after a crash a new one starts, so that numbers never mean two entries |
//!
//! # Where to add what
//!
//! | what | files |
//! |---|---|
//! | a kind of message | `room/body.rs`, `wire/said.rs`, `page/assets/shared/kinds.js`, PROTOCOL.md, phrases; for the simulator `tests/sim/model/kinds.rs` |
//! | a refusal's code | `room/refusal.rs`, where it is raised, PROTOCOL.md, phrases |
//! | a room's setting | `room/settings.rs`, where it acts, `page/assets/organizer/room.js`, `page/assets/shared/rules.js`, PROTOCOL.md, phrases |
//! | a language | its two files in `page/assets/locales` |
//! | a transport | its folder in `transport` and its file in `fanout/sink`; `transport/mod.rs`, `transport/opening.rs`, `fanout/sink/mod.rs`, PROTOCOL.md |
//!
//! Phrases stand in all files of `page/assets/locales`. The compiler and the tests name each place that is missing.
//!
//! # What always holds
//!
//! - **One owner.** Only the hub changes a room and numbers its entries. Everything else follows the log.
//! - **Pure core.** `room` and `wire` use no socket, task, clock or random number; time is an argument, maps are ordered. Equal inputs give
//!   equal outputs, so a seed replays a failure.
//! - **The log is the queue.** No member has a queue of the room's messages. A slow phone costs one cursor; entries that it can no longer
//!   get are counted and reported: *received + missed = sent*, for every member at every moment, over every change of technique.
//! - **One order.** A member sees entries by `seq`, and an answer after all entries that precede it. The events of one sender are handled in
//!   the order of their sending.
//! - **Votes are values.** A vote, an upvote or a gift's count is a stored value of one person, not an entry: a repetition replaces it, so totals
//!   are exact over retries, reconnects and restarts. Live counts travel as latest values, and so do the values that programs share in a room,
//!   whose revisions let a program change only what it has read.
//! - **A text is its author's.** A person changes or takes back an own message in its old place; the old text is overwritten in the log, the
//!   replicas and the file before that is acknowledged.
//! - **Encoded once.** The bytes of an entry are made once for each format in use, never for each member. TLS copies them into records,
//!   since each connection has keys of its own.
//! - **Acknowledged is stored.** With a data directory an answer waits for the commit of its entry, or says that there is none.
//! - **Bounded.** Every queue, table, buffer and wait has its bound in [`limits`], and a policy at the bound: apply backpressure, refuse,
//!   count the loss, or close with a reason that says whether to come back. All bounds together stay within one budget in bytes
//!   ([`memory`]).
//! - **Refusals are answers.** One catalogue of codes and one of close reasons serve every transport. A refused command has no effect; bad input
//!   costs its sender alone.
//! - **The session id is a key.** No Socket.IO session id reaches another client or a log; people have ids of their own. Texts and addresses are
//!   not logged at `info`.
//!
//! # What is left out on purpose
//!
//! - **No broadcast through the library.** socketioxide and tungstenite copy and wake for each member, and drop silently
//!   at a full buffer. They do handshakes, heartbeats and packets; entries bypass them.
//! - **No lock around rooms.** Workers share handles to entries. Locks guard small tables at the edges: a lane's buffer, a worker's
//!   signal queue, Socket.IO sessions, admission, the memory account.
//! - **No scan of a room per message.** The hub's look-ups are logarithmic; what walks a whole table (wipe, export, a changed policy) is
//!   rare, bounded by the table, and listed with its worst cost by `cargo run --release --example costs`.
//! - **No accounts, no sessions on the server.** A signed token is the identity. A guest who loses it is a new guest.
//! - **No timers in the core.** The hub names the moment of its next deadline, and its purpose ([`room::Due`]).
//! - **No build step for the page** (`page/build.rs` lists its files and the words for roles), no resource from elsewhere, no inline script but
//!   the loader, which the policy names by its digest.
//! - **No TLS by itself.** A name on a local network has no certificate authority. An organizer who has a name and its certificate brings
//!   them ([`certificate`]); [`transport::tls`] is a socket under the lane, so the fan-out's sinks are the same.
//! - **No `unsafe`.**

#![forbid(unsafe_code)]

pub mod appliance;
pub mod backup;
pub mod certificate;
pub mod clock;
pub mod config;
pub mod driver;
pub mod fanout;
pub mod limits;
pub mod logging;
pub mod memory;
pub mod page;
pub mod room;
mod routes;
pub mod server;
pub mod store;
pub mod time_zone;
pub mod transport;
mod webhook;
pub mod wire;
