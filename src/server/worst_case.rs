//! Adds up how much memory all tables take if they are full, under the default limits. The compiler checks the sum, so that no change increases
//! it unnoticed.

use std::mem::size_of;

use crate::{
    limits::*,
    room::{Entry, MsgId, Seq, Token, UserId, UserName},
    wire::{Encoded, Format},
};

/// Memory of rooms and people if every table is full, in bytes. Tables grow on demand: an evening in one room takes a few MiB.
///
/// Not included are queues of connections ([`QUEUED_BYTES`], [`DIRECT_BYTES`]), sockets, and buffers of the libraries. The memory budget
/// ([`crate::memory`]) is far smaller on any box and limits all of these together.
const TABLE_BYTES: usize = {
    /// Size of the two reference counts of a shared allocation, in bytes.
    const SHARED: usize = 2 * size_of::<usize>();
    /// Overhead factor of a B-tree, whose nodes may be half empty and have fields and edges of their own.
    const TREE: usize = 3;
    /// Maximum size of a UTF-8 character, in bytes.
    const CHAR: usize = 4;

    /// Size of a log entry without its text, in bytes.
    const ENTRY: usize = SHARED + size_of::<Entry>() + SHARED + size_of::<Encoded>();
    const _: () = assert!(ENTRY + FRAME_FIXED_BYTES <= ENTRY_FIXED_BYTES);

    // Texts of the rings' entries, encoded once for each format in use. Only members of all kinds in all rooms use all formats; a room
    // of Socket.IO clients uses one.
    let entries = ROOMS * RING_BYTES * (1 + Format::COUNT);
    // Announcements that the rings have evicted, with their encodings.
    let controls = ROOMS * CONTROL_ENTRIES * (ENTRY_FIXED_BYTES + TEXT_BYTES) * (1 + Format::COUNT);
    // Handles of both, in the hub and in each worker.
    let handles = ROOMS * (RING_ENTRIES + CONTROL_ENTRIES) * size_of::<usize>() * (1 + WORKERS);
    // Dedup windows of each room and of private messages. The order and the tree share an id's text.
    let id_key = size_of::<UserId>() + size_of::<MsgId>();
    let id = SHARED + MSG_ID_CHARS * CHAR + id_key + (id_key + size_of::<(Option<Seq>, u64)>()) * TREE;
    let dedup = (ROOMS + 1) * DEDUP_IDS * id;
    // Gifts given and received: the counts, and their order.
    let givers = ROOMS * GIVERS * 2 * 2 * size_of::<(UserId, u64)>() * TREE;
    // Votes, upvotes and read positions.
    let voters = ROOMS
        * (VOTES * size_of::<(UserId, u16)>() + VOTES * size_of::<UserId>() + SEEN * size_of::<(UserId, Seq)>())
        * TREE;
    // Texts of polls and questions.
    let board_text = SHARED + BOARD_CHARS * CHAR;
    let board = ROOMS * (POLLS * (*POLL_CHOICES.end() + 1) + QUESTIONS) * board_text;
    // Known, present, muted and slow-mode users; approval queues.
    let policies = ROOMS * (4 * KNOWN_MEMBERS + MUTED) * size_of::<(UserId, u64)>() * TREE;
    let held = ROOMS * ((APPROVAL_QUEUE + UNHIDE) * (ENTRY_FIXED_BYTES + TEXT_BYTES) + UNHIDE_BYTES);
    // Access records, and flagged addresses with their users.
    let access =
        ACCESS_RECORDS * 8 * size_of::<u64>() * TREE + (FLAGGED_ADDRESSES + USERS) * 8 * size_of::<u64>() * TREE;
    // An admin command is no longer than a message, and escapes may double it.
    let audit = AUDIT * (ENTRY_FIXED_BYTES + 2 * TEXT_BYTES);
    // Tallies, current and as sent last.
    let reaction = SHARED + TOKEN_CHARS * CHAR + 2 * size_of::<(Token, u64)>() * TREE;
    let tallies = ROOMS * REACTIONS * reaction;
    // People: a name, four buckets, a place in the order of absent users, in all and of their device, the name that stays theirs, and flags.
    let person = SHARED + USER_NAME_CHARS * CHAR + (size_of::<UserName>() + 20 * size_of::<u64>()) * TREE;
    let people = USERS * person;
    // Connections in the hub: the connection, its entries by user, by room, by id and by name, its lease, the look of its name.
    let conns = CONNECTIONS * 22 * size_of::<u64>() * TREE;
    // Devices: four buckets, two counts, a place in the order of idle ones.
    let devices = USERS * 12 * size_of::<u64>() * TREE;
    // Rates of private messages: the pair and its bucket, twice.
    let private_rates = PRIVATE_PAIRS * 6 * size_of::<u64>() * TREE;
    // Voters by device, reactions by device, and each device's share in the tables of people.
    let voted = ROOMS * (2 * VOTES + REACTIONS + 2 * GIVERS + SEEN + KNOWN_MEMBERS) * 3 * size_of::<u64>() * TREE;

    // Values that programs share: as they are, as sent last, and encoded twice for each format.
    let value = SHARED + VALUE_KEY_CHARS + VALUE_BYTES + 16 * size_of::<u64>() * TREE;
    let values = ROOMS * VALUES * value * (2 + 2 * Format::COUNT);

    entries
        + controls
        + handles
        + dedup
        + givers
        + voters
        + board
        + policies
        + held
        + access
        + audit
        + tallies
        + people
        + conns
        + devices
        + private_rates
        + voted
        + values
};

/// Size of an entry's frame without its text, in bytes: names, numbers and JSON punctuation.
const FRAME_FIXED_BYTES: usize = 192;

const _: () = assert!(TABLE_BYTES < 12 * 1024 * 1024 * 1024);
