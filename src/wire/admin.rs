//! Decodes admin commands and their proof (the HMAC by which an operator's code signs a command): the signed text, the key, the JSON form.

use serde_json::value::RawValue;

use super::{
    args::{Args, object},
    bounds,
    mark::without_mark,
    value::{self, Kind, bad, kind},
};
use crate::room::{AdminCommand, Code, Command, OperatorId, Refusal, SignedCommand};

/// Prefix of the signed text, so that a signature can't be used for anything else.
const SIGNED: &str = "chatterbox order 1";
/// Prefix of the text from which the key of an access code is derived.
const CODE: &str = "chatterbox code 1";

/// Prefix of the text from which the stream that encrypts a passphrase is derived.
const SEALED: &str = "chatterbox sealed 1";
/// Prefix of the text from which the code of a seat is derived.
const SEAT: &str = "chatterbox seat 1";

/// Concatenates texts, each as `<bytes>:<text>,` (netstrings, D. J. Bernstein 1997), so that different lists never give the same result.
fn netstrings(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{}:{text},", text.len())).collect()
}

/// The signed text of a command: its HMAC-SHA-256 under the operator's key is the proof.
pub fn proved_text(signed: &SignedCommand) -> String {
    let (by, counter) = (signed.by.0.to_string(), signed.counter.to_string());
    netstrings(&[SIGNED, &by, &signed.nonce, &counter, &signed.command])
}

/// The text for the key of an access code: its HMAC-SHA-256 under the organizer's key starts with that key.
pub fn code_text(code: OperatorId) -> String {
    netstrings(&[CODE, &code.0.to_string()])
}

/// The text for one block of the stream that encrypts a passphrase: its HMAC-SHA-256 under the operator's key.
///
/// The 32 bytes are combined with block number `block` by exclusive or. Nonce and counter are the command's, so no text is used twice.
pub fn seal_text(nonce: &str, counter: u64, block: usize) -> String {
    netstrings(&[SEALED, nonce, &counter.to_string(), &block.to_string()])
}

/// The text whose HMAC-SHA-256 under the organizer's key gives the check digits of the code of seat `seat`.
pub fn seat_text(seat: u32) -> String {
    netstrings(&[SEAT, &seat.to_string()])
}

/// Decodes `admin({by, nonce, counter, command, proof})`.
pub(super) fn signed(mut args: Args<'_>) -> Result<Command, Refusal> {
    let given = args.options(0, KEYS)?;
    args.exactly::<0>("an object with by, nonce, counter, command and proof")?;
    read(given).map(|signed| Command::SignedCommand(Box::new(signed)))
}

/// Reads the body of a `POST /admin`.
///
/// # Errors
/// The body is not a signed command; the refusal says why.
pub fn decode_signed(body: &[u8]) -> Result<SignedCommand, Refusal> {
    let body = without_mark(std::str::from_utf8(body).map_err(|_| bad("the body is not UTF-8"))?);
    bounds::check_depth(body)?;
    if !body.trim_start().starts_with('{') {
        return Err(bad("expected a JSON object with by, nonce, counter, command and proof"));
    }
    read(object(body, "an admin command has", KEYS)?)
}

const KEYS: [&str; 5] = ["by", "nonce", "counter", "command", "proof"];

fn read([by, nonce, counter, command, proof]: [Option<&RawValue>; 5]) -> Result<SignedCommand, Refusal> {
    let whole = |name: &str, raw: Option<&RawValue>| {
        let number = raw.and_then(value::whole);
        number.ok_or_else(|| bad(format!("an admin command's `{name}` is a whole number")))
    };
    let text = |name: &str, raw: Option<&RawValue>| match raw {
        Some(raw) if kind(raw) == Kind::Text => Ok(value::text(raw)?.unwrap_or_default().into()),
        _ => Err(bad(format!("an admin command's `{name}` is a text"))),
    };
    Ok(SignedCommand {
        by: OperatorId(u32::try_from(whole("by", by)?).map_err(|_| bad("there is no such code"))?),
        nonce: text("nonce", nonce)?,
        counter: whole("counter", counter)?,
        command: text("command", command)?,
        proof: text("proof", proof)?,
    })
}

/// Decodes the JSON of a command whose proof was verified.
///
/// # Errors
/// The text is not an admin command.
pub fn decode_admin_command(command: &str) -> Result<AdminCommand, Refusal> {
    bounds::check_depth(command)?;
    serde_json::from_str(command).map_err(|error| Refusal::new(Code::BadRequest, format!("the command: {error}")))
}
