//! A whole answer, gathered from its events.

use super::event::{Citation, Event, Finish, Open, Search, TokenLogprob};
use super::request::{Shown, Str};
use crate::usage::Usage;

/// A whole answer; several where several were asked for.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Its id at the upstream; empty if it has none.
    pub id: String,
    /// The model as the upstream reports it.
    pub model: String,
    /// When it was made, in seconds since the Unix epoch.
    pub created: Option<u64>,
    /// The answers, by their index.
    pub choices: Vec<Choice>,
    /// What was used.
    pub usage: Usage,
    /// The tier of service that was used.
    pub tier: Option<String>,
}

/// One of the answers.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Its parts, in the order in which they began.
    pub pieces: Vec<Piece>,
    /// Why it ended.
    pub finish: Option<Finish>,
    /// The text that ended it.
    pub stop_sequence: Option<String>,
    /// The log probabilities of its text.
    pub logprobs: Vec<TokenLogprob<'static>>,
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Text, with what it cites.
    Text {
        /// The text.
        text: String,
        /// Its citations.
        citations: Vec<Citation<'static>>,
    },
    /// The model declines in words.
    Refusal(String),
    /// Reasoning.
    Reasoning {
        /// What its texts are.
        shown: Shown,
        /// Its parts.
        texts: Vec<String>,
        /// Its opaque bytes, tagged.
        signed: Option<String>,
    },
    /// A call.
    Call {
        /// Its id.
        id: String,
        /// The tool.
        name: String,
        /// The tool's namespace.
        namespace: Option<String>,
        /// It takes free text.
        custom: bool,
        /// The arguments' text, or the free text.
        arguments: String,
        /// Gemini's signature, tagged.
        signed: Option<String>,
    },
    /// A search in the web.
    Search(Search<'static>),
}

/// Gathers events.
#[derive(Debug, Default)]
pub struct Gather {
    answer: Answer,
    choice: usize,
    /// Where each block is: its number, its choice and its place there.
    blocks: Vec<(u32, usize, usize)>,
}

impl Gather {
    /// Takes an event.
    pub fn push(&mut self, event: Event<'_>) {
        match event {
            Event::Start { id, model, created } => {
                self.answer.id = id.into_owned();
                self.answer.model = model.into_owned();
                self.answer.created = created;
            }
            Event::Choice(index) => self.choice = (index as usize).min(127),
            Event::Open { block, open } => {
                let piece = match open {
                    Open::Text => Piece::Text { text: String::new(), citations: Vec::new() },
                    Open::Refusal => Piece::Refusal(String::new()),
                    Open::Reasoning { shown, .. } => Piece::Reasoning { shown, texts: Vec::new(), signed: None },
                    Open::Call { id, name, namespace, custom, signed } => Piece::Call {
                        id: id.into_owned(),
                        name: name.into_owned(),
                        namespace: namespace.map(Str::into_owned),
                        custom,
                        arguments: String::new(),
                        signed: signed.map(Str::into_owned),
                    },
                };
                let choice = self.choice;
                let place = self.current().pieces.len();
                self.current().pieces.push(piece);
                self.blocks.push((block, choice, place));
            }
            Event::Text { block, text } => {
                if let Some(Piece::Text { text: told, .. } | Piece::Refusal(told)) = self.piece(block) {
                    told.push_str(&text);
                }
            }
            Event::Reasoning { block, part, text } => {
                if let Some(Piece::Reasoning { texts, .. }) = self.piece(block) {
                    let part = (part as usize).min(texts.len());
                    match texts.get_mut(part) {
                        Some(told) => told.push_str(&text),
                        None => texts.push(text.into_owned()),
                    }
                }
            }
            Event::Arguments { block, text } => {
                if let Some(Piece::Call { arguments, .. }) = self.piece(block) {
                    arguments.push_str(&text);
                }
            }
            Event::Sign { block, bytes } => {
                if let Some(Piece::Reasoning { signed, .. }) = self.piece(block) {
                    *signed = Some(bytes.into_owned());
                }
            }
            Event::Cite { block, citation } => {
                if let Some(Piece::Text { citations, .. }) = self.piece(block) {
                    citations.push(citation.into_owned());
                }
            }
            Event::Search(search) => {
                if let Event::Search(search) = Event::Search(search).into_owned() {
                    self.current().pieces.push(Piece::Search(search));
                }
            }
            Event::Logprobs(tokens) => {
                if let Event::Logprobs(tokens) = Event::Logprobs(tokens).into_owned() {
                    self.current().logprobs.extend(tokens);
                }
            }
            Event::Usage(usage) => self.answer.usage = usage,
            Event::Finish { reason, stop_sequence } => {
                let choice = self.current();
                if choice.finish.is_none() {
                    choice.finish = Some(reason);
                    choice.stop_sequence = stop_sequence.map(Str::into_owned);
                }
            }
            Event::Tier(tier) => self.answer.tier = Some(tier.into_owned()),
            Event::Close { .. } | Event::Ping | Event::Error(_) => {}
        }
    }

    /// The whole answer; at least one choice is in it.
    pub fn finish(mut self) -> Answer {
        self.current();
        self.answer
    }

    fn current(&mut self) -> &mut Choice {
        let choices = &mut self.answer.choices;
        if choices.len() <= self.choice {
            choices.resize_with(self.choice + 1, Choice::default);
        }
        let last = choices.len() - 1;
        // The index is in bounds: the list has just been made long enough.
        #[expect(clippy::indexing_slicing, reason = "resized above")]
        &mut choices[self.choice.min(last)]
    }

    fn piece(&mut self, block: u32) -> Option<&mut Piece> {
        // They are numbered in the order in which they open.
        let at = self.blocks.binary_search_by_key(&block, |known| known.0).ok()?;
        let (_, choice, place) = *self.blocks.get(at)?;
        self.answer.choices.get_mut(choice)?.pieces.get_mut(place)
    }
}
