//! Determines what one member receives next: an entry of the room's log, a direct message, or a gap (a count of entries that it missed).
//! Nothing grows here.

use super::{
    Frames,
    member::{Member, Outgoing},
    page_cache::Lookup,
    replica::Replica,
};
use crate::{
    limits,
    room::{Gap, Next},
    wire::Event,
};

/// Takes the next message for a member and advances its cursor; `None` if it has everything, or while a page is missing.
pub fn pull<E: Frames>(member: &mut Member, replica: &Replica<E>) -> Option<Outgoing> {
    let format = member.format();
    let outgoing = loop {
        let within_gap = member.cursor.is_within_gap();
        match member.cursor.next(&replica.log) {
            Next::Idle => return None,
            // Within a gap entries have no offset of their own: the gap's event has the offset of its end.
            Next::Entry(entry) => {
                let format = if within_gap { format.plain() } else { format };
                let bytes = entry.bytes(format).clone();
                break member.pack(bytes, None);
            }
            Next::Direct(outgoing) => {
                let outgoing = outgoing.clone();
                member.direct_bytes -= outgoing.len();
                break outgoing;
            }
            Next::Gap(gap) => match look_up(member, replica, gap) {
                Lookup::Entry(entry) => {
                    member.cursor.supply();
                    if entry.skip() != Some(member.user) {
                        return Some(member.pack(entry.bytes(format).clone(), None));
                    }
                }
                Lookup::Miss => {
                    member.wants_page = true;
                    return None;
                }
                Lookup::Gone => {
                    let room = replica.name.as_ref().expect("only a room's log has gaps");
                    break member.event(&Event::Gap {
                        room,
                        epoch: replica.history.epoch,
                        gap,
                    });
                }
            },
        }
    };
    member.cursor.accept(&replica.log);
    Some(outgoing)
}

/// Looks up the first entry of a gap in the page cache. Gaps of more than [`limits::RESUME_ENTRIES`] entries are not filled.
fn look_up<'a, E: Frames>(member: &Member, replica: &'a Replica<E>, gap: Gap) -> Lookup<'a, E> {
    let short = gap.to + 1 - gap.from <= limits::RESUME_ENTRIES;
    if member.has_store && short && !member.cursor.is_replaying() {
        replica.page_cache.find(gap.from)
    } else {
        Lookup::Gone
    }
}
