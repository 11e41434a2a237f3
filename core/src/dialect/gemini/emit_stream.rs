//! Writing a stream: chunks, each a whole answer that holds what is new (translation.md 4.5). Without `alt=sse` they are the
//! elements of one array. Text goes out as it comes; a call when it is whole; how it ends and what it has used at the end.

use std::collections::VecDeque;

use super::error;
use super::grounding::Grounding;
use super::usage::write_usage;
use super::write_answer::{Called, write_end, write_identity, write_signed, write_text};
use crate::dialect::canonical::{Event, Finish, Open, Shown, TokenLogprob};
use crate::dialect::codec::{Echo, Emitter};
use crate::error::Error;
use crate::usage::Usage;
use crate::wire::write::Writer;

/// Writes a stream.
#[derive(Debug)]
pub(super) struct StreamEmitter {
    echo: Echo,
    id: String,
    model: String,
    /// Something was written.
    begun: bool,
    choice: u32,
    candidates: Vec<Candidate>,
    blocks: Vec<Block>,
    usage: Usage,
}

#[derive(Debug, Default)]
struct Candidate {
    index: u32,
    /// It has said something.
    says: bool,
    /// Its visible text.
    text: String,
    finish: Option<Finish>,
    /// The tool of a call that is none.
    malformed: Option<String>,
    grounding: Grounding,
    logprobs: Vec<TokenLogprob<'static>>,
    /// Where its calls are that have not been told.
    calls: VecDeque<usize>,
}

#[derive(Debug)]
struct Block {
    number: u32,
    /// The candidate's index.
    choice: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Where it begins in the candidate's text, and how long it is.
    Text(usize, usize),
    /// And which part of it was told last.
    Thought(Shown, Option<u32>),
    Call(Box<Call>),
    Told,
}

#[derive(Debug)]
struct Call {
    id: String,
    name: String,
    custom: bool,
    arguments: String,
    signed: Option<String>,
    /// It is whole, but one that began before it may not be.
    closed: bool,
}

impl StreamEmitter {
    pub(super) fn new(echo: Echo) -> Self {
        Self {
            echo,
            id: String::new(),
            model: String::new(),
            begun: false,
            choice: 0,
            candidates: Vec::new(),
            blocks: Vec::new(),
            usage: Usage::default(),
        }
    }

    fn candidate(&mut self, index: u32) -> Option<&mut Candidate> {
        let at = self.candidates.iter().position(|known| known.index == index).unwrap_or_else(|| {
            self.candidates.push(Candidate { index, ..Candidate::default() });
            self.candidates.len() - 1
        });
        self.candidates.get_mut(at)
    }

    fn block(&mut self, number: u32) -> Option<&mut Block> {
        // They are numbered in the order in which they open.
        let at = self.blocks.binary_search_by_key(&number, |block| block.number).ok()?;
        self.blocks.get_mut(at)
    }

    /// A chunk's beginning, up to its list of candidates.
    fn begin(&mut self, out: &mut Vec<u8>) -> Writer {
        let before: &[u8] = match (self.echo.array, std::mem::replace(&mut self.begun, true)) {
            (false, _) => b"data: ",
            (true, false) => b"[",
            (true, true) => b",\n",
        };
        out.extend_from_slice(before);
        let mut chunk = Writer::line(std::mem::take(out));
        chunk.open().key("candidates").open_array();
        chunk
    }

    /// A chunk's end, behind its list of candidates.
    fn end(&self, mut chunk: Writer, out: &mut Vec<u8>) {
        write_identity(&self.id, &self.model, &self.echo, &mut chunk);
        chunk.close();
        *out = chunk.into_bytes();
        if !self.echo.array {
            out.extend_from_slice(b"\n\n");
        }
    }

    /// A chunk with one part of one candidate.
    fn part(&mut self, choice: u32, out: &mut Vec<u8>, part: &mut dyn FnMut(&mut Writer)) {
        if let Some(candidate) = self.candidate(choice) {
            candidate.says = true;
        }
        let mut chunk = self.begin(out);
        chunk.open().key("content").open().key("parts").open_array();
        part(&mut chunk);
        chunk.close_array().str_member("role", "model").close();
        chunk.count_member("index", u64::from(choice)).close().close_array();
        self.end(chunk, out);
    }

    fn call(&mut self, choice: u32, call: &Call, out: &mut Vec<u8>) {
        let Call { id, name, custom, arguments, signed, closed: _ } = call;
        let call = Called { id, name, custom: *custom, arguments, signed: signed.as_deref() };
        if call.is_whole() {
            self.part(choice, out, &mut |chunk| call.write(chunk));
        } else if let Some(candidate) = self.candidate(choice) {
            candidate.malformed = Some(name.clone());
        }
    }

    /// Tells a candidate's calls in the order in which they began: up to the first that is still open.
    fn settle(&mut self, choice: u32, out: &mut Vec<u8>) {
        while let Some(at) = self.candidate(choice).and_then(|candidate| candidate.calls.front().copied()) {
            if matches!(self.blocks.get(at), Some(Block { kind: Kind::Call(call), .. }) if !call.closed) {
                return;
            }
            if let Some(candidate) = self.candidate(choice) {
                candidate.calls.pop_front();
            }
            self.tell(at, out);
        }
    }

    fn tell(&mut self, at: usize, out: &mut Vec<u8>) {
        let Some(block) = self.blocks.get_mut(at).filter(|block| matches!(block.kind, Kind::Call(_))) else { return };
        let choice = block.choice;
        if let Kind::Call(call) = std::mem::replace(&mut block.kind, Kind::Told) {
            self.call(choice, &call, out);
        }
    }
}

impl Emitter for StreamEmitter {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        let choice = self.choice;
        match event {
            Event::Start { id, model, created: _ } => {
                (self.id, self.model) = (id.to_string(), model.to_string());
            }
            Event::Choice(index) => self.choice = *index,
            Event::Open { block, open } => {
                let kind = match open {
                    Open::Text | Open::Refusal => {
                        Kind::Text(self.candidate(choice).map_or(0, |candidate| candidate.text.len()), 0)
                    }
                    Open::Reasoning { shown, binds: _ } => Kind::Thought(*shown, None),
                    Open::Call { id, name, namespace: _, custom, signed } => Kind::Call(Box::new(Call {
                        id: id.to_string(),
                        name: name.to_string(),
                        custom: *custom,
                        arguments: String::new(),
                        signed: signed.as_ref().map(|signed| signed.to_string()),
                        closed: false,
                    })),
                };
                let at = self.blocks.len();
                if matches!(kind, Kind::Call(_))
                    && let Some(candidate) = self.candidate(choice)
                {
                    candidate.calls.push_back(at);
                }
                self.blocks.push(Block { number: *block, choice, kind });
            }
            Event::Text { block, text } => {
                let Some(block) = self.block(*block).filter(|_| !text.is_empty()) else { return };
                let choice = block.choice;
                if let Kind::Text(_, length) = &mut block.kind {
                    *length += text.len();
                }
                if let Some(candidate) = self.candidate(choice) {
                    candidate.text.push_str(text);
                }
                self.part(choice, out, &mut |chunk| write_text(text, false, chunk));
            }
            Event::Reasoning { block, part, text } => {
                let Some(block) = self.block(*block).filter(|_| !text.is_empty()) else { return };
                let choice = block.choice;
                let Kind::Thought(_, told) = &mut block.kind else { return };
                // A summary's parts are paragraphs, and clients join what comes.
                if told.replace(*part).is_some_and(|before| before != *part) {
                    self.part(choice, out, &mut |chunk| write_text("\n\n", true, chunk));
                }
                self.part(choice, out, &mut |chunk| write_text(text, true, chunk));
            }
            Event::Arguments { block, text } => {
                if let Some(Block { kind: Kind::Call(call), .. }) = self.block(*block) {
                    call.arguments.push_str(text);
                }
            }
            Event::Sign { block, bytes } => {
                let Some(Block { choice, kind: Kind::Thought(shown, _), .. }) = self.block(*block) else { return };
                let (choice, shown) = (*choice, *shown);
                self.part(choice, out, &mut |chunk| write_signed("", shown, bytes, chunk));
            }
            Event::Cite { block, citation } => {
                let Some(Block { choice, kind: Kind::Text(start, length), .. }) = self.block(*block) else { return };
                let (choice, start, end) = (*choice, *start, *start + *length);
                if let Some(Candidate { text, grounding, .. }) = self.candidate(choice) {
                    grounding.cite(0, start, text.get(start..end).unwrap_or_default(), citation);
                }
            }
            Event::Close { block } => {
                let Some(block) = self.block(*block) else { return };
                let choice = block.choice;
                // Text that is closed may still be cited.
                if let Kind::Call(call) = &mut block.kind {
                    call.closed = true;
                    self.settle(choice, out);
                }
            }
            Event::Search(search) => {
                if let Some(candidate) = self.candidate(choice) {
                    candidate.grounding.search(search);
                }
            }
            Event::Logprobs(_) => {
                if let (Event::Logprobs(tokens), Some(candidate)) = (event.clone().into_owned(), self.candidate(choice))
                {
                    candidate.logprobs.extend(tokens);
                }
            }
            Event::Usage(usage) => self.usage = *usage,
            Event::Finish { reason, stop_sequence: _ } => {
                if let Some(candidate) = self.candidate(choice) {
                    candidate.finish.get_or_insert(*reason);
                }
            }
            // Keep-alives are blank lines, which the transport writes; failures come by `fail`.
            Event::Tier(_) | Event::Ping | Event::Error(_) => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        for at in 0..self.blocks.len() {
            self.tell(at, out);
        }
        if self.candidates.is_empty() {
            self.candidates.push(Candidate::default());
        }
        let mut chunk = self.begin(out);
        for candidate in &self.candidates {
            let Candidate { index, says, text: _, finish, malformed, grounding, logprobs, calls: _ } = candidate;
            chunk.open();
            if *says || *finish != Some(Finish::ContentFilter) {
                chunk.key("content").open().key("parts").open_array();
                write_text("", false, &mut chunk);
                chunk.close_array().str_member("role", "model").close();
            }
            write_end(*finish, malformed.as_deref(), grounding, logprobs, &mut chunk);
            chunk.count_member("index", u64::from(*index)).close();
        }
        chunk.close_array();
        if self.usage.known {
            write_usage(&self.usage, &mut chunk);
        }
        self.end(chunk, out);
        if self.echo.array {
            out.extend_from_slice(b"\n]");
        }
    }

    fn fail(&mut self, error: &Error, out: &mut Vec<u8>) {
        out.extend_from_slice(&match self.echo.array {
            true => error::element(error, !self.begun),
            false => error::event(error),
        });
    }
}

#[cfg(test)]
mod tests;
