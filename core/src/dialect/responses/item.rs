//! An item of an answer's output, as it is written: in the events of a stream, in its terminal event, and in a whole answer
//! (openai-python, `types/responses/response_output_item.py`).

use crate::dialect::canonical::event::{Citation, Search, TokenLogprob};
use crate::dialect::canonical::{Open, Shown};
use crate::store::RequestId;
use crate::wire::json;
use crate::wire::write::Writer;

/// An item.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) kind: ItemKind,
}

/// What an item is.
#[derive(Debug)]
pub(super) enum ItemKind {
    /// What the model says.
    Message(Vec<Content>),
    /// What it thinks.
    Reasoning { shown: Shown, texts: Vec<String>, signed: Option<String> },
    /// It calls a tool.
    Call(Call),
    /// It has searched the web.
    Search(Search<'static>),
}

/// A part of a message.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// The model declines.
    pub(super) refusal: bool,
    pub(super) text: String,
    /// The elements of `annotations`, as they are written, and how many.
    pub(super) annotations: Vec<u8>,
    pub(super) annotated: u64,
    /// The elements of `logprobs`, as they are written.
    pub(super) logprobs: Vec<u8>,
}

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) kind: CallKind,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) arguments: String,
}

/// Which item a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallKind {
    /// `function_call`.
    Function,
    /// `custom_tool_call`.
    Custom,
    /// `tool_search_call`, run by the client.
    ToolSearch,
}

/// How far an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    InProgress,
    Completed,
    /// The answer was cut in it.
    Incomplete,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Status::InProgress => "in_progress",
            Status::Completed => "completed",
            Status::Incomplete => "incomplete",
        }
    }
}

impl Item {
    /// An item of that kind. Its id is made of the request's and its place: no upstream's would do for all of an answer.
    pub(super) fn new(kind: ItemKind, request: RequestId, index: u64) -> Self {
        let prefix = match &kind {
            ItemKind::Message(_) => "msg_",
            ItemKind::Reasoning { .. } => "rs_",
            ItemKind::Call(Call { kind: CallKind::Function, .. }) => "fc_",
            ItemKind::Call(Call { kind: CallKind::Custom, .. }) => "ctc_",
            ItemKind::Call(Call { kind: CallKind::ToolSearch, .. }) => "tsc_",
            ItemKind::Search(_) => "ws_",
        };
        Self { id: [prefix, &bits(request), itoa::Buffer::new().format(index)].concat(), kind }
    }

    /// The item that a block is.
    pub(super) fn of(open: &Open<'_>, tool_search: bool, request: RequestId, index: u64) -> Self {
        let kind = match open {
            Open::Text | Open::Refusal => ItemKind::Message(Vec::new()),
            Open::Reasoning { shown, .. } => ItemKind::Reasoning { shown: *shown, texts: Vec::new(), signed: None },
            Open::Call { id, name, namespace, custom, .. } => ItemKind::Call(Call {
                kind: CallKind::of(name, *custom, tool_search),
                id: id.to_string(),
                name: name.to_string(),
                namespace: namespace.as_ref().map(ToString::to_string),
                arguments: String::new(),
            }),
        };
        Self::new(kind, request, index)
    }

    /// What is so only when all is known: a signed thought without words is told from a hidden one by a summary that is
    /// empty, and a call without arguments has none.
    pub(super) fn settle(&mut self) {
        match &mut self.kind {
            ItemKind::Reasoning { shown, texts, signed: Some(_) } if *shown != Shown::Hidden && texts.is_empty() => {
                *shown = Shown::Summary;
                texts.push(String::new());
            }
            ItemKind::Call(call) if call.kind != CallKind::Custom && call.arguments.trim().is_empty() => {
                call.arguments = "{}".to_owned();
            }
            _ => {}
        }
    }

    /// Writes the item.
    pub(super) fn write(&self, json: &mut Writer, status: Status, sources: bool) {
        json.open().str_member("id", &self.id);
        match &self.kind {
            ItemKind::Message(parts) => {
                json.str_member("type", "message").str_member("status", status.name()).str_member("role", "assistant");
                json.key("content").open_array();
                for part in parts {
                    part.write(json);
                }
                json.close_array();
            }
            ItemKind::Reasoning { shown, texts, signed } => {
                json.str_member("type", "reasoning").key("summary").open_array();
                if *shown != Shown::Raw {
                    write_texts(json, "summary_text", texts);
                }
                json.close_array();
                if *shown == Shown::Raw {
                    json.key("content").open_array();
                    write_texts(json, "reasoning_text", texts);
                    json.close_array();
                }
                if let Some(signed) = signed {
                    json.str_member("encrypted_content", signed);
                }
                json.str_member("status", status.name());
            }
            ItemKind::Call(call) => call.write(json, status),
            ItemKind::Search(search) => write_search(json, search, status, sources),
        }
        json.close();
    }
}

fn write_texts(json: &mut Writer, kind: &str, texts: &[String]) {
    for text in texts {
        json.open().str_member("type", kind).str_member("text", text).close();
    }
}

impl CallKind {
    pub(super) fn of(name: &str, custom: bool, tool_search: bool) -> Self {
        match (custom, tool_search && name == "tool_search") {
            (true, _) => CallKind::Custom,
            (false, true) => CallKind::ToolSearch,
            (false, false) => CallKind::Function,
        }
    }
}

impl Call {
    fn write(&self, json: &mut Writer, status: Status) {
        json.str_member(
            "type",
            match self.kind {
                CallKind::Function => "function_call",
                CallKind::Custom => "custom_tool_call",
                CallKind::ToolSearch => "tool_search_call",
            },
        );
        json.str_member("status", status.name()).str_member("call_id", &self.id);
        match self.kind {
            CallKind::Function => json.str_member("arguments", &self.arguments),
            CallKind::Custom => json.str_member("input", &self.arguments),
            CallKind::ToolSearch => {
                json.str_member("execution", "client").key("arguments");
                if self.arguments.is_empty() {
                    json.open().close();
                } else if json::is_valid(&self.arguments) {
                    json.raw(&self.arguments);
                } else {
                    json.string(&self.arguments);
                }
                return;
            }
        };
        json.str_member("name", &self.name);
        if let Some(namespace) = &self.namespace {
            json.str_member("namespace", namespace);
        }
    }
}

fn write_search(json: &mut Writer, search: &Search<'_>, status: Status, sources: bool) {
    json.str_member("type", "web_search_call").str_member("status", status.name());
    json.key("action").open().str_member("type", "search");
    if let Some(query) = search.queries.first() {
        json.str_member("query", query);
    }
    json.key("queries").open_array();
    for query in &search.queries {
        json.string(query);
    }
    json.close_array();
    if sources {
        json.key("sources").open_array();
        for (url, ..) in &search.sources {
            json.open().str_member("type", "url").str_member("url", url).close();
        }
        json.close_array();
    }
    json.close();
}

impl Content {
    /// Writes the part.
    pub(super) fn write(&self, json: &mut Writer) {
        if self.refusal {
            json.open().str_member("type", "refusal").str_member("refusal", &self.text).close();
            return;
        }
        json.open().str_member("type", "output_text").key("annotations").open_array().raw(told(&self.annotations));
        json.close_array().key("logprobs").open_array().raw(told(&self.logprobs)).close_array();
        json.str_member("text", &self.text).close();
    }

    /// A span of the text is cited; `start` is where its block begins in it. Returns the annotation as it is written,
    /// unless it has no slot here: documents of other vendors have no file's id.
    pub(super) fn cite(&mut self, citation: &Citation<'_>, start: usize) -> Option<String> {
        if citation.document || self.refusal {
            return None;
        }
        let before = characters(self.text.get(..start).unwrap_or_default());
        let (from, to) = citation.span.unwrap_or_else(|| (0, characters(&self.text).saturating_sub(before)));
        let mut json = Writer::line(Vec::new());
        json.open().str_member("type", "url_citation");
        json.count_member("start_index", before + from).count_member("end_index", before + to);
        json.str_member("title", &citation.title).str_member("url", &citation.url).close();
        let written = String::from_utf8(json.into_bytes()).unwrap_or_default();
        self.annotated += 1;
        append(&mut self.annotations, &written);
        Some(written)
    }

    /// The log probabilities of tokens of the text. Returns the list's elements as they are written.
    pub(super) fn logprobs(&mut self, tokens: &[TokenLogprob<'_>]) -> String {
        let mut json = Writer::line(Vec::new());
        for TokenLogprob { token, logprob, top } in tokens {
            write_token(&mut json, token, logprob);
            json.key("top_logprobs").open_array();
            for (token, logprob) in top {
                write_token(&mut json, token, logprob);
                json.close();
            }
            json.close_array().close();
        }
        let written = String::from_utf8(json.into_bytes()).unwrap_or_default();
        append(&mut self.logprobs, &written);
        written
    }
}

fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

fn write_token(json: &mut Writer, token: &str, logprob: &str) {
    json.open().str_member("token", token).raw_member("logprob", logprob).key("bytes").open_array();
    for byte in token.bytes() {
        json.count(byte.into());
    }
    json.close_array();
}

/// Appends elements to those of a list.
pub(super) fn append(list: &mut Vec<u8>, elements: &str) {
    if !list.is_empty() {
        list.push(b',');
    }
    list.extend_from_slice(elements.as_bytes());
}

/// Written JSON as text: it is UTF-8, since texts went into it.
pub(super) fn told(list: &[u8]) -> &str {
    std::str::from_utf8(list).unwrap_or_default()
}

/// A request's bits, as they are written.
pub(super) fn bits(request: RequestId) -> String {
    request.to_string().split_off("req_".len())
}
