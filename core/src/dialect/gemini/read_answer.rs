//! Reading an answer: a whole one, or a stream's chunks, of which each is a whole answer that holds what is new.
//! <https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse>

use super::grounding;
use super::usage::{read_grounding, read_usage};
use crate::dialect::Dialect;
use crate::dialect::canonical::bounds::{MAX_CITED, too_many};
use crate::dialect::canonical::read::Value;
use crate::dialect::canonical::{Citation, Event, Finish, Open, Search, Shown, Str, TokenLogprob};
use crate::dialect::codec::{End, Sink};
use crate::dialect::failure;
use crate::error::{Class, Error};
use crate::usage::Usage;

/// Reads an answer.
#[derive(Debug, Default)]
pub(super) struct Reader {
    started: bool,
    /// The answer's id, as far as it is good for the ids of calls.
    id: String,
    blocks: u32,
    /// The candidate that was spoken of last.
    current: u32,
    candidates: Vec<Candidate>,
    usage: Usage,
    blocked: bool,
}

/// One of several answers.
#[derive(Debug, Default)]
struct Candidate {
    index: u32,
    open: Option<Block>,
    /// Its visible text so far.
    text: String,
    /// Where each text block begins in it.
    texts: Vec<(u32, usize)>,
    calls: usize,
    /// Citations whose text has not been told yet: their bytes in the text.
    cites: Vec<(usize, usize, Citation<'static>)>,
    search: Option<Search<'static>>,
    searches: u64,
    finish: Option<Finish>,
    /// Bytes that were looked through for what citations are about.
    cost: usize,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    number: u32,
    thought: bool,
}

impl Reader {
    /// Reads a chunk, or the whole.
    ///
    /// # Errors
    /// It is an error, or holds what nobody can be told.
    pub(super) fn chunk(&mut self, chunk: Value<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
        if let Some(error) = chunk.get("error") {
            return Err(failure::in_stream(Dialect::Gemini, error).error);
        }
        if !self.started {
            self.started = true;
            let id = chunk.get_str("responseId").unwrap_or_default();
            self.id = id
                .chars()
                .filter(|char| matches!(char, '0'..='9' | 'A'..='Z' | 'a'..='z' | '-' | '_'))
                .take(40)
                .collect();
            sink(Event::Start { id, model: chunk.get_str("modelVersion").unwrap_or_default(), created: None });
        }
        if let Some(candidates) = chunk.get("candidates") {
            for candidate in candidates.elements() {
                self.candidate(candidate, sink)?;
            }
        }
        let reason = chunk.get("promptFeedback").and_then(|feedback| feedback.get_str("blockReason"));
        self.blocked |= reason.is_some_and(|reason| !reason.ends_with("UNSPECIFIED"));
        if let Some(told) = chunk.get("usageMetadata") {
            // What is no object tells nothing.
            let _ = read_usage(told.raw(), &mut self.usage);
            self.tell_usage(sink);
        }
        Ok(())
    }

    /// There is no more: what is open is closed, and how it has ended is told. Of an answer that was cut off nothing is closed:
    /// it would look whole.
    pub(super) fn finish(&mut self, sink: &mut Sink<'_>) -> End {
        let whole = self.blocked
            || (!self.candidates.is_empty() && self.candidates.iter().all(|candidate| candidate.finish.is_some()));
        let mut candidates = std::mem::take(&mut self.candidates);
        for candidate in candidates.iter_mut().filter(|_| whole) {
            self.turn_to(candidate.index, sink);
            candidate.close(sink);
            if let Some(search) = candidate.search.take() {
                sink(Event::Search(search));
            }
        }
        self.candidates = candidates;
        if self.usage.known {
            self.usage.complete = whole;
            self.tell_usage(sink);
        }
        for candidate in &self.candidates {
            let finish = match candidate.finish {
                None if self.blocked => Finish::ContentFilter,
                None => continue,
                // The API has no reason of its own for calls (BerriAI/litellm#10485).
                Some(Finish::Stop) if candidate.calls > 0 => Finish::ToolCalls,
                Some(finish) => finish,
            };
            if self.current != candidate.index {
                self.current = candidate.index;
                sink(Event::Choice(candidate.index));
            }
            sink(Event::Finish { reason: finish, stop_sequence: None });
        }
        if self.blocked && self.candidates.is_empty() {
            sink(Event::Finish { reason: Finish::ContentFilter, stop_sequence: None });
        }
        if whole { End::Complete } else { End::Truncated }
    }

    /// A whole answer is one, whether or not each candidate says why it ends.
    pub(super) fn assume_finished(&mut self) {
        for candidate in &mut self.candidates {
            candidate.finish.get_or_insert(Finish::Stop);
        }
    }

    /// Whether anything was answered.
    pub(super) fn has_answer(&self) -> bool {
        self.blocked || !self.candidates.is_empty()
    }

    fn tell_usage(&mut self, sink: &mut Sink<'_>) {
        self.usage.searches = self.candidates.iter().map(|candidate| candidate.searches).sum();
        sink(Event::Usage(self.usage));
    }

    fn turn_to(&mut self, index: u32, sink: &mut Sink<'_>) {
        if self.current != index {
            self.current = index;
            sink(Event::Choice(index));
        }
    }

    fn candidate(&mut self, told: Value<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
        // A zero is left out in proto JSON.
        let index = told.get("index").and_then(|index| index.count()).unwrap_or(0).min(127) as u32;
        let at = self.candidates.iter().position(|known| known.index == index).unwrap_or_else(|| {
            self.candidates.push(Candidate { index, ..Candidate::default() });
            self.candidates.len() - 1
        });
        self.turn_to(index, sink);
        let Some(candidate) = self.candidates.get_mut(at) else { return Ok(()) };
        let parts = told.get("content").and_then(|content| content.get("parts"));
        let parts = || parts.iter().flat_map(|parts| parts.elements());
        if let Some(metadata) = told.get("groundingMetadata") {
            read_grounding(metadata.raw(), &mut self.usage);
            let text = candidate.prospect(parts());
            grounding::supports(metadata, &text.0, &text.1, &mut candidate.cites, &mut candidate.cost);
            let search = grounding::search(metadata, &self.id, index);
            if let Some(search) = search {
                candidate.searches = search.queries.len() as u64;
                // Before the text that it led to, where that has not begun.
                if candidate.text.is_empty() && candidate.open.is_none() && !text.0.is_empty() {
                    sink(Event::Search(search));
                } else {
                    candidate.search = Some(search);
                }
            }
        }
        if let Some(metadata) = told.get("citationMetadata") {
            let text = candidate.prospect(parts());
            grounding::sources(metadata, &text.0, &mut candidate.cites);
        }
        for part in parts() {
            candidate.part(part, &mut self.blocks, &self.id, sink)?;
        }
        candidate.cite(sink);
        if candidate.cost > MAX_CITED {
            return Err(too_many("citations"));
        }
        if let Some(result) = told.get("logprobsResult") {
            let tokens = logprobs(result);
            if !tokens.is_empty() {
                sink(Event::Logprobs(tokens));
            }
        }
        // Some versions say `STOP` in every chunk: the last one counts, unless what was told before is worse.
        let reason = told.get_str("finishReason").filter(|reason| !reason.ends_with("_UNSPECIFIED"));
        if let Some(reason) = reason
            && !matches!(candidate.finish, Some(before) if before != Finish::Stop)
        {
            candidate.finish = Some(finish(&reason));
        }
        Ok(())
    }
}

fn is_thought(part: Value<'_>) -> bool {
    part.get("thought").and_then(|thought| thought.bool()) == Some(true)
}

impl Candidate {
    /// Its visible text with what a chunk adds to it; and where each of the chunk's parts begins in it.
    fn prospect<'v>(&mut self, parts: impl Iterator<Item = Value<'v>>) -> (String, Vec<usize>) {
        // A copy of all that came before: cheap as long as few chunks cite.
        self.cost += self.text.len();
        let mut text = if self.cost > MAX_CITED { String::new() } else { self.text.clone() };
        let mut starts = Vec::new();
        for part in parts {
            starts.push(text.len());
            if !is_thought(part) {
                text.push_str(&part.get_str("text").unwrap_or_default());
            }
        }
        (text, starts)
    }

    fn part(&mut self, part: Value<'_>, blocks: &mut u32, id: &str, sink: &mut Sink<'_>) -> Result<(), Error> {
        let thought = is_thought(part);
        let signature = part.get_str("thoughtSignature").filter(|signature| !signature.is_empty());
        if let Some(call) = part.get("functionCall") {
            self.call(call, signature, blocks, id, sink);
            return Ok(());
        }
        if let Some(text) = part.get_str("text").filter(|text| !text.is_empty()) {
            if self.open.is_none_or(|open| open.thought != thought) {
                let open = if thought { Open::Reasoning { shown: Shown::Summary, binds: None } } else { Open::Text };
                self.open(open, thought, blocks, sink);
            }
            let Some(Block { number: block, .. }) = self.open else { return Ok(()) };
            if thought {
                sink(Event::Reasoning { block, part: 0, text });
            } else {
                self.text.push_str(&text);
                sink(Event::Text { block, text });
            }
        } else if !thought && (part.get("inlineData").is_some() || part.get("fileData").is_some()) {
            let message = "the answer holds a file, which the caller's API cannot be told";
            return Err(Error::new(Class::UnsupportedOutput, message));
        }
        // `executableCode` and the like are told by no one else, and can be asked for by nobody.
        let Some(bytes) = signature else { return Ok(()) };
        if !self.open.is_some_and(|open| thought && open.thought) {
            // What signs a text stands behind it.
            let shown = if thought { Shown::Summary } else { Shown::Hidden };
            self.open(Open::Reasoning { shown, binds: None }, true, blocks, sink);
        }
        if let Some(Block { number: block, .. }) = self.open {
            sink(Event::Sign { block, bytes });
        }
        // A signed part is whole.
        self.close(sink);
        Ok(())
    }

    fn call(&mut self, call: Value<'_>, signed: Option<Str<'_>>, blocks: &mut u32, id: &str, sink: &mut Sink<'_>) {
        let name = call.get_str("name").unwrap_or_default();
        if name.is_empty() {
            self.finish = Some(Finish::Malformed);
            return;
        }
        let arguments = call.get("args").map_or("{}", |arguments| arguments.raw());
        let given = call.get_str("id").filter(|id| !id.is_empty());
        let id = given.unwrap_or_else(|| Str::Owned(made_up(id, self.index, self.calls, &name, arguments)));
        self.calls += 1;
        let open = Open::Call { id, name, namespace: None, custom: false, signed };
        self.open(open, false, blocks, sink);
        if let Some(Block { number: block, .. }) = self.open.take() {
            sink(Event::Arguments { block, text: Str::Borrowed(arguments) });
            sink(Event::Close { block });
        }
    }

    /// Closes what is open, and opens another block.
    fn open(&mut self, open: Open<'_>, thought: bool, blocks: &mut u32, sink: &mut Sink<'_>) {
        self.close(sink);
        let number = *blocks;
        *blocks += 1;
        if open == Open::Text {
            self.texts.push((number, self.text.len()));
        }
        self.open = Some(Block { number, thought });
        sink(Event::Open { block: number, open });
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        self.cite(sink);
        if let Some(Block { number: block, .. }) = self.open.take() {
            sink(Event::Close { block });
        }
    }

    /// Tells the citations of text that has been told.
    fn cite(&mut self, sink: &mut Sink<'_>) {
        let Self { text, texts, cites, cost, .. } = self;
        if cites.is_empty() {
            return;
        }
        *cost += cites.len();
        cites.retain(|(start, end, citation)| {
            if *end > text.len() {
                return true;
            }
            if *cost > MAX_CITED {
                return false;
            }
            let before = texts.partition_point(|(_, begin)| begin <= start).checked_sub(1);
            let Some((at, (block, begin))) = before.and_then(|at| Some((at, *texts.get(at)?))) else { return false };
            *cost += end.saturating_sub(begin);
            // A span that reaches into the next block ends with this one.
            let limit = texts.get(at + 1).map_or(text.len(), |(_, next)| *next);
            let chars = |to: usize| text.get(begin..to).map_or(0, |told| told.chars().count()) as u64;
            let span = Some((chars(*start), chars((*end).min(limit))));
            sink(Event::Cite { block, citation: Citation { span, ..citation.clone() } });
            false
        });
    }
}

/// An id for a call that has none: the same answer has the same ones every time. Without an id of its own, the call's
/// words stand for the answer.
fn made_up(answer: &str, candidate: u32, call: usize, name: &str, arguments: &str) -> String {
    let mut digits = itoa::Buffer::new();
    let mut id = String::with_capacity(48);
    id.push_str(super::MADE_UP);
    if answer.is_empty() {
        // FNV-1a.
        let words = name.bytes().chain(arguments.bytes());
        let hash =
            words.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        id.push_str(digits.format(hash));
    } else {
        id.push_str(answer);
    }
    if candidate > 0 {
        id.push('_');
        id.push_str(digits.format(candidate));
    }
    id.push('_');
    id.push_str(digits.format(call));
    id
}

/// Why a candidate ends (python-genai, `types.py` `FinishReason`). What nobody knows fails nothing.
fn finish(reason: &str) -> Finish {
    match reason {
        "STOP" => Finish::Stop,
        "MAX_TOKENS" => Finish::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE" | "MODEL_ARMOR"
        | "ESCALATION" => Finish::ContentFilter,
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE"
        | "MALFORMED_RESPONSE" => Finish::Malformed,
        "CONTINUATION" => Finish::Pause,
        image if image.starts_with("IMAGE_") => Finish::ContentFilter,
        _ => Finish::Other,
    }
}

fn logprobs(result: Value<'_>) -> Vec<TokenLogprob<'_>> {
    let pair = |told: Value<'_>| {
        let logprob = told.get("logProbability").and_then(|number| number.number());
        (told.get_str("token").unwrap_or_default().into_owned(), logprob.unwrap_or("0").to_owned())
    };
    let mut tops = result.get("topCandidates").into_iter().flat_map(|tops| tops.elements());
    let chosen = result.get("chosenCandidates").into_iter().flat_map(|chosen| chosen.elements());
    chosen
        .map(|chosen| {
            let (token, logprob) = pair(chosen);
            let top = tops.next().and_then(|top| top.get("candidates"));
            let top = top.into_iter().flat_map(|top| top.elements()).map(|other| {
                let (token, logprob) = pair(other);
                (Str::Owned(token), Str::Owned(logprob))
            });
            TokenLogprob { token: token.into(), logprob: logprob.into(), top: top.collect() }
        })
        .collect()
}
