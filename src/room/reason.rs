//! The two catalogues that every transport shares: why something was refused, and why a connection was closed.

use serde::{Serialize, Serializer};

/// Why a command was refused. Nothing of it took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// For programs.
    pub code: Code,
    /// For people, in English.
    pub message: String,
    /// When it may work, in milliseconds from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal for good: the same again will be refused again.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// A refusal for now.
    pub fn retry(code: Code, message: impl Into<String>, after_ms: u64) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: Some(after_ms),
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $status:literal;)*) => {
        /// The kinds of refusal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $doc])* $name),* }

        impl Code {
            /// All of them, in the order of the table in PROTOCOL.md.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// As clients see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status),* }
            }
        }
    };
}

codes! {
    /// Not JSON, not an event, or arguments of the wrong kind.
    BadRequest = "bad_request", 400;
    /// No event of that name.
    UnknownEvent = "unknown_event", 404;
    /// An order without a valid proof.
    BadProof = "bad_proof", 403;
    /// The order is not for this code's holder, or needs a proof; or a page of a foreign web origin asks.
    NotAllowed = "not_allowed", 403;
    /// They were sent away.
    Banned = "banned", 403;
    /// They may read, for now.
    Muted = "muted", 403;
    /// Somebody has to let them in.
    Waiting = "waiting", 403;
    /// Whoever comes in needs the code of a seat.
    SeatNeeded = "seat_needed", 403;
    /// Another identity has that seat.
    SeatTaken = "seat_taken", 403;
    /// The organizer lets nobody new in.
    Locked = "locked", 403;
    /// The organizer has closed the room.
    RoomClosed = "room_closed", 403;
    /// The room takes reactions alone.
    ReactionsOnly = "reactions_only", 403;
    /// It has a word that is listed.
    BadWord = "bad_word", 403;
    /// The room takes no links.
    NoLinks = "no_links", 403;
    /// No such room, and it may not be made.
    UnknownRoom = "unknown_room", 404;
    /// Nobody of that id is here.
    UnknownUser = "unknown_user", 404;
    /// No such code to come back with.
    UnknownCode = "unknown_code", 404;
    /// The command needs a room, and the connection is in none, or in another.
    NotInRoom = "not_in_room", 409;
    /// The poll takes no votes any more.
    PollClosed = "poll_closed", 409;
    /// The poll takes one vote, and no other after it.
    AlreadyVoted = "already_voted", 409;
    /// A text, name or id is longer than allowed.
    TooLong = "too_long", 413;
    /// The user's rate is used up.
    RateLimited = "rate_limited", 429;
    /// The room is in slow mode.
    SlowMode = "slow_mode", 429;
    /// The user's gifts are used up.
    OverBudget = "over_budget", 429;
    /// There is no place for another room, connection, or kind of reaction.
    Full = "full", 503;
    /// The box can't keep up now.
    Busy = "busy", 503;
    /// The disk does not do what was ordered.
    Disk = "disk", 503;
    /// The box is about to stop.
    Closing = "closing", 503;
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

macro_rules! close_reasons {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $code:literal, $again:literal, $message:literal;)*) => {
        /// Why the server closed a connection.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum CloseReason { $($(#[doc = $doc])* $name),* }

        impl CloseReason {
            /// All of them, in the order of the table in PROTOCOL.md.
            pub const ALL: &'static [CloseReason] = &[$(CloseReason::$name),*];

            /// For programs: `code` of the `closing` event.
            pub const fn as_str(self) -> &'static str {
                match self { $(CloseReason::$name => $text),* }
            }

            /// The WebSocket close code (RFC 6455, section 7.4; ours are 4000 and up). None of 1012 and above but ours: clients of
            /// 2016 break down on those.
            pub const fn code(self) -> u16 {
                match self { $(CloseReason::$name => $code),* }
            }

            /// Whether the client may connect again.
            pub const fn may_reconnect(self) -> bool {
                match self { $(CloseReason::$name => $again),* }
            }

            /// For people, in English.
            pub const fn message(self) -> &'static str {
                match self { $(CloseReason::$name => $message),* }
            }
        }
    };
}

close_reasons! {
    /// SIGTERM, Ctrl-C or an update.
    Stopping = "stopping", 1001, true, "the box is restarting";
    /// A message over the limit; the frame's header told.
    TooBig = "too_big", 1009, true, "a message was larger than the limit";
    /// A message was begun and not finished in time.
    Unfinished = "unfinished", 4000, true, "a message was not finished in time";
    /// More frames for this connection alone than its queue holds.
    Overflow = "overflow", 4001, true, "this connection reads too slowly";
    /// Far over the rate for long.
    Flooding = "flooding", 4002, true, "too many messages";
    /// A polling lease was not renewed, a peer was silent.
    Silent = "silent", 4003, true, "nothing was heard from this connection";
    /// The organizer has sent them away.
    Banned = "banned", 4005, false, "you were sent away";
    /// No place for another connection.
    Full = "full", 4004, true, "the box has no place for another connection";
    /// Everything was removed, by whoever runs the box.
    Wiped = "wiped", 4005, true, "everything that was said here was deleted";
}
