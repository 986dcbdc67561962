//! Sink for server-sent events: writes pieces of the response's body into a channel of `limits::STREAM_PIECES` pieces.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::mpsc::error::TrySendError, time::timeout};

use crate::{
    fanout::{
        Fanout, Frames,
        member::{Batch, Member, Outgoing},
        pull::pull,
        replica::Replica,
    },
    limits,
    memory::Account,
    room::CloseReason,
    transport::opening::Sink,
    wire::{Event, Format},
};

pub fn format(_: &Member) -> Format {
    Format::Sse
}

pub fn pack(bytes: Bytes, _: Option<u64>) -> Outgoing {
    Outgoing::Ready(bytes)
}

pub fn deliver<E: Frames>(member: &mut Member, replica: &Replica<E>, _: &Arc<Account>) -> bool {
    let Sink::Stream(channel) = &member.sink else {
        return false;
    };
    let channel = channel.clone();
    while let Ok(permit) = channel.try_reserve() {
        let batch = member.batch.take().and_then(|mut batch| batch.pop_front());
        let bytes = match batch.or_else(|| pull(member, replica)) {
            // A large piece waits for an empty channel: the stream signals that.
            Some(outgoing)
                if outgoing.len() > limits::STREAM_PIECE_BYTES && channel.capacity() + 1 < channel.max_capacity() =>
            {
                let mut batch = Box::new(Batch::new());
                let _ = batch.push_back(outgoing);
                member.batch = Some(batch);
                break;
            }
            Some(Outgoing::Ready(bytes)) => bytes,
            Some(Outgoing::Packet { .. }) => unreachable!("made for a stream"),
            None if member.latest_seen != replica.latest.version => {
                member.latest_seen = replica.latest.version;
                let Some(latest) = replica.latest.bytes(Format::Sse) else {
                    break;
                };
                latest.clone()
            }
            None => match replica.values_after(member.watched, Format::Sse) {
                Some((values, revision)) => {
                    member.watched = Some(revision);
                    values.clone()
                }
                None => break,
            },
        };
        permit.send(bytes);
    }
    false
}

pub fn close<E: Frames>(fanout: &mut Fanout<E>, key: usize, reason: CloseReason) {
    fanout.serve(key);
    let closing = fanout.members[key].event(&Event::Closing(reason));
    let member = fanout.remove(key);
    if let (Sink::Stream(channel), Outgoing::Ready(event)) = (&member.sink, closing)
        && let Err(TrySendError::Full(event)) = channel.try_send(event)
    {
        // The reason follows what the channel holds, if the client reads that in time.
        let (channel, patience) = (channel.clone(), Duration::from_millis(fanout.limits.linger_ms));
        tokio::spawn(async move { timeout(patience, channel.send(event)).await });
    }
}
