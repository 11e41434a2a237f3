//! What is known of a provider's models by configuration.

use super::{Resolver, Table};
use crate::config::{Dollars, ModelFactsConfig, nearest};
use crate::provider::ModelFacts;
use crate::usage::{Prices, Term};

/// Prices by the names that they are configured by.
const TERMS: [(&str, Term); 9] = [
    ("input", Term::Input),
    ("output", Term::Output),
    ("cache_read", Term::CacheRead),
    ("cache_write", Term::CacheWrite),
    ("cache_write_1h", Term::CacheWriteLong),
    ("audio_input", Term::AudioInput),
    ("audio_output", Term::AudioOutput),
    ("audio_read", Term::AudioRead),
    ("search", Term::Search),
];

impl Resolver<'_> {
    pub(super) fn model_facts(&mut self, provider: &str, written: &Table<ModelFactsConfig>) -> Table<ModelFacts> {
        let mut models = Table::default();
        for (id, written) in written.iter() {
            let path = format!("providers.{provider}.models.{id}");
            if id.is_empty() || id.len() > 256 {
                self.problems.add(&*path, "a model's id has 1 to 256 bytes");
            }
            for (field, tokens) in [("context", written.context), ("max_output", written.max_output)] {
                if tokens.is_some_and(|tokens| !(1..=1_000_000_000).contains(&tokens)) {
                    self.problems.add(format!("{path}.{field}"), "tokens: write a number from 1 to 1000000000");
                }
            }
            let prices = written.price.as_ref().map(|price| self.prices(&path, price));
            let facts = ModelFacts { context: written.context, max_output: written.max_output, prices };
            models.insert(id.to_owned(), facts);
        }
        models
    }

    fn prices(&mut self, path: &str, written: &Table<Dollars>) -> Prices {
        let mut prices = Prices::default();
        for (name, dollars) in written.iter() {
            match TERMS.iter().find(|(known, _)| *known == name) {
                Some((_, term)) => prices.set(*term, Some(dollars.0)),
                None => {
                    let known = TERMS.map(|(known, _)| known);
                    let meant = nearest(name, &known).map(|meant| format!("did you mean \"{meant}\"? "));
                    let message = format!("{}there are {}", meant.unwrap_or_default(), known.join(", "));
                    self.problems.add(format!("{path}.price.{name}"), message);
                }
            }
        }
        prices
    }
}
