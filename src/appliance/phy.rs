//! What a radio can do, as `iw phy <name> info` prints it (iw 6.9: `info.c`, and `print_ht_capability`, `print_vht_info` and
//! `print_iftype_line` in `util.c`). `image/files/usr/lib/chatterbox/prepare` saves that text for each radio.

use super::settings::Security;

/// Capabilities of a radio.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phy {
    bands: Vec<Band>,
    /// Whether clients can authenticate by SAE (WPA3); such a driver leaves OWE to hostapd, too (mac80211).
    sae: bool,
    /// Whether management frames can be protected, which WPA3 and OWE need.
    protects: bool,
    /// Maximum number of networks at the same time.
    networks: u32,
}

/// Capabilities in one frequency band.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Band {
    channels: Vec<u8>,
    /// 802.11n with 40 MHz.
    pub ht40: bool,
    /// Short guard interval at 40 MHz.
    pub short_40: bool,
    /// 802.11ac, which has 80 MHz.
    pub vht: bool,
    /// Short guard interval at 80 MHz.
    pub short_80: bool,
}

impl Phy {
    /// Reads the text of `iw`. What the text does not have, the radio can't do.
    pub fn read(text: &str) -> Self {
        let mut phy = Self::default();
        for line in text.lines().map(str::trim) {
            if line.starts_with("Band ") {
                phy.bands.push(Band::default());
            } else if line == "Device supports SAE with AUTHENTICATE command" {
                phy.sae = true;
            } else if line.starts_with("* CMAC ") {
                phy.protects = true;
            } else if line.contains("#{") {
                phy.networks = phy.networks.max(networks(line));
            } else if let Some(band) = phy.bands.last_mut() {
                band.read(line);
            }
        }
        phy
    }

    /// The band of a channel, unless the radio lacks it.
    pub fn band(&self, channel: u8) -> Option<&Band> {
        self.bands.iter().find(|band| band.channels.contains(&channel))
    }

    /// Whether the radio can encrypt a network in this way.
    pub fn can(&self, security: Security) -> bool {
        match security {
            Security::Wpa2 | Security::Open => true,
            Security::Wpa3 | Security::Mixed => self.sae && self.protects,
            // The open network and the encrypted one beside it.
            Security::Owe => self.sae && self.protects && self.networks > 1,
        }
    }
}

impl Band {
    fn read(&mut self, line: &str) {
        match line {
            "HT20/HT40" => self.ht40 = true,
            "RX HT40 SGI" => self.short_40 = true,
            "short GI (80 MHz)" => self.short_80 = true,
            line if line.starts_with("VHT Capabilities") => self.vht = true,
            line => self.channels.extend(channel(line)),
        }
    }
}

/// The channel of a line `* 5180.0 MHz [36] (23.0 dBm)`, unless it is disabled.
fn channel(line: &str) -> Option<u8> {
    let (_, channel) = line.strip_prefix("* ")?.split_once(" MHz [")?;
    let (channel, more) = channel.split_once(']')?;
    channel.parse().ok().filter(|_| !more.contains("disabled"))
}

/// The most access points of a line `* #{ managed } <= 1, #{ AP, mesh point } <= 8, total <= 8, #channels <= 1`; 0 without one.
fn networks(line: &str) -> u32 {
    let counts = line.split("#{").filter_map(|part| {
        let (kinds, count) = part.split_once("} <= ")?;
        let is_ap = kinds.split(',').any(|kind| kind.trim() == "AP");
        let digits = count.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok().filter(|_| is_ap)
    });
    counts.max().unwrap_or(0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// In the form of iw 6.9 for a mac80211 driver with both bands, such as mt76x2u.
    pub const BOTH_BANDS: &str = "\
Wiphy phy1
\tSupported Ciphers:
\t\t* CCMP-128 (00-0f-ac:4)
\t\t* CMAC (00-0f-ac:6)
\tBand 1:
\t\tCapabilities: 0x1ff
\t\t\tRX LDPC
\t\t\tHT20/HT40
\t\t\tRX HT40 SGI
\t\tFrequencies:
\t\t\t* 2412.0 MHz [1] (20.0 dBm)
\t\t\t* 2437.0 MHz [6] (20.0 dBm)
\t\t\t* 2472.0 MHz [13] (disabled)
\tBand 2:
\t\tCapabilities: 0x1ff
\t\t\tHT20/HT40
\t\t\tRX HT40 SGI
\t\tVHT Capabilities (0x318001b0):
\t\t\tMax MPDU length: 3895
\t\t\tSupported Channel Width: neither 160 nor 80+80
\t\t\tshort GI (80 MHz)
\t\tFrequencies:
\t\t\t* 5180.0 MHz [36] (20.0 dBm) (no IR)
\t\t\t* 5240.0 MHz [48] (20.0 dBm)
\t\t\t* 5260.0 MHz [52] (20.0 dBm) (no IR, radar detection)
\tvalid interface combinations:
\t\t * #{ IBSS } <= 1, #{ managed, AP, mesh point, P2P-client, P2P-GO } <= 2,
\t\t   total <= 2, #channels <= 1, STA/AP BI must match
\tDevice supports SAE with AUTHENTICATE command
";

    /// In the form of iw 6.9 for the radio of a Pi 3B (brcmfmac, BCM43430): one band, and no WPA3.
    pub const BOARD: &str = "\
Wiphy phy0
\tSupported Ciphers:
\t\t* CCMP-128 (00-0f-ac:4)
\t\t* CMAC (00-0f-ac:6)
\tBand 1:
\t\tCapabilities: 0x1020
\t\t\tHT20
\t\tFrequencies:
\t\t\t* 2437 MHz [6] (20.0 dBm)
\tvalid interface combinations:
\t\t * #{ managed } <= 1, #{ AP } <= 1, #{ P2P-client } <= 1, total <= 4, #channels <= 1
";

    #[test]
    fn what_iw_prints_is_understood() {
        let both = Phy::read(BOTH_BANDS);
        let wide = both.band(36).unwrap();
        assert!(wide.ht40 && wide.short_40 && wide.vht && wide.short_80);
        assert!(both.band(6).is_some_and(|band| band.ht40 && !band.vht));
        assert!(both.band(13).is_none(), "disabled");
        let board = Phy::read(BOARD);
        assert!(board.band(6).is_some_and(|band| !band.ht40) && board.band(36).is_none());
        assert_eq!((both.networks, board.networks), (2, 1));
        let all = [
            Security::Wpa2,
            Security::Wpa3,
            Security::Mixed,
            Security::Owe,
            Security::Open,
        ];
        assert_eq!(all.map(|one| both.can(one)), [true; 5]);
        assert_eq!(all.map(|one| board.can(one)), [true, false, false, false, true]);
        let one_network = Phy::read(&BOTH_BANDS.replace("<= 2", "<= 1"));
        assert!(one_network.can(Security::Mixed) && !one_network.can(Security::Owe));
        assert_eq!(Phy::read("no such device"), Phy::default());
    }
}
