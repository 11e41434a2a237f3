//! The items of `input`, as turns.
//!
//! What the model said lies in items of its own there: its messages, reasoning and calls up to the next item of somebody
//! else's are one turn. What tools answered stands right behind the turn that called them, whatever the client has put in
//! between: no other dialect has it elsewhere.

use super::{note_unknown, parts, tools};
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{
    Arguments, At, Call, Index, Part, PartKind, Reason, Reasoning, Refusal, Report, Request, Role, Shown, Str, Turn,
    Vendor, carrier,
};

/// The conversation that is read.
pub(super) struct Conversation<'r, 'a> {
    request: &'r mut Request<'a>,
    /// Where the model's last turn is.
    assistant: Option<usize>,
    /// Where each tool is, once items have brought some.
    known: Option<Index<'a>>,
}

impl<'r, 'a> Conversation<'r, 'a> {
    pub(super) fn new(request: &'r mut Request<'a>) -> Self {
        Self { request, assistant: None, known: None }
    }

    /// Reads an item.
    pub(super) fn item(&mut self, item: Value<'a>, report: &mut Report) -> Result<(), Refusal> {
        let at = read::object(item)?.at();
        let kind = read::optional_text(item, "type")?;
        match kind.as_deref() {
            Some("message") => self.message(item, report),
            None if item.get("role").is_some() => self.message(item, report),
            Some("reasoning") => {
                let reasoning = reasoning(item, report)?;
                self.say(at, reasoning);
                Ok(())
            }
            Some("function_call") => {
                let arguments = read::required(item, "arguments")?;
                // Some clients give back the object itself.
                let text =
                    if arguments.kind() == Kind::Object { arguments.raw().into() } else { read::text(arguments)? };
                self.call(item, read::required_text(item, "name")?, Arguments::Json(text), report)
            }
            Some("custom_tool_call") => {
                let input = Arguments::Free(read::required_text(item, "input")?);
                self.call(item, read::required_text(item, "name")?, input, report)
            }
            Some("function_call_output" | "custom_tool_call_output") => self.output(item, report),
            Some("tool_search_call") if by_client(item) => {
                let arguments = item.get("arguments").map_or("{}", |arguments| arguments.raw());
                self.call(item, tools::SEARCH.into(), Arguments::Json(arguments.into()), report)
            }
            Some("tool_search_output") => self.found(item, report),
            Some("additional_tools") => self.load(item, report).map(drop),
            // The vendor's own searches: only it can be told of them.
            Some("web_search_call" | "tool_search_call") => {
                self.say(at, PartKind::Server(read::json(item)));
                Ok(())
            }
            None => Err(Refusal::unsupported(at, REFERENCE)),
            Some("item_reference") => Err(Refusal::unsupported(at, REFERENCE)),
            Some(kind) if OTHERS.contains(&kind) => {
                Err(Refusal::unsupported(at, format!("the item `{kind}` is not supported by the upstream's API")))
            }
            Some(unknown) => Err(read::unknown_variant(item, "the item", unknown)),
        }
    }

    fn message(&mut self, item: Value<'a>, report: &mut Report) -> Result<(), Refusal> {
        let role = read::required(item, "role")?;
        let role = match &*read::text(role)? {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => Role::System,
            "developer" => Role::Developer,
            _ => return Err(Refusal::invalid(role.at(), "must be one of user, assistant, system and developer")),
        };
        note_unknown(item, &["type", "role", "content", "id", "status", "phase"], report);
        let mut said = Vec::new();
        parts::content(read::required(item, "content")?, &mut said, report)?;
        match self.request.turns.last_mut() {
            Some(turn) if role == Role::Assistant && turn.role == role => turn.parts.append(&mut said),
            _ => self.push(Turn { at: item.at(), role, parts: said, name: None }),
        }
        Ok(())
    }

    /// The model says something.
    fn say(&mut self, at: At, kind: PartKind<'a>) {
        let part = Part::new(at, kind);
        match self.request.turns.last_mut() {
            Some(turn) if turn.role == Role::Assistant => turn.parts.push(part),
            _ => self.push(Turn { at, role: Role::Assistant, parts: vec![part], name: None }),
        }
    }

    fn push(&mut self, turn: Turn<'a>) {
        if turn.role == Role::Assistant {
            self.assistant = Some(self.request.turns.len());
        }
        self.request.turns.push(turn);
    }

    fn call(
        &mut self,
        item: Value<'a>,
        name: Str<'a>,
        arguments: Arguments<'a>,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        called_by_the_model(item)?;
        note_unknown(item, CALL, report);
        let call = Call {
            id: read::required_text(item, "call_id")?,
            name,
            namespace: item.get("namespace").map(tools::namespace_of).transpose()?,
            arguments,
            signed: None,
        };
        self.say(item.at(), PartKind::Call(call));
        Ok(())
    }

    fn output(&mut self, item: Value<'a>, report: &mut Report) -> Result<(), Refusal> {
        called_by_the_model(item)?;
        note_unknown(item, OUTPUT, report);
        let mut content = Vec::new();
        parts::content(read::required(item, "output")?, &mut content, report)?;
        let name = read::optional_text(item, "name")?;
        match read::optional_text(item, "call_id")? {
            Some(call) => self.result(item, call, name, content, report),
            None => self.unasked(item, name, content, report)?,
        }
        Ok(())
    }

    /// A tool tells what no call has asked for: `call_id` may be missing (openai-python, `FunctionCallOutput`), and Codex
    /// tells the model of a goal so. Elsewhere every result has its call: it is said in text.
    fn unasked(
        &mut self,
        item: Value<'a>,
        name: Option<Str<'a>>,
        content: Vec<Part<'a>>,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let namespace = read::optional_text(item, "namespace")?;
        let from = match (&namespace, &name) {
            (Some(namespace), Some(name)) => ["[result of ", namespace, ".", name, "]"].concat(),
            (None, Some(name)) => ["[result of ", name, "]"].concat(),
            _ => "[result]".to_owned(),
        };
        let mut parts = vec![Part::text(item.at(), from)];
        parts.extend(content);
        self.request.turns.push(Turn { at: item.at(), role: Role::User, parts, name: None });
        report.note(item.at(), Reason::Inlined);
        Ok(())
    }

    /// `tool_search_output`: its tools join the request's, and a search that the client has run is told what it found.
    fn found(&mut self, item: Value<'a>, report: &mut Report) -> Result<(), Refusal> {
        let names = self.load(item, report)?;
        if by_client(item) {
            let told = names.iter().map(|name| Part::text(item.at(), ["Tool available: ", name].concat())).collect();
            self.result(item, read::required_text(item, "call_id")?, Some(tools::SEARCH.into()), told, report);
        } else {
            self.say(item.at(), PartKind::Server(read::json(item)));
        }
        Ok(())
    }

    /// The item's tools join the request's, behind them, in order of appearance; says their names. Clients tell them again
    /// with every search that finds them.
    fn load(&mut self, item: Value<'a>, report: &mut Report) -> Result<Vec<String>, Refusal> {
        note_unknown(item, &["type", "id", "status", "call_id", "execution", "role", "tools", "created_by"], report);
        let mut loaded = Vec::new();
        for tool in read::array(read::required(item, "tools")?)?.elements() {
            tools::tool(tool, &mut loaded, report)?;
        }
        let mut names = Vec::with_capacity(loaded.len());
        for tool in loaded {
            names.extend(tools::name(&tool));
            let known = self.known.get_or_insert_with(|| tools::known(&self.request.tools));
            tools::join(&mut self.request.tools, known, tool);
        }
        Ok(names)
    }

    /// A tool has answered.
    fn result(
        &mut self,
        item: Value<'a>,
        call: Str<'a>,
        name: Option<Str<'a>>,
        content: Vec<Part<'a>>,
        report: &mut Report,
    ) {
        let part = Part::new(item.at(), PartKind::Result { call, name, content, json: None, error: None });
        let turns = &mut self.request.turns;
        // Behind the last turn of the model's; where there is none, in the place where it stands.
        let place = match self.assistant {
            Some(assistant) => assistant + 1,
            None => turns.len() - usize::from(turns.last().is_some_and(answers)),
        };
        match turns.get_mut(place).filter(|turn| answers(turn)) {
            Some(turn) => turn.parts.push(part),
            None => {
                turns.insert(place, Turn { at: item.at(), role: Role::User, parts: vec![part], name: None });
            }
        }
        if place + 1 < turns.len() {
            report.note(item.at(), Reason::Moved);
        }
    }
}

/// Whether a turn holds what tools have answered.
fn answers(turn: &Turn<'_>) -> bool {
    turn.role == Role::User && turn.parts.first().is_some_and(|part| matches!(part.kind, PartKind::Result { .. }))
}

const REFERENCE: &str = "refers to an item that is kept at the provider: only its own API can look it up";

const CALL: &[&str] =
    &["type", "id", "call_id", "name", "namespace", "arguments", "input", "status", "caller", "async", "execution"];

const OUTPUT: &[&str] = &["type", "id", "call_id", "name", "namespace", "output", "status", "caller"];

/// Items of the API that no other API has (openai-python, `types/responses/response_input_item.py`).
const OTHERS: &[&str] = &[
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "configuration_update",
    "file_search_call",
    "image_generation_call",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "program",
    "program_output",
    "shell_call",
    "shell_call_output",
];

/// Whether a search for tools is run by the client.
fn by_client(item: Value<'_>) -> bool {
    item.get("execution").is_some_and(|execution| execution.is("client"))
}

/// A call that a program of the model's has made belongs to that program, which no other API has.
fn called_by_the_model(item: Value<'_>) -> Result<(), Refusal> {
    match item.get("caller") {
        Some(caller) if caller.get("type").is_some_and(|kind| !kind.is("direct")) => {
            Err(Refusal::unsupported(caller.at(), "calls by a program are not supported by the upstream's API"))
        }
        _ => Ok(()),
    }
}

/// A `reasoning` item: its summary, or the reasoning itself where that is shown. An item that shows nothing at all is a
/// hidden one; one whose text is empty is not.
fn reasoning<'a>(item: Value<'a>, report: &mut Report) -> Result<PartKind<'a>, Refusal> {
    note_unknown(item, &["type", "id", "summary", "content", "encrypted_content", "status"], report);
    let mut summary = Vec::new();
    let mut raw = Vec::new();
    texts(item, "summary", &mut summary)?;
    texts(item, "content", &mut raw)?;
    let (shown, texts) = match (summary.is_empty(), raw.is_empty()) {
        (_, false) => (Shown::Raw, raw),
        (false, true) => (Shown::Summary, summary),
        (true, true) => (Shown::Hidden, Vec::new()),
    };
    let signed = read::optional_text(item, "encrypted_content")?;
    Ok(PartKind::Reasoning(Reasoning {
        shown,
        texts,
        signed: signed.map(|text| carrier::untag(text, Vendor::OpenAi)),
        id: read::optional_text(item, "id")?,
    }))
}

fn texts<'a>(item: Value<'a>, member: &str, texts: &mut Vec<Str<'a>>) -> Result<(), Refusal> {
    let Some(list) = item.get(member) else { return Ok(()) };
    for part in read::array(list)?.elements() {
        match &*read::required_text(part, "type")? {
            "summary_text" | "reasoning_text" | "text" => texts.push(read::required_text(part, "text")?),
            unknown => return Err(read::unknown_variant(part, "the part", unknown)),
        }
    }
    Ok(())
}
