//! Formats and parses times in UTC, because a box without a network knows no other time zone. Nothing grows.

const DAY_MS: u64 = 86_400_000;
/// Number of days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;

/// Formats milliseconds since 1970 as `2026-11-24T13:02:03Z`.
pub fn text(ms: u64) -> String {
    let days = i64::try_from(ms / DAY_MS).unwrap_or(0);
    let (year, month, day) = civil(days);
    let second = ms % DAY_MS / 1000;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Parses `2026-11-24`, `2026-11-24T20:00` or `2026-11-24 20:00:05`, each with or without a Z, into milliseconds since 1970.
///
/// # Errors
/// The text has another form, or names a day or time that does not exist.
pub fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?}: expected a time in UTC as in 2026-11-24 or 2026-11-24T20:00");
    let plain = text.trim().trim_end_matches('Z');
    let (date, time) = plain.split_once(['T', ' ']).unwrap_or((plain, "0:0"));
    let numbers = |text: &str, by: char| -> Option<Vec<u32>> { text.split(by).map(|part| part.parse().ok()).collect() };
    let date = numbers(date, '-').ok_or_else(wrong)?;
    let time = numbers(time, ':').ok_or_else(wrong)?;
    let [year, month, day] = date[..] else {
        return Err(wrong());
    };
    let (hour, minute, second) = match time[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return Err(wrong()),
    };
    let days = days(year.into(), month, day);
    let sound = (1970..=9999).contains(&year) && civil(days) == (year.into(), month, day);
    if !sound || hour > 23 || minute > 59 || second > 59 {
        return Err(wrong());
    }
    let seconds = u64::from(hour * 3600 + minute * 60 + second);
    Ok(days.cast_unsigned() * DAY_MS + seconds * 1000)
}

/// Converts days since 1970-01-01 to year, month and day in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`).
fn civil(days: i64) -> (i64, u32, u32) {
    let z = days + EPOCH_DAYS;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1).unsigned_abs();
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let small = |number: u64| u32::try_from(number).unwrap_or(0);
    (year, small(month.unsigned_abs()), small(day))
}

/// Converts a date to days since 1970-01-01 (`days_from_civil`).
fn days(year: i64, month: u32, day: u32) -> i64 {
    let (month, day) = (i64::from(month), i64::from(day));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - EPOCH_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_round_trip() {
        for (text_form, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799_000),
            ("2026-11-24T13:02:03Z", 1_795_525_323_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000),
        ] {
            assert_eq!(text(ms), text_form);
            assert_eq!(parse(text_form), Ok(ms));
        }
        assert_eq!(parse("2026-11-24"), parse("2026-11-24T00:00"));
        assert_eq!(parse("2026-11-24 20:15"), parse("2026-11-24T20:15:00Z"));
        for bad in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-13-01",
            "2026-11-24T24:00",
            "2026-11-24T1",
            "1969-12-31",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
