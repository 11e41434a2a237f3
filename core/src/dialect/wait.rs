//! How long an upstream asks to wait before another try (translation.md 5.3).
//!
//! Moments are counted from the answer's own `date`: the upstream's clock is the one that its limits run by, and the
//! core has none.

use std::time::Duration;

use http::HeaderMap;

use crate::wire::decimal::decimal;

/// Longer than this is no time to wait, but a mistake.
const MAX: f64 = 366.0 * 86_400.0;

/// What `retry-after-ms` and `retry-after` ask for.
pub fn asked(headers: &HeaderMap) -> Option<Duration> {
    let milliseconds = text(headers, "retry-after-ms").and_then(decimal);
    milliseconds.and_then(|told| seconds(told / 1_000.0)).or_else(|| {
        let told = text(headers, "retry-after")?;
        decimal(told).and_then(seconds).or_else(|| until(headers, told))
    })
}

/// When the limits come back that are used up: OpenAI's `x-ratelimit-reset-*`, OpenRouter's `x-ratelimit-reset`,
/// Anthropic's `anthropic-ratelimit-*-reset`. A limit of which something is left is not what is waited for.
pub fn exhausted(headers: &HeaderMap) -> Option<Duration> {
    let mut longest = None;
    for (name, value) in headers {
        let name = name.as_str();
        let remaining = if let Some(limit) = name.strip_prefix("x-ratelimit-reset") {
            ["x-ratelimit-remaining", limit].concat()
        } else if let Some(limit) = name.strip_prefix("anthropic-ratelimit-").and_then(|it| it.strip_suffix("-reset")) {
            ["anthropic-ratelimit-", limit, "-remaining"].concat()
        } else {
            continue;
        };
        if text(headers, &remaining) == Some("0")
            && let Some(told) = value.to_str().ok().map(str::trim)
        {
            longest = longest.max(until(headers, told).or_else(|| duration(told)));
        }
    }
    longest
}

/// What an error's message asks for: `Please try again in 1.5s`, `retry in 34.07s`, `retry after 20 seconds`.
pub fn in_words(message: &str) -> Option<Duration> {
    let message = message.to_ascii_lowercase();
    ["try again in ", "retry in ", "retry after ", "try again after "].into_iter().find_map(|phrase| {
        let (_, told) = message.split_once(phrase)?;
        duration(told)
    })
}

/// What `x-should-retry` says.
pub fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match text(headers, "x-should-retry")? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The whole seconds of `retry-after`: rounded up, since a client that comes too early is refused again.
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// A span as people write one, at the beginning of a text: `34s`, `6m0s`, `1h2m3.5s`, `120ms`, `20 seconds`; seconds if no
/// unit is told.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim_start();
    let mut total = None;
    while rest.starts_with(|char: char| char.is_ascii_digit()) {
        let (number, after) = split(rest, |char| char.is_ascii_digit() || char == '.');
        let (unit, after) = split(after.trim_start_matches(' '), char::is_alphabetic);
        let scale = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" | "milliseconds" => 1e-3,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3_600.0,
            "d" | "day" | "days" => 86_400.0,
            _ if total.is_none() => 1.0,
            _ => break,
        };
        let number = decimal(number)?;
        total = Some(total.unwrap_or(0.0) + number * scale);
        rest = after;
    }
    total.and_then(seconds)
}

fn split(text: &str, of: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|char| !of(char)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn seconds(told: f64) -> Option<Duration> {
    (0.0..=MAX).contains(&told).then(|| Duration::from_secs_f64(told))
}

/// What time it was at who answered, since the Unix epoch: its `date`.
pub(crate) fn time_there(headers: &HeaderMap) -> Option<Duration> {
    http_date(text(headers, "date")?).and_then(|moment| Duration::try_from_secs_f64(moment).ok())
}

/// From the answer's `date` to a moment; none if it is past.
fn until(headers: &HeaderMap, moment: &str) -> Option<Duration> {
    let now = http_date(text(headers, "date")?)?;
    seconds((self::moment(moment)? - now).max(0.0))
}

/// A moment in seconds since the Unix epoch: an HTTP date, RFC 3339, or a count of seconds or milliseconds.
fn moment(text: &str) -> Option<f64> {
    if let Some(count) = decimal(text) {
        // A count this small is a span.
        return (count > 1e9).then(|| if count > 1e12 { count / 1_000.0 } else { count });
    }
    http_date(text).or_else(|| rfc3339(text))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`: the one form that is written (RFC 9110 section 5.6.7).
fn http_date(text: &str) -> Option<f64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.strip_suffix(" GMT")?.split(' ');
    let day = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)?;
    let year = words.next()?.parse().ok()?;
    Some(days(year, i64::try_from(month).ok()? + 1, day)? + clock(words.next()?)?)
}

/// `2026-11-29T18:00:00.5Z`, or with an offset.
fn rfc3339(text: &str) -> Option<f64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut numbers = date.split('-').map(str::parse::<i64>);
    let (year, month, day) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    let at = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at_checked(at)?;
    let offset = match zone.split_at_checked(1)? {
        ("+", zone) => clock(zone)?,
        ("-", zone) => -clock(zone)?,
        _ => 0.0,
    };
    Some(days(year, month, day)? + clock(time)? - offset)
}

/// `08:49:37` or `08:49` in seconds.
fn clock(text: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut scale = 3_600.0;
    for part in text.split(':') {
        total += decimal(part).filter(|part| (0.0..=60.0).contains(part))? * scale;
        scale /= 60.0;
    }
    Some(total)
}

/// The seconds from the Unix epoch to a day's beginning. <https://howardhinnant.github.io/date_algorithms.html>,
/// `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> Option<f64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year / 400;
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    i32::try_from(days).ok().map(|days| f64::from(days) * 86_400.0)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(told: &[(&'static str, &'static str)]) -> HeaderMap {
        told.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, expected) in [
            ("34s", Some(34.0)),
            ("34.074824224s", Some(34.074_824_224)),
            ("6m0s", Some(360.0)),
            ("1h2m3.5s.", Some(3_723.5)),
            ("120ms", Some(0.12)),
            ("20 seconds and more", Some(20.0)),
            ("7", Some(7.0)),
            ("2 minutes. 5 things", Some(120.0)),
            ("soon", None),
            ("", None),
            ("99999999999s", None),
        ] {
            assert_eq!(duration(text), expected.map(Duration::from_secs_f64), "{text}");
        }
    }

    #[test]
    fn headers_are_asked_in_order() {
        let date = ("date", "Sun, 29 Nov 2026 18:00:00 GMT");
        for (told, expected) in [
            (vec![("retry-after-ms", "1500"), ("retry-after", "9")], Some(1.5)),
            (vec![("retry-after-ms", "x"), ("retry-after", "2.5")], Some(2.5)),
            (vec![date, ("retry-after", "Sun, 29 Nov 2026 18:01:30 GMT")], Some(90.0)),
            (vec![date, ("retry-after", "Sun, 29 Nov 2026 17:00:00 GMT")], Some(0.0)),
            (vec![("retry-after", "Sun, 29 Nov 2026 18:01:30 GMT")], None),
            (vec![("retry-after", "-1")], None),
            (vec![("retry-after", "inf")], None),
        ] {
            assert_eq!(asked(&headers(&told)), expected.map(Duration::from_secs_f64), "{told:?}");
        }
    }

    #[test]
    fn the_limit_that_is_used_up_is_waited_for() {
        let openai = headers(&[
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "8.64s"),
            ("x-ratelimit-remaining-tokens", "12"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ]);
        assert_eq!(exhausted(&openai), Some(Duration::from_millis(8_640)));
        let anthropic = headers(&[
            ("date", "Sun, 29 Nov 2026 18:00:00 GMT"),
            ("anthropic-ratelimit-input-tokens-remaining", "0"),
            ("anthropic-ratelimit-input-tokens-reset", "2026-11-29T18:00:42Z"),
            ("anthropic-ratelimit-output-tokens-remaining", "0"),
            ("anthropic-ratelimit-output-tokens-reset", "2026-11-29T20:00:12.5+02:00"),
        ]);
        assert_eq!(exhausted(&anthropic), Some(Duration::from_secs(42)));
        let openrouter = headers(&[
            ("date", "Sun, 29 Nov 2026 18:00:00 GMT"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795975260000"),
        ]);
        assert_eq!(exhausted(&openrouter), Some(Duration::from_secs(60)));
        assert_eq!(exhausted(&headers(&[("x-ratelimit-remaining-tokens", "0")])), None);
    }

    #[test]
    fn words_are_read() {
        let openai =
            "Rate limit reached for gpt-5 on tokens per min (TPM): Limit 1, Used 1. Please try again in 1m12.5s. Visit";
        assert_eq!(in_words(openai), Some(Duration::from_millis(72_500)));
        let gemini = "You exceeded your current quota.\nPlease retry in 34.5s.";
        assert_eq!(in_words(gemini), Some(Duration::from_millis(34_500)));
        assert_eq!(in_words("try again in a while"), None);
    }

    #[test]
    fn seconds_are_rounded_up() {
        for (milliseconds, seconds) in [(0, 0), (1, 1), (1_000, 1), (1_001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(milliseconds)), seconds);
        }
    }

    #[test]
    fn days_are_counted_from_the_epoch() {
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0.0));
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777.0));
        assert_eq!(rfc3339("2024-02-29T12:00:00Z"), Some(1_709_208_000.0));
        assert_eq!(rfc3339("2024-02-29"), None);
        assert_eq!(http_date("Sunday, 06-Nov-94 08:49:37 GMT"), None);
    }
}
