//! The one usage algebra: what every dialect's usage object is read into.

/// Tokens of one request. The first four terms are disjoint: the prompt is `input + cache_read + cache_write`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Prompt tokens neither read from nor written to a cache.
    pub input: u64,
    /// Prompt tokens read from the provider's cache.
    pub cache_read: u64,
    /// Prompt tokens written to the provider's cache.
    pub cache_write: u64,
    /// Everything billed as output, reasoning included.
    pub output: u64,
    /// The part of the output that was reasoning; `None` where the upstream does not say.
    pub reasoning: Option<u64>,
    /// Whether anything was reported at all.
    pub known: bool,
    /// Whether this is the final figure; `false` where the answer was cut before it.
    pub complete: bool,
}

/// A token count in an upstream's JSON. Servers write some as `null` and some as `10.0`; neither may cost the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count(pub Option<u64>);

impl Count {
    /// The count, or 0 where none is given.
    pub fn or_zero(self) -> u64 {
        self.0.unwrap_or(0)
    }
}

impl<'de> serde::Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Count;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a count")
            }

            fn visit_u64<E>(self, count: u64) -> Result<Count, E> {
                Ok(Count(Some(count)))
            }

            fn visit_i64<E>(self, count: i64) -> Result<Count, E> {
                Ok(Count(u64::try_from(count).ok()))
            }

            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
            fn visit_f64<E>(self, count: f64) -> Result<Count, E> {
                Ok(Count((count >= 0.0).then_some(count as u64)))
            }

            fn visit_unit<E>(self) -> Result<Count, E> {
                Ok(Count(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Count, E> {
                Ok(Count(None))
            }

            fn visit_str<E>(self, _: &str) -> Result<Count, E> {
                Ok(Count(None))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Count, A::Error> {
                while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(Count(None))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
                while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
                Ok(Count(None))
            }
        }
        reader.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_takes_what_servers_write() {
        let count = |text: &str| serde_json::from_str::<Count>(text).ok();
        assert_eq!(count("7"), Some(Count(Some(7))));
        assert_eq!(count("7.0"), Some(Count(Some(7))));
        for text in ["null", "-1", "\"7\"", "[1,{}]", "{\"a\":[]}", "true"] {
            assert_eq!(count(text), Some(Count(None)), "{text}");
        }
    }
}
