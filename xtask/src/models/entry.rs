//! One entry of the public data.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// A model at a provider, as the data have it.
pub(super) struct Entry {
    /// Its key: a provider's prefix in most cases, and the model's id.
    pub(super) key: String,
    /// The provider, in the data's own word.
    pub(super) provider: String,
    fields: Map<String, Value>,
}

/// Micro-dollars, of a million tokens or of a piece.
pub(super) type Price = Option<u64>;

/// The prices of text: input, output, read from a cache, written to it, written for long.
pub(super) type Text = [Price; 5];

impl Entry {
    /// All entries that name a provider.
    pub(super) fn read(text: &str) -> Result<Vec<Self>> {
        let all: BTreeMap<String, Map<String, Value>> = serde_json::from_str(text).context("the data are not JSON")?;
        let entries = all.into_iter().filter_map(|(key, fields)| {
            let provider = fields.get("litellm_provider")?.as_str()?.to_owned();
            (key != "sample_spec").then_some(Entry { key, provider, fields })
        });
        Ok(entries.collect())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    pub(super) fn count(&self, name: &str) -> Option<u64> {
        let number = self.fields.get(name)?;
        number.as_u64().or_else(|| Some(number.as_f64()? as u64)).filter(|count| *count > 0)
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.fields.get(name)?.as_f64()
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.fields.get(name).and_then(Value::as_bool) == Some(true)
    }

    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// Dollars a token, as micro-dollars a million.
    pub(super) fn token_price(&self, name: &str) -> Price {
        micro(self.number(name)? * 1e12)
    }

    /// The prices of text under a condition: the end of the fields' names.
    pub(super) fn text_prices(&self, condition: &str) -> Text {
        let price = |name: &str| self.token_price(&format!("{name}{condition}"));
        [
            price("input_cost_per_token"),
            price("output_cost_per_token"),
            price("cache_read_input_token_cost"),
            price("cache_creation_input_token_cost"),
            price("cache_creation_input_token_cost_above_1hr")
                .or_else(|| price("cache_creation_input_token_cost_above_12hr")),
        ]
    }

    /// Thousands of tokens above which a prompt has other prices, in order.
    pub(super) fn thresholds(&self) -> Vec<u64> {
        let mut found: Vec<u64> = self
            .names()
            .filter_map(|name| name.strip_prefix("input_cost_per_token_above_")?.strip_suffix("k_tokens")?.parse().ok())
            .collect();
        found.sort_unstable();
        found
    }

    /// The price of a search, if it does not go by how much of each page is read.
    pub(super) fn search_price(&self) -> Price {
        let sizes = self.field("search_context_cost_per_query")?.as_object()?;
        let mut prices = sizes.values().map(Value::as_f64);
        let first = prices.next()??;
        prices.all(|price| price == Some(first)).then(|| micro(first * 1e6))?
    }

    /// Whether it is a model that the gateway can ask for something, and had not been shut down by that day.
    pub(super) fn is_live(&self, date: &str) -> bool {
        self.is_served() && self.text("deprecation_date").is_none_or(|end| end >= date)
    }

    /// Whether it is a model that the gateway can ask for something.
    pub(super) fn is_served(&self) -> bool {
        matches!(self.text("mode"), Some("chat" | "embedding" | "responses"))
    }
}

/// The whole number next to it: what is written as a decimal of that many places is exact.
fn micro(value: f64) -> Price {
    (value.is_finite() && (0.0..1e15).contains(&value)).then_some(value.round() as u64)
}
