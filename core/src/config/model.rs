//! What a configuration says of a provider's model.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::Table;

/// `[providers.NAME.models."MODEL"]`: what is known of a model there. It comes before the built-in table.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFactsConfig {
    /// The most tokens of a prompt.
    pub context: Option<u64>,
    /// The most tokens of an answer.
    pub max_output: Option<u64>,
    /// What it costs, in US dollars: `input`, `output`, `cache_read`, `cache_write`, `cache_write_1h`, `audio_input`,
    /// `audio_output` and `audio_read` a million tokens, `search` a search. What is not named has no known price.
    pub price: Option<Table<Dollars>>,
}

/// US dollars as they are written, in micro-dollars: what is less is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dollars(pub u64);

/// What would be rounded to nothing.
const LEAST: f64 = 0.000_000_5;
/// More than anybody asks for a million tokens.
const MOST: f64 = 1_000_000.0;

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Dollars;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("US dollars, a number from 0 to 1000000 such as 1.25")
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Dollars, E> {
                let is_lost = number > 0.0 && number < LEAST;
                if !(0.0..=MOST).contains(&number) || is_lost {
                    return Err(E::custom("a price is US dollars, a number from 0 to 1000000 such as 1.25"));
                }
                // Next to a decimal of so many places lies no other: it is exact.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and 1e12")]
                Ok(Dollars((number * 1e6).round() as u64))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Dollars, E> {
                #[expect(clippy::cast_precision_loss, reason = "what is so large is refused")]
                self.visit_f64(number as f64)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Dollars, E> {
                #[expect(clippy::cast_precision_loss, reason = "what is so large is refused")]
                self.visit_f64(number as f64)
            }
        }

        reader.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Option<u64> {
        serde_json::from_str::<Dollars>(json).ok().map(|dollars| dollars.0)
    }

    #[test]
    fn prices_are_read_exactly() {
        for (json, micro) in [
            ("0", Some(0)),
            ("1.25", Some(1_250_000)),
            ("0.0028", Some(2_800)),
            ("7.5e-2", Some(75_000)),
            ("1000000", Some(1_000_000_000_000)),
            ("0.000001", Some(1)),
            // Not nothing: a cost of 0 is said of what is free.
            ("0.0000004", None),
            ("-1", None),
            ("-0.5", None),
            ("1000001", None),
            ("1e300", None),
            ("\"1\"", None),
            ("null", None),
        ] {
            assert_eq!(read(json), micro, "{json}");
        }
        for wild in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let reader = serde::de::value::F64Deserializer::<serde::de::value::Error>::new(wild);
            assert!(Dollars::deserialize(reader).is_err());
        }
    }

    proptest! {
        #[test]
        fn no_decimal_drifts(whole in 0_u64..1_000_000, part in 0_u64..1_000_000) {
            prop_assert_eq!(read(&format!("{whole}.{part:06}")), Some(whole * 1_000_000 + part));
        }
    }
}
