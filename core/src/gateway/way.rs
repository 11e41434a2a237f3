//! What the steps after the plan have in common: the request, as it is known by then.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use super::Gateway;
use super::peek::Peek;
use super::plan::Aim;
use crate::config::Settings;
use crate::dialect::Dialect;
use crate::host::Host;
use crate::provider::Operation;
use crate::store::{RequestId, Store};

/// A request on its way to its targets.
pub(crate) struct Way<'a, H: Host, S: Store> {
    pub(crate) id: RequestId,
    pub(crate) gateway: &'a Gateway<H, S>,
    pub(crate) settings: &'a Settings,
    pub(crate) dialect: Dialect,
    pub(crate) operation: Operation,
    /// The model's name as the caller asked for it.
    pub(crate) name: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: Option<&'a str>,
    pub(crate) body: Bytes,
    pub(crate) peek: Peek,
    /// A stream is asked for.
    pub(crate) stream: bool,
    /// The stream is one JSON array.
    pub(crate) array: bool,
    /// What cannot be said exactly is refused, not adjusted.
    pub(crate) strict: bool,
    /// The moment of the host's clock by which the request must have ended.
    pub(crate) deadline: Duration,
}

impl<H: Host, S: Store> Way<'_, H, S> {
    /// Whether the target takes the caller's bytes, and answers with such: otherwise both are translated.
    pub(crate) fn relays(&self, aim: &Aim<'_>) -> bool {
        let own = match self.operation {
            Operation::Embeddings => aim.provider.embeds(aim.dialect).is_none(),
            _ => aim.provider.kind.quirks.run.is_none(),
        };
        aim.dialect == self.dialect && own
    }

    /// Whether the target is asked for the usage of a chat stream.
    pub(crate) fn asks_for_usage(&self, aim: &Aim<'_>) -> bool {
        self.operation == Operation::ChatCompletions && self.stream && aim.provider.include_usage
    }
}
