//! Requests as clients send them, and what of their tools is left for each target.

mod choice;
mod functions;
mod names;
mod output;
mod server;

use super::super::{Renamed, adapt};
use crate::dialect::Dialect;
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::{
    Arguments, Output, Part, PartKind, Quirks, Report, Request, Target, ToolChoice, ToolKind,
};
use crate::dialect::codec::codec;

/// The target of a model at a vendor's own API, or at one that only speaks the dialect.
pub(super) fn target(dialect: Dialect, model: &'static str) -> Target<'static> {
    let quirks = match dialect {
        Dialect::Chat | Dialect::Responses => &Quirks::OPENAI,
        Dialect::Messages => &Quirks::ANTHROPIC,
        Dialect::Gemini => &Quirks::GOOGLE,
        Dialect::Converse => &Quirks::BEDROCK,
    };
    let row = crate::provider::row(model);
    Target { dialect, model, row, max_output: row.max_output, quirks, scope: "", include_usage: true }
}

const CHAT: (Dialect, &str) = (Dialect::Chat, "gpt-5.4");
const RESPONSES: (Dialect, &str) = (Dialect::Responses, "gpt-5.4");
const MESSAGES: (Dialect, &str) = (Dialect::Messages, "claude-opus-4-8");
const GEMINI: (Dialect, &str) = (Dialect::Gemini, "gemini-3-pro");
const CONVERSE: (Dialect, &str) = (Dialect::Converse, "anthropic.claude-opus-4-8");
const ALL: [(Dialect, &str); 5] = [CHAT, RESPONSES, MESSAGES, GEMINI, CONVERSE];

/// What became of a request.
#[derive(Debug)]
struct Seen {
    tools: Vec<String>,
    choice: String,
    parallel: Option<bool>,
    output: String,
    history: Vec<String>,
    names: Vec<Renamed>,
    header: String,
}

fn compatible(dialect: Dialect) -> Target<'static> {
    Target { quirks: &Quirks::COMPATIBLE, ..target(dialect, "some-model") }
}

fn to(body: &str, caller: Dialect, (dialect, model): (Dialect, &'static str)) -> Result<Seen, String> {
    at(body, caller, &target(dialect, model))
}

/// Adapts a body; a refusal is its path and what it says, `!` before it where the caller is at fault.
fn at(body: &str, caller: Dialect, target: &Target<'_>) -> Result<Seen, String> {
    let doc = Doc::parse(body).expect("JSON");
    let decode = codec(caller).decode.expect("a client's dialect");
    let mut report = Report::default();
    let (mut request, _) = decode(doc.root(), &mut report).expect("a request");
    let adapted = adapt(&mut request, target, caller, &mut report).map_err(|refusal| {
        let fault = if refusal.is_unsupported() { "" } else { "!" };
        format!("{fault}{}: {}", refusal.path(&doc), refusal.message())
    })?;
    let written =
        (codec(target.dialect).encode)(&request, target, &mut report.clone()).expect("what is adapted is written");
    assert!(crate::wire::json::is_valid(std::str::from_utf8(&written).expect("UTF-8")), "{written:?}");
    // That Gemini has not signed a call is the conversation's affair.
    let header = report.header(&doc).unwrap_or_default();
    let header: Vec<&str> = header.split(", ").filter(|entry| !entry.ends_with(":unsigned")).collect();
    Ok(Seen {
        tools: request.tools.iter().map(|tool| shown(&tool.kind) + tool.cache.map_or("", |_| " marked")).collect(),
        choice: request.tool_choice.as_ref().map_or_else(|| "absent".into(), |choice| chosen(&choice.is)),
        parallel: request.parallel_tools.map(|asked| asked.is),
        output: form(&request),
        history: request.parts().map(said).collect(),
        names: adapted.names,
        header: header.join(", "),
    })
}

fn form(request: &Request<'_>) -> String {
    match request.output.as_ref().map(|output| &output.is) {
        None => String::new(),
        Some(Output::JsonObject) => "object".into(),
        Some(Output::Schema { schema, strict, .. }) => {
            let strict = strict.map_or("", |strict| if strict { " strict" } else { " lax" });
            format!("{}{strict}", schema.is.0)
        }
        Some(Output::Other(word)) => word.to_string(),
    }
}

fn shown(kind: &ToolKind<'_>) -> String {
    match kind {
        ToolKind::Function(function) => {
            let mut text = format!("function {}", function.name);
            if let Some(namespace) = &function.namespace {
                text.push_str(&format!(" in {namespace}"));
            }
            if let Some(schema) = &function.schema {
                text.push_str(&format!(" {}", schema.is.0));
            }
            for (name, switch) in [("strict", function.strict), ("defer", function.defer)] {
                if let Some(switch) = switch {
                    text.push_str(&format!(" {name}={}", switch.is));
                }
            }
            for (name, value) in &function.extra {
                text.push_str(&format!(" {name}={}", value.raw()));
            }
            text
        }
        ToolKind::Custom(custom) => format!("custom {}", custom.name),
        ToolKind::WebSearch(search) => {
            let mut text = "search".to_owned();
            for (name, list) in [("allowed", &search.allowed), ("blocked", &search.blocked)] {
                if let Some(list) = list {
                    text.push_str(&format!(" {name}={}", list.is.join("+")));
                }
            }
            if let Some(uses) = search.max_uses {
                text.push_str(&format!(" max={}", uses.is));
            }
            for (name, there) in [
                ("location", search.location.is_some()),
                ("context", search.context.is_some()),
                ("offline", search.offline.is_some()),
                ("range", search.range.is_some()),
            ] {
                if there {
                    text.push(' ');
                    text.push_str(name);
                }
            }
            text
        }
        ToolKind::Server(server) => format!("server {}", server.kind),
    }
}

fn chosen(choice: &ToolChoice<'_>) -> String {
    match choice {
        ToolChoice::One(name) => format!("one {name}"),
        ToolChoice::Subset { names, required } => {
            format!("{} of {}", if *required { "one" } else { "some" }, names.join("+"))
        }
        ToolChoice::Server(word) => format!("server {word}"),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn said(part: &Part<'_>) -> String {
    match &part.kind {
        PartKind::Text(text) => text.to_string(),
        PartKind::Call(call) => {
            let (mark, arguments) = match &call.arguments {
                Arguments::Json(text) => ("", text),
                Arguments::Free(text) => ("~", text),
            };
            let namespace = call.namespace.as_deref().map_or_else(String::new, |namespace| format!("{namespace}/"));
            format!("{} {namespace}{}({mark}{arguments})", call.id, call.name)
        }
        PartKind::Result { call, name, .. } => {
            format!("{call}{}=", name.as_deref().map_or_else(String::new, |name| format!(" {name}")))
        }
        PartKind::Image { .. } => "image".into(),
        other => format!("{other:?}"),
    }
}
