//! The dialects that clients and upstreams speak.
//!
//! A folder a dialect, each with the same files. For the relay: `error.rs` says how an error looks, `usage.rs` reads a usage
//! object, `watch.rs` looks on while a stream passes. For translation: `fields.rs` lists a request's fields, and
//! `decode_request`, `encode_request`, `parse_stream`, `parse_whole`, `emit_stream`, `write_whole` turn the dialect into the
//! [`canonical`] model and back. A new dialect adds a folder and a row in [`codec`].

pub mod adapt;
pub mod canonical;
pub mod chat;
pub mod codec;
pub mod converse;
pub mod embeddings;
pub mod gemini;
pub mod messages;
pub mod responses;

mod body;
pub mod count;
pub mod failure;
pub mod foreign;
pub mod restore;
pub mod translate;
pub mod wait;
pub(crate) mod watch;

use std::fmt;

pub use body::{Reading, read};
pub use watch::{Seen, Watch};

/// A dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAI chat completions, and the OpenAI endpoints of the same style (embeddings, models).
    Chat,
    /// OpenAI Responses.
    Responses,
    /// Anthropic Messages.
    Messages,
    /// Gemini generateContent.
    Gemini,
    /// AWS Bedrock Converse: only upstreams speak it. Asked for what only a caller's dialect has, it answers as chat does.
    Converse,
}

impl Dialect {
    /// Every dialect, in the order of [`DialectSet`]'s names.
    pub const ALL: [Dialect; 5] =
        [Dialect::Chat, Dialect::Responses, Dialect::Messages, Dialect::Gemini, Dialect::Converse];

    /// The dialect's name in the configuration and the log.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Chat => "chat",
            Dialect::Responses => "responses",
            Dialect::Messages => "messages",
            Dialect::Gemini => "gemini",
            Dialect::Converse => "converse",
        }
    }

    /// The dialect of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// The header in which the dialect's vendor sends its request id.
    pub const fn request_id_header(self) -> &'static str {
        match self {
            Dialect::Messages => "request-id",
            Dialect::Converse => "x-amzn-requestid",
            Dialect::Chat | Dialect::Responses | Dialect::Gemini => "x-request-id",
        }
    }

    /// What is sent between two events to a client that has heard nothing for a while. A comment or an `event:` line
    /// breaks Google's SDKs (googleapis/python-genai#487), a blank line after a comment older OpenAI ones.
    pub const fn ping(self) -> &'static [u8] {
        match self {
            Dialect::Chat | Dialect::Responses | Dialect::Converse => b": ping\n",
            Dialect::Messages => b"event: ping\ndata: {\"type\":\"ping\"}\n\n",
            Dialect::Gemini => b"\n\n",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of dialects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DialectSet(u8);

impl DialectSet {
    /// The set of the given dialects.
    pub const fn of(dialects: &[Dialect]) -> Self {
        let mut bits = 0;
        let mut rest = dialects;
        while let [dialect, tail @ ..] = rest {
            bits |= 1 << *dialect as u8;
            rest = tail;
        }
        Self(bits)
    }

    /// Adds a dialect.
    pub const fn insert(&mut self, dialect: Dialect) {
        self.0 |= 1 << dialect as u8;
    }

    /// Whether the dialect is in the set.
    pub const fn contains(self, dialect: Dialect) -> bool {
        self.0 & (1 << dialect as u8) != 0
    }

    /// Both sets together.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set holds nothing.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The dialects in the set.
    pub fn iter(self) -> impl Iterator<Item = Dialect> {
        Dialect::ALL.into_iter().filter(move |dialect| self.contains(*dialect))
    }
}

impl fmt::Display for DialectSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, dialect) in self.iter().enumerate() {
            let border = if index == 0 { "" } else { ", " };
            write!(f, "{border}{dialect}")?;
        }
        Ok(())
    }
}
