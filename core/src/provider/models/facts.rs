//! What is known of a provider's model: by configuration first, else by the table.

use super::find::find;
use crate::provider::Provider;
use crate::usage::Prices;

/// What is known of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelFacts {
    /// The most tokens of a prompt.
    pub context: Option<u64>,
    /// The most tokens of an answer.
    pub max_output: Option<u64>,
    /// What it costs, as it is served by default.
    pub prices: Option<Prices>,
}

impl Provider {
    /// The limits of a model: those that are configured, and what the table says of the others.
    pub fn limits(&self, model: &str) -> ModelFacts {
        let told = self.models.get(model).copied().unwrap_or_default();
        let row = find(self.kind.name, model).map(|found| found.row);
        ModelFacts {
            context: told.context.or_else(|| row?.context()),
            max_output: told.max_output.or_else(|| row?.max_output()),
            ..told
        }
    }

    /// The most tokens of a model's answer that it can be asked for.
    pub(crate) fn max_output(&self, model: &str, of_family: Option<u64>) -> Option<u64> {
        let told = self.models.get(model).and_then(|told| told.max_output);
        told.or(of_family).or_else(|| {
            let limits = self.limits(model);
            // As much as the context is no limit of its own: with a prompt it would be too much.
            limits.max_output.filter(|most| limits.context.is_some_and(|context| *most < context))
        })
    }
}
