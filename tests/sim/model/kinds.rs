//! What the model knows of each kind of message. A new kind touches no other file of the model, unless it has effects of its own.

use chatterbox::{
    limits::Limits,
    room::{Code, Said},
};

/// Length in bytes of the texts by which a message weighs.
pub fn text_bytes(said: &Said) -> usize {
    match said {
        Said::Chat { text, more, .. } => text.len() + more.len(),
        Said::Gift { name, .. } => name.as_str().len(),
        Said::Announce { text } | Said::Question { text } => text.len(),
    }
}

/// Whether members get the message even after the log has dropped it.
pub fn is_control(said: &Said) -> bool {
    match said {
        Said::Chat { .. } | Said::Gift { .. } | Said::Question { .. } => false,
        Said::Announce { .. } => true,
    }
}

/// Why a message is refused by its content alone.
pub fn fault(said: &Said, limits: &Limits) -> Option<Code> {
    match said {
        Said::Chat { .. } => (text_bytes(said) > limits.text_bytes).then_some(Code::TooLong),
        Said::Gift { count, .. } => (*count == 0 || *count > limits.gift_count).then_some(Code::BadRequest),
        Said::Question { .. } => None,
        Said::Announce { .. } => unreachable!("no script says {said:?}"),
    }
}
