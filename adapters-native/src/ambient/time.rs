//! Points in time, as they are written.

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The time since the Unix epoch of a date and time in the format of RFC 3339, section 5.6, without the parts of a second.
/// `None` if it is none, or before 1970.
pub(super) fn since_epoch(text: &str) -> Option<Duration> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let (time, zone) = rest.split_at(rest.find(['Z', 'z', '+', '-'])?);
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let in_range = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    // 60 is a leap second.
    if !in_range || hour > 23 || minute > 59 || second > 60 || !is_number(fraction) {
        return None;
    }
    let local = days(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second;
    let seconds = match zone {
        "Z" | "z" => Some(local),
        _ => {
            let (east, offset) = (zone.starts_with('+'), zone.get(1..)?);
            let [hours, minutes] = numbers(offset, ':', [2, 2])?;
            let offset = hours * HOUR + minutes * MINUTE;
            if east { local.checked_sub(offset) } else { local.checked_add(offset) }
        }
    };
    seconds.map(Duration::from_secs)
}

/// The numbers between the separators, each of so many digits.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[u64; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (place, digits) in found.iter_mut().zip(digits) {
        *place = parts.next().filter(|part| part.len() == digits && is_number(part))?.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The days from 1970-01-01 to that day. A year is counted from March, so that the leap day is its last: then the days
/// before a month follow one line of arithmetic (E. G. Richards, Explanatory Supplement to the Astronomical Almanac, 15.11).
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_years = 365 * year + year / 4 - year / 100 + year / 400;
    let of_months = (153 * month + 2) / 5;
    // 719468 of these days lie before 1970.
    of_years + of_months + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        since_epoch(text).map(|time| time.as_secs())
    }

    #[test]
    fn reads_what_services_write() {
        // Figures by `date -u -d … +%s`.
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2017-05-17T15:09:54Z"), Some(1_495_033_794));
        assert_eq!(seconds("2016-02-25T06:03:31Z"), Some(1_456_380_211));
        assert_eq!(seconds("2000-02-29T23:59:59Z"), Some(951_868_799));
        assert_eq!(seconds("2026-12-31T23:59:60Z"), Some(1_798_761_600));
        assert_eq!(seconds("2100-03-01T00:00:00z"), Some(4_107_542_400));
        assert_eq!(seconds("2026-11-20t12:34:56.789+02:00"), Some(1_795_170_896));
        assert_eq!(seconds("2026-11-20T08:34:56-02:00"), Some(1_795_170_896));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "2017-05-17",
            "2017-05-17T15:09:54",
            "2017-05-17 15:09:54Z",
            "2017-13-17T15:09:54Z",
            "2017-00-17T15:09:54Z",
            "2017-05-32T15:09:54Z",
            "2017-05-17T24:09:54Z",
            "2017-05-17T15:60:54Z",
            "2017-05-17T15:09:54Zulu",
            "2017-05-17T15:09Z",
            "2017-05-17T15:09:54.Z",
            "2017-05-17T15:09:54+0200",
            "17-05-17T15:09:54Z",
            "+017-05-17T15:09:54Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "é2017-05-17T15:09:54Z",
            "2017-05-17T15:09:54+é",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
