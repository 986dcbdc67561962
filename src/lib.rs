//! Chatterbox: live rooms for the phones in the room.
//!
//! This page is the map: where a message goes, what lives where, what always holds, and what is left out on purpose.
//!
//! # The way of a message
//!
//! ```text
//!            net (the only I/O)             room (pure)                          wire (pure)
//! sockets ─▶ transports ─▶ wire::decode ─▶ Input ─▶ driver ─▶ Hub::handle(now, input) ─▶ Output
//!    ▲                                                          │ Append, Attach, Reply, Latest …
//!    └── sinks ◀── fan-out of each worker: cursor..head ◀───────┘    each entry encoded once per format
//! ```
//!
//! 1. [`listener`] opens the port; [`net`] accepts, counts, and hands each connection to a worker, a thread with its own
//!    runtime. There it is served by hyper, and by socketioxide, tungstenite or axum, whichever the client speaks.
//! 2. A transport decodes what the client said with [`wire`] into a [`room::Command`], or into a [`room::Refusal`] that goes
//!    the same way, so that answers keep the order of what they answer. It goes into the one bounded inbox.
//! 3. The driver, one task, takes the inbox in order and tells the [`room::Hub`]. The hub decides everything: who is where, what is
//!    accepted, which number it gets. It answers with [`room::Output`]s, in order.
//! 4. The driver hands each output to the worker that it is for; entries and latest values go to all of them. Each worker mirrors
//!    the logs of all rooms, as handles to the same entries.
//! 5. A worker's fan-out passes over its members of the room. A member is a cursor into the log ([`room::Feed`]) and a sink: a lane (a
//!    WebSocket that the fan-out writes beside the library), a Socket.IO session on polling, an event stream, a waiting poll. The
//!    pass writes `cursor..head`, as far as the sink takes it, in bytes that were encoded once for all.
//! 6. With a data directory the driver also sends what each input made to the [`store`], whose thread commits in groups. Nothing waits
//!    for it but answers, each connection's in their order.
//!
//! # The modules
//!
//! | module | what lives there |
//! |---|---|
//! | [`room`] | the domain: hub, rooms, log, feed, people, rates, how rooms are run, the board (polls, questions, pins, gifts given), and the closed vocabularies `Input`, `Output`, `Command`, `Reply` |
//! | [`wire`] | one message ⇄ bytes, for each format; `PROTOCOL.md` for authors of clients |
//! | [`net`] | the only I/O: admission, workers, lanes, transports, driver, fan-out, identities, webhooks |
//! | [`store`] | the journal on disk: group commit, restore, pages, retention, export, wipe; `DATA.md` for people |
//! | [`page`] | the phone page, the organizer's, the wall and the Socket.IO client: static files inside the binary, compressed once at the start |
//! | [`limits`] | every bound, with its reason; the ones that a configuration may change |
//! | [`config`] | defaults, file, environment and flags, merged and checked, with the place of each mistake |
//! | [`appliance`] | the box: its settings on the boot partition, and the files of its services |
//! | [`doctor`] | what is wrong with the box, in plain sentences |
//! | [`update`] | a signed system into the other slot of the box's card, and its confirmation |
//! | [`printed`] | the organizer's card and seat codes, for a printer |
//! | `qr` | codes to scan, as drawings |
//! | [`announce`], [`listener`], [`logging`] | the start: addresses and QR code, the socket, where the log goes |
//!
//! Arrows point inwards: `net` knows `store`, `wire` and `room`, `store` knows `room`, `wire` knows `room`, `room` knows only [`limits`]. `tests/tidy.rs`
//! holds them to it.
//!
//! # What always holds
//!
//! - **One owner.** The hub is the only place that changes a room, and gives an entry its `seq`. Everything else follows the log.
//! - **Pure core.** `room` and `wire` have no sockets, tasks, clocks or randomness; time is an argument, maps are ordered. The same inputs give
//!   the same outputs, so a seed replays a failure.
//! - **The log is the queue.** No member has a queue of the room's messages. A slow phone costs a number; what it can't have any more is
//!   counted and told: *received + missed = sent*, for every member at every moment, over every change of technique.
//! - **One order.** A member sees entries by `seq`, and an answer behind everything that was said before it. A sender's events are handled in
//!   the order in which they were sent.
//! - **Votes are values.** A vote, an upvote or a gift's count is a kept value of one person, not an entry: what is sent again replaces itself, so totals are exact
//!   over retries, reconnects and restarts. Live counts go with the latest values.
//! - **Encoded once.** An entry's bytes are made once for each format that somebody needs, never for each member.
//! - **Acknowledged is stored.** With a data directory an answer comes when what it is about is on disk, or says that it is not.
//! - **Bounded.** Every queue, table, buffer and wait has its bound in [`limits`], and a policy for when it is reached: make the sender wait, tell
//!   it, count what is shed, or close with a reason that says whether to come back.
//! - **Refusals are answers.** One catalogue of codes and one of close reasons, the same on every transport. A refused command had no effect; bad input
//!   is the business of whoever sent it, and of nobody else.
//! - **The session id is a key.** No Socket.IO session id leaves for another client or a log; people have ids of their own. Text and addresses are not
//!   logged at `info`.
//!
//! # What is left out on purpose
//!
//! - **No broadcast through the library.** socketioxide and tungstenite would copy and wake for each member, and drop silently
//!   where a buffer is full. They do handshakes, heartbeats and packets; entries go around them.
//! - **No lock on the way of a message.** Workers share handles to entries and nothing else that is hot.
//! - **No accounts, no sessions on the server.** A signed token is the identity. Who loses it is somebody new.
//! - **No timers in the core.** The hub says when it wants to be woken, and why ([`room::Due`]).
//! - **No build step for the page,** nothing loaded from elsewhere, no inline script.
//! - **No TLS.** A name on a local network has no certificate authority; a proxy in front can have one.
//! - **No `unsafe`.**

#![forbid(unsafe_code)]

pub mod announce;
pub mod appliance;
pub mod config;
pub mod doctor;
pub mod limits;
pub mod listener;
pub mod logging;
pub mod net;
pub mod page;
pub mod printed;
mod qr;
pub mod room;
pub mod store;
pub mod update;
pub mod wire;
