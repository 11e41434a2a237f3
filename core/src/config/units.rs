//! Durations and sizes as people write them.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::wire::decimal::decimal;

/// A duration: `"500ms"`, `"5s"`, `"2m"`, `"1h"`, or a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

/// A number of bytes: `"32MiB"`, `"64KiB"`, `"1GiB"`, `"10MB"`, or a plain number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub u64);

const DURATIONS: &[(&str, f64)] = &[("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
const SIZES: &[(&str, f64)] = &[
    ("GiB", 1_073_741_824.0),
    ("MiB", 1_048_576.0),
    ("KiB", 1024.0),
    ("GB", 1e9),
    ("MB", 1e6),
    ("KB", 1e3),
    ("B", 1.0),
];

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let seconds = reader.deserialize_any(Number {
            expecting: "a duration such as \"500ms\", \"5s\" or \"2m\", or a number of seconds",
            units: DURATIONS,
        })?;
        Duration::try_from_secs_f64(seconds).map(Span).map_err(|_| Error::custom("the duration is too long"))
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let bytes = reader.deserialize_any(Number {
            expecting: "a size such as \"32MiB\" or \"64KiB\", or a number of bytes",
            units: SIZES,
        })?;
        if bytes > 1e15 {
            return Err(Error::custom("the size is too large"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and 1e15")]
        Ok(ByteSize(bytes as u64))
    }
}

/// A non-negative number, or a text of one with a unit behind it.
struct Number {
    expecting: &'static str,
    units: &'static [(&'static str, f64)],
}

impl Number {
    fn parse(&self, text: &str) -> Option<f64> {
        let text = text.trim();
        let (digits, factor) = self
            .units
            .iter()
            .find_map(|(unit, factor)| text.strip_suffix(unit).map(|digits| (digits.trim_end(), *factor)))?;
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let value = plain.then(|| decimal(digits)).flatten()?;
        Some(value * factor)
    }
}

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        self.parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
        #[expect(clippy::cast_precision_loss, reason = "nobody writes 2^53 seconds or bytes")]
        Ok(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::invalid_value(serde::de::Unexpected::Signed(number), &self)),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        if number.is_finite() && number >= 0.0 {
            return Ok(number);
        }
        Err(E::invalid_value(serde::de::Unexpected::Float(number), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Option<Duration> {
        serde_json::from_str::<Span>(text).ok().map(|span| span.0)
    }

    fn size(text: &str) -> Option<u64> {
        serde_json::from_str::<ByteSize>(text).ok().map(|size| size.0)
    }

    #[test]
    fn reads_durations() {
        assert_eq!(span("\"500ms\""), Some(Duration::from_millis(500)));
        assert_eq!(span("\"5s\""), Some(Duration::from_secs(5)));
        assert_eq!(span("\"1.5 m\""), Some(Duration::from_secs(90)));
        assert_eq!(span("\"1h\""), Some(Duration::from_secs(3600)));
        assert_eq!(span("7"), Some(Duration::from_secs(7)));
        assert_eq!(span("0.25"), Some(Duration::from_millis(250)));
    }

    #[test]
    fn reads_sizes() {
        assert_eq!(size("\"32MiB\""), Some(32 << 20));
        assert_eq!(size("\"64 KiB\""), Some(64 << 10));
        assert_eq!(size("\"10MB\""), Some(10_000_000));
        assert_eq!(size("\"12B\""), Some(12));
        assert_eq!(size("1024"), Some(1024));
    }

    #[test]
    fn refuses_what_is_neither() {
        for text in ["\"5\"", "\"s\"", "\"-5s\"", "\"5 days\"", "-1", "\"1e3s\"", "true", "1e300"] {
            assert_eq!(span(text), None, "{text}");
        }
        for text in ["\"5\"", "\"MiB\"", "\"-5MiB\"", "\"5 TB\"", "-1", "1e300"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
