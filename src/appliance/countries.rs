//! The countries that a box's Wi-Fi can be set to, and the channels that they allow. Constants; nothing grows.

use crate::page::{Mistake, MistakeKind};

/// ISO 3166-1 codes of countries where the kernel's regulatory database (wireless-regdb of Debian 12) allows an access point.
const KNOWN: &str = "\
    AD AE AF AI AL AM AN AR AS AT AU AW AZ BA BB BD BE BF BG BH BL BM BN BO BR BS BT BW BY BZ CA CF CH CI CL CN CO \
    CR CU CX CY CZ DE DK DM DO DZ EC EE EG ES ET FI FM FO FR GB GD GE GF GH GI GL GP GR GT GU GY HK HN HR HT HU ID \
    IE IL IM IN IR IS IT JM JO JP KE KH KN KP KR KW KY KZ LB LC LI LK LS LT LU LV MA MC MD ME MF MH MK MN MO MP MQ \
    MR MT MU MV MW MX MY NA NG NI NL NO NP NZ OM PA PE PF PG PH PK PL PM PR PT PW PY QA RE RO RS RU RW SA SE SG SI \
    SK SM SN SR SV SX SY TC TD TH TN TR TT TW TZ UA UG US UY UZ VA VC VE VI VN VU WF WS YE YT ZA ZW";
/// Countries in which an access point may not use channels 12 and 13, by the kernel's regulatory database.
const TO_ELEVEN: &[&str] = &[
    "AS", "BM", "DM", "DO", "FM", "GD", "GU", "HT", "MH", "MP", "NI", "PR", "PW", "US", "VI",
];
/// Countries in which an access point may not use channels 36 to 48, by the kernel's regulatory database.
const NOT_5_GHZ: &[&str] = &["AM", "BD", "BH", "BO", "BZ", "CU", "EC", "NG", "PK", "YE"];

/// Countries that allow an access point at channels 36 to 48 less than 80 MHz, by the kernel's regulatory database (wireless-regdb 2026.09.03);
/// in Korea the band has several rules.
const NARROW: &[(&str, u32)] = &[("CF", 40), ("GU", 20), ("KP", 20), ("KR", 20), ("SV", 20), ("WS", 40)];

/// Channels that need no radar detection, those of 2.4 GHz first.
const CHANNELS: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 36, 40, 44, 48];
/// Number of the last channel in the 2.4 GHz band.
pub const LAST_OF_2_4_GHZ: u8 = 13;

/// Whether the database has a country; `code` is in capitals.
pub fn known(code: &str) -> bool {
    code.len() == 2 && KNOWN.split(' ').any(|known| known == code)
}

/// Checks that an access point may use a channel in a country; without a country only channels up to 11 are allowed.
///
/// # Errors
/// The reason, with the allowed channels.
pub fn channel(channel: i64, country: Option<&str>) -> Result<u8, Mistake> {
    let found = CHANNELS.iter().copied().find(|known| i64::from(*known) == channel);
    let found = found.ok_or_else(|| {
        let what = "choose 1, 6 or 11 (reaches far), or 36, 40, 44 or 48 (much room, not far)";
        Mistake::new(MistakeKind::Channel, what)
    })?;
    let not_in = |country: &str| {
        let what = format!("channel {found} is not allowed in {country}; choose 1, 6 or 11");
        Mistake::new(MistakeKind::ChannelNot, what).with(found).and(country)
    };
    match country {
        None if found > 11 => {
            let what = format!("channel {found} needs the country; without it, choose 1, 6 or 11");
            Err(Mistake::new(MistakeKind::ChannelCountry, what).with(found))
        }
        Some(country) if (12..=LAST_OF_2_4_GHZ).contains(&found) && TO_ELEVEN.contains(&country) => {
            Err(not_in(country))
        }
        Some(country) if found > LAST_OF_2_4_GHZ && NOT_5_GHZ.contains(&country) => Err(not_in(country)),
        _ => Ok(found),
    }
}

/// Maximum width in MHz of a channel at 5 GHz that [`channel`] allows in a country.
pub fn width(country: Option<&str>) -> u32 {
    let narrow = NARROW.iter().find(|(narrow, _)| country == Some(*narrow));
    narrow.map_or(80, |(_, width)| *width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_two_capitals_that_are_in_the_table() {
        assert!(known("DE") && known("US") && known("JP"));
        for wrong in ["", "D", "de", "ZZ", "00", " D", "DE AT", "D\n"] {
            assert!(!known(wrong), "{wrong:?}");
        }
        assert!(TO_ELEVEN.iter().chain(NOT_5_GHZ).all(|country| known(country)));
    }

    #[test]
    fn a_channel_needs_a_country_that_allows_it() {
        assert_eq!(channel(11, None), Ok(11));
        assert_eq!(channel(36, Some("DE")), Ok(36));
        assert_eq!(channel(13, Some("DE")), Ok(13));
        for (wrong, country) in [
            (36, None),
            (12, None),
            (13, Some("US")),
            (36, Some("BO")),
            (52, Some("DE")),
            (0, None),
            (-1, None),
            (300, Some("DE")),
        ] {
            assert!(channel(wrong, country).is_err(), "{wrong} {country:?}");
        }
    }
}
