//! Fixed bounds of messages, rooms, people, connections and queues.

/// A room's name, in characters: it is shown in lists on a phone.
pub const ROOM_NAME_CHARS: usize = 40;
/// A person's name, in characters.
pub const USER_NAME_CHARS: usize = 32;
/// Numbers from 2 to this are tried for a name that another person present has: each costs a look-up. Beyond them the user's id makes a
/// number of nine digits.
pub const NAME_NUMBERS: u64 = 99;
/// Free numbers that are looked up in the word list for such a name. If what is left of it with each is listed, the name is a made-up one.
pub const NAME_TRIES: usize = 8;
/// How long the name of a person who left stays theirs on other devices, in milliseconds: a phone in a pocket, a cigarette, a lap of the buffet.
pub const NAME_MS: u64 = 30 * 60 * 1000;
/// A message id, in characters: a UUID has 36.
pub const MSG_ID_CHARS: usize = 64;
/// A gift's name or a reaction, in characters: the longest emoji sequences have about ten.
pub const TOKEN_CHARS: usize = 24;
/// An identity token, in bytes: 16 hexadecimal digits, a point, 64 more, and room for a longer kind.
pub const IDENTITY_BYTES: usize = 256;
/// Levels of nesting in a client's JSON: no event of ours has more than three, and serde_json's own bound is 128.
pub const JSON_DEPTH: usize = 32;
/// Arguments of one event.
pub const EVENT_ARGS: usize = 16;

/// What an entry costs besides its own text, in bytes: its fields, its place in the logs, and one encoded frame's fixed part.
pub const ENTRY_FIXED_BYTES: usize = 640;
/// Bytes of a room's log, if the configuration does not say.
pub const RING_BYTES: usize = 2 * 1024 * 1024;
/// One chat text with its further arguments, in bytes, if the configuration does not say.
pub const TEXT_BYTES: usize = 8 * 1024;
/// Entries that a room's log keeps at most.
pub const RING_ENTRIES: usize = 2048;
/// Control entries that are kept for members who fall behind.
pub const CONTROL_ENTRIES: usize = 128;
/// Codes that the organizer may issue, those that were revoked included: a number is never given twice.
pub const OPERATOR_CODES: usize = 256;
/// Nonces of HTTP requests that valid proofs used up within [`NONCE_MS`]; further commands are busy.
pub const USED_NONCES: usize = 4096;
/// How long a fetched nonce is good, in milliseconds.
pub const NONCE_MS: u64 = 60_000;
/// Wrong proofs of one device before further wrong ones are told to wait; a right one is never delayed.
pub const WRONG_PROOFS: u32 = 5;
/// The first wait after them, in milliseconds; it doubles with each further one.
pub const WRONG_PROOF_WAIT_MS: u64 = 1000;
/// The longest of these waits, and how long a wrong proof is remembered, in milliseconds.
pub const WRONG_PROOF_MOST_MS: u64 = 60_000;
/// Devices whose wrong proofs are remembered. The one that was wrong longest ago makes way.
pub const WRONG_ADDRESSES: usize = 1024;
/// Codes for another browser of a person: their number, and how long one is valid, in milliseconds.
pub const REJOIN_CODES: usize = 256;
/// See [`REJOIN_CODES`].
pub const REJOIN_MS: u64 = 300_000;
/// Such codes of one device: the household's.
pub const DEVICE_REJOIN_CODES: usize = 8;
/// Tries of such codes a second, by one device, and at once: while the codes are good, a chance of one in two thousand to hit one
/// of 256 among 887 million.
pub const REJOIN_RATE: f64 = 5.0;
/// See [`REJOIN_RATE`].
pub const REJOIN_BURST: u32 = 50;
/// QR drawings that are kept, of some 10 kB each: the rooms' that are on walls and in invitations.
pub const PICTURES: usize = 64;
/// New drawings a second for one device in the long run: a phone draws its own rejoin code now and then.
pub const PICTURE_RATE: f64 = 1.0;
/// The same at once: a hall behind one router draws its phones' codes.
pub const PICTURE_BURST: u32 = 100;
/// New drawings a second for all devices: a fiftieth of one core.
pub const PICTURES_RATE: f64 = 50.0;
/// The same at once.
pub const PICTURES_BURST: u32 = 200;
/// A box's settings file, in bytes: a page of text, many times over.
pub const BOX_FILE_BYTES: usize = 64 * 1024;
/// Problems with a box's settings that are told, a line each; the others are counted. More would push the page off a phone's screen.
pub const BOX_PROBLEMS: usize = 12;
/// One problem, in bytes: two sentences.
pub const BOX_PROBLEM_BYTES: usize = 320;
/// All of them in a page, in bytes, its signs escaped.
pub const BOX_PROBLEMS_BYTES: usize = 4096;
/// Lines of one list in a box's settings: each of [`BOX_ROOMS`] on a line of its own, with remarks between them.
pub const BOX_LIST_LINES: usize = 100;
/// Receivers of webhooks in a box's settings, each for all rooms of the file.
pub const BOX_WEBHOOKS: usize = 2;
/// Times that the findings of the doctor are written to the boot partition between two starts: a finding that comes and goes does not
/// wear the card.
pub const BOX_NOTES: u32 = 50;
/// Addresses of phones whose person has tapped on past the page that a joining phone shows: about a hundred bytes each. The one
/// seen longest ago makes way, and may see that page once more.
pub const PORTAL_ADDRESSES: usize = 4096;
/// How long a silent address stays there, in milliseconds: the box's DHCP lease, after which it may be another phone's.
pub const PORTAL_MS: u64 = 2 * 60 * 60 * 1000;
/// How often systemd hears how it goes, in milliseconds, and how long `GET /status` waits for the rooms' answer: well within
/// the watchdog's 30 seconds, and seldom enough to cost nothing.
pub const STATUS_MS: u64 = 5000;
/// How long the doctor of a box may take to answer, in milliseconds: the page gives up two seconds later.
pub const DOCTOR_MS: u64 = 8000;
/// What the doctor may say, in bytes: some dozens of sentences.
pub const DOCTOR_BYTES: u64 = 16 * 1024;
/// The log that the organizer gets, in bytes: its newest lines, some hours of an evening.
pub const LOG_BYTES: usize = 128 * 1024;
/// The log that the box's service may say, in bytes: two thousand lines.
pub const LOG_MOST_BYTES: u64 = 1024 * 1024;
/// An update file, in bytes: a slot of the card, and the file's head.
pub const UPDATE_BYTES: u64 = 257 * 1024 * 1024;
/// What stays free on the card beside an update file, in bytes: more than the rooms write while it is installed.
pub const UPDATE_SPARE_BYTES: u64 = 64 * 1024 * 1024;
/// From the order of an update to the end of its file, in milliseconds: a slow Wi-Fi takes 100 MB in ten minutes.
pub const UPDATE_MS: u64 = 15 * 60 * 1000;
/// How long nothing of the file may come, in milliseconds: a phone changes its channel in less.
pub const UPDATE_IDLE_MS: u64 = 20_000;
/// Pieces of it that wait for the card; then the phone waits.
pub const UPDATE_PIECES: usize = 16;
/// Admin commands that are with the box's services at once. More are refused as `busy`.
pub const HOST_JOBS: usize = 4;
/// Rooms that a box's settings may open at the start: they stand in a list on a phone.
pub const BOX_ROOMS: usize = 32;
/// Seconds of a slow mode, and of a mute.
pub const SLOW_S: u32 = 300;
/// See [`SLOW_S`]: a day is longer than an event.
pub const MUTE_S: u32 = 86_400;
/// People muted in one room.
pub const MUTED: usize = 1024;
/// People of whom a room remembers that they were there before it was locked; [`super::DEVICE_TABLE`] of one device. Others are strangers.
pub const KNOWN_MEMBERS: usize = 4096;
/// Messages of one room that wait to be approved; more are refused as `busy`.
pub const APPROVAL_QUEUE: usize = 200;
/// Messages of one room that were hidden and can be shown again. The oldest makes way.
pub const UNHIDE: usize = 100;
/// Admin commands that are remembered, with what they said. The oldest makes way.
pub const AUDIT: usize = 1000;
/// People of whom something is remembered for the event: sent away, let in, a badge, a seat.
pub const ACCESS_RECORDS: usize = 8192;
/// Flagged addresses, from which banned people came.
pub const FLAGGED_ADDRESSES: usize = 1024;
/// People at one such address who were known before and go on.
pub const EXEMPT_PEOPLE: usize = 4096;
/// Seats.
pub const SEATS: u32 = 4096;
/// How long people in rooms stay without a seat once seats are turned on, in milliseconds: time to find the card and type its code.
pub const SEATS_MS: u64 = 60_000;
/// When a person that waits may ask again, in milliseconds.
pub const WAITING_RETRY_MS: u64 = 5000;
/// Peers whose devices are remembered; a full table starts anew, at the cost of a question to the kernel each.
pub const DEVICES: usize = 4096;
/// How long a peer's device is remembered, in milliseconds: an address may be another phone's afterwards.
pub const DEVICE_MS: u64 = 10_000;
/// Rooms at once.
pub const ROOMS: usize = 256;
/// Connections at once, of all kinds.
pub const CONNECTIONS: usize = 12_288;
/// Connections of one user at once: a private message goes to each of them.
pub const USER_CONNECTIONS: usize = 64;
/// Users who are known: those who have a connection, and those whose rate limits still count.
pub const USERS: usize = CONNECTIONS + 8192;
/// Refusals for their rate that a user may collect at once before the connection is closed as flooding.
pub const REFUSAL_BURST: u32 = 1000;
/// The same a second in the long run.
pub const REFUSAL_RATE: f64 = 10.0;
/// Frames that wait for one connection alone, if its reading can be stopped while they are many.
pub const LANE_FRAMES: usize = 512;
/// The same for a session on polling: one payload may ask for so many answers at once, and the next one waits until few are left.
pub const DIRECT_FRAMES: usize = PAYLOAD_PACKETS + LANE_FRAMES;
/// Message ids that a room remembers, so that a repeated send is accepted once.
pub const DEDUP_IDS: usize = 4096;
/// Kinds of reaction in one room.
pub const REACTIONS: usize = 32;
/// Rooms listed in `welcome`.
pub const WELCOME_ROOMS: usize = 64;
/// People listed by `who`.
pub const WHO_PEOPLE: usize = 256;
/// Entries in one answer to `history`, and the default.
pub const HISTORY_ENTRIES: usize = 100;
/// Their bytes; the last entry may exceed it. A hundred usual messages take a tenth.
pub const HISTORY_BYTES: usize = 256 * 1024;

// Between the transports, the driver and the fan-outs. Each of these queues makes its senders wait or tells them; none drops.

/// Inputs that wait for the hub. A full inbox makes WebSocket and HTTP senders wait and refuses Socket.IO events as `busy`.
pub const INBOX: usize = 16_384;
/// Inputs that the driver takes at once.
pub const INBOX_BATCH: usize = 64;
/// Commands that wait for a fan-out; a full channel makes the driver wait.
pub const COMMANDS: usize = 4096;
/// Commands that a fan-out takes at once, before the passes that follow from them.
pub const COMMAND_BATCH: usize = 256;
/// Connections that wait for a worker; the kernel's backlog is the queue behind it.
pub const ARRIVALS: usize = 256;
/// Workers at most: their number is part of each connection's.
pub const WORKERS: usize = 64;
/// Inputs of one connection on their way to the hub from which on its socket is not read, and up to which it is again.
pub const GATE_HIGH: u32 = 64;
/// See [`GATE_HIGH`].
pub const GATE_LOW: u32 = 32;
/// Direct frames that wait for one connection from which on its socket is not read, and up to which it is again.
pub const QUEUE_HIGH: usize = 128;
/// See [`QUEUE_HIGH`].
pub const QUEUE_LOW: usize = 32;
/// Fragments of a client's message: empty ones would cost work without an end, and no length. Pieces of 16 bytes are enough for any message.
pub const FRAGMENTS: u32 = 4096;
/// Frames that a lane hands to the kernel in one call.
pub const LANE_SLICES: usize = 64;
/// Frames of the library that are waited for at once on one lane: a session's namespaces, each with its CONNECT answer.
pub const LANE_WATCHES: usize = 16;
/// Members of one room that a pass serves before the sockets' own tasks get their turn.
pub const PASS_SLICE: usize = 4096;
/// Frames in one vectored write.
pub const RUN_FRAMES: usize = 64;
/// Frames that are taken from a member's feed ahead of its sink.
pub const STAGED_FRAMES: usize = 32;
/// Their bytes; the last one may exceed it. The rest waits in the log, or in the member's own queue.
pub const STAGED_BYTES: usize = 64 * 1024;
/// Packets that a polling session is given until its client fetches them: the rest of the library's buffer is for answers.
pub const EMIT_WINDOW: u32 = 32;
/// Bytes for which a packet counts as another one: the window is one of bytes, too.
pub const EMIT_BYTES: usize = 2048;
/// Packets in the answer to one fetch of a polling session: a stock python-engineio breaks off at more (`max_decode_packets`).
pub const ANSWER_PACKETS: usize = 16;
/// Packets that the library holds for one session. Answers count beside the window: those to everything that one payload asks.
pub const SESSION_PACKETS: usize = 2048;
/// Packets that a polling session is given before it is closed. What its client has not fetched of [`EMIT_WINDOW`], and the reason,
/// have room beside them.
pub const LAST_PACKETS: u32 = 1900;
/// Packets in the body of one polling request.
pub const PAYLOAD_PACKETS: usize = 4096;
/// Bytes at the front of a client's packet that are looked at, and held until they tell what it is: a CONNECT packet with a namespace and
/// a query of a few parameters fits, and any event's name. A longer name is taken for one with escapes.
pub const PACKET_HEAD_BYTES: usize = 2048;
/// Empty answers that the fetches of an upgrading client get at once, so that it stops polling without a wait; further ones come ten
/// times a second, as the reference server's do. More than one is needed only when a fetch overtakes the probe.
pub const PROBE_NOOPS: u32 = 8;
/// Bytes of a body over its limit that are read and dropped before the answer, since most HTTP clients read it only when they
/// have written all. Beyond them the connection ends.
pub const DRAIN_BYTES: usize = 8 * 1024 * 1024;
/// Binary attachments of one event.
pub const ATTACHMENTS: usize = 10;
/// Pieces of an event stream that wait for the response's body.
pub const STREAM_PIECES: usize = 16;
/// Bytes of a piece from which on it waits until all before it are gone.
pub const STREAM_PIECE_BYTES: usize = 4 * 1024;
/// Events in the answer to one poll.
pub const POLL_EVENTS: usize = 1000;
/// Bytes of events in the answer to one poll; one more event may exceed it.
pub const POLL_BYTES: usize = 256 * 1024;
/// Entries in the answer to a poll that names no place to go on from.
pub const POLL_FIRST_ENTRIES: u64 = 50;
/// What a WebSocket reads at once, in bytes: a message of a chat fits; each idle connection keeps so much.
pub const WS_READ_BUFFER: usize = 512;
/// Between two looks for silent peers, in milliseconds.
pub const SWEEP_MS: u64 = 5000;
/// How long the steps of a shutdown may take, in milliseconds.
pub const SHUTDOWN_MS: u64 = 3000;
/// Entries of a word list.
pub const WORD_LIST: usize = 1000;
/// Characters of an entry of a word list.
pub const WORD_CHARS: usize = 40;
/// Words with masked letters that are looked up in one text: each is compared with the whole list.
pub const MASKED_WORDS: usize = 32;
/// Letters that one character counts as for a word list: Latin ligatures have up to three, squared Japanese words four.
/// U+FDFA, a sentence in one character, has fifteen: a text of nothing else would cost many times its length.
pub const LETTERS_OF_CHAR: usize = 4;
/// Time of a worker that the texts of one of a device's people may take for the word list, in microseconds a second in the long run: a long
/// text takes one to some ten thousand, and others of the same worker wait meanwhile. More is refused as `busy`.
pub const WORDS_US_PER_S: f64 = 5_000.0;
/// The same at once.
pub const WORDS_BURST_US: u32 = 12_500;
/// Bytes of texts that the hub looks at itself where the word list has changed on their way, or the workers did not look. A longer text
/// is refused as `busy`: by the time of another try, a worker has looked at it.
pub const WORDS_AGAIN_BYTES: usize = 512;
/// How long after a refusal for that a client may try again, in milliseconds.
pub const WORDS_AGAIN_MS: u64 = 200;
/// Connections that the hub looks at in one go where an admin command is about all of them: well below a millisecond's work.
pub const SWEPT_CONNECTIONS: usize = 256;
/// Messages that the hub shows in one go where an admitted person waits in many rooms, and those of one more room.
pub const SWEPT_MESSAGES: usize = 200;
/// Between two such goes, in milliseconds: what others want has its turn.
pub const SWEPT_PAUSE_MS: u64 = 1;
/// How long a newcomer waits at most for latest values that count it, in milliseconds.
pub const NEWCOMER_MS: u64 = 1000;
/// What the way from the hub may add to [`super::Limits::latest_ms`] until a newcomer has them, in milliseconds.
pub const NEWCOMER_SLACK_MS: u64 = 100;
/// How long a connection whose client has broken a rule waits to be told why, in milliseconds: longer than a pass over a hall.
pub const REFUSED_MS: u64 = 1000;
/// How long a server that stops waits for the next request of a client that fetches the reason, in milliseconds: several round trips of a
/// slow Wi-Fi. [`SHUTDOWN_MS`] bounds the whole.
pub const LAST_FETCH_MS: u64 = 1000;
/// Polling sessions that the library has ended and whose clients have not fetched why: some 1 kB each. Beyond, the oldest hears that its
/// session is unknown, and comes back all the same.
pub const LOST_SESSIONS: usize = 1024;
/// How long a fetch waits for the reason why its session has ended, in milliseconds: the way through the driver and back.
pub const LAST_WORDS_MS: u64 = 2000;
/// A pause after a connection could not be accepted, in milliseconds.
pub const ACCEPT_PAUSE_MS: u64 = 100;
/// How long a connection that finds no place may take to hear so, in milliseconds.
pub const TURN_AWAY_MS: u64 = 1000;
/// When to come back after finding no place, in milliseconds.
pub const FULL_RETRY_MS: u64 = 5000;
/// When to try again while the box can't keep up, in milliseconds.
pub const BUSY_RETRY_MS: u64 = 500;
/// Between two writings of the last known time, in milliseconds: a restart without a clock goes back by so much at most.
pub const CLOCK_KEEP_MS: u64 = 60_000;
/// How much the organizer's phone has to be ahead to be believed, in milliseconds: less is the way of the order.
pub const CLOCK_HEARD_MS: u64 = 1000;
/// Up to when a clock is believed, the organizer's phone's or the system's, in milliseconds since 1970 (2046-01-01): messages would bear
/// the time of one that is wrong by decades.
pub const CLOCK_LATEST_MS: u64 = 2_398_377_600_000;
/// How far the last known time, or a room's newest entry, may be ahead of a good clock, in milliseconds (31 days): a computer that was
/// off, and keeps no time without power, is behind by so much at most. What is further ahead was told by a wrong clock.
pub const CLOCK_BACK_MS: u64 = 31 * 24 * 60 * 60 * 1000;
/// High bits of an epoch that stay free, so that rooms of one run can count up from its random start.
pub const EPOCH_SPARE_BITS: u32 = 16;

/// How long after an entry its sender's answer is under way at most, in milliseconds, where the disk is not slow: a client that has
/// later entries has the answer, too.
pub const ANSWER_MS: u64 = 1_000;

/// What the places in one connection's queue take, in bytes. What stands in them is bounded by [`super::DIRECT_BYTES`]; answers stop at
/// [`QUEUE_HIGH`] and [`super::DIRECT_HIGH_BYTES`], as the connection is not read any more.
pub const QUEUED_BYTES: usize = DIRECT_FRAMES * 64;
