//! Writing a stream (translation.md 4.2): every chunk with the same head, each choice's role first, its finish last.

use super::{details, error, pieces, usage};
use crate::dialect::canonical::request::Shown;
use crate::dialect::canonical::{Event, Finish, Open};
use crate::dialect::codec::{Echo, Emitter};
use crate::error::{Class, Error};
use crate::usage::Usage;
use crate::wire::write::Writer;

/// Writes a stream.
#[derive(Debug)]
pub(super) struct StreamEmitter {
    echo: Echo,
    /// What every chunk begins with, up to its choices; empty before the answer begins.
    head: Vec<u8>,
    start: (String, String, u64),
    tier: Option<String>,
    choices: Vec<Choice>,
    /// The choice of which events are.
    current: u32,
    blocks: Vec<Block>,
    usage: Usage,
    over: bool,
}

#[derive(Debug, Default)]
struct Choice {
    index: u32,
    /// How many `tool_calls` there are so far.
    calls: u64,
    /// The one `function_call` has been told.
    function: bool,
    /// How many details of reasoning there are, and whether any has had a text.
    details: usize,
    thought: bool,
    /// How many citations there are.
    citations: u64,
    /// Characters of the text so far.
    characters: u64,
    finish: Option<Finish>,
}

#[derive(Debug)]
struct Block {
    number: u32,
    choice: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Where it begins in the whole text.
    Text(u64),
    Refusal,
    /// How many characters it has, and which part of it was told last. `None` if it has none and never had.
    Reasoning(Option<(usize, u32)>),
    /// Its number.
    Call(u64),
    Custom(u64),
    Function,
}

impl StreamEmitter {
    pub(super) fn new(echo: Echo) -> Self {
        Self {
            echo,
            head: Vec::new(),
            start: Default::default(),
            tier: None,
            choices: Vec::new(),
            current: 0,
            blocks: Vec::new(),
            usage: Usage::default(),
            over: false,
        }
    }

    /// Begins the answer, and the choice that is told of: with its role.
    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.head.is_empty() {
            self.write_head();
        }
        let index = self.current;
        if !self.choices.iter().any(|choice| choice.index == index) {
            self.choices.push(Choice { index, ..Choice::default() });
            self.delta(index, out, |json| {
                json.str_member("role", "assistant").str_member("content", "");
            });
        }
    }

    fn write_head(&mut self) {
        let (id, model, created) = &self.start;
        let mut json = Writer::with_capacity(192);
        json.open().str_member("id", &pieces::id(id, &self.echo)).str_member("object", "chat.completion.chunk");
        let created = if *created == 0 { self.echo.created } else { *created };
        json.count_member("created", created).str_member("model", pieces::model(model, &self.echo));
        if let Some(tier) = &self.tier {
            json.str_member("service_tier", tier);
        }
        self.head = json.into_bytes();
    }

    /// Writes a chunk of one choice.
    fn chunk(&self, index: u32, out: &mut Vec<u8>, write: impl FnOnce(&mut Writer)) {
        let mut json = self.line(out);
        if self.echo.caller.include_usage {
            json.key("usage").null();
        }
        json.key("choices").open_array().open().count_member("index", u64::from(index));
        write(&mut json);
        json.close().close_array().close();
        *out = json.into_bytes();
        out.extend_from_slice(b"\n\n");
    }

    fn line(&self, out: &mut Vec<u8>) -> Writer {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(&self.head);
        Writer::line(std::mem::take(out))
    }

    /// Writes a chunk with a delta.
    fn delta(&self, index: u32, out: &mut Vec<u8>, write: impl FnOnce(&mut Writer)) {
        self.chunk(index, out, |json| {
            json.key("delta").open();
            write(json);
            json.close().key("logprobs").null().key("finish_reason").null();
        });
    }

    fn open(&mut self, number: u32, open: &Open<'_>, out: &mut Vec<u8>) {
        let index = self.current;
        let legacy = self.echo.caller.legacy_functions;
        let Some(choice) = self.choices.iter_mut().find(|choice| choice.index == index) else { return };
        let kind = match open {
            Open::Text => Kind::Text(choice.characters),
            Open::Refusal => Kind::Refusal,
            Open::Reasoning { shown: Shown::Hidden, .. } => Kind::Reasoning(None),
            Open::Reasoning { .. } => Kind::Reasoning(Some((0, 0))),
            Open::Call { id, name, namespace: _, custom, signed } => {
                let (custom, signed) = (*custom, signed.as_deref());
                if legacy && !custom && !std::mem::replace(&mut choice.function, true) {
                    self.delta(index, out, |json| {
                        json.key("function_call").open().str_member("name", name);
                        json.str_member("arguments", "").close();
                    });
                    Kind::Function
                } else {
                    let call = choice.calls;
                    choice.calls += 1;
                    let (kind, member) = if custom { ("custom", "input") } else { ("function", "arguments") };
                    self.delta(index, out, |json| {
                        json.key("tool_calls").open_array().open().count_member("index", call);
                        json.str_member("id", id).str_member("type", kind).key(kind).open();
                        json.str_member("name", name).str_member(member, "").close();
                        pieces::signature(json, signed);
                        json.close().close_array();
                    });
                    if custom { Kind::Custom(call) } else { Kind::Call(call) }
                }
            }
        };
        self.blocks.push(Block { number, choice: index, kind });
    }

    fn block(&self, number: u32) -> Option<(u32, Kind)> {
        let block = self.blocks.get(self.place(number)?)?;
        Some((block.choice, block.kind))
    }

    /// Where a block is: they are numbered in the order in which they open.
    fn place(&self, number: u32) -> Option<usize> {
        self.blocks.binary_search_by_key(&number, |block| block.number).ok()
    }

    fn text(&mut self, number: u32, text: &str, out: &mut Vec<u8>) {
        let Some((index, kind)) = self.block(number).filter(|_| !text.is_empty()) else { return };
        let member = match kind {
            Kind::Text(_) => "content",
            _ => "refusal",
        };
        if let Some(choice) = self.choices.iter_mut().find(|choice| choice.index == index)
            && matches!(kind, Kind::Text(_))
        {
            choice.characters += text.chars().count() as u64;
        }
        self.delta(index, out, |json| {
            json.str_member(member, text);
        });
    }

    fn reasoning(&mut self, number: u32, part: u32, text: &str, out: &mut Vec<u8>) {
        let found = self.place(number).and_then(|at| self.blocks.get_mut(at));
        let Some(Block { choice: index, kind: Kind::Reasoning(told), .. }) = found.filter(|_| !text.is_empty()) else {
            return;
        };
        let index = *index;
        let Some(choice) = self.choices.iter_mut().find(|choice| choice.index == index) else { return };
        let (characters, before) = told.get_or_insert((0, part));
        // Parts of a block belong to its text, what stands between two blocks does not.
        let link = match *characters {
            0 => choice.thought,
            _ => *before != part,
        };
        if *characters > 0 && link {
            *characters += details::LINK.len();
        }
        *characters += text.chars().count();
        *before = part;
        choice.thought = true;
        self.delta(index, out, |json| {
            json.key("reasoning_content").joined(&[if link { details::LINK } else { "" }, text]);
        });
    }

    fn sign(&mut self, number: u32, bytes: &str, out: &mut Vec<u8>) {
        let Some((index, Kind::Reasoning(told))) = self.block(number) else { return };
        let Some(choice) = self.choices.iter_mut().find(|choice| choice.index == index) else { return };
        let place = choice.details;
        choice.details += 1;
        self.delta(index, out, |json| {
            json.key("reasoning_details").open_array();
            details::write_tagged(json, place, told.map(|told| told.0), bytes);
            json.close_array();
        });
    }

    fn arguments(&mut self, number: u32, text: &str, out: &mut Vec<u8>) {
        let Some((index, kind)) = self.block(number).filter(|_| !text.is_empty()) else { return };
        let (call, key, member) = match kind {
            Kind::Call(call) => (call, "function", "arguments"),
            Kind::Custom(call) => (call, "custom", "input"),
            Kind::Function => {
                self.delta(index, out, |json| {
                    json.key("function_call").open().str_member("arguments", text).close();
                });
                return;
            }
            _ => return,
        };
        self.delta(index, out, |json| {
            json.key("tool_calls").open_array().open().count_member("index", call);
            json.key(key).open().str_member(member, text).close().close().close_array();
        });
    }
}

impl Emitter for StreamEmitter {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        if self.over || matches!(event, Event::Ping | Event::Close { .. } | Event::Search(_)) {
            return;
        }
        match event {
            Event::Start { id, model, created } => {
                self.start = (id.clone().into_owned(), model.clone().into_owned(), created.unwrap_or_default());
            }
            Event::Choice(index) => {
                self.current = *index;
                return;
            }
            Event::Usage(usage) => {
                self.usage = *usage;
                return;
            }
            Event::Tier(tier) => {
                self.tier = Some(tier.clone().into_owned());
                if !self.head.is_empty() {
                    self.write_head();
                }
                return;
            }
            Event::Error(error) => return self.fail(error, out),
            _ => {}
        }
        self.begin(out);
        match event {
            Event::Open { block, open } => self.open(*block, open, out),
            Event::Text { block, text } => self.text(*block, text, out),
            Event::Reasoning { block, part, text } => self.reasoning(*block, *part, text, out),
            Event::Arguments { block, text } => self.arguments(*block, text, out),
            Event::Sign { block, bytes } => self.sign(*block, bytes, out),
            Event::Cite { block, citation } if !citation.document => {
                let Some((index, Kind::Text(start))) = self.block(*block) else { return };
                let Some(choice) = self.choices.iter_mut().find(|choice| choice.index == index) else { return };
                let (place, end) = (choice.citations, choice.characters);
                choice.citations += 1;
                self.delta(index, out, |json| {
                    json.key("annotations").open_array();
                    pieces::citation(json, citation, Some(place), start, end);
                    json.close_array();
                });
            }
            Event::Logprobs(tokens) if self.echo.caller.logprobs && !tokens.is_empty() => {
                self.chunk(self.current, out, |json| {
                    json.key("delta").open().close();
                    pieces::logprobs(json, tokens);
                    json.key("finish_reason").null();
                });
            }
            Event::Finish { reason, .. } => {
                let index = self.current;
                if let Some(choice) = self.choices.iter_mut().find(|choice| choice.index == index) {
                    choice.finish.get_or_insert(*reason);
                }
            }
            _ => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        if self.choices.iter().any(|choice| choice.finish == Some(Finish::Malformed)) {
            return self.fail(&Error::new(Class::UpstreamInvalid, "the model made a call that is none"), out);
        }
        self.begin(out);
        self.over = true;
        for choice in &self.choices {
            self.chunk(choice.index, out, |json| {
                json.key("delta").open().close().key("logprobs").null();
                json.str_member("finish_reason", pieces::finish_reason(choice.finish, choice.function));
            });
        }
        if self.echo.caller.include_usage {
            let mut json = self.line(out);
            json.key("choices").open_array().close_array().key("usage");
            usage::write(&mut json, &self.usage);
            json.close();
            *out = json.into_bytes();
            out.extend_from_slice(b"\n\n");
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn fail(&mut self, error: &Error, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.over, true) {
            out.extend_from_slice(&error::event(error));
        }
    }
}
