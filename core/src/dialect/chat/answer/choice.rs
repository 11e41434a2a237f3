//! One of an answer's choices.

use super::calls::Calls;
use crate::dialect::canonical::read::{Kind, Value};
use crate::dialect::canonical::{Citation, Event, Finish, Open, Shown, Str, TokenLogprob};
use crate::dialect::codec::Sink;
use crate::error::Error;

/// Tells the events of one choice.
pub(super) struct Teller<'t, 's> {
    pub(super) current: &'t mut u32,
    pub(super) choice: u32,
    pub(super) next_block: &'t mut u32,
    /// What ids are made of.
    pub(super) answer: &'t str,
    pub(super) sink: &'t mut Sink<'s>,
}

impl Teller<'_, '_> {
    pub(super) fn tell(&mut self, event: Event<'_>) {
        if *self.current != self.choice {
            *self.current = self.choice;
            (self.sink)(Event::Choice(self.choice));
        }
        (self.sink)(event);
    }

    pub(super) fn open(&mut self, open: Open<'_>) -> u32 {
        let block = *self.next_block;
        *self.next_block += 1;
        self.tell(Event::Open { block, open });
        block
    }

    /// The id of a call that has none: never empty, and the same for the same answer.
    pub(super) fn made_up_id(&self, call: usize) -> String {
        let mut number = itoa::Buffer::new();
        let choice = ["gl_", self.answer, "_", number.format(self.choice)].concat();
        [&choice, "_", itoa::Buffer::new().format(call)].concat()
    }
}

/// What has been told of a choice so far.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) index: u32,
    /// The first `finish_reason` counts.
    pub(super) finished: bool,
    /// The block that is open beside the calls.
    open: Option<(u32, Said)>,
    /// Characters of the whole text, and of what stood before the block that is open: citations count from the former's
    /// start, canonical ones from the latter's.
    characters: (u64, u64),
    refused: bool,
    calls: Calls,
}

/// What a block says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Text,
    Refusal,
    Thought(Shown),
}

impl Choice {
    pub(super) fn new(index: u32) -> Self {
        Self { index, finished: false, open: None, characters: (0, 0), refused: false, calls: Calls::default() }
    }

    /// Takes what a chunk or a body says of it.
    ///
    /// # Errors
    /// It has more calls than any answer.
    pub(super) fn take(
        &mut self,
        choice: Value<'_>,
        member: &str,
        teller: &mut Teller<'_, '_>,
    ) -> Result<(), Box<Error>> {
        match choice.get(member) {
            Some(delta) => self.delta(delta, teller)?,
            None if member.is_empty() => self.run(choice, teller)?,
            None => {}
        }
        if let Some(logprobs) = choice.get("logprobs") {
            let told = logprobs.get("content").or(logprobs.get("refusal"));
            let tokens: Vec<_> = told.iter().flat_map(Value::elements).filter_map(token).collect();
            if !tokens.is_empty() {
                teller.tell(Event::Logprobs(tokens));
            }
        }
        if let Some(reason) = choice.get_str("finish_reason").filter(|reason| !reason.is_empty())
            && !self.finished
        {
            // vLLM's `stop_reason`: the text that was found.
            self.finish(&reason, choice.get_str("stop_reason"), teller);
        }
        Ok(())
    }

    fn delta(&mut self, delta: Value<'_>, teller: &mut Teller<'_, '_>) -> Result<(), Box<Error>> {
        // One pass over the members: their order in an event says nothing, so what comes first is told first.
        let mut members = Members::default();
        for (key, value) in delta.members() {
            match &*key {
                "content" => members.content = Some(value),
                "reasoning_content" => {
                    members.reasoning = Some(value).filter(|value| !empty(*value)).or(members.reasoning)
                }
                "reasoning" if members.reasoning.is_none_or(empty) => members.reasoning = Some(value),
                "reasoning_details" => members.details = Some(value),
                "refusal" => members.refusal = Some(value),
                "tool_calls" => members.calls = Some(value),
                "function_call" => members.function = Some(value),
                "annotations" => members.annotations = Some(value),
                "extra_content" => members.extra = Some(value),
                _ => {}
            }
        }
        let thought = members.reasoning.and_then(|value| value.str()).filter(|text| !text.is_empty());
        let told = thought.is_some();
        if let Some(text) = thought {
            self.say(Said::Thought(Shown::Raw), text, teller);
        }
        for detail in members.details.iter().flat_map(Value::elements) {
            self.detail(detail, told, teller);
        }
        match members.content {
            Some(content) if content.kind() == Kind::Array => {
                for part in content.elements() {
                    self.part(part, teller);
                }
            }
            Some(content) => self.say(Said::Text, content.str().unwrap_or_default(), teller),
            None => {}
        }
        for annotation in members.annotations.iter().flat_map(Value::elements) {
            self.cite(annotation, teller);
        }
        if let Some(text) = members.refusal.and_then(|value| value.str()) {
            self.say(Said::Refusal, text, teller);
        }
        if let Some(signature) = members.extra.and_then(signature) {
            self.hidden(signature, teller);
        }
        for (place, call) in members.calls.iter().flat_map(Value::elements).enumerate() {
            self.end_block(teller);
            self.calls.take(place as u64, call, teller)?;
        }
        if let Some(call) = members.function.filter(|call| call.kind() == Kind::Object && !call.is_empty()) {
            self.end_block(teller);
            self.calls.take_function(call, teller)?;
        }
        Ok(())
    }

    /// What Workers AI's `run` says in its older shape: `{"response": "…", "tool_calls": [{"name", "arguments"}]}`, where the
    /// response to a schema is the JSON itself.
    fn run(&mut self, told: Value<'_>, teller: &mut Teller<'_, '_>) -> Result<(), Box<Error>> {
        if let Some(response) = told.get("response").filter(|response| !response.is_null()) {
            self.say(Said::Text, response.str().unwrap_or_else(|| response.raw().into()), teller);
        }
        for (place, call) in told.get("tool_calls").iter().flat_map(Value::elements).enumerate() {
            self.end_block(teller);
            if call.get_str("name").is_some() {
                self.calls.take_whole(call, teller)?;
            } else {
                self.calls.take(place as u64, call, teller)?;
            }
        }
        Ok(())
    }

    /// Content in parts: Mistral tells its thoughts among them.
    fn part(&mut self, part: Value<'_>, teller: &mut Teller<'_, '_>) {
        match part.get_str("type").as_deref() {
            Some("thinking") => {
                let thinking = part.get("thinking");
                let text = thinking.and_then(|thinking| thinking.str());
                self.say(Said::Thought(Shown::Raw), text.unwrap_or_default(), teller);
                for inner in thinking.iter().flat_map(Value::elements) {
                    self.say(Said::Thought(Shown::Raw), inner.get_str("text").unwrap_or_default(), teller);
                }
            }
            Some("refusal") => self.say(Said::Refusal, part.get_str("refusal").unwrap_or_default(), teller),
            _ => self.say(Said::Text, part.get_str("text").unwrap_or_default(), teller),
        }
    }

    fn say(&mut self, said: Said, text: Str<'_>, teller: &mut Teller<'_, '_>) {
        if text.is_empty() {
            return;
        }
        let block = match self.open {
            Some((block, open)) if open == said => block,
            _ => {
                self.end_block(teller);
                let block = teller.open(match said {
                    Said::Text => Open::Text,
                    Said::Refusal => Open::Refusal,
                    Said::Thought(shown) => Open::Reasoning { shown, binds: None },
                });
                self.open = Some((block, said));
                block
            }
        };
        match said {
            Said::Thought(_) => teller.tell(Event::Reasoning { block, part: 0, text }),
            Said::Text | Said::Refusal => {
                if said == Said::Text {
                    self.characters.0 += text.chars().count() as u64;
                } else {
                    self.refused = true;
                }
                teller.tell(Event::Text { block, text });
            }
        }
    }

    /// OpenRouter's details: text again, and what its maker must see again. Of that the whole detail is kept
    /// ([`write_own`](super::super::details::write_own)). `told` says that its text was told beside it.
    fn detail(&mut self, detail: Value<'_>, told: bool, teller: &mut Teller<'_, '_>) {
        let kind = detail.get_str("type").unwrap_or_default();
        let (shown, text) = match &*kind {
            "reasoning.summary" => (Shown::Summary, detail.get_str("summary")),
            "reasoning.text" => (Shown::Raw, detail.get_str("text")),
            kind if kind.starts_with("reasoning.") => return self.hidden(detail.raw().into(), teller),
            _ => return,
        };
        if let Some(text) = text.filter(|_| !told) {
            self.say(Said::Thought(shown), text, teller);
        }
        if detail.get_str("signature").is_some_and(|signature| !signature.is_empty()) {
            match self.open {
                Some((block, Said::Thought(_))) => {
                    teller.tell(Event::Sign { block, bytes: detail.raw().into() });
                    self.end_block(teller);
                }
                _ => self.hidden(detail.raw().into(), teller),
            }
        }
    }

    /// Opaque bytes without a text.
    fn hidden(&mut self, bytes: Str<'_>, teller: &mut Teller<'_, '_>) {
        self.end_block(teller);
        let block = teller.open(Open::Reasoning { shown: Shown::Hidden, binds: None });
        teller.tell(Event::Sign { block, bytes });
        teller.tell(Event::Close { block });
    }

    fn cite(&mut self, annotation: Value<'_>, teller: &mut Teller<'_, '_>) {
        let Some((block, Said::Text)) = self.open else { return };
        let Some(told) = annotation.get("url_citation") else { return };
        let place = |name| {
            let place = told.get(name).and_then(|place: Value<'_>| place.count());
            place.map(|place| place.saturating_sub(self.characters.1))
        };
        let citation = Citation {
            url: told.get_str("url").unwrap_or_default(),
            title: told.get_str("title").unwrap_or_default(),
            span: place("start_index").zip(place("end_index")),
            ..Citation::default()
        };
        teller.tell(Event::Cite { block, citation });
    }

    fn end_block(&mut self, teller: &mut Teller<'_, '_>) {
        if let Some((block, _)) = self.open.take() {
            self.characters.1 = self.characters.0;
            teller.tell(Event::Close { block });
        }
    }

    /// Closes what is open.
    pub(super) fn close(&mut self, teller: &mut Teller<'_, '_>) {
        self.end_block(teller);
        self.calls.close(teller);
    }

    /// The choice ends.
    pub(super) fn finish(&mut self, reason: &str, stop_sequence: Option<Str<'_>>, teller: &mut Teller<'_, '_>) {
        self.finished = true;
        self.close(teller);
        let mut reason = finish(reason);
        // Servers that misreport: a client that is told `stop` does not run its tools.
        if self.calls.any() && matches!(reason, Finish::Stop | Finish::Other) {
            reason = Finish::ToolCalls;
        }
        if self.calls.malformed {
            reason = Finish::Malformed;
        }
        if self.refused && reason == Finish::Stop {
            reason = Finish::Refusal;
        }
        let stop_sequence = stop_sequence.filter(|_| reason == Finish::Stop);
        if stop_sequence.is_some() {
            reason = Finish::StopSequence;
        }
        teller.tell(Event::Finish { reason, stop_sequence });
    }
}

#[derive(Default)]
struct Members<'a> {
    content: Option<Value<'a>>,
    reasoning: Option<Value<'a>>,
    details: Option<Value<'a>>,
    refusal: Option<Value<'a>>,
    calls: Option<Value<'a>>,
    function: Option<Value<'a>>,
    annotations: Option<Value<'a>>,
    extra: Option<Value<'a>>,
}

fn empty(value: Value<'_>) -> bool {
    value.is_null() || value.is_empty()
}

/// Why it ended (translation.md 3.15). What nobody knows is no failure.
fn finish(reason: &str) -> Finish {
    match reason {
        "stop" | "stop_sequence" | "eos" | "eos_token" | "end_turn" => Finish::Stop,
        // `model_length` is Mistral's.
        "length" | "max_tokens" | "model_length" => Finish::Length,
        // Z.ai's, and `sensitive` too: <https://docs.z.ai/api-reference/llm/chat-completion>.
        "model_context_window_exceeded" => Finish::ContextWindow,
        "tool_calls" | "function_call" | "tool_use" => Finish::ToolCalls,
        "content_filter" | "safety" | "sensitive" => Finish::ContentFilter,
        // The generation failed: OpenRouter's and Mistral's word, DeepSeek's, Z.ai's.
        "error" | "insufficient_system_resource" | "network_error" => Finish::Malformed,
        _ => Finish::Other,
    }
}

/// Gemini's signature where Gemini speaks chat.
/// <https://ai.google.dev/gemini-api/docs/thought-signatures#openai>
pub(super) fn signature(extra: Value<'_>) -> Option<Str<'_>> {
    extra.get("google")?.get_str("thought_signature").filter(|signature| !signature.is_empty())
}

fn token(value: Value<'_>) -> Option<TokenLogprob<'_>> {
    let top = value.get("top_logprobs");
    Some(TokenLogprob {
        token: value.get_str("token")?,
        logprob: value.get("logprob")?.number()?.into(),
        top: top
            .iter()
            .flat_map(Value::elements)
            .filter_map(|other| Some((other.get_str("token")?, other.get("logprob")?.number()?.into())))
            .collect(),
    })
}
