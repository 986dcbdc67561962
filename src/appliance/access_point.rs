//! Generates the configuration of hostapd for the box's radios (hostapd.conf in hostapd 2.10's source).

use super::{
    countries::{self, LAST_OF_2_4_GHZ},
    generated::{BRIDGE, HEAD},
    phy::Phy,
    radio::Radio,
    settings::{BoxSettings, Security},
    wifi::Wifi,
};
use crate::page::{Mistake, MistakeKind};

/// Names of the configuration files; the second is for a second radio (`systemd/box-hostapd-second.service`).
pub const FILES: [&str; 2] = ["hostapd.conf", "hostapd-second.conf"];
/// Directories of hostapd's control sockets, as in the units.
const CONTROLS: [&str; 2] = ["hostapd", "hostapd-second"];
/// Interfaces of the encrypted networks beside open ones.
const OWE: [&str; 2] = ["owe0", "owe1"];
/// Channels of a second radio in the other band.
const SECOND: [u8; 2] = [36, 6];

/// Replaces an encryption that the radio lacks, because without it there would be no Wi-Fi at all. Returns the mistake that says so.
pub fn fit(settings: &mut BoxSettings, phy: Option<&Phy>) -> Option<Mistake> {
    let wanted = settings.security;
    // A driver that can't be asked may know WPA3, but a second network must be known to be possible.
    let can = phy.map_or(wanted != Security::Owe, |phy| phy.can(wanted));
    if can {
        return None;
    }
    settings.security = if wanted.has_password() {
        Security::Wpa2
    } else {
        Security::Open
    };
    let (shown, used) = (
        format!("\"{}\"", wanted.word()),
        format!("\"{}\"", settings.security.word()),
    );
    let what = format!("the radio does not know {shown}; the box uses {used}");
    Some(
        Mistake::new(MistakeKind::Choice, what)
            .with(shown)
            .and(used)
            .of("security"),
    )
}

/// The configuration files for the radios, the best first, each with what is known of it. A second one gets a file if it is on USB, too (the
/// board's own radio would attract phones that it can't carry) and knows the other band.
pub fn files(settings: &BoxSettings, wifi: &Wifi, radios: &[(Radio, Option<Phy>)]) -> Vec<String> {
    let second_channel = |phy: &Phy| {
        let allowed = |channel: u8| countries::channel(channel.into(), settings.country.as_deref()).is_ok();
        let other = SECOND
            .into_iter()
            .find(|channel| is_5_ghz(*channel) != is_5_ghz(settings.channel));
        other.filter(|channel| allowed(*channel) && phy.band(*channel).is_some() && phy.can(wifi.security))
    };
    let mut files = Vec::new();
    if let Some((radio, phy)) = radios.first() {
        files.push(hostapd(settings, &radio.name, phy.as_ref(), settings.channel, wifi, 0));
    }
    if let Some((radio, Some(phy))) = radios.get(1).filter(|(radio, _)| !radio.on_board)
        && let Some(channel) = second_channel(phy)
    {
        files.push(hostapd(settings, &radio.name, Some(phy), channel, wifi, 1));
    }
    files
}

fn is_5_ghz(channel: u8) -> bool {
    channel > LAST_OF_2_4_GHZ
}

fn hostapd(settings: &BoxSettings, radio: &str, phy: Option<&Phy>, channel: u8, wifi: &Wifi, number: usize) -> String {
    let name = data_encoding::HEXLOWER.encode(wifi.name.as_bytes());
    let mode = if is_5_ghz(channel) { "a" } else { "g" };
    let (control, owe) = (CONTROLS[number], OWE[number]);
    let mut text = format!(
        "{HEAD}interface={radio}\nbridge={BRIDGE}\ndriver=nl80211\nctrl_interface=/run/{control}\n\
         ssid2={name}\nutf8_ssid=1\nhw_mode={mode}\nchannel={channel}\nieee80211n=1\nwmm_enabled=1\n{}",
        width(settings, phy, channel)
    );
    if let Some(country) = &settings.country {
        text += &format!("country_code={country}\nieee80211d=1\n");
    }
    text += match wifi.security {
        Security::Open => "auth_algs=1\n",
        Security::Wpa2 => "auth_algs=1\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\n",
        Security::Wpa3 => "auth_algs=1\nwpa=2\nwpa_key_mgmt=SAE\nrsn_pairwise=CCMP\nieee80211w=2\n",
        // Phones with WPA3 must protect management frames, others need not.
        Security::Mixed => {
            "auth_algs=1\nwpa=2\nwpa_key_mgmt=WPA-PSK SAE\nrsn_pairwise=CCMP\nieee80211w=1\nsae_require_mfp=1\n"
        }
        Security::Owe => "auth_algs=1\n",
    };
    if let Some(password) = &wifi.password {
        text += &format!("wpa_passphrase={password}\n");
    }
    let isolation = format!("ap_isolate={}\n", u8::from(settings.isolation));
    text += &isolation;
    if wifi.security == Security::Owe {
        // Phones join the open network by its name, and those that know OWE move to the hidden one beside it (RFC 8110; Wi-Fi Alliance,
        // Opportunistic Wireless Encryption Specification 1.1, 2.2).
        let hidden = data_encoding::HEXLOWER.encode(format!("chatterbox-{owe}").as_bytes());
        text += &format!(
            "owe_transition_ifname={owe}\nbss={owe}\nbridge={BRIDGE}\nssid2={hidden}\nignore_broadcast_ssid=1\n\
             wpa=2\nwpa_key_mgmt=OWE\nrsn_pairwise=CCMP\nieee80211w=2\nowe_transition_ifname={radio}\n{isolation}"
        );
    }
    text
}

/// Settings of a channel's width: the widest that radio and country allow at 5 GHz. At 2.4 GHz there is no room for more than 20 MHz beside
/// other networks.
fn width(settings: &BoxSettings, phy: Option<&Phy>, channel: u8) -> String {
    let most = countries::width(settings.country.as_deref());
    let Some(band) = phy.and_then(|phy| phy.band(channel)).filter(|_| is_5_ghz(channel)) else {
        return String::new();
    };
    if !band.ht40 || most < 40 {
        return String::new();
    }
    // Of 36 and 40, and of 44 and 48, the lower one has the second half above (hostap, src/common/hw_features_common.c).
    let side = if [36, 44].contains(&channel) { '+' } else { '-' };
    let short = if band.short_40 { "[SHORT-GI-40]" } else { "" };
    let mut text = format!("ht_capab=[HT40{side}]{short}\n");
    if band.vht && most >= 80 {
        let short = if band.short_80 { "[SHORT-GI-80]" } else { "" };
        // 42 is the middle of 36 to 48.
        text += &format!("ieee80211ac=1\nvht_oper_chwidth=1\nvht_oper_centr_freq_seg0_idx=42\nvht_capab={short}\n");
    }
    text
}

#[cfg(test)]
#[path = "access_point_tests.rs"]
mod tests;
