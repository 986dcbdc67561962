//! Two catalogues that all transports share: why a command is refused, and why a connection is closed. Plain data; nothing grows.

use serde::{Serialize, Serializer};

/// The refusal of a command, which had no effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The reason as a code, for programs.
    pub code: Code,
    /// The reason in English, for people.
    pub message: String,
    /// Wait until the command may succeed, in milliseconds; `None` if repeating it is useless.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A permanent refusal: the same command will be refused again.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// A temporary refusal: the client may repeat the command after `after_ms` milliseconds.
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
        /// The code of a refusal: why a command was refused. Every transport uses the same codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $doc])* $name),* }

        impl Code {
            /// All reasons, in the order of the table in PROTOCOL.md.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The code's name in answers to clients, such as `rate_limited`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }

            /// The HTTP status of a refusal for this reason.
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status),* }
            }
        }
    };
}

codes! {
    /// The data is not JSON, is not an event, or has arguments of the wrong kind.
    BadRequest = "bad_request", 400;
    /// The protocol has no event of that name.
    UnknownEvent = "unknown_event", 404;
    /// An admin command has no valid proof (signature by an operator's access code).
    BadProof = "bad_proof", 403;
    /// The command needs a higher role or a proof, or a page of a foreign web origin sent it.
    NotAllowed = "not_allowed", 403;
    /// The person was banned.
    Banned = "banned", 403;
    /// The person is muted and may read but not write.
    Muted = "muted", 403;
    /// The person must wait until the organizer admits them.
    Waiting = "waiting", 403;
    /// Joining needs a seat code (a numbered personal entry code).
    SeatNeeded = "seat_needed", 403;
    /// Another identity already uses that seat's code.
    SeatTaken = "seat_taken", 403;
    /// The organizer has locked the room: no new people may join.
    Locked = "locked", 403;
    /// The organizer has closed the room.
    RoomClosed = "room_closed", 403;
    /// The room takes only reactions.
    ReactionsOnly = "reactions_only", 403;
    /// The text contains a word of the list.
    BadWord = "bad_word", 403;
    /// The room takes no links.
    NoLinks = "no_links", 403;
    /// The room does not exist and may not be created.
    UnknownRoom = "unknown_room", 404;
    /// The room has no message with the id that a reply names.
    UnknownMessage = "unknown_message", 404;
    /// No known person has that id.
    UnknownUser = "unknown_user", 404;
    /// The code that should move an identity to another browser is unknown.
    UnknownCode = "unknown_code", 404;
    /// The command needs a room, but the connection is in none, or in a different one.
    NotInRoom = "not_in_room", 409;
    /// The poll is closed.
    PollClosed = "poll_closed", 409;
    /// The person has voted, and the poll takes no second vote.
    AlreadyVoted = "already_voted", 409;
    /// The shared value has another revision than the one that the command expects.
    Conflict = "conflict", 409;
    /// A text, name or id is longer than allowed.
    TooLong = "too_long", 413;
    /// The user's rate limit is exhausted.
    RateLimited = "rate_limited", 429;
    /// The room is in slow mode, and the person's waiting time is not over.
    SlowMode = "slow_mode", 429;
    /// The user's gift budget is exhausted.
    OverBudget = "over_budget", 429;
    /// The limit for rooms, connections or kinds of reaction is reached.
    Full = "full", 503;
    /// The server is overloaded; the same command may succeed soon.
    Busy = "busy", 503;
    /// The disk failed, so the command was not carried out.
    Disk = "disk", 503;
    /// The server is stopping; the client may connect again later.
    Closing = "closing", 503;
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

macro_rules! close_reasons {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $code:literal, $again:literal, $message:literal;)*) => {
        /// The reason why the server closes a connection.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum CloseReason { $($(#[doc = $doc])* $name),* }

        impl CloseReason {
            /// All reasons, in the order of the table in PROTOCOL.md.
            pub const ALL: &'static [CloseReason] = &[$(CloseReason::$name),*];

            /// The reason as `code` of the `closing` event, for programs.
            pub const fn as_str(self) -> &'static str {
                match self { $(CloseReason::$name => $text),* }
            }

            /// The WebSocket close code (RFC 6455, section 7.4). Own codes start at 4000; standard codes from 1012 on are avoided, because
            /// clients of 2016 fail on them.
            pub const fn code(self) -> u16 {
                match self { $(CloseReason::$name => $code),* }
            }

            /// Whether the client may connect again after a close for this reason.
            pub const fn may_reconnect(self) -> bool {
                match self { $(CloseReason::$name => $again),* }
            }

            /// The reason for the closed connection in English, for people.
            pub const fn message(self) -> &'static str {
                match self { $(CloseReason::$name => $message),* }
            }
        }
    };
}

close_reasons! {
    /// The server stops: SIGTERM, Ctrl-C or an update.
    Stopping = "stopping", 1001, true, "the box is restarting";
    /// A frame's header announced a message over the size limit.
    TooBig = "too_big", 1009, true, "a message was larger than the limit";
    /// The bytes are no valid message of the protocol.
    Broken = "broken", 1002, true, "a message was broken";
    /// A message was started but not completed in time.
    Unfinished = "unfinished", 4000, true, "a message was not finished in time";
    /// The queue of frames for this connection alone is full.
    Overflow = "overflow", 4001, true, "this connection reads too slowly";
    /// The client exceeded its rate by far, for a long time.
    Flooding = "flooding", 4002, true, "too many messages";
    /// A polling lease was not renewed, or the peer stopped answering.
    Silent = "silent", 4003, true, "nothing was heard from this connection";
    /// The person was banned.
    Banned = "banned", 4005, false, "you were sent away";
    /// The limit of connections is reached.
    Full = "full", 4004, true, "the box has no place for another connection";
    /// The organizer removed all messages.
    Wiped = "wiped", 4006, true, "everything that was said here was deleted";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Checks the close codes, because a plain WebSocket may lose the `closing` event and see only the code.
    #[test]
    fn each_close_reason_has_a_code_of_its_own() {
        let codes: BTreeSet<_> = CloseReason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), CloseReason::ALL.len());
        assert_ne!(CloseReason::Banned.code(), CloseReason::Wiped.code());
    }
}
