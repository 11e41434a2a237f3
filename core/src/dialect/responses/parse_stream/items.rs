//! The items of an answer as blocks.

use crate::dialect::canonical::bounds::MAX_OPEN;
use crate::dialect::canonical::read::{Doc, Value};
use crate::dialect::canonical::{Citation, Event, Index, Open, Search, Shown, Str, TokenLogprob};
use crate::dialect::codec::Sink;

/// Where an item stands: by its place in the output, or else by its id. Ids alone would not do: some servers make up new
/// ones for every event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place<'a> {
    pub(super) index: Option<u64>,
    pub(super) id: &'a str,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Text,
    Refusal,
    Summary,
    Raw,
    Call,
}

impl Lane {
    /// What a delta is of; `None` if the event is none that is read.
    pub(super) fn of_delta(kind: &str) -> Option<Self> {
        Some(match kind.strip_prefix("response.")?.strip_suffix(".delta")? {
            "output_text" => Lane::Text,
            "refusal" => Lane::Refusal,
            "reasoning_summary_text" => Lane::Summary,
            "reasoning_text" => Lane::Raw,
            "function_call_arguments" | "custom_tool_call_input" => Lane::Call,
            _ => return None,
        })
    }

    fn of_part(kind: &str) -> Option<Self> {
        Some(match kind {
            "output_text" => Lane::Text,
            "refusal" => Lane::Refusal,
            "summary_text" => Lane::Summary,
            "reasoning_text" => Lane::Raw,
            _ => return None,
        })
    }

    fn is_reasoning(self) -> bool {
        matches!(self, Lane::Summary | Lane::Raw)
    }
}

/// What was told of an answer's items.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    items: Vec<Item>,
    /// Where the last item of each id is.
    by_id: Index<'static>,
    /// The items of each index.
    by_index: Index<'static>,
    alike: Vec<Alike>,
    next: u32,
    /// The response's id: ids of calls are made of it where there is none.
    pub(super) response: String,
    /// How many calls there are.
    pub(super) calls: u32,
    /// The model has declined.
    pub(super) refused: bool,
    /// There is more than any answer has: nothing more is kept.
    pub(super) too_many: bool,
}

/// Where the items of one index are.
#[derive(Debug, Default)]
struct Alike {
    /// Those that have not ended.
    open: Vec<usize>,
    last: usize,
}

#[derive(Debug, Default)]
struct Item {
    index: u64,
    id: String,
    /// It was told of by an event of its own.
    added: bool,
    done: bool,
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    lane: Lane,
    /// Which part of a message it is.
    part: u64,
    number: u32,
    /// How many bytes of its text were told, part by part.
    told: Vec<usize>,
    /// How many annotations were told.
    cited: usize,
    logprobs: bool,
}

impl Blocks {
    /// `output_item.added`.
    pub(super) fn added(&mut self, item: Value<'_>, index: Option<u64>, sink: &mut Sink<'_>) {
        let id = item.get_str("id").unwrap_or_default();
        let index = index.unwrap_or(self.items.len() as u64);
        // One that deltas have begun; few of an index are open at once.
        let begun = |at: &&usize| self.items.get(**at).is_some_and(|known| !known.added);
        let known = self.alike(index).and_then(|alike| alike.open.iter().rev().find(begun)).copied();
        let at = known.unwrap_or_else(|| self.push(index, ""));
        if let Some(known) = self.items.get_mut(at) {
            known.added = true;
            known.id = id.clone().into_owned();
            self.by_id.insert(id.into_owned().into(), at);
        }
        // A call without a name is told when it has one.
        if item.get("name").is_some_and(|name| !name.is_empty()) && item.get("call_id").is_some() {
            self.call(at, item, sink);
        }
    }

    /// `output_item.done`.
    pub(super) fn done(&mut self, item: Value<'_>, index: Option<u64>, sink: &mut Sink<'_>) {
        let id = item.get_str("id").unwrap_or_default();
        let at = self.find_or_add(Place { index, id: &id });
        if self.items.get(at).is_some_and(|known| known.done) {
            // Told again, or another item of a server that does not count.
            if index.is_none() || self.items.get(at).is_some_and(|known| known.id == id) {
                return;
            }
            let at = self.push(index.unwrap_or_default(), &id);
            self.whole(at, item, sink);
            return;
        }
        self.whole(at, item, sink);
    }

    /// An item of the whole response at its end: told if it was not.
    pub(super) fn missed(&mut self, item: Value<'_>, index: u64, sink: &mut Sink<'_>) {
        let id = item.get_str("id").unwrap_or_default();
        let known = self.by_id.get(&id).filter(|_| !id.is_empty());
        let at = known.unwrap_or_else(|| self.find_or_add(Place { index: Some(index), id: &id }));
        if self.items.get(at).is_some_and(|known| !known.done) {
            self.whole(at, item, sink);
        }
    }

    /// More of a text, of reasoning or of arguments.
    pub(super) fn delta(&mut self, lane: Lane, place: Place<'_>, part: u64, text: Str<'_>, sink: &mut Sink<'_>) {
        let at = self.find_or_add(place);
        let Some((block, told)) = self.block(at, lane, part, sink) else { return };
        *told += text.len();
        if text.is_empty() {
            return;
        }
        sink(match lane {
            Lane::Text | Lane::Refusal => Event::Text { block, text },
            Lane::Summary | Lane::Raw => Event::Reasoning { block, part: narrow(part), text },
            Lane::Call => Event::Arguments { block, text },
        });
    }

    /// `content_part.added`, `content_part.done`, and each part of a finished item.
    pub(super) fn part(&mut self, part: Value<'_>, place: Place<'_>, index: u64, sink: &mut Sink<'_>) {
        let at = self.find_or_add(place);
        self.whole_part(at, part, index, true, sink);
    }

    /// `output_text.annotation.added`.
    pub(super) fn annotation(&mut self, annotation: Value<'_>, place: Place<'_>, part: u64, sink: &mut Sink<'_>) {
        let at = self.find_or_add(place);
        let Some(block) = self.known_block(at, Lane::Text, part) else { return };
        block.cited += 1;
        cite(block.number, annotation, sink);
    }

    /// The log probabilities of a delta.
    pub(super) fn logprobs(&mut self, place: Place<'_>, part: u64, json: &str, sink: &mut Sink<'_>) {
        let at = self.find_or_add(place);
        let Ok(doc) = Doc::parse(json) else { return };
        if let Some(block) = self.known_block(at, Lane::Text, part) {
            block.logprobs = true;
            tell_logprobs(doc.root(), sink);
        }
    }

    /// The answer is whole: what is open ends.
    pub(super) fn close(&mut self, sink: &mut Sink<'_>) {
        for at in 0..self.items.len() {
            self.close_item(at, sink);
        }
    }

    fn close_item(&mut self, at: usize, sink: &mut Sink<'_>) {
        if let Some(item) = self.items.get_mut(at).filter(|item| !item.done) {
            item.done = true;
            let mut digits = itoa::Buffer::new();
            let alike = self.by_index.get(digits.format(item.index)).and_then(|alike| self.alike.get_mut(alike));
            // Mostly it is the last.
            if let Some(open) = alike.map(|alike| &mut alike.open)
                && let Some(place) = open.iter().rposition(|open| *open == at)
            {
                open.remove(place);
            }
            // Nothing more is told of them.
            for block in std::mem::take(&mut item.blocks) {
                sink(Event::Close { block: block.number });
            }
        }
    }

    /// The item of that place: the last one, should a server count wrong.
    fn find_or_add(&mut self, place: Place<'_>) -> usize {
        let found = match place.index {
            Some(index) => self.alike(index).map(|alike| alike.open.last().copied().unwrap_or(alike.last)),
            None if place.id.is_empty() => self.items.len().checked_sub(1),
            None => self.by_id.get(place.id),
        };
        found.unwrap_or_else(|| self.push(place.index.unwrap_or(self.items.len() as u64), place.id))
    }

    /// Another item. Says where it is.
    fn push(&mut self, index: u64, id: &str) -> usize {
        let at = self.items.len();
        self.items.push(Item { index, id: id.to_owned(), ..Item::default() });
        self.by_id.insert(id.to_owned().into(), at);
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(index);
        let place = self.by_index.get(digits).unwrap_or_else(|| {
            self.by_index.insert(digits.to_owned().into(), self.alike.len());
            self.alike.push(Alike::default());
            self.alike.len() - 1
        });
        if let Some(alike) = self.alike.get_mut(place) {
            alike.last = at;
            alike.open.push(at);
            // What looks for one of them looks at all.
            self.too_many |= alike.open.len() > MAX_OPEN;
        }
        at
    }

    /// The items of an index.
    fn alike(&self, index: u64) -> Option<&Alike> {
        self.alike.get(self.by_index.get(itoa::Buffer::new().format(index))?)
    }

    fn known_block(&mut self, at: usize, lane: Lane, part: u64) -> Option<&mut Block> {
        let item = self.items.get_mut(at).filter(|item| !item.done)?;
        item.blocks.iter_mut().find(|block| block.lane == lane && block.part == part)
    }

    /// The number of the block, and how much of the part was told. A text's or thought's is opened if it is not; a call
    /// that was not told of is told when its item is whole.
    fn block(&mut self, at: usize, lane: Lane, part: u64, sink: &mut Sink<'_>) -> Option<(u32, &mut usize)> {
        // All of an item's reasoning is one block; of a message each part is.
        let (own, within) = match lane {
            Lane::Text | Lane::Refusal => (part, 0),
            Lane::Summary | Lane::Raw => (0, part.min(MAX_PARTS)),
            Lane::Call => (0, 0),
        };
        if self.known_block(at, lane, own).is_none() {
            let open = match lane {
                Lane::Text => Open::Text,
                Lane::Refusal => Open::Refusal,
                Lane::Summary => Open::Reasoning { shown: Shown::Summary, binds: None },
                Lane::Raw => Open::Reasoning { shown: Shown::Raw, binds: None },
                Lane::Call => return None,
            };
            self.open(at, lane, own, open, sink)?;
        }
        let block = self.known_block(at, lane, own)?;
        let within = usize::try_from(within).ok()?;
        if block.told.len() <= within {
            block.told.resize(within + 1, 0);
        }
        let number = block.number;
        block.told.get_mut(within).map(|told| (number, told))
    }

    fn open(&mut self, at: usize, lane: Lane, part: u64, open: Open<'_>, sink: &mut Sink<'_>) -> Option<()> {
        let item = self.items.get_mut(at).filter(|item| !item.done)?;
        if item.blocks.len() >= MAX_OPEN {
            self.too_many = true;
            return None;
        }
        let number = self.next;
        self.next += 1;
        self.refused |= lane == Lane::Refusal;
        item.blocks.push(Block { lane, part, number, told: Vec::new(), cited: 0, logprobs: false });
        sink(Event::Open { block: number, open });
        Some(())
    }

    /// A call is told of, unless it was or is none.
    fn call(&mut self, at: usize, item: Value<'_>, sink: &mut Sink<'_>) {
        let kind = item.get_str("type").unwrap_or_default();
        let custom = kind == "custom_tool_call";
        let is_search = kind == "tool_search_call" && item.get("execution").is_some_and(|run| run.is("client"));
        if self.known_block(at, Lane::Call, 0).is_some() || !(custom || is_search || kind == "function_call") {
            return;
        }
        let told = item.get_str("call_id").or_else(|| item.get_str("id")).filter(|id| !id.is_empty());
        let id = told.unwrap_or_else(|| {
            let index = itoa::Buffer::new().format(at).to_owned();
            ["gl_", &self.response, "_", &index].concat().into()
        });
        let name = if is_search { "tool_search".into() } else { item.get_str("name").unwrap_or_default() };
        let open = Open::Call { id, name, namespace: item.get_str("namespace"), custom, signed: None };
        if self.open(at, Lane::Call, 0, open, sink).is_some() {
            self.calls += 1;
        }
    }

    /// An item is whole: what was not told of it is told, and it ends.
    fn whole(&mut self, at: usize, item: Value<'_>, sink: &mut Sink<'_>) {
        match &*item.get_str("type").unwrap_or_default() {
            "message" => {
                for (index, part) in item.get("content").iter().flat_map(|content| content.elements()).enumerate() {
                    if self.too_many {
                        break;
                    }
                    self.whole_part(at, part, index as u64, false, sink);
                }
            }
            "reasoning" => {
                for list in ["summary", "content"] {
                    for (index, part) in item.get(list).iter().flat_map(|parts| parts.elements()).enumerate() {
                        self.whole_part(at, part, index as u64, false, sink);
                    }
                }
                if let Some(bytes) = item.get_str("encrypted_content").filter(|bytes| !bytes.is_empty()) {
                    self.sign(at, bytes, sink);
                }
            }
            "function_call" => self.whole_call(at, item, item.get_str("arguments").unwrap_or_default(), sink),
            "custom_tool_call" => self.whole_call(at, item, item.get_str("input").unwrap_or_default(), sink),
            "tool_search_call" => {
                self.whole_call(at, item, item.get("arguments").map_or("", |json| json.raw()).into(), sink);
            }
            "web_search_call" => search(item, sink),
            // Other tools of the vendor's have been asked for by nobody who speaks another dialect.
            _ => {}
        }
        self.close_item(at, sink);
    }

    /// A part that is told whole. One that is told `early` is announced though it says nothing yet.
    fn whole_part(&mut self, at: usize, part: Value<'_>, index: u64, early: bool, sink: &mut Sink<'_>) {
        let Some(lane) = Lane::of_part(&part.get_str("type").unwrap_or_default()) else { return };
        let text = part.get_str(if lane == Lane::Refusal { "refusal" } else { "text" }).unwrap_or_default();
        let is_message = !lane.is_reasoning();
        if text.is_empty() && !early && self.known_block(at, lane, if is_message { index } else { 0 }).is_none() {
            return;
        }
        let Some((block, told)) = self.block(at, lane, index, sink) else { return };
        if let Some(rest) = text.get(*told..).filter(|rest| !rest.is_empty()) {
            let rest = Str::Borrowed(rest);
            sink(match lane.is_reasoning() {
                true => Event::Reasoning { block, part: narrow(index), text: rest },
                false => Event::Text { block, text: rest },
            });
            *told = text.len();
        }
        let Some(known) = self.known_block(at, Lane::Text, index).filter(|known| known.number == block) else { return };
        let annotations = part.get("annotations");
        for annotation in annotations.iter().flat_map(|annotations| annotations.elements()).skip(known.cited) {
            known.cited += 1;
            cite(known.number, annotation, sink);
        }
        if let Some(logprobs) = part.get("logprobs").filter(|logprobs| !known.logprobs && !logprobs.is_empty()) {
            known.logprobs = true;
            tell_logprobs(logprobs, sink);
        }
    }

    fn whole_call(&mut self, at: usize, item: Value<'_>, arguments: Str<'_>, sink: &mut Sink<'_>) {
        self.call(at, item, sink);
        let Some((block, told)) = self.block(at, Lane::Call, 0, sink) else { return };
        if let Some(rest) = arguments.get(*told..).filter(|rest| !rest.is_empty()) {
            *told = arguments.len();
            sink(Event::Arguments { block, text: rest.into() });
        }
    }

    /// Signs an item of reasoning: its first block, or one that is hidden.
    fn sign(&mut self, at: usize, bytes: Str<'_>, sink: &mut Sink<'_>) {
        let shown = [Lane::Summary, Lane::Raw].into_iter().find_map(|lane| Some(self.known_block(at, lane, 0)?.number));
        let block = shown.unwrap_or(self.next);
        if shown.is_none() {
            let open = Open::Reasoning { shown: Shown::Hidden, binds: None };
            if self.open(at, Lane::Summary, 0, open, sink).is_none() {
                return;
            }
        }
        sink(Event::Sign { block, bytes });
    }
}

/// More parts than this no summary has.
const MAX_PARTS: u64 = 4095;

fn narrow(part: u64) -> u32 {
    u32::try_from(part).unwrap_or(u32::MAX)
}

fn cite(block: u32, annotation: Value<'_>, sink: &mut Sink<'_>) {
    let count = |name: &str| annotation.get(name).and_then(|index| index.count());
    let text = |name: &str| annotation.get_str(name).unwrap_or_default();
    let citation = match &*text("type") {
        "url_citation" => Citation {
            url: text("url"),
            title: text("title"),
            span: count("start_index").zip(count("end_index")),
            ..Citation::default()
        },
        "file_citation" => {
            Citation { url: text("file_id"), title: text("filename"), document: true, ..Citation::default() }
        }
        _ => return,
    };
    sink(Event::Cite { block, citation });
}

fn tell_logprobs(list: Value<'_>, sink: &mut Sink<'_>) {
    fn token(value: Value<'_>) -> Option<(Str<'_>, Str<'_>)> {
        Some((value.get_str("token")?, value.get("logprob")?.number()?.into()))
    }
    let tokens = list.elements().filter_map(|value| {
        let (text, logprob) = token(value)?;
        let top = value.get("top_logprobs");
        let top = top.iter().flat_map(|top| top.elements()).filter_map(token).collect();
        Some(TokenLogprob { token: text, logprob, top })
    });
    sink(Event::Logprobs(tokens.collect()));
}

/// A search; pages that were opened are none.
fn search(item: Value<'_>, sink: &mut Sink<'_>) {
    let Some(action) = item.get("action").filter(|action| action.get("type").is_some_and(|kind| kind.is("search")))
    else {
        return;
    };
    let mut queries: Vec<_> =
        action.get("queries").iter().flat_map(|queries| queries.elements()).filter_map(|query| query.str()).collect();
    if queries.is_empty() {
        queries.extend(action.get_str("query"));
    }
    let sources = action.get("sources");
    let sources = sources.iter().flat_map(|sources| sources.elements());
    let sources: Vec<_> = sources
        .filter_map(|source| Some((source.get_str("url")?, source.get_str("title").unwrap_or_default(), None)))
        .collect();
    let complete = !queries.is_empty() && !sources.is_empty();
    sink(Event::Search(Search { id: item.get_str("id").unwrap_or_default(), queries, sources, complete }));
}
