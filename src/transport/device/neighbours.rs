//! Reads the kernel's neighbour table by rtnetlink (rtnetlink(7), `RTM_GETNEIGH`): IPv4 and IPv6, without privileges, within the systemd
//! unit's `RestrictAddressFamilies`. `/proc/net/arp` has IPv4 only.

use std::{
    io::{self, Read},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};

/// A MAC address, 6 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mac(pub [u8; 6]);

// linux/socket.h, linux/netlink.h, linux/rtnetlink.h, linux/neighbour.h.
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const AF_NETLINK: i32 = 16;
const NETLINK_ROUTE: i32 = 0;
const NLMSG_DONE: u16 = 3;
const NLMSG_ERROR: u16 = 2;
const RTM_NEWNEIGH: u16 = 28;
const RTM_GETNEIGH: u16 = 30;
/// Flags of a dump request: `NLM_F_REQUEST | NLM_F_DUMP`.
const DUMP: u16 = 0x301;
const NDA_DST: u16 = 1;
const NDA_LLADDR: u16 = 2;
/// States of entries without a reachable neighbour: `NUD_INCOMPLETE | NUD_FAILED | NUD_NOARP`.
const NO_NEIGHBOUR: u16 = 0x01 | 0x20 | 0x40;
/// Length of the header `nlmsghdr`, in bytes; `ndmsg` and `rtattr` have their lengths below.
const HEADER: usize = 16;
const NEIGHBOUR: usize = 12;
const ATTRIBUTE: usize = 4;

/// Largest message of a dump, in bytes.
const PIECE: usize = 32 * 1024;
/// Read timeout; the kernel usually answers at once.
const PATIENCE: Duration = Duration::from_millis(100);

/// The MAC address of a neighbour; `None` for other peers, or if the table can't be read.
pub fn mac(address: IpAddr) -> Option<Mac> {
    let found = look_up(address);
    found.unwrap_or_else(|error| {
        tracing::debug!(%error, "device: the kernel's neighbour table can't be read, so the new connection's device is identified by its IP address");
        None
    })
}

fn look_up(address: IpAddr) -> io::Result<Option<Mac>> {
    let domain = Domain::from(AF_NETLINK);
    let mut socket = Socket::new(domain, Type::RAW, Some(Protocol::from(NETLINK_ROUTE)))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.send(&request(address))?;
    let mut piece = vec![0; PIECE];
    let mut found = None;
    loop {
        let length = socket.read(&mut piece)?;
        let done = messages(&piece[..length], |dst, mac| {
            if dst == address {
                found = Some(mac);
            }
        });
        if done || length == 0 {
            return Ok(found);
        }
    }
}

/// The netlink request for all neighbours of an address's family.
fn request(address: IpAddr) -> Vec<u8> {
    let family = if address.is_ipv4() { AF_INET } else { AF_INET6 };
    let mut request = Vec::with_capacity(HEADER + NEIGHBOUR);
    request.extend_from_slice(&((HEADER + NEIGHBOUR) as u32).to_ne_bytes());
    request.extend_from_slice(&RTM_GETNEIGH.to_ne_bytes());
    request.extend_from_slice(&DUMP.to_ne_bytes());
    // Sequence number and port.
    request.extend_from_slice(&[0; 8]);
    request.push(family);
    request.resize(HEADER + NEIGHBOUR, 0);
    request
}

/// Calls `each` for every neighbour in one part of a dump. Returns whether the dump ends with this part.
fn messages(mut bytes: &[u8], mut each: impl FnMut(IpAddr, Mac)) -> bool {
    while let (Some(length), Some(kind)) = (u32_at(bytes, 0), u16_at(bytes, 4)) {
        let length = length as usize;
        if !(HEADER..=bytes.len()).contains(&length) {
            return true;
        }
        match kind {
            NLMSG_DONE | NLMSG_ERROR => return true,
            RTM_NEWNEIGH => {
                if let Some((dst, mac)) = neighbour(&bytes[HEADER..length]) {
                    each(dst, mac);
                }
            }
            _ => {}
        }
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
    }
    false
}

fn neighbour(message: &[u8]) -> Option<(IpAddr, Mac)> {
    if u16_at(message, 8)? & NO_NEIGHBOUR != 0 {
        return None;
    }
    let (mut dst, mut mac) = (None, None);
    let mut bytes = message.get(NEIGHBOUR..)?;
    while let (Some(length), Some(kind)) = (u16_at(bytes, 0), u16_at(bytes, 2)) {
        let value = bytes.get(ATTRIBUTE..usize::from(length))?;
        match kind {
            NDA_DST => dst = ip(value),
            NDA_LLADDR => mac = value.try_into().ok().filter(|mac| *mac != [0; 6]).map(Mac),
            _ => {}
        }
        bytes = bytes.get(aligned(length.into())..).unwrap_or_default();
    }
    Some((dst?, mac?))
}

fn ip(value: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(value) {
        return Some(Ipv4Addr::from(v4).into());
    }
    <[u8; 16]>::try_from(value).ok().map(|v6| Ipv6Addr::from(v6).into())
}

/// Rounds a length up to the netlink alignment of 4 bytes (`NLMSG_ALIGN`, `RTA_ALIGN`).
fn aligned(length: usize) -> usize {
    length.next_multiple_of(4)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_ne_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = ((ATTRIBUTE + value.len()) as u16).to_ne_bytes().to_vec();
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.extend_from_slice(value);
        bytes.resize(aligned(bytes.len()), 0);
        bytes
    }

    fn message(kind: u16, state: u16, attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut body = vec![0; NEIGHBOUR];
        body[8..10].copy_from_slice(&state.to_ne_bytes());
        body.extend(attributes.concat());
        let mut bytes = ((HEADER + body.len()) as u32).to_ne_bytes().to_vec();
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.resize(HEADER, 0);
        bytes.extend(body);
        bytes
    }

    fn read(bytes: &[u8]) -> (Vec<(IpAddr, Mac)>, bool) {
        let mut found = Vec::new();
        let done = messages(bytes, |dst, mac| found.push((dst, mac)));
        (found, done)
    }

    #[test]
    fn neighbours_of_both_families_are_read_and_failed_entries_are_not() {
        let (v4, v6) = (Ipv4Addr::new(10, 0, 0, 7), Ipv6Addr::LOCALHOST);
        let mac = [2, 0, 0, 0, 0, 9];
        let (dst4, lladdr) = (attribute(NDA_DST, &v4.octets()), attribute(NDA_LLADDR, &mac));
        let all = [
            message(RTM_NEWNEIGH, 0x02, &[dst4.clone(), lladdr.clone()]),
            message(
                RTM_NEWNEIGH,
                0x04,
                &[attribute(3, &[0; 16]), attribute(NDA_DST, &v6.octets()), lladdr.clone()],
            ),
            message(RTM_NEWNEIGH, 0x20, &[dst4.clone(), lladdr]),
            message(RTM_NEWNEIGH, 0x02, &[dst4, attribute(NDA_LLADDR, &[0; 6])]),
        ]
        .concat();
        let expected = vec![(v4.into(), Mac(mac)), (v6.into(), Mac(mac))];
        assert_eq!(read(&all), (expected.clone(), false));
        let ended = [all, message(NLMSG_DONE, 0, &[])].concat();
        assert_eq!(read(&ended), (expected, true));
    }

    #[test]
    fn broken_pieces_end_the_dump() {
        let good = message(
            RTM_NEWNEIGH,
            2,
            &[attribute(NDA_DST, &[10, 0, 0, 7]), attribute(NDA_LLADDR, &[2; 6])],
        );
        for end in 0..good.len() {
            let (found, _) = read(&good[..end]);
            assert!(found.is_empty(), "{end}");
        }
        let mut zero = good;
        zero[HEADER + NEIGHBOUR..HEADER + NEIGHBOUR + 2].fill(0);
        assert_eq!(read(&zero).0, vec![]);
    }

    /// Compares the answers with /proc/net/arp; passes without neighbours.
    #[test]
    fn the_kernel_answers_as_its_arp_table() {
        let table = std::fs::read_to_string("/proc/net/arp").unwrap_or_default();
        for line in table.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let [address, _, flags, mac, ..] = fields[..] else {
                continue;
            };
            // ATF_COM: the entry is complete.
            if flags != "0x2" {
                continue;
            }
            let mac: Vec<_> = mac
                .split(':')
                .filter_map(|byte| u8::from_str_radix(byte, 16).ok())
                .collect();
            let known = look_up(address.parse().expect("an address")).expect("rtnetlink answers");
            assert_eq!(known.map(|known| known.0.to_vec()), Some(mac), "{address}");
        }
    }
}
