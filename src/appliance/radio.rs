//! Finds the box's Wi-Fi radios in `/sys`.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Component, Path},
};

/// Maximum length of an interface name in bytes (the kernel's `IFNAMSIZ` less the final zero).
const NAME_BYTES: usize = 15;

/// A Wi-Fi radio that can be an access point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Radio {
    /// Whether the radio is part of the board; such radios sort after USB radios.
    pub on_board: bool,
    /// Name of the network interface: letters, digits, `-`, `_` and `.`.
    pub name: String,
}

/// All Wi-Fi radios, the best first: USB radios before the board's own, then by name.
///
/// # Errors
/// The list of interfaces can't be read.
pub fn all(sys: &Path) -> io::Result<Vec<Radio>> {
    let mut radios = Vec::new();
    for entry in fs::read_dir(sys.join("class/net"))? {
        let entry = entry?;
        let wireless = ["wireless", "phy80211"]
            .iter()
            .any(|mark| entry.path().join(mark).exists());
        if let Some(name) = entry.file_name().to_str().filter(|name| wireless && plain(name)) {
            radios.push(Radio {
                on_board: !external(&entry.path().join("device")),
                name: name.to_owned(),
            });
        }
    }
    radios.sort();
    Ok(radios)
}

/// Name of a radio's hardware, as in `phy0`.
pub fn phy(sys: &Path, radio: &Radio) -> Option<String> {
    let name = fs::read_to_string(sys.join("class/net").join(&radio.name).join("phy80211/name")).ok()?;
    Some(name.trim().to_owned()).filter(|name| plain(name))
}

/// Whether a device is connected by USB, by its path in the device tree.
fn external(device: &Path) -> bool {
    let place = fs::canonicalize(device).unwrap_or_default();
    let usb = |part: Component<'_>| {
        let bus = part.as_os_str().to_str().and_then(|name| name.strip_prefix("usb"));
        bus.is_some_and(|number| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
    };
    place.components().any(usb) || place.file_name() == Some(OsStr::new("usb"))
}

fn plain(name: &str) -> bool {
    (1..=NAME_BYTES).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::appliance::scratch::Scratch;

    /// Creates a simulated interface whose device is at `place` below `/sys/devices`.
    fn interface(sys: &Path, name: &str, place: &str, wireless: bool) {
        let device = sys.join("devices").join(place);
        let net = device.join("net").join(name);
        fs::create_dir_all(if wireless { net.join("wireless") } else { net.clone() }).unwrap();
        symlink(&device, net.join("device")).unwrap();
        fs::create_dir_all(sys.join("class/net")).unwrap();
        symlink(&net, sys.join("class/net").join(name)).unwrap();
    }

    #[test]
    fn a_radio_on_usb_comes_before_the_one_on_the_board() {
        let sys = Scratch::new("radio");
        assert!(all(sys.path()).is_err());
        interface(sys.path(), "eth0", "platform/scb/fd580000.ethernet", false);
        assert_eq!(all(sys.path()).unwrap(), []);
        interface(
            sys.path(),
            "wlan0",
            "platform/soc/fe300000.mmcnr/mmc_host/mmc1/mmc1:0001/mmc1:0001:1",
            true,
        );
        interface(
            sys.path(),
            "wlan1",
            "platform/scb/fd500000.pcie/usb1/1-1/1-1.2/1-1.2:1.0",
            true,
        );
        let names: Vec<_> = all(sys.path())
            .unwrap()
            .into_iter()
            .map(|radio| (radio.name, radio.on_board))
            .collect();
        assert_eq!(names, [("wlan1".to_owned(), false), ("wlan0".to_owned(), true)]);
    }

    #[test]
    fn an_interface_name_with_other_characters_is_skipped() {
        assert!(plain("wlx00c0ca112233") && plain("wlan0.1"));
        for wrong in ["", "wlan 0", "a\nb", "wlan0\"", "abcdefghijklmnop"] {
            assert!(!plain(wrong), "{wrong:?}");
        }
    }
}
