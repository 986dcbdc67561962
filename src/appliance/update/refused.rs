//! The reasons to refuse an update file of a box, in words for the organizer. Plain data.

use std::io;

/// The reason why an update was refused. The box still boots the running system.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages document the variants")]
pub enum Refused {
    #[error("this is no update file")]
    NoUpdate,
    #[error("the update is not signed by a key that this box knows")]
    NotSigned,
    #[error("the update is damaged: copy it once more")]
    Damaged,
    #[error("the update needs newer boot files: flash the card anew, or copy the release's boot files first")]
    NewerBoot,
    #[error("the update is larger than its place on the card")]
    TooLarge,
    #[error("the box tries an update at this moment: wait until it is confirmed")]
    OnTrial,
    #[error("the card gave back something else than was written: it fails, use another one")]
    Card,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// The reasons with their codes, which the organizer's page says in its language.
const CODES: [(Refused, &str); 7] = [
    (Refused::NoUpdate, "no_update"),
    (Refused::NotSigned, "not_signed"),
    (Refused::Damaged, "damaged"),
    (Refused::NewerBoot, "newer_boot"),
    (Refused::TooLarge, "too_long"),
    (Refused::OnTrial, "busy"),
    (Refused::Card, "disk"),
];

/// The code of the reason in a message of the installing service; `None` for an error of the system.
pub fn refusal_code(message: &str) -> Option<&'static str> {
    let found = CODES.iter().find(|(reason, _)| message.contains(&reason.to_string()));
    found.map(|(_, code)| *code)
}
