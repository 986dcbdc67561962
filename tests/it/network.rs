//! Firewall rules and DNS of the phones' network, with the real nftables and dnsmasq: phone and box are in network namespaces of their own.
//! Without permission for namespaces, or without the two programs, `tests/image` covers the same.

use std::{fs, process::Command};

use chatterbox::appliance::prepare::{Places, prepare};

/// Script that runs box and phone, each in its namespace. The phone prints its results.
const BOTH: &str = r#"
set -eu
export PATH=$PATH:/sbin:/usr/sbin
ip link set lo up
ip link add lan type veth peer name phone
unshare --net sh -c 'echo $$ >"$0/phone"; read -r _' "$1" <"$1/end" &
exec 9>"$1/end"
until [ -s "$1/phone" ]; do :; done
phone=$(cat "$1/phone")
ip link set phone netns "$phone"
ip address add 10.42.0.1/22 dev lan
ip link set lan up
nsenter --net=/proc/"$phone"/ns/net sh -ec '
  ip link set lo up
  ip address add 10.42.0.20/22 dev phone
  ip link set phone up
  ip route add default via 10.42.0.1
'
nft --file "$1/run/nftables.conf"
dnsmasq --keep-in-foreground --conf-file="$1/dnsmasq.conf" --user= --group= --pid-file= --log-facility="$1/log" &
names=$!
nsenter --net=/proc/"$phone"/ns/net python3 - <<'ASK' || failed=$?
import socket, struct, time

WAIT_S = 20

def refused(kind, address):
    probe = socket.socket(socket.AF_INET, kind)
    probe.settimeout(WAIT_S)
    try:
        probe.connect(address)
        probe.send(b"?")
        probe.recv(1)
        return "answered"
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "silent"

def named(name):
    question = struct.pack(">HHHHHH", 1, 0x100, 1, 0, 0, 0)
    question += b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0\0\1\0\1"
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        probe.settimeout(1)
        probe.connect(("10.42.0.1", 53))
        try:
            probe.send(question)
            return probe.recv(512)[3] & 15
        except OSError:
            continue
    return "silent"

for address in [("203.0.113.8", 443), ("192.168.1.1", 80), ("10.42.0.1", 443)]:
    print("tcp", *address, refused(socket.SOCK_STREAM, address))
print("udp 203.0.113.8 443", refused(socket.SOCK_DGRAM, ("203.0.113.8", 443)))
for name in "wpad wpad.lan use-application-dns.net mask.icloud.com mask-h2.icloud.com www.icloud.com box.example".split():
    print("name", name, named(name))
ASK
kill "$names"
exit "${failed:-0}"
"#;

const EXPECTED: &str = "\
tcp 203.0.113.8 443 refused
tcp 192.168.1.1 80 refused
tcp 10.42.0.1 443 refused
udp 203.0.113.8 443 refused
name wpad 3
name wpad.lan 3
name use-application-dns.net 3
name mask.icloud.com 3
name mask-h2.icloud.com 3
name www.icloud.com 0
name box.example 0
";

fn may_be_made() -> bool {
    let tools = "export PATH=$PATH:/sbin:/usr/sbin; for tool in nft dnsmasq ip nsenter python3; do command -v $tool || exit 1; done; unshare --net true";
    let tried = Command::new("sh").args(["-c", tools]).output();
    tried.is_ok_and(|tried| tried.status.success())
}

#[test]
fn unreachable_hosts_are_refused_at_once() {
    if !may_be_made() {
        return;
    }
    let dir = std::env::temp_dir().join(format!("chatterbox-it-network-{}", std::process::id()));
    for part in ["boot", "run", "state", "sys"] {
        fs::create_dir_all(dir.join(part)).unwrap();
    }
    let place = |name: &str| dir.join(name);
    fs::write(place("boot/chatterbox.toml"), "").unwrap();
    let places = Places {
        boot: place("boot"),
        run: place("run"),
        state: place("state"),
        sys: place("sys"),
    };
    prepare(&places).unwrap();
    // Only the file of the leases is elsewhere on a box.
    let names = fs::read_to_string(place("run/dnsmasq.conf")).unwrap();
    let names: String = names
        .lines()
        .filter(|line| !line.starts_with("dhcp-leasefile"))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(place("dnsmasq.conf"), names).unwrap();
    let made = Command::new("mkfifo").arg(place("end")).status().unwrap();
    assert!(made.success());
    let done = Command::new("unshare")
        .args(["--net", "bash", "-c", BOTH, "both"])
        .arg(&dir)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(said, EXPECTED, "{}", String::from_utf8_lossy(&done.stderr));
    fs::remove_dir_all(&dir).unwrap();
}
