//! The provider table: a row for each kind of upstream.

mod azure;
mod bedrock;
mod cohere;
mod hosts;
mod labs;
mod makers;
mod servers;
mod vertex;
mod workers_ai;

use std::borrow::Cow;

use super::list::Paging;
use super::rows::is_named;
use super::rule::{Change, Rule};
use super::{Door, Doors};
use crate::dialect::Dialect::{Chat, Gemini, Messages, Responses};
use crate::dialect::DialectSet;
use crate::dialect::canonical::Quirks;
use crate::dialect::embeddings::Shape;
use crate::host::Identity;

/// A row of the provider table.
#[derive(Debug)]
pub struct Kind {
    /// The row's name; also the default name of a provider of this kind.
    pub name: &'static str,
    /// What its maker calls it; empty on Workers.
    pub title: &'static str,
    /// Where its API is documented; empty on Workers.
    pub documents: &'static str,
    /// The base URL where none is configured, with `{region}` and other [`Field`]s left open. Without one it must be
    /// configured.
    pub base_url: Option<&'static str>,
    /// The base URLs of regions that have one of their own: a region, or a beginning of some and `*`. The first that fits.
    pub regions: &'static [(&'static str, &'static str)],
    /// Where each thing is asked.
    pub doors: Doors,
    /// What is different where a version of the API is configured that is a date (Azure).
    pub dated: Option<&'static Dated>,
    /// What a configuration says of it besides the base URL.
    pub fields: &'static [FieldRow],
    /// How an API key is sent.
    pub auth: Auth,
    /// Whose identity stands in where there is no API key.
    pub identity: Option<Identity>,
    /// Whether it can be called without a credential.
    pub keyless: bool,
    /// The environment variables that the vendor's own SDK reads the API key from, the preferred one first.
    pub key_variables: &'static [&'static str],
    /// The environment variable that the vendor's own SDK reads an access token from.
    pub token_variable: Option<&'static str>,
    /// Environment variables that show, all of one row together, that it is in use though there is no API key.
    pub signs: &'static [&'static [&'static str]],
    /// The environment variable that the vendor's own SDK reads the base URL from.
    pub base_url_variable: Option<&'static str>,
    /// What that SDK puts between its base URL and the paths of `doors`.
    pub base_url_suffix: &'static str,
    /// Headers that every request has.
    pub headers: &'static [(&'static str, &'static str)],
    /// The dialects it is called in where none are configured.
    pub dialects: DialectSet,
    /// The dialects of certain models, where models differ; the first row that names the model.
    pub speaks: &'static [Speaks],
    /// The dialects it can be told to be called in.
    pub possible: DialectSet,
    /// How embeddings are asked for there, where that is neither OpenAI's way nor its dialect's.
    pub embeds: Option<Shape>,
    /// How a Worker's binding to it is usually called, and what it is behind one: without an address, an account and a
    /// credential.
    pub bound: Option<(&'static str, &'static Kind)>,
    /// Whether it is built in and answers without a network.
    pub built_in: bool,
    /// What is special about it when it is translated for.
    pub quirks: &'static Quirks,
    /// What is changed of every body on its way there.
    pub rules: &'static [Rule],
    /// How its own list of its models comes in pages; `None` where it comes whole.
    pub paging: Option<&'static Paging>,
    /// The version of Messages that stands in the body as `anthropic_version` rather than in a header.
    pub version_in_body: Option<&'static str>,
    /// Whether chat streams are asked for their usage.
    pub include_usage: bool,
    /// What becomes of an answer, and of the bill, when the client has gone.
    pub on_abort: OnAbort,
}

/// The dialects of certain models.
#[derive(Debug)]
pub struct Speaks {
    /// The models' names: as in the rows of models ([`ModelRow::names`](super::ModelRow::names)), with or without what a
    /// platform puts before them. One that begins with `*` names every model with the rest of it anywhere in its name.
    pub models: &'static [&'static str],
    /// What they are called in.
    pub dialects: DialectSet,
    /// Where each thing is asked of them, if not where it is asked of the kind's others.
    pub doors: Option<&'static Doors>,
}

/// How a provider takes an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `authorization: Bearer …`.
    Bearer,
    /// The key alone, in this header. Never a parameter: URLs end up in logs.
    Header(&'static str),
}

/// What a configuration can say of a provider's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `region`.
    Region,
    /// `project`.
    Project,
    /// `resource`.
    Resource,
    /// `account`.
    Account,
    /// `api_version`.
    ApiVersion,
}

/// A [`Field`] of a kind.
#[derive(Debug)]
pub struct FieldRow {
    /// Which.
    pub field: Field,
    /// The environment variables that the vendor's own SDK reads it from, the preferred one first.
    pub variables: &'static [&'static str],
    /// What it is where it is not given.
    pub default: Option<&'static str>,
    /// What one looks like.
    pub example: &'static str,
}

/// An API whose version is a date.
#[derive(Debug)]
pub struct Dated {
    /// Where each thing is asked.
    pub doors: Doors,
    /// The first version that chat streams can be asked for their usage in.
    pub usage_since: &'static str,
}

/// What a provider does when the connection ends before its answer (platforms.md 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnAbort {
    /// It stops, and bills what it has said until then.
    Stops,
    /// It goes on, and bills everything.
    BillsAll,
    /// It is not documented.
    Unknown,
}

impl Field {
    /// Every field.
    pub const ALL: [Field; 5] = [Field::Region, Field::Project, Field::Resource, Field::Account, Field::ApiVersion];

    /// The field's name in the configuration and in templates.
    pub const fn name(self) -> &'static str {
        match self {
            Field::Region => "region",
            Field::Project => "project",
            Field::Resource => "resource",
            Field::Account => "account",
            Field::ApiVersion => "api_version",
        }
    }
}

/// The doors of a server that speaks as OpenAI does, behind a base URL that ends in the API's version.
const OPENAI_DOORS: Doors = Doors::NONE
    .with(Door::Chat, "/chat/completions")
    .with(Door::Embeddings, "/embeddings")
    .with(Door::Responses, "/responses")
    .with(Door::InputTokens, "/responses/input_tokens")
    .with(Door::Messages, "/messages")
    .with(Door::CountTokens, "/messages/count_tokens")
    .with(Door::Gemini, "/models/{model}:{method}")
    .with(Door::Models, "/models");

/// The doors of a host that has chat completions and a list of its models, and nothing else that the gateway speaks.
const CHAT_DOORS: Doors = Doors::NONE.with(Door::Chat, "/chat/completions").with(Door::Models, "/models");

/// What models without a parser for their thoughts put around them, and `restore` takes out again.
const THINK_TAGS: Option<(&str, &str)> = Some(("<think>", "</think>"));

/// A chat request's member under the name that it has there.
const fn renamed(name: &'static str, other: &'static str) -> Rule {
    Rule::chat(Change::Rename(Cow::Borrowed(name), Cow::Borrowed(other)))
}

/// A member of a chat request that is refused there and only a hint: it goes, and the caller is told.
const fn dropped(name: &'static str) -> Rule {
    Rule::chat(Change::Drop(Cow::Borrowed(name)))
}

/// A text for the documents that are made of the table: a Worker has no use for it.
const fn noted(text: &'static str) -> &'static str {
    if cfg!(target_arch = "wasm32") { "" } else { text }
}

/// Any server that speaks as OpenAI does.
const OPENAI_COMPATIBLE: Kind = Kind {
    name: "openai-compatible",
    title: noted("any OpenAI-like server"),
    documents: noted("https://platform.openai.com/docs/api-reference"),
    base_url: None,
    regions: &[],
    doors: OPENAI_DOORS,
    dated: None,
    fields: &[],
    auth: Auth::Bearer,
    identity: None,
    keyless: true,
    key_variables: &[],
    token_variable: None,
    signs: &[],
    base_url_variable: None,
    base_url_suffix: "",
    headers: &[],
    dialects: DialectSet::of(&[Chat]),
    speaks: &[],
    possible: DialectSet::of(&[Chat, Responses, Messages, Gemini]),
    embeds: None,
    bound: None,
    built_in: false,
    quirks: &Quirks::COMPATIBLE,
    rules: &[],
    paging: None,
    version_in_body: None,
    include_usage: true,
    on_abort: OnAbort::Unknown,
};

static TABLES: [&[Kind]; 9] = [
    makers::ROWS,
    cohere::ROWS,
    bedrock::ROWS,
    vertex::ROWS,
    azure::ROWS,
    workers_ai::ROWS,
    labs::ROWS,
    hosts::ROWS,
    servers::ROWS,
];

impl Kind {
    /// Every kind of upstream.
    pub fn all() -> impl Iterator<Item = &'static Kind> {
        TABLES.iter().copied().flatten()
    }

    /// The row of that name.
    pub fn named(name: &str) -> Option<&'static Kind> {
        Self::all().find(|kind| kind.name == name)
    }

    /// The base URL of a region that has one of its own.
    pub fn in_region(&self, region: &str) -> Option<&'static str> {
        let fits = |known: &str| match known.strip_suffix('*') {
            Some(beginning) => region.starts_with(beginning),
            None => region == known,
        };
        self.regions.iter().find(|(known, _)| fits(known)).map(|(_, url)| *url)
    }

    /// Where the model is in [`Kind::speaks`], if it is there.
    pub fn speaks_at(&self, model: &str) -> Option<usize> {
        let is_it = |name: &&str| match name.strip_prefix('*') {
            Some(part) => model.contains(part),
            None => is_named(model, name),
        };
        self.speaks.iter().position(|speaks| speaks.models.iter().any(is_it))
    }

    /// The row of the field, if the kind has it.
    pub fn field(&self, field: Field) -> Option<&'static FieldRow> {
        self.fields.iter().find(|row| row.field == field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_agree_with_themselves() {
        for kind in Kind::all() {
            assert!(std::ptr::eq(Kind::named(kind.name).expect("itself"), kind), "{} is there twice", kind.name);
            assert!(kind.documents.starts_with("https://"), "{}", kind.name);
            for dialect in kind.speaks.iter().fold(kind.dialects, |all, speaks| all.union(speaks.dialects)).iter() {
                assert!(kind.possible.contains(dialect), "{} cannot be told to speak {dialect}", kind.name);
            }
            let templates = kind.base_url.into_iter().chain(kind.regions.iter().map(|(_, url)| *url));
            for template in templates {
                for field in Field::ALL.iter().filter(|field| template.contains(&format!("{{{}}}", field.name()))) {
                    assert!(kind.field(*field).is_some(), "{} has no {}", kind.name, field.name());
                }
            }
        }
    }
}
