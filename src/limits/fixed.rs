//! Limits that no configuration changes: of messages, rooms, people, connections, queues and waiting times.

/// Maximum length of a room's name in characters, so that it fits into lists on a phone.
pub const ROOM_NAME_CHARS: usize = 40;
/// Maximum length of a person's name, in characters.
pub const USER_NAME_CHARS: usize = 32;
/// Highest number that is tried at the end of a name to distinguish it from a present one. After that, the user's id gives nine digits.
pub const NAME_NUMBERS: u64 = 99;
/// Number of free numbers that are tried at the end of a name that looks like another. If the word list refuses all results, the name is made up.
pub const NAME_TRIES: usize = 8;
/// How long the name of a person who left stays theirs on other devices, in milliseconds: a phone in a pocket, a cigarette, a lap of the buffet.
pub const NAME_MS: u64 = 30 * 60 * 1000;
/// Maximum length of a message id in characters; a UUID has 36.
pub const MSG_ID_CHARS: usize = 64;
/// Maximum length of a gift's name or a reaction in characters; the longest emoji sequences have about ten.
pub const TOKEN_CHARS: usize = 24;
/// Maximum length of an identity token in bytes; current tokens are shorter.
pub const IDENTITY_BYTES: usize = 256;
/// Maximum nesting depth of a client's JSON. Events of the protocol have at most three levels, and serde_json itself allows 128.
pub const JSON_DEPTH: usize = 32;
/// Maximum number of arguments of an event.
pub const EVENT_ARGS: usize = 16;

/// Size of an entry beyond its text, in bytes: its fields, its handles in the logs, and the fixed part of one encoded frame.
pub const ENTRY_FIXED_BYTES: usize = 640;
/// Default size limit of a room's log, in bytes.
pub const RING_BYTES: usize = 2 * 1024 * 1024;
/// Default size limit of a chat text with its further arguments, in bytes.
pub const TEXT_BYTES: usize = 8 * 1024;
/// Maximum number of entries in a room's log in memory.
pub const RING_ENTRIES: usize = 2048;
/// Number of control entries (changes by operators) that a log keeps for members who missed them, after the ring has dropped them.
pub const CONTROL_ENTRIES: usize = 128;
/// Number of access codes that the organizer can issue, including revoked ones, because a number is never reused.
pub const OPERATOR_CODES: usize = 256;
/// Number of used nonces of HTTP requests that are remembered for [`NONCE_MS`]; beyond that, commands are refused as `busy`.
pub const USED_NONCES: usize = 4096;
/// Lifetime of a nonce for an HTTP request, in milliseconds.
pub const NONCE_MS: u64 = 60_000;
/// Number of wrong proofs (signatures of admin commands) from one device before further wrong ones must wait; a right one is never delayed.
pub const WRONG_PROOFS: u32 = 5;
/// First wait after too many wrong proofs (signatures of admin commands), in milliseconds; each further wrong one doubles it.
pub const WRONG_PROOF_WAIT_MS: u64 = 1000;
/// Longest wait after wrong proofs (signatures of admin commands), and how long a wrong one is remembered, in milliseconds.
pub const WRONG_PROOF_MOST_MS: u64 = 60_000;
/// Number of devices whose wrong proofs (signatures of admin commands) are remembered; the one that was quiet for longest is dropped first.
pub const WRONG_ADDRESSES: usize = 1024;
/// Number of valid rejoin codes, by which people move their identity to another browser.
pub const REJOIN_CODES: usize = 256;
/// Lifetime of a rejoin code, in milliseconds.
pub const REJOIN_MS: u64 = 300_000;
/// Number of valid rejoin codes of one device, enough for a household.
pub const DEVICE_REJOIN_CODES: usize = 8;
/// Tries of rejoin codes per second by one device, on average. Within a code's lifetime the chance to hit one of 256 codes among 887
/// million is one in two thousand.
pub const REJOIN_RATE: f64 = 5.0;
/// Number of rejoin codes that one device may try at once, see [`REJOIN_RATE`].
pub const REJOIN_BURST: u32 = 50;
/// Number of QR drawings that are kept, of some 10 kB each: those of rooms, which walls and invitations show.
pub const PICTURES: usize = 64;
/// New QR drawings per second for one device, on average: a phone needs one of its own rejoin code now and then.
pub const PICTURE_RATE: f64 = 1.0;
/// New QR drawings for one device in one burst: the phones of a hall may share one router's address.
pub const PICTURE_BURST: u32 = 100;
/// New QR drawings of one device that a flood of others does not delay: its room's, an invitation's, the wall's.
pub const PICTURE_FIRST: u32 = 4;
/// New QR drawings per second for one device that do not count for [`PICTURES_RATE`], on average.
pub const PICTURE_FIRST_RATE: f64 = 0.1;
/// Other new QR drawings per second for all devices together: a fiftieth of one core.
pub const PICTURES_RATE: f64 = 50.0;
/// New QR drawings for all devices together in one burst.
pub const PICTURES_BURST: u32 = 200;
/// Maximum size of a box's settings file in bytes, far more than a page of text.
pub const BOX_FILE_BYTES: usize = 64 * 1024;
/// Number of problems with a box's settings that are reported, one line each; the rest is only counted. More would push the page off a
/// phone's screen.
pub const BOX_PROBLEMS: usize = 12;
/// Maximum length of one reported problem in bytes: two sentences.
pub const BOX_PROBLEM_BYTES: usize = 320;
/// Maximum length of all reported problems in a page, in bytes, after HTML escaping.
pub const BOX_PROBLEMS_BYTES: usize = 4096;
/// Maximum number of lines of a list in a box's settings: [`BOX_ROOMS`] rooms on separate lines, with comments between them.
pub const BOX_LIST_LINES: usize = 100;
/// Number of webhook receivers in a box's settings; each receives all rooms of the file.
pub const BOX_WEBHOOKS: usize = 2;
/// Maximum number of SSH keys in a box's settings.
pub const BOX_SSH_KEYS: usize = 8;
/// How often the doctor's findings are written to the boot partition between two starts. The limit saves the card from wear by a finding
/// that comes and goes.
pub const BOX_NOTES: u32 = 50;
/// Number of phone addresses that have passed the captive portal, about a hundred bytes each. The address seen longest ago is dropped, and
/// its phone may show the portal once more.
pub const PORTAL_ADDRESSES: usize = 4096;
/// How long a silent address counts as past the captive portal, in milliseconds: the box's DHCP lease, after which another phone may get the address.
pub const PORTAL_MS: u64 = 2 * 60 * 60 * 1000;
/// Interval of status reports to systemd, and how long `GET /status` waits for the driver, in milliseconds. Well below the watchdog's 30 seconds.
pub const STATUS_MS: u64 = 5000;
/// Timeout of a box's doctor service, in milliseconds; the page gives up two seconds later.
pub const DOCTOR_MS: u64 = 8000;
/// Maximum length of the doctor's answer in bytes: some dozens of sentences.
pub const DOCTOR_BYTES: u64 = 16 * 1024;
/// Maximum size of the log that the organizer gets, in bytes: its newest lines, which cover some hours of an evening.
pub const LOG_BYTES: usize = 128 * 1024;
/// Maximum size of the log that the box's service may return, in bytes: two thousand lines.
pub const LOG_MOST_BYTES: u64 = 1024 * 1024;
/// Maximum size of an update file in bytes: one slot of the card, and the file's header.
pub const UPDATE_BYTES: u64 = 257 * 1024 * 1024;
/// Space that must stay free on the card beside an update file, in bytes: more than the rooms write during the installation.
pub const UPDATE_SPARE_BYTES: u64 = 64 * 1024 * 1024;
/// Time from the announcement of an update to the end of its upload, in milliseconds. A slow Wi-Fi takes ten minutes for 100 MB.
pub const UPDATE_MS: u64 = 15 * 60 * 1000;
/// Longest pause within an update's upload, in milliseconds; a phone changes its Wi-Fi channel in less.
pub const UPDATE_IDLE_MS: u64 = 20_000;
/// Number of pieces of an update's upload that wait for the card; beyond that, the upload is paused.
pub const UPDATE_PIECES: usize = 16;
/// Number of admin commands that the box's services handle at once; more are refused as `busy`.
pub const HOST_JOBS: usize = 4;
/// Number of rooms that a box's settings may open at the start, so that their list fits on a phone.
pub const BOX_ROOMS: usize = 32;
/// Longest pause between two messages of a person that slow mode can require, in seconds.
pub const SLOW_S: u32 = 300;
/// Longest mute in seconds: a day, which is longer than an event.
pub const MUTE_S: u32 = 86_400;
/// Number of muted people in one room.
pub const MUTED: usize = 1024;
/// Number of known members of a room, who may still join after it is locked; at most [`super::DEVICE_TABLE`] from one device. Others count
/// as newcomers.
pub const KNOWN_MEMBERS: usize = 4096;
/// Number of messages in a room's approval queue; more are refused as `busy`.
pub const APPROVAL_QUEUE: usize = 200;
/// Number of hidden messages in a room that are listed and can always be shown again.
pub const UNHIDE: usize = 100;
/// Size of a room's hidden messages that can be shown again, in bytes; beyond that, the oldest but [`UNHIDE`] are dropped. It holds a full
/// log of usual messages.
pub const UNHIDE_BYTES: usize = 1024 * 1024;
/// Number of commands that hide a person's messages in all rooms at once; more are refused as `busy`.
pub const HIDINGS: usize = 64;
/// Number of admin commands in the audit log; beyond that, the oldest is dropped.
pub const AUDIT: usize = 1000;
/// Number of people with an access record for the event: a ban, an admission, a badge or a seat.
pub const ACCESS_RECORDS: usize = 8192;
/// Number of flagged addresses, from which banned people came.
pub const FLAGGED_ADDRESSES: usize = 1024;
/// Number of people at one flagged address who keep their access, because they were known there before.
pub const EXEMPT_PEOPLE: usize = 4096;
/// Maximum number of seats (numbered personal entry codes) of an event.
pub const SEATS: u32 = 4096;
/// How long people in rooms may stay without a seat code once the organizer requires one, in milliseconds: time to find the card and type it.
pub const SEATS_MS: u64 = 60_000;
/// Wait in milliseconds after which a person who waits for admission may ask again.
pub const WAITING_RETRY_MS: u64 = 5000;
/// Number of peers whose devices are cached. A full cache is cleared, and each peer then costs one look-up in the kernel.
pub const DEVICES: usize = 4096;
/// How long a peer's device is cached, in milliseconds, because another phone may get the address later.
pub const DEVICE_MS: u64 = 10_000;
/// Maximum number of open rooms.
pub const ROOMS: usize = 256;
/// Maximum number of connections of all kinds.
pub const CONNECTIONS: usize = 12_288;
/// Maximum number of connections of one user; a private message goes to each of them.
pub const USER_CONNECTIONS: usize = 64;
/// Maximum number of known users: those with a connection, and those whose rate limits still count.
pub const USERS: usize = CONNECTIONS + 8192;
/// Number of rate refusals that a user may get in one burst before the connection is closed as flooding.
pub const REFUSAL_BURST: u32 = 1000;
/// Number of rate refusals per second that a user may get on average before the connection is closed as flooding.
pub const REFUSAL_RATE: f64 = 10.0;
/// Number of direct frames that may wait for one connection whose reading can be paused.
pub const LANE_FRAMES: usize = 512;
/// Number of direct frames that may wait for one polling session. One payload may request [`PAYLOAD_PACKETS`] answers, and the next payload
/// waits until few are left.
pub const DIRECT_FRAMES: usize = PAYLOAD_PACKETS + LANE_FRAMES;
/// Number of message ids that a room remembers to detect repeated messages.
pub const DEDUP_IDS: usize = 4096;
/// Maximum number of kinds of reaction in one room.
pub const REACTIONS: usize = 32;
/// Maximum number of rooms listed in `welcome`.
pub const WELCOME_ROOMS: usize = 64;
/// Maximum number of people listed by `who`.
pub const WHO_PEOPLE: usize = 256;
/// Maximum and default number of entries in an answer to `history`.
pub const HISTORY_ENTRIES: usize = 100;
/// Maximum size of the entries in an answer to `history`, in bytes; the last entry may exceed it. A hundred usual messages take a tenth.
pub const HISTORY_BYTES: usize = 256 * 1024;

// Between the transports, the driver and the fan-outs. Each of these queues makes its senders wait or tells them; none drops.

/// Capacity of the driver's inbox. A full inbox makes WebSocket and HTTP senders wait, and refuses Socket.IO events as `busy`.
pub const INBOX: usize = 16_384;
/// Number of inputs that the driver takes from its inbox in one go.
pub const INBOX_BATCH: usize = 64;
/// Capacity of the channel to a fan-out, in updates; a full channel makes the driver wait.
pub const COMMANDS: usize = 4096;
/// Number of updates that a fan-out takes in one go before its next pass (round over the members).
pub const COMMAND_BATCH: usize = 256;
/// Number of accepted connections that wait for a worker; more wait in the kernel's backlog.
pub const ARRIVALS: usize = 256;
/// Maximum number of workers, because a connection's handle contains the number of its worker.
pub const WORKERS: usize = 64;
/// Number of a connection's commands in flight at which the server stops reading from it.
pub const GATE_HIGH: u32 = 64;
/// Number of a connection's commands in flight at which the server reads from it again.
pub const GATE_LOW: u32 = 32;
/// Number of direct frames in a connection's queue at which the server stops reading from it.
pub const QUEUE_HIGH: usize = 128;
/// Number of direct frames in a connection's queue at which the server reads from it again.
pub const QUEUE_LOW: usize = 32;
/// Maximum number of fragments of a client's message, because empty ones would cost work without end. Pieces of 16 bytes fit any message.
pub const FRAGMENTS: u32 = 4096;
/// Number of frames that a lane (a connection's outgoing side) passes to the kernel in one call.
pub const LANE_SLICES: usize = 64;
/// Number of frame matchers on one lane (a connection's outgoing side): one for the CONNECT answer of each namespace of a session.
pub const LANE_WATCHES: usize = 16;
/// Number of members that a pass (a round of the fan-out) serves before the sockets' tasks may run.
pub const PASS_SLICE: usize = 4096;
/// Maximum number of frames in one vectored write.
pub const RUN_FRAMES: usize = 64;
/// Number of messages taken from a member's cursor ahead of its sink.
pub const STAGED_FRAMES: usize = 32;
/// Size of the messages taken from a member's cursor ahead of its sink, in bytes; the last one may exceed it. The rest stays in the log or
/// in the member's queue.
pub const STAGED_BYTES: usize = 64 * 1024;
/// Number of packets that a polling session gets before its client's next fetch; the rest of the library's buffer is for answers.
pub const EMIT_WINDOW: u32 = 32;
/// Size in bytes beyond which a packet counts as a further one of [`EMIT_WINDOW`].
pub const EMIT_BYTES: usize = 2048;
/// Number of packets in the answer to one fetch of a polling session; stock python-engineio fails at more (`max_decode_packets`).
pub const ANSWER_PACKETS: usize = 16;
/// Capacity of the library's packet buffer for one session. It must also hold the answers to everything that one payload requests.
pub const SESSION_PACKETS: usize = 2048;
/// Number of packets that a polling session gets before it is closed. The buffer also needs space for unfetched packets of [`EMIT_WINDOW`]
/// and for the close reason.
pub const LAST_PACKETS: u32 = 1900;
/// Maximum number of packets in the body of one polling request.
pub const PAYLOAD_PACKETS: usize = 4096;
/// Number of bytes at the start of a client's packet that are buffered to recognize its kind. They hold a CONNECT packet with a few
/// parameters, and any event's name. A longer name is treated as one with escapes.
pub const PACKET_HEAD_BYTES: usize = 2048;
/// Number of bytes behind a client's first CONNECT packet on a WebSocket that are kept until its answer. The rest waits in the socket.
pub const BEHIND_CONNECT_BYTES: usize = 4096;
/// Number of polls of an upgrading client that are answered at once, so that it stops polling quickly; further ones are answered ten times
/// a second, as in the reference server. More than one is needed only if a poll overtakes the probe.
pub const PROBE_NOOPS: u32 = 8;
/// Number of bytes of an oversized body that are read and dropped before the answer, because most HTTP clients read the answer only after
/// writing all. Beyond that the connection is closed.
pub const DRAIN_BYTES: usize = 8 * 1024 * 1024;
/// Maximum number of binary attachments of one event.
pub const ATTACHMENTS: usize = 10;
/// Capacity of the channel to an event stream's response body, in pieces.
pub const STREAM_PIECES: usize = 16;
/// Size of a piece of an event stream, in bytes, from which it waits until all earlier pieces are sent.
pub const STREAM_PIECE_BYTES: usize = 4 * 1024;
/// Maximum number of events in the answer to one poll.
pub const POLL_EVENTS: usize = 1000;
/// Maximum size of the events in the answer to one poll, in bytes; the last event may exceed it.
pub const POLL_BYTES: usize = 256 * 1024;
/// Number of entries in the answer to a poll without a position.
pub const POLL_FIRST_ENTRIES: u64 = 50;
/// Size of a WebSocket's read buffer in bytes: enough for a chat message, and kept by each idle connection.
pub const WS_READ_BUFFER: usize = 512;
/// Interval between two checks for silent peers, in milliseconds.
pub const SWEEP_MS: u64 = 5000;
/// Maximum duration of each step of a shutdown, in milliseconds.
pub const SHUTDOWN_MS: u64 = 3000;
/// Maximum number of entries in a word list.
pub const WORD_LIST: usize = 1000;
/// Maximum length of an entry in a word list, in characters.
pub const WORD_CHARS: usize = 40;
/// Number of words with masked letters that are looked up in one text; each is compared with the whole list.
pub const MASKED_WORDS: usize = 32;
/// Number of letters that one character may fold to for the word list. Latin ligatures need three, squared Japanese words four.
/// U+FDFA, a sentence in one character, would need fifteen, and a text full of it would cost many times its length.
pub const LETTERS_OF_CHAR: usize = 4;
/// Time that a worker may spend on word matching for each person of a device, in microseconds per second on average. A long text takes one
/// to about ten thousand microseconds and delays others on the same worker. More is refused as `busy`.
pub const WORDS_US_PER_S: f64 = 5_000.0;
/// Time for word matching that a device may use in one burst for each of its people, in microseconds.
pub const WORDS_BURST_US: u32 = 12_500;
/// Length of texts that the hub matches itself, in bytes, if the word list has changed meanwhile or no worker matched them. A longer text
/// is refused as `busy`; on the next try a worker has matched it.
pub const WORDS_AGAIN_BYTES: usize = 512;
/// Wait in milliseconds after a `busy` refusal because of unmatched texts, see [`WORDS_AGAIN_BYTES`].
pub const WORDS_AGAIN_MS: u64 = 200;
/// Number of connections that the hub checks in one go if an admin command concerns all: well below a millisecond of work.
pub const SWEPT_CONNECTIONS: usize = 256;
/// Number of held messages of a newly admitted person that the hub shows in one go; it finishes the room in which it reaches this number.
pub const SWEPT_MESSAGES: usize = 200;
/// Number of a person's messages that the hub hides in one go; a room with more goes in one.
pub const SWEPT_HIDDEN: usize = 1024;
/// Number of rooms in which the hub hides a person's messages in one go.
pub const SWEPT_ROOMS: usize = 64;
/// Pause between two slices of [`SWEPT_CONNECTIONS`], in milliseconds, in which other inputs are handled.
pub const SWEPT_PAUSE_MS: u64 = 1;
/// Longest wait of a newcomer for latest values that count it, in milliseconds.
pub const NEWCOMER_MS: u64 = 1000;
/// Allowance for the path from the hub to the newcomer, added to [`super::Limits::latest_ms`], in milliseconds.
pub const NEWCOMER_SLACK_MS: u64 = 100;
/// How long a connection whose client violated the protocol waits for its close reason, in milliseconds: longer than a pass (a round of the
/// fan-out) over a full hall.
pub const REFUSED_MS: u64 = 1000;
/// How long a stopping server waits for a client's next request for the close reason, in milliseconds: several round trips on a slow Wi-Fi.
/// [`SHUTDOWN_MS`] limits the total.
pub const LAST_FETCH_MS: u64 = 1000;
/// Number of ended polling sessions whose clients have not fetched the reason, about 1 kB each. Beyond that, the oldest client only learns
/// that its session is unknown, and reconnects all the same.
pub const LOST_SESSIONS: usize = 1024;
/// How long a poll waits for the reason why its session ended, in milliseconds: the way to the driver and back.
pub const LAST_WORDS_MS: u64 = 2000;
/// Pause of the listener after a failure to accept a connection, in milliseconds.
pub const ACCEPT_PAUSE_MS: u64 = 100;
/// Time limit for refusing a connection for which there is no slot, in milliseconds.
pub const TURN_AWAY_MS: u64 = 1000;
/// Wait in milliseconds that a client is told when no slot is free.
pub const FULL_RETRY_MS: u64 = 5000;
/// Wait in milliseconds that a client is told while the box can't keep up.
pub const BUSY_RETRY_MS: u64 = 500;
/// Interval at which the last known time is saved, in milliseconds: after a restart without a clock, the time goes back by at most this much.
pub const CLOCK_KEEP_MS: u64 = 60_000;
/// How far the organizer's phone must be ahead of the server's clock to be used, in milliseconds; less may be the command's travel time.
pub const CLOCK_HEARD_MS: u64 = 1000;
/// Latest time that is believed from the system's clock or the organizer's phone, in milliseconds since 1970 (2046-01-01), so that messages
/// don't get times that are wrong by decades.
pub const CLOCK_LATEST_MS: u64 = 2_398_377_600_000;
/// How far the last known time, or a room's newest entry, may be ahead of a trusted clock, in milliseconds (31 days). A computer that loses
/// its time without power lags by at most this much; a time further ahead came from a wrong clock and is ignored.
pub const CLOCK_BACK_MS: u64 = 31 * 24 * 60 * 60 * 1000;
/// Number of high bits of an epoch that stay free, so that the rooms of one run can count up from its random start.
pub const EPOCH_SPARE_BITS: u32 = 16;

/// Longest time from an entry to its sender's answer, in milliseconds, unless the disk is slow. A client that has entries newer by more
/// than this also has the answer.
pub const ANSWER_MS: u64 = 1_000;

/// Size of a connection's queue places in bytes, without the frames in them, which [`super::DIRECT_BYTES`] limits. Answers stop at
/// [`QUEUE_HIGH`] and [`super::DIRECT_HIGH_BYTES`], when the connection is no longer read.
pub const QUEUED_BYTES: usize = DIRECT_FRAMES * 64;
