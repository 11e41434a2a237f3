//! What a dialect can do, as one row of a table: read a request, write one, read an answer, write one.
//!
//! Nothing here does I/O. A request is read from a [`Doc`](crate::wire::doc::Doc) and written as bytes; a stream's parser is
//! given one event's data at a time and pushes canonical events; a writer takes those and appends bytes. There is no code
//! for a pair of dialects.

use super::canonical::fields::Field;
use super::canonical::gather::Answer;
use super::canonical::read::Value;
use super::canonical::{Event, Refusal, Report, Request, Target};
use super::{Dialect, chat, converse, gemini, messages, responses};
use crate::error::Error;
use crate::store::RequestId;
use crate::wire::write::Writer;

/// A dialect's row.
#[derive(Debug)]
pub struct Codec {
    /// The fields of its requests. None where no client speaks it.
    pub fields: &'static [Field],
    /// Reads a request. `None` where no client speaks the dialect.
    pub decode: Option<DecodeRequest>,
    /// Writes a request for a target. What it meets that the target cannot say it refuses; what it changes it reports.
    pub encode: EncodeRequest,
    /// A parser for a stream of the model.
    pub parser: fn(&str) -> Box<dyn Parser>,
    /// Reads a whole answer and pushes the same events that a stream of it would.
    pub parse_whole: fn(Value<'_>, &mut Sink<'_>) -> Result<(), Error>,
    /// A writer for a stream. `None` where no client speaks the dialect.
    pub emitter: Option<fn(Echo) -> Box<dyn Emitter>>,
    /// Writes a whole answer.
    pub write_whole: Option<fn(&Answer, &Echo, &mut Writer)>,
}

/// Reads a request.
pub type DecodeRequest = for<'a> fn(Value<'a>, &mut Report) -> Result<(Request<'a>, Caller), Refusal>;

/// Writes a request.
pub type EncodeRequest = fn(&Request<'_>, &Target<'_>, &mut Report) -> Result<Vec<u8>, Refusal>;

/// Where events are pushed to.
pub type Sink<'s> = dyn FnMut(Event<'_>) + 's;

/// What only the caller's own dialect wants to know again when its answer is written.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// Chat: the stream ends with its usage.
    pub include_usage: bool,
    /// Chat: the request has `functions`, and wants `function_call`.
    pub legacy_functions: bool,
    /// Responses: reasoning is wanted encrypted, to be sent back.
    pub encrypted_reasoning: bool,
    /// Responses: sources of searches are wanted.
    pub sources: bool,
    /// Responses: a client-run `tool_search` is among the tools, and its calls are items of their own kind.
    pub tool_search: bool,
    /// Chat and Gemini: log probabilities are wanted.
    pub logprobs: bool,
    /// Responses: members that its answer repeats, each with its JSON text.
    pub echo: Vec<(&'static str, Box<str>)>,
}

/// What the answer needs of the request and its target. Owned: it outlives the request's body.
#[derive(Clone, Debug)]
pub struct Echo {
    /// The request's id, from which ids are made that the upstream has not given.
    pub request: RequestId,
    /// Seconds since the Unix epoch.
    pub created: u64,
    /// The model's name at the target, for upstreams that report none.
    pub model: Box<str>,
    /// The model's name as the caller asked for it. Messages' answers bear it: Claude Code leaves the thinking out of every
    /// answer whose `model` is not the one that it asks for, and what was signed would never come back.
    pub asked: Box<str>,
    /// What the caller's dialect wants to know again.
    pub caller: Caller,
    /// Gemini: the stream is one JSON array and not events.
    pub array: bool,
}

/// How a stream has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It has shown that it is whole.
    Complete,
    /// It has not.
    Truncated,
}

/// A stream's parser.
pub trait Parser: Send + std::fmt::Debug {
    /// One event: its name (empty where it has none) and its data. `[DONE]` is data too; comments and empty data are not
    /// given.
    fn event(&mut self, name: &str, data: &str, sink: &mut Sink<'_>);

    /// The stream has ended, or has been cut: what is open is closed, and whether it is whole is told.
    fn finish(&mut self, sink: &mut Sink<'_>) -> End;

    /// Whether the dialect's last event has been seen: nothing can follow.
    fn is_over(&self) -> bool;
}

/// A stream's writer. Messages and Responses are given blocks one after another (`sequence`), chat and Gemini as they come.
pub trait Emitter: Send + std::fmt::Debug {
    /// Writes what an event is.
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>);

    /// The answer is whole: writes the dialect's end.
    fn finish(&mut self, out: &mut Vec<u8>);

    /// The answer has failed: writes the dialect's error, as it looks at this point of the stream, and nothing that looks
    /// like an end.
    fn fail(&mut self, error: &Error, out: &mut Vec<u8>);
}

/// A dialect's row.
pub fn codec(dialect: Dialect) -> &'static Codec {
    match dialect {
        Dialect::Chat => &chat::CODEC,
        Dialect::Responses => &responses::CODEC,
        Dialect::Messages => &messages::CODEC,
        Dialect::Gemini => &gemini::CODEC,
        Dialect::Converse => &converse::CODEC,
    }
}
