//! Reading an answer, block by block: a stream's, or a whole one's at once (translation.md 4.4).

use super::block;
use super::usage::read_usage;
use crate::dialect::canonical::bounds::{MAX_OPEN, too_many};
use crate::dialect::canonical::read::{Kind as Json, Value};
use crate::dialect::canonical::{Citation, Event, Open, Search, Shown, Str};
use crate::dialect::codec::Sink;
use crate::usage::Usage;
use crate::wire::json;

/// What is known of an answer so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    started: bool,
    id: String,
    blocks: u32,
    open: Vec<Block>,
    /// Searches whose results are not told yet: id and query.
    searches: Vec<(String, String)>,
    usage: Usage,
    called: bool,
    /// It has told why it ends.
    pub(super) finished: bool,
}

/// A block that has begun and not ended.
#[derive(Debug)]
struct Block {
    /// Its index in the answer.
    index: u64,
    /// Its number among the events.
    number: u32,
    kind: Kind,
    /// Something was said of it.
    told: bool,
    /// What is told when it ends: a signature, a search's input, a call's whole arguments.
    kept: String,
    /// What it cites. A stream may tell so before the text of which it is: it is told when that is whole.
    cites: Vec<Citation<'static>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Reasoning,
    Hidden,
    Call,
    Search,
    /// A block of a server tool that was not asked for.
    Skipped,
}

impl Answer {
    /// The message's head. A second one is none.
    pub(super) fn start(&mut self, message: Value<'_>, sink: &mut Sink<'_>) {
        if self.started {
            return;
        }
        let text = |name| message.get_str(name).unwrap_or_default();
        self.begin(text("id"), text("model"), sink);
        if let Some(usage) = message.get("usage") {
            self.account(usage, sink);
        }
    }

    fn begin(&mut self, id: Str<'_>, model: Str<'_>, sink: &mut Sink<'_>) {
        if !self.started {
            self.started = true;
            self.id = id.clone().into_owned();
            sink(Event::Start { id, model, created: None });
        }
    }

    fn account(&mut self, usage: Value<'_>, sink: &mut Sink<'_>) {
        if read_usage(usage.raw(), &mut self.usage).is_some() {
            self.usage.complete |= self.finished;
            sink(Event::Usage(self.usage));
        }
        match usage.get_str("service_tier").as_deref() {
            Some("standard") => sink(Event::Tier("default".into())),
            Some("priority") => sink(Event::Tier("priority".into())),
            _ => {}
        }
    }

    /// A block begins; what it already says is told.
    pub(super) fn open(&mut self, index: u64, content: Value<'_>, sink: &mut Sink<'_>) {
        self.begin(Str::default(), Str::default(), sink);
        self.close(index, sink);
        let text = |name| content.get_str(name).filter(|text| !text.is_empty());
        match &*content.get_str("type").unwrap_or_default() {
            "text" => {
                self.add(index, Kind::Text, sink);
                if let Some(said) = text("text") {
                    self.say(index, said, sink);
                }
                for citation in content.get("citations").iter().flat_map(Value::elements) {
                    self.cite(index, citation, sink);
                }
            }
            "thinking" => {
                self.add(index, Kind::Reasoning, sink);
                if let Some(thought) = text("thinking") {
                    self.think(index, thought, sink);
                }
                if let Some(signature) = text("signature") {
                    self.keep(index, Kind::Reasoning, &signature);
                }
            }
            "redacted_thinking" => {
                let block = self.add(index, Kind::Hidden, sink);
                if let Some(bytes) = text("data") {
                    sink(Event::Sign { block, bytes });
                }
            }
            "tool_use" => self.call(index, content, sink),
            "server_tool_use" if content.get("name").is_some_and(|name| name.is("web_search")) => {
                self.add(index, Kind::Search, sink);
                if self.searches.len() >= MAX_OPEN {
                    sink(Event::Error(Box::new(too_many("searches without results"))));
                    return;
                }
                self.searches.push((content.get_str("id").unwrap_or_default().into_owned(), String::new()));
                if let Some(input) = content.get("input").filter(|input| !input.is_empty()) {
                    self.keep(index, Kind::Search, input.raw());
                }
            }
            "web_search_tool_result" => {
                self.add(index, Kind::Skipped, sink);
                self.found(content, sink);
            }
            _ => {
                self.add(index, Kind::Skipped, sink);
            }
        }
    }

    fn call(&mut self, index: u64, content: Value<'_>, sink: &mut Sink<'_>) {
        let number = self.next(index, Kind::Call, sink);
        self.called = true;
        let id = content.get_str("id").filter(|id| !id.is_empty()).unwrap_or_else(|| {
            let mut buffer = itoa::Buffer::new();
            ["gl_", &self.id, "_", buffer.format(index)].concat().into()
        });
        let name = content.get_str("name").unwrap_or_default();
        let open = Open::Call { id, name, namespace: None, custom: false, signed: None };
        sink(Event::Open { block: number, open });
        // Whole arguments count where no fragments follow.
        match content.get("input") {
            Some(input) if input.kind() == Json::String => {
                self.keep(index, Kind::Call, &input.str().unwrap_or_default())
            }
            Some(input) => self.keep(index, Kind::Call, input.raw()),
            None => {}
        }
    }

    /// What a search has found; an error has found nothing.
    fn found(&mut self, content: Value<'_>, sink: &mut Sink<'_>) {
        let id = content.get_str("tool_use_id").unwrap_or_default();
        let asked = self.searches.iter().position(|(known, _)| *known == id).map(|at| self.searches.remove(at).1);
        let text = |result: &Value<'_>, name| result.get_str(name).map(|text| Str::Owned(text.into_owned()));
        let results = content.get("content");
        let sources = results.iter().flat_map(Value::elements).filter_map(|result| {
            let url = text(&result, "url")?;
            Some((url, text(&result, "title").unwrap_or_default(), text(&result, "encrypted_content")))
        });
        let complete = asked.is_some();
        let queries = asked.filter(|query| !query.is_empty()).map(Str::Owned).into_iter().collect();
        sink(Event::Search(Search { id, queries, sources: sources.collect(), complete }));
    }

    /// More of a block. A delta of a kind that does not fit its block is told by its own kind.
    pub(super) fn delta(&mut self, index: u64, delta: Value<'_>, sink: &mut Sink<'_>) {
        let text = |name| delta.get_str(name).filter(|text| !text.is_empty());
        match &*delta.get_str("type").unwrap_or_default() {
            "text_delta" => {
                if let Some(said) = text("text") {
                    self.say(index, said, sink);
                }
            }
            "thinking_delta" => {
                if let Some(thought) = text("thinking") {
                    self.think(index, thought, sink);
                }
            }
            "signature_delta" => {
                if let Some(signature) = text("signature") {
                    self.fitting(index, Kind::Reasoning, sink);
                    self.keep(index, Kind::Reasoning, &signature);
                }
            }
            "input_json_delta" => {
                if let Some(fragment) = text("partial_json") {
                    self.argue(index, fragment, sink);
                }
            }
            "citations_delta" => {
                if let Some(citation) = delta.get("citation") {
                    self.cite(index, citation, sink);
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, index: u64, text: Str<'_>, sink: &mut Sink<'_>) {
        let block = self.fitting(index, Kind::Text, sink);
        sink(Event::Text { block, text });
    }

    fn think(&mut self, index: u64, text: Str<'_>, sink: &mut Sink<'_>) {
        let block = self.fitting(index, Kind::Reasoning, sink);
        sink(Event::Reasoning { block, part: 0, text });
    }

    fn cite(&mut self, index: u64, told: Value<'_>, sink: &mut Sink<'_>) {
        let number = self.fitting(index, Kind::Text, sink);
        if let Some(block) = self.open.iter_mut().rev().find(|block| block.number == number) {
            block.cites.push(citation(told).into_owned());
        }
    }

    fn argue(&mut self, index: u64, fragment: Str<'_>, sink: &mut Sink<'_>) {
        let Some(block) = self.open.iter_mut().rev().find(|block| block.index == index) else { return };
        match block.kind {
            Kind::Call => {
                block.told = true;
                sink(Event::Arguments { block: block.number, text: fragment });
            }
            Kind::Search => {
                if !std::mem::replace(&mut block.told, true) {
                    block.kept.clear();
                }
                block.kept.push_str(&fragment);
            }
            _ => {}
        }
    }

    /// A block ends.
    pub(super) fn close(&mut self, index: u64, sink: &mut Sink<'_>) {
        let Some(at) = self.open.iter().rposition(|block| block.index == index) else { return };
        let block = self.open.remove(at);
        let number = block.number;
        match block.kind {
            Kind::Text if !block.told => return,
            Kind::Text => {
                for citation in block.cites {
                    sink(Event::Cite { block: number, citation });
                }
            }
            Kind::Hidden => {}
            Kind::Reasoning => {
                if !block.kept.is_empty() {
                    sink(Event::Sign { block: number, bytes: block.kept.into() });
                }
            }
            Kind::Call => {
                if !block.told {
                    let text = if block.kept.is_empty() { "{}".into() } else { block.kept.into() };
                    sink(Event::Arguments { block: number, text });
                }
            }
            Kind::Search => {
                let query = json::get(&block.kept, "query");
                if let (Some(query), Some(search)) = (json::string(query), self.searches.last_mut()) {
                    search.1 = query.into_owned();
                }
                return;
            }
            Kind::Skipped => return,
        }
        sink(Event::Close { block: number });
    }

    /// Why the message ends, and what it has used. May come several times; the first reason counts.
    pub(super) fn end(&mut self, delta: Value<'_>, usage: Option<Value<'_>>, sink: &mut Sink<'_>) {
        let reason = delta.get_str("stop_reason");
        let ends = reason.is_some() && !self.finished;
        if ends {
            self.finished = true;
            self.settle(sink);
        }
        if let Some(usage) = usage {
            self.account(usage, sink);
        }
        if let (true, Some(reason)) = (ends, reason) {
            let stop_sequence = delta.get_str("stop_sequence");
            sink(Event::Finish { reason: block::finish(&reason), stop_sequence });
        }
    }

    /// The answer is over, and some servers do not say why.
    pub(super) fn end_untold(&mut self, usage: Option<Value<'_>>, sink: &mut Sink<'_>) {
        self.finished = true;
        self.settle(sink);
        if let Some(usage) = usage {
            self.account(usage, sink);
        }
        let reason = block::finish(if self.called { "tool_use" } else { "end_turn" });
        sink(Event::Finish { reason, stop_sequence: None });
    }

    /// Ends what is open, and tells of the searches that have found nothing.
    fn settle(&mut self, sink: &mut Sink<'_>) {
        self.begin(Str::default(), Str::default(), sink);
        while let Some(index) = self.open.first().map(|block| block.index) {
            self.close(index, sink);
        }
        for (id, query) in std::mem::take(&mut self.searches) {
            let queries = Some(query).filter(|query| !query.is_empty()).map(Str::Owned).into_iter().collect();
            sink(Event::Search(Search { id: id.into(), queries, sources: Vec::new(), complete: false }));
        }
    }

    /// The number of the block at the index that can be told something of that kind; another one begins there if need be.
    fn fitting(&mut self, index: u64, kind: Kind, sink: &mut Sink<'_>) -> u32 {
        self.begin(Str::default(), Str::default(), sink);
        let number = match self.open.iter().rev().find(|block| block.index == index) {
            Some(block) if block.kind == kind => block.number,
            Some(_) => {
                self.close(index, sink);
                self.add(index, kind, sink)
            }
            None => self.add(index, kind, sink),
        };
        // A text block begins with its first text.
        if let Some(block) = self.open.iter_mut().rev().find(|block| block.number == number)
            && !std::mem::replace(&mut block.told, true)
            && kind == Kind::Text
        {
            sink(Event::Open { block: number, open: Open::Text });
        }
        number
    }

    fn add(&mut self, index: u64, kind: Kind, sink: &mut Sink<'_>) -> u32 {
        let block = self.next(index, kind, sink);
        let shown = match kind {
            Kind::Reasoning => Shown::Summary,
            Kind::Hidden => Shown::Hidden,
            Kind::Text | Kind::Call | Kind::Search | Kind::Skipped => return block,
        };
        sink(Event::Open { block, open: Open::Reasoning { shown, binds: None } });
        block
    }

    fn next(&mut self, index: u64, kind: Kind, sink: &mut Sink<'_>) -> u32 {
        let number = self.blocks;
        if self.open.len() >= MAX_OPEN {
            sink(Event::Error(Box::new(too_many("parts open at once"))));
            return number;
        }
        self.blocks = self.blocks.saturating_add(1);
        self.open.push(Block { index, number, kind, told: false, kept: String::new(), cites: Vec::new() });
        number
    }

    fn keep(&mut self, index: u64, kind: Kind, text: &str) {
        if let Some(block) = self.open.iter_mut().rev().find(|block| block.index == index && block.kind == kind) {
            block.kept.push_str(text);
        }
    }
}

/// A citation: `types/citations_delta.py`.
fn citation(told: Value<'_>) -> Citation<'_> {
    let text = |name| told.get_str(name).unwrap_or_default();
    let cited = told.get_str("cited_text");
    match &*text("type") {
        "web_search_result_location" => Citation {
            url: text("url"),
            title: text("title"),
            cited,
            encrypted: told.get_str("encrypted_index"),
            ..Citation::default()
        },
        "search_result_location" => {
            let url = text("source");
            let document = !url.starts_with("http");
            Citation { url, title: text("title"), cited, document, ..Citation::default() }
        }
        _ => Citation {
            url: text("document_title"),
            title: text("document_title"),
            cited,
            document: true,
            ..Citation::default()
        },
    }
}
