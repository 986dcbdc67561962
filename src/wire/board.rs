//! Decodes a client's events about polls and questions into commands, or refuses them. Nothing grows.

use serde_json::value::RawValue;

use super::{
    args::{Args, split},
    value::{self, Kind, bad, kind},
};
use crate::room::{Command, Refusal};

/// Decodes `vote(poll, choice)`, `vote(poll, [choice, …])` and `vote(poll, choice, …)`.
pub(super) fn vote(args: Args<'_>) -> Result<Command, Refusal> {
    let expected = "a poll's number and the numbers of choices, the first being 0";
    let wrong = || bad(format!("vote expects {expected}"));
    let Some((poll, chosen)) = args.items().split_first() else {
        return Err(wrong());
    };
    let listed = match chosen {
        [list] if kind(list) == Kind::List => Some(split(list.get())?),
        _ => None,
    };
    let chosen = listed.as_deref().unwrap_or(chosen);
    let choice = |raw: &&RawValue| value::whole(raw).and_then(|choice| u8::try_from(choice).ok());
    let choices: Option<Vec<_>> = chosen.iter().map(choice).collect();
    let poll = value::whole(poll).and_then(|poll| u32::try_from(poll).ok());
    match (poll, choices) {
        (Some(poll), Some(choices)) => Ok(Command::Vote { poll, choices }),
        _ => Err(wrong()),
    }
}

pub(super) fn board(args: Args<'_>) -> Result<Command, Refusal> {
    args.exactly::<0>("no arguments")?;
    Ok(Command::Board)
}

pub(super) fn upvote(args: Args<'_>) -> Result<Command, Refusal> {
    let question = number(&args, "a question's number")?;
    Ok(Command::Upvote { question })
}

pub(super) fn seen(args: Args<'_>) -> Result<Command, Refusal> {
    let seq = number(&args, "the number of the newest entry that you have")?;
    Ok(Command::Seen { seq })
}

fn number(args: &Args<'_>, expected: &str) -> Result<u64, Refusal> {
    let [number] = args.exactly(expected)?;
    value::whole(number).ok_or_else(|| bad(format!("{} expects {expected}", args.event)))
}
