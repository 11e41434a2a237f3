//! Providers as data: where they are, how they are called, what they speak. Nothing else knows a provider's name.

pub mod aws;
mod base_url;
mod credential;
mod door;
mod egress;
pub mod exchange;
mod kinds;
pub mod list;
pub mod mock;
pub mod rule;

pub mod models;
mod rows;

use http::header::{HeaderName, HeaderValue};
use http::uri::{Authority, Scheme};

pub use base_url::{BINDING, BaseUrl};
pub use credential::{Credential, Granted, Proof};
pub use door::{Door, Doors, Doorway, Entrance, Entrances};
pub(crate) use door::{behind, fill};
pub use egress::{Call, GeminiMethod, GeminiVersion, Operation, Seal, request, request_list, signs};
pub use kinds::{Auth, Dated, Field, FieldRow, Kind, OnAbort, Speaks};

pub use models::{ModelFacts, owner};
pub(crate) use rows::is_named;
pub use rows::{ModelRow, Sampling, Thinking, row};

use crate::config::Table;
use crate::dialect::canonical::Vendor;
use crate::dialect::embeddings::Shape;
use crate::dialect::{Dialect, DialectSet};

/// A configured provider.
#[derive(Debug)]
pub struct Provider {
    /// Its name in the configuration.
    pub name: Box<str>,
    /// Its row in the provider table.
    pub kind: &'static Kind,
    /// Where it is; `None` for the mock, which is nowhere.
    pub base_url: Option<BaseUrl>,
    /// Where each thing is asked of it.
    pub entrances: Entrances,
    /// The same for the models that have doors of their own, by their places in [`Kind::speaks`].
    pub apart: Vec<(usize, Entrances)>,
    /// Its credentials; empty where it takes none.
    pub credentials: Vec<Credential>,
    /// The dialects it is called in, unless a model's are others.
    pub dialects: DialectSet,
    /// Whether the configuration names the dialects: then they are every model's.
    pub told_dialects: bool,
    /// The region that requests are signed for; empty where there is none.
    pub region: Box<str>,
    /// Headers that every request has.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What the configuration changes of every body, after the kind's own rules.
    pub rules: Vec<rule::Rule>,
    /// What the configuration says of its models.
    pub models: Table<ModelFacts>,
    /// What tells its account from others in what only its vendor can read back: a short hash of its name.
    pub account: Box<str>,
    /// Whether HTTP/2 is spoken to it.
    pub http2: bool,
    /// Whether chat streams are asked for their usage.
    pub include_usage: bool,
    /// Whether a stream is read on for its usage after its client has gone.
    pub drains: bool,
}

/// Where a configured model name leads.
#[derive(Debug)]
pub struct Route {
    /// The weighted targets; one is chosen for each caller.
    pub targets: Vec<Target>,
    /// What is tried after it, in order.
    pub fallbacks: Vec<Target>,
}

/// A model at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The provider's place in [`Settings::providers`](crate::config::Settings::providers).
    pub provider: usize,
    /// The model's name there.
    pub model: Box<str>,
    /// The share of callers.
    pub weight: u32,
}

/// The part of a URL that a credential is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `http` or `https`, or [`BINDING`].
    pub scheme: Scheme,
    /// Host and port.
    pub authority: Authority,
}

/// A short hash of a provider's name. It must never change: reasoning that clients hold would not go back.
pub(crate) fn account(name: &str) -> Box<str> {
    use std::fmt::Write;

    use sha2::{Digest, Sha256};

    let hash = Sha256::digest(name.as_bytes());
    let mut text = String::with_capacity(8);
    for byte in hash.iter().take(4) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.into()
}

impl Provider {
    /// The dialects that the model is called in.
    pub fn dialects(&self, model: &str) -> DialectSet {
        if self.told_dialects || self.kind.speaks.is_empty() {
            return self.dialects;
        }
        let named = self.kind.speaks_at(model).and_then(|place| self.kind.speaks.get(place));
        named.map_or(self.dialects, |speaks| speaks.dialects)
    }

    /// Where each thing is asked of the model.
    pub fn entrances(&self, model: &str) -> &Entrances {
        let place = if self.apart.is_empty() { None } else { self.kind.speaks_at(model) };
        let apart = place.and_then(|place| self.apart.iter().find(|(known, _)| *known == place));
        apart.map_or(&self.entrances, |(_, entrances)| entrances)
    }

    /// Every dialect that one of its models is called in.
    pub fn all_dialects(&self) -> DialectSet {
        let several = if self.told_dialects { &[] } else { self.kind.speaks };
        several.iter().fold(self.dialects, |all, speaks| all.union(speaks.dialects))
    }

    /// Where its own lists of its models are, each once.
    pub fn lists(&self) -> Vec<&Entrance> {
        let mut lists: Vec<&Entrance> = Vec::new();
        for entrances in [&self.entrances].into_iter().chain(self.apart.iter().map(|(_, entrances)| entrances)) {
            for entrance in [Door::Models, Door::MoreModels].into_iter().filter_map(|door| entrances.of(door)) {
                if !lists.iter().any(|known| known.is(entrance)) {
                    lists.push(entrance);
                }
            }
        }
        lists
    }

    /// How it is asked for embeddings where it is called in the dialect; `None` where nobody knows but OpenAI's way.
    pub fn embeds(&self, dialect: Dialect) -> Option<Shape> {
        self.kind.embeds.or(match dialect {
            Dialect::Gemini => Some(Shape::Gemini),
            Dialect::Converse => Some(Shape::Invoke),
            Dialect::Chat | Dialect::Responses | Dialect::Messages => None,
        })
    }

    /// Whether the text quotes a secret of the headers that are configured for it.
    pub(crate) fn is_quoted(&self, text: &[u8]) -> bool {
        self.headers.iter().any(|(_, value)| value.is_sensitive() && credential::is_quoted(value, text))
    }

    /// What is changed of every body on its way there.
    pub fn rules(&self) -> impl Iterator<Item = &rule::Rule> {
        self.kind.rules.iter().chain(&self.rules)
    }

    /// What tells the account apart to which a vendor's opaque reasoning is bound; empty where it is not bound.
    pub(crate) fn scope(&self, vendor: Vendor) -> &str {
        match vendor {
            // Encrypted content of another organisation cannot be verified (openai/codex#8145).
            Vendor::OpenAi | Vendor::Other => &self.account,
            // Signatures are good for every account, on Bedrock and Vertex too.
            Vendor::Anthropic | Vendor::Google | Vendor::Amazon => "",
        }
    }
}
