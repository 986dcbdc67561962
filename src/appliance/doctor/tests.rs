mod certificates;

use std::{io, os::unix::fs::symlink, time::SystemTime};

use super::*;
use crate::appliance::scratch::Scratch;

/// 2026-11-24 12:00 UTC, in seconds: the time of the box in these tests.
const NOW: u64 = 1_795_521_600;
const GIB: u64 = 1024 * 1024 * 1024;

/// A healthy box.
struct Patient {
    dir: Scratch,
    space: Space,
    health: Health,
}

impl Patient {
    fn new(name: &str) -> Self {
        let dir = Scratch::new(&format!("doctor-{name}"));
        dir.put(
            "boot/firmware/chatterbox.toml",
            "country = \"DE\"\nsubnet = \"10.42.0.0/27\"\n",
        );
        dir.put("boot/firmware/slots.txt", "good=a\ntry=-\nleft=0\n");
        dir.put(
            "run/slots",
            "running=a\ntrial=no\nboot=1\na=/dev/mmcblk0p2\nb=/dev/mmcblk0p3\nstate=/boot/firmware/slots.txt\n",
        );
        dir.put("boot/firmware/good.update.try1", "");
        dir.put("run/box-dnsmasq/leases", "");
        dir.put(
            "proc/mounts",
            "/dev/mmcblk0p1 /boot/firmware vfat ro 0 0\n/dev/mmcblk0p4 /data ext4 rw,noatime,errors=remount-ro 0 0\n",
        );
        dir.put("proc/stat", &format!("cpu 1 2 3\nbtime {}\nprocesses 5\n", NOW - 100));
        dir.put("proc/uptime", "100.25 180.00\n");
        dir.put(
            "proc/net/udp",
            "  sl  local_address rem_address   st\n  9: 00000000:0043 00000000:0000 07\n",
        );
        dir.put("proc/77/comm", "hostapd\n");
        dir.put("proc/version", "Linux");
        dir.put("sys/fs/ext4/mmcblk0p4/errors_count", "0\n");
        dir.put("sys/fs/ext4/features/casefold", "supported\n");
        dir.put("sys/block/mmcblk0/device/life_time", "0x01 0x02\n");
        dir.put("sys/block/mmcblk0/device/pre_eol_info", "0x01\n");
        dir.put("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
        dir.put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n");
        dir.put("sys/class/thermal/thermal_zone0/temp", "51234\n");
        // A stick that was full, and was pulled out.
        dir.put("run/box/stick", "full sdb1\n");
        dir.put("sys/class/block/sda1/size", "1");
        dir.put("sys/class/rfkill/rfkill0/type", "wlan\n");
        dir.put("sys/class/rfkill/rfkill0/soft", "0\n");
        dir.put("sys/class/net/wlan0/phy80211/index", "0\n");
        dir.put("sys/bus/sdio/drivers/brcmfmac/x", "");
        dir.put("sys/devices/mmc1:0001/x", "");
        let path = |name: &str| dir.path().join(name);
        symlink(
            path("sys/bus/sdio/drivers/brcmfmac"),
            path("sys/devices/mmc1:0001/driver"),
        )
        .unwrap();
        symlink(path("sys/devices/mmc1:0001"), path("sys/class/net/wlan0/device")).unwrap();
        dir.put("var/lib/private/chatterbox/chatterbox.db", "SQLite format 3\0…");
        let space = Space {
            free: 10 * GIB,
            size: 28 * GIB,
        };
        Self {
            dir,
            space,
            health: Health {
                members: 5,
                durable: Some(true),
                ..Health::default()
            },
        }
    }

    fn found(&self) -> Vec<String> {
        let mut machine = Machine::new(self.dir.path(), Some(self.health.clone()));
        machine.space = Some(self.space);
        machine.examine()
    }

    fn remove(&self, path: &str) {
        std::fs::remove_file(self.dir.path().join(path)).unwrap();
    }
}

/// A fault, and a word of its finding.
type Fault = (&'static str, fn(&mut Patient), &'static str);

const FAULTS: &[Fault] = &[
    ("full", |it| it.space.free = 20_000_000, "card is full: 20 MB"),
    ("nearly-full", |it| it.space.free = it.space.size / 60, "card is full"),
    (
        "errors",
        |it| it.dir.put("sys/fs/ext4/mmcblk0p4/errors_count", "3\n"),
        "has had 3 errors",
    ),
    (
        "worn",
        |it| it.dir.put("sys/block/mmcblk0/device/life_time", "0x01 0x0b\n"),
        "worn out",
    ),
    (
        "spare",
        |it| it.dir.put("sys/block/mmcblk0/device/pre_eol_info", "0x03\n"),
        "worn out",
    ),
    (
        "read-only",
        |it| it.dir.put("proc/mounts", "/dev/mmcblk0p4 /data ext4 ro,noatime 0 0\n"),
        "can't be written",
    ),
    (
        "no-data",
        |it| it.dir.put("proc/mounts", "/dev/mmcblk0p1 /boot/firmware vfat ro 0 0\n"),
        "data part is not there",
    ),
    (
        "low-alarm",
        |it| it.dir.put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n"),
        "power supply is too weak",
    ),
    (
        "hot",
        |it| it.dir.put("sys/class/thermal/thermal_zone0/temp", "84000\n"),
        "too hot",
    ),
    (
        "stick-full",
        |it| {
            it.dir.put("run/box/stick", "full sda1\n");
            it.dir.put("sys/class/block/sda1/size", "1");
        },
        "USB stick is full",
    ),
    (
        "stick-failed",
        |it| {
            it.dir.put("run/box/stick", "failed sda1\n");
            it.dir.put("sys/class/block/sda1/size", "1");
        },
        "can't be saved to the USB stick",
    ),
    (
        "blocked",
        |it| it.dir.put("sys/class/rfkill/rfkill0/soft", "1\n"),
        "switched off",
    ),
    (
        "no-hostapd",
        |it| it.dir.put("proc/77/comm", "sshd\n"),
        "Wi-Fi is not there",
    ),
    (
        "no-country",
        |it| {
            it.dir
                .put("boot/firmware/chatterbox.toml", "subnet = \"10.42.0.0/27\"\n")
        },
        "No country",
    ),
    (
        "public-subnet",
        |it| {
            it.dir.put(
                "boot/firmware/chatterbox.toml",
                "country = \"DE\"\nsubnet = \"203.0.113.9/24\"\n",
            )
        },
        "The subnet 203.0.113.0/24 is from the public range",
    ),
    (
        "mistakes",
        |it| {
            it.dir
                .put("boot/firmware/chatterbox.toml", "country = \"DE\"\nevent_name = 5\n")
        },
        "has a mistake: line 2: event_name",
    ),
    (
        "many-mistakes",
        |it| {
            it.dir
                .put("boot/firmware/chatterbox.toml", "country = \"DE\"\nevent_name = 5\nx\n")
        },
        "mistakes (2)",
    ),
    (
        "old-card",
        |it| {
            it.dir.put("boot/firmware/card.html", "old");
            it.dir.put("run/box/card.html", "new");
        },
        "card.html",
    ),
    (
        "silent-dhcp",
        |it| {
            it.dir.put(
                "proc/net/udp",
                "  sl  local_address\n  9: 00000000:0044 00000000:0000 07\n",
            )
        },
        "no addresses",
    ),
    (
        "crowded",
        |it| it.dir.put("run/box-dnsmasq/leases", &leases_of(8)),
        "8 phones",
    ),
    (
        "unset-clock",
        |it| it.dir.put("proc/stat", "btime 100\n"),
        "clock is not set",
    ),
    (
        "clock-behind",
        |it| {
            it.dir.put("var/lib/systemd/timesync/clock", "");
            let file = std::fs::File::options()
                .write(true)
                .open(it.dir.path().join("var/lib/systemd/timesync/clock"))
                .unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(NOW + 7200))
                .unwrap();
        },
        "clock is behind",
    ),
    (
        "silent-server",
        |it| it.health.silent = Some("connection refused".to_owned()),
        "does not answer (connection refused)",
    ),
    ("not-durable", |it| it.health.durable = Some(false), "is not kept"),
    ("crowded-rooms", |it| it.health.members = 9, "9 phones"),
    (
        "damaged",
        |it| {
            it.dir
                .put("var/lib/private/chatterbox/chatterbox.db", "garbage, and more of it")
        },
        "is damaged",
    ),
    (
        "went-back",
        |it| it.dir.put("boot/firmware/slots.txt", "good=a\ntry=b\nleft=0\n"),
        "last update did not serve",
    ),
    (
        "cut-update",
        |it| it.dir.put("boot/firmware/new.update.try2", ""),
        "A power cut ended an update (new.update)",
    ),
    (
        "cut-sent-update",
        |it| it.dir.put("data/box/updates/restart.update.try3", ""),
        "A power cut ended an update",
    ),
    (
        "refused-update",
        |it| {
            it.dir.put(
                "boot/firmware/new.update.refused.txt",
                "the update is damaged: copy it once more\r\n",
            )
        },
        "The update new.update was not taken: the update is damaged: copy it once more.",
    ),
];

fn leases_of(count: usize) -> String {
    let ended = format!("{} 02:00:00:00:00:ff 10.42.0.99 * *\n", NOW - 5);
    let lease = |at: usize| format!("{} 02:00:00:00:00:{at:02x} 10.42.0.{} * *\n", NOW + 600, at + 2);
    ended + &(0..count).map(lease).collect::<String>()
}

#[test]
fn a_healthy_box_has_no_findings() {
    assert_eq!(Patient::new("healthy").found(), [""; 0]);
}

#[test]
fn each_fault_is_found_by_itself() {
    each_is_found(FAULTS);
}

fn each_is_found(faults: &[Fault]) {
    for (name, fault, words) in faults {
        let mut it = Patient::new(name);
        fault(&mut it);
        let found = it.found();
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert!(found[0].contains(words), "{name}: {found:?}");
        assert!(
            found[0].ends_with('.') && found[0].contains(". ") || found[0].contains(": "),
            "what to do: {found:?}"
        );
    }
}

#[test]
fn a_box_without_a_radio_has_that_finding_only() {
    let it = Patient::new("without-radio");
    std::fs::remove_dir_all(it.dir.path().join("sys/class/net")).unwrap();
    let found = it.found();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("no Wi-Fi radio"));
    it.dir.put("boot/firmware/chatterbox.toml", "wifi = \"off\"\n");
    assert_eq!(it.found(), [""; 0], "an outside access point is a way to run it");
}

#[test]
fn a_missing_file_is_reported_with_a_similar_name() {
    let it = Patient::new("missing-file");
    it.remove("boot/firmware/chatterbox.toml");
    assert!(
        it.found()[0].contains("there is no chatterbox.toml on BOX: put one there"),
        "{:?}",
        it.found()
    );
    it.dir.put("boot/firmware/chatterbox.toml.txt", "country = \"DE\"\n");
    let found = it.found();
    assert!(
        found[0].contains("but a file chatterbox.toml.txt: give it the name"),
        "{found:?}"
    );
}

#[test]
fn a_better_radio_carries_more() {
    let it = Patient::new("better-radio");
    it.remove("sys/devices/mmc1:0001/driver");
    it.dir.put("sys/bus/usb/drivers/mt76x2u/x", "");
    let path = |name: &str| it.dir.path().join(name);
    symlink(
        path("sys/bus/usb/drivers/mt76x2u"),
        path("sys/devices/mmc1:0001/driver"),
    )
    .unwrap();
    it.dir.put("run/box-dnsmasq/leases", &leases_of(12));
    assert_eq!(it.found(), [""; 0]);
    it.dir.put("run/box-dnsmasq/leases", &leases_of(21));
    let found = it.found();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("All 21 addresses"), "{found:?}");
}

#[test]
fn a_machine_without_any_files_is_examined() {
    let dir = Scratch::new("doctor-nothing");
    let machine = Machine::new(dir.path(), None);
    assert!(machine.space.is_none());
    let found = machine.examine();
    assert!(found.iter().all(|sentence| !sentence.is_empty()));
    assert!(Space::of(dir.path()).is_ok_and(|space| space.size >= space.free && space.size > 0));
}

#[test]
fn the_server_is_asked() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        for answer in [
            "HTTP/1.1 200 OK\r\n\r\n{\"members\":12,\"rooms\":1,\"durable\":false}",
            "HTTP/1.1 200 OK\r\n\r\n{\"members\":3}",
            "HTTP/1.1 200 OK\r\n\r\nhello",
            "HTTP/1.1 503 Full\r\n\r\n{}",
        ] {
            let (mut stream, _) = listener.accept().unwrap();
            io::Read::read(&mut stream, &mut [0; 256]).unwrap();
            io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
        }
    });
    let told = |members, durable| Health {
        silent: None,
        members,
        durable,
    };
    assert_eq!(ask(address), told(12, Some(false)));
    assert_eq!(ask(address), told(3, None));
    assert!(ask(address).silent.is_some());
    assert!(ask(address).silent.is_some_and(|why| why.contains("503")));
    server.join().unwrap();
    assert!(ask(address).silent.is_some(), "the port is closed");
}
