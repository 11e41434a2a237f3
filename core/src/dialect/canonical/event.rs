//! What a model's answer consists of: the events that every parser pushes and every writer takes. A whole answer is the
//! same events at once.
//!
//! ## The grammar
//! `Start`, then blocks, `Usage` and `Finish` in any order; blocks are numbered by the parser, each `Open`ed once before
//! anything is said of it and `Close`d once. Blocks may overlap (chat interleaves tool calls); [`sequence`](super::sequence)
//! puts them one after another for the dialects that must have them so. `Usage` replaces what was told before. The end is
//! told apart from the events: a parser knows whether what it has seen is whole.

use super::request::{Shown, Str};
use crate::error::Error;
use crate::usage::Usage;

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// The answer begins.
    Start {
        /// Its id at the upstream; empty if it has none.
        id: Str<'a>,
        /// The model as the upstream reports it; empty if it does not.
        model: Str<'a>,
        /// When it was made, in seconds since the Unix epoch, where the upstream says so.
        created: Option<u64>,
    },
    /// What follows belongs to this answer of several (chat `n`, Gemini `candidateCount`). Block numbers are unique over all.
    Choice(u32),
    /// A block begins.
    Open {
        /// Its number.
        block: u32,
        /// What it is.
        open: Open<'a>,
    },
    /// More text of a text or refusal block.
    Text {
        /// The block.
        block: u32,
        /// The text.
        text: Str<'a>,
    },
    /// More of a reasoning block.
    Reasoning {
        /// The block.
        block: u32,
        /// Which part of it: Responses' summaries have several, in order.
        part: u32,
        /// The text.
        text: Str<'a>,
    },
    /// More of a call's arguments, raw: joined they are the arguments' text (free text for a custom call).
    Arguments {
        /// The block.
        block: u32,
        /// The fragment.
        text: Str<'a>,
    },
    /// A reasoning block's opaque bytes, whole.
    Sign {
        /// The block.
        block: u32,
        /// The bytes as text: from a parser as the upstream sent them, to a writer with the gateway's tag.
        bytes: Str<'a>,
    },
    /// A citation of a text block.
    Cite {
        /// The block.
        block: u32,
        /// The citation.
        citation: Citation<'a>,
    },
    /// A block ends.
    Close {
        /// The block.
        block: u32,
    },
    /// A search in the web that the vendor has made: told once, whole.
    Search(Search<'a>),
    /// The log probabilities of the tokens of the text that was told last.
    Logprobs(Vec<TokenLogprob<'a>>),
    /// What was used so far: replaces.
    Usage(Usage),
    /// Why the answer ends. The first one of a choice counts.
    Finish {
        /// Why.
        reason: Finish,
        /// The text that ended it.
        stop_sequence: Option<Str<'a>>,
    },
    /// The tier of service that was used, in OpenAI's word.
    Tier(Str<'a>),
    /// The upstream is alive.
    Ping,
    /// The upstream says that it has failed, or what it says is none of its dialect.
    Error(Box<Error>),
}

/// How a block begins.
#[derive(Clone, Debug, PartialEq)]
pub enum Open<'a> {
    /// Text.
    Text,
    /// The model declines in words.
    Refusal,
    /// Reasoning.
    Reasoning {
        /// What its texts are; `Hidden` has none, only a `Sign`.
        shown: Shown,
        /// The call whose signature this is, where it has no slot of its own. Parsers leave it out.
        binds: Option<Str<'a>>,
    },
    /// A call of a tool.
    Call {
        /// Its id; parsers make one up where the upstream has none (`gl_…`).
        id: Str<'a>,
        /// The tool's name: from a parser the target's, to a writer the caller's.
        name: Str<'a>,
        /// The tool's namespace: the caller's.
        namespace: Option<Str<'a>>,
        /// It takes free text.
        custom: bool,
        /// Gemini signs calls: the bytes as text, as with `Sign`.
        signed: Option<Str<'a>>,
    },
}

/// Why an answer ends (translation.md 3.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The model was done.
    Stop,
    /// A text that was to end it came.
    StopSequence,
    /// It reached the limit of output.
    Length,
    /// It reached the end of the context window.
    ContextWindow,
    /// Tools are to be called.
    ToolCalls,
    /// It was filtered.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// It paused, and can be asked to go on.
    Pause,
    /// What the model made was no call: a failed generation.
    Malformed,
    /// Anything else.
    Other,
}

/// A span of text is taken from somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Citation<'a> {
    /// The page, or the document's name.
    pub url: Str<'a>,
    /// Its title.
    pub title: Str<'a>,
    /// What is cited of it.
    pub cited: Option<Str<'a>>,
    /// The span in the block's text, in Unicode characters: start and end. The whole block so far if absent.
    pub span: Option<(u64, u64)>,
    /// The source is a document of the request and not a page.
    pub document: bool,
    /// Anthropic's `encrypted_index`.
    pub encrypted: Option<Str<'a>>,
}

/// A search in the web.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search<'a> {
    /// Its id.
    pub id: Str<'a>,
    /// What was searched for.
    pub queries: Vec<Str<'a>>,
    /// What was found: address and title; and Anthropic's `encrypted_content`.
    pub sources: Vec<(Str<'a>, Str<'a>, Option<Str<'a>>)>,
    /// Both the query and its results were told, so that Anthropic's pair of blocks is complete.
    pub complete: bool,
}

/// A token and how probable it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLogprob<'a> {
    /// The token.
    pub token: Str<'a>,
    /// The natural logarithm of its probability: the number's text.
    pub logprob: Str<'a>,
    /// Others that could have stood there.
    pub top: Vec<(Str<'a>, Str<'a>)>,
}

impl Citation<'_> {
    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Citation<'static> {
        Citation {
            url: own(self.url),
            title: own(self.title),
            cited: self.cited.map(own),
            span: self.span,
            document: self.document,
            encrypted: self.encrypted.map(own),
        }
    }
}

fn own(text: Str<'_>) -> Str<'static> {
    Str::Owned(text.into_owned())
}

impl Event<'_> {
    /// The block that it is about.
    pub fn block(&self) -> Option<u32> {
        match self {
            Event::Open { block, .. }
            | Event::Text { block, .. }
            | Event::Reasoning { block, .. }
            | Event::Arguments { block, .. }
            | Event::Sign { block, .. }
            | Event::Cite { block, .. }
            | Event::Close { block } => Some(*block),
            _ => None,
        }
    }

    /// Whether it says something: the answer's head may go out with it (translation.md 4.6). `open` tells of a block that it
    /// is no text: an empty text block says nothing yet.
    pub fn is_meaningful(&self) -> bool {
        match self {
            Event::Open { open, .. } => matches!(open, Open::Call { .. }),
            Event::Text { text, .. } | Event::Reasoning { text, .. } | Event::Arguments { text, .. } => {
                !text.is_empty()
            }
            Event::Sign { .. } | Event::Cite { .. } | Event::Search(_) | Event::Finish { .. } | Event::Error(_) => true,
            _ => false,
        }
    }

    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Event::Start { id, model, created } => Event::Start { id: own(id), model: own(model), created },
            Event::Choice(index) => Event::Choice(index),
            Event::Open { block, open } => Event::Open {
                block,
                open: match open {
                    Open::Text => Open::Text,
                    Open::Refusal => Open::Refusal,
                    Open::Reasoning { shown, binds } => Open::Reasoning { shown, binds: binds.map(own) },
                    Open::Call { id, name, namespace, custom, signed } => Open::Call {
                        id: own(id),
                        name: own(name),
                        namespace: namespace.map(own),
                        custom,
                        signed: signed.map(own),
                    },
                },
            },
            Event::Text { block, text } => Event::Text { block, text: own(text) },
            Event::Reasoning { block, part, text } => Event::Reasoning { block, part, text: own(text) },
            Event::Arguments { block, text } => Event::Arguments { block, text: own(text) },
            Event::Sign { block, bytes } => Event::Sign { block, bytes: own(bytes) },
            Event::Cite { block, citation } => Event::Cite { block, citation: citation.into_owned() },
            Event::Close { block } => Event::Close { block },
            Event::Search(search) => Event::Search(Search {
                id: own(search.id),
                queries: search.queries.into_iter().map(own).collect(),
                sources: search
                    .sources
                    .into_iter()
                    .map(|(url, title, more)| (own(url), own(title), more.map(own)))
                    .collect(),
                complete: search.complete,
            }),
            Event::Logprobs(tokens) => Event::Logprobs(
                tokens
                    .into_iter()
                    .map(|token| TokenLogprob {
                        token: own(token.token),
                        logprob: own(token.logprob),
                        top: token.top.into_iter().map(|(token, logprob)| (own(token), own(logprob))).collect(),
                    })
                    .collect(),
            ),
            Event::Usage(usage) => Event::Usage(usage),
            Event::Finish { reason, stop_sequence } => Event::Finish { reason, stop_sequence: stop_sequence.map(own) },
            Event::Tier(tier) => Event::Tier(own(tier)),
            Event::Ping => Event::Ping,
            Event::Error(error) => Event::Error(error),
        }
    }
}
