//! The blocks of a turn: `types/content_block_param.py` and `types/beta/beta_content_block_param.py`.

use super::source::source;
use super::{mark, strangers};
use crate::dialect::canonical::carrier::untag;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{
    Arguments, Call, Part, PartKind, Reason, Reasoning, Refusal, Report, Shown, Sited, Str, Vendor,
};

/// A text, or blocks.
pub(super) fn content<'a>(value: Value<'a>, parts: &mut Vec<Part<'a>>, report: &mut Report) -> Result<(), Refusal> {
    match value.kind() {
        Kind::String => parts.push(Part::text(value.at(), read::words(value)?)),
        Kind::Array => {
            for element in value.elements() {
                block(element, parts, report)?;
            }
        }
        _ => return Err(Refusal::invalid(value.at(), "must be a string or an array")),
    }
    Ok(())
}

/// A block.
pub(super) fn block<'a>(block: Value<'a>, parts: &mut Vec<Part<'a>>, report: &mut Report) -> Result<(), Refusal> {
    let kind = read::required_text(read::object(block)?, "type")?;
    // What a turn and a tool's result both may hold.
    let read = match &*kind {
        "tool_use" => call(block, report)?,
        "tool_result" => result(block, report)?,
        "thinking" => {
            strangers(block, &["type", "thinking", "signature", "cache_control"], report);
            let text = read::optional_text(block, "thinking")?.filter(|text| !text.is_empty());
            reasoning(Shown::Summary, text, read::optional_text(block, "signature")?)
        }
        "redacted_thinking" => {
            strangers(block, &["type", "data", "cache_control"], report);
            reasoning(Shown::Hidden, None, Some(read::required_text(block, "data")?))
        }
        // What the vendor's own tools did. A `fallback` marks where another model went on, and is shown to none.
        "server_tool_use" | "mcp_tool_use" | "mcp_tool_listing" | "fallback" => PartKind::Server(read::json(block)),
        kind if kind.ends_with("_tool_result") => PartKind::Server(read::json(block)),
        // Files, earlier turns and pages that only the vendor has.
        "container_upload" | "compaction" => return Err(elsewhere(block, &kind)),
        kind => shared(block, kind, report)?,
    };
    parts.push(Part { at: block.at(), kind: read, cache: mark(block)? });
    Ok(())
}

/// What a turn may hold and a tool's result too.
fn shared<'a>(block: Value<'a>, kind: &str, report: &mut Report) -> Result<PartKind<'a>, Refusal> {
    Ok(match kind {
        "text" => {
            strangers(block, &["type", "text", "citations", "cache_control"], report);
            PartKind::Text(read::words(read::required(block, "text")?)?)
        }
        "image" => {
            strangers(block, &["type", "source", "transformations", "cache_control"], report);
            if let Some(asked) = block.get("transformations").filter(|asked| !asked.is_empty()) {
                report.note(asked.at(), Reason::Dropped);
            }
            PartKind::Image { source: source(block, report)?, detail: None }
        }
        "document" => {
            strangers(block, &["type", "source", "title", "context", "citations", "cache_control"], report);
            PartKind::Document {
                source: source(block, report)?,
                title: sited_text(block, "title")?,
                context: sited_text(block, "context")?,
                cite: cites(block)?,
            }
        }
        "search_result" => {
            strangers(block, &["type", "source", "title", "content", "citations", "cache_control"], report);
            let mut texts = Vec::new();
            for piece in read::array(read::required(block, "content")?)?.elements() {
                texts.push(read::required_text(read::object(piece)?, "text")?);
            }
            PartKind::SearchResult {
                source: read::required_text(block, "source")?,
                title: read::required_text(block, "title")?,
                texts,
                cite: cites(block)?.is_some_and(|cites| cites.is),
            }
        }
        other => return Err(read::unknown_variant(block, "the block", other)),
    })
}

/// `citations: {enabled}`
fn cites(block: Value<'_>) -> Result<Option<Sited<bool>>, Refusal> {
    let Some(enabled) = block.get("citations").and_then(|citations| citations.get("enabled")) else { return Ok(None) };
    Ok(read::boolean(enabled)?.then(|| Sited::new(enabled.at(), true)))
}

fn sited_text<'a>(block: Value<'a>, name: &str) -> Result<Option<Sited<Str<'a>>>, Refusal> {
    block.get(name).map(|value| Ok(Sited::new(value.at(), read::text(value)?))).transpose()
}

fn reasoning<'a>(shown: Shown, text: Option<Str<'a>>, signature: Option<Str<'a>>) -> PartKind<'a> {
    let signed = signature.filter(|bytes| !bytes.is_empty()).map(|bytes| untag(bytes, Vendor::Anthropic));
    PartKind::Reasoning(Reasoning { shown, texts: text.into_iter().collect(), signed, id: None })
}

fn call<'a>(block: Value<'a>, report: &mut Report) -> Result<PartKind<'a>, Refusal> {
    strangers(block, &["type", "id", "name", "input", "caller", "toolset_name", "cache_control"], report);
    if let Some(caller) = block.get("caller").filter(|caller| !caller.get("type").is_some_and(|kind| kind.is("direct")))
    {
        report.note(caller.at(), Reason::Dropped);
    }
    let input = match block.get("input") {
        Some(input) => read::object(input)?.raw(),
        None => "{}",
    };
    Ok(PartKind::Call(Call {
        id: read::required_text(block, "id")?,
        name: read::required_text(block, "name")?,
        namespace: None,
        arguments: Arguments::Json(input.into()),
        signed: None,
    }))
}

fn result<'a>(block: Value<'a>, report: &mut Report) -> Result<PartKind<'a>, Refusal> {
    strangers(block, &["type", "tool_use_id", "content", "is_error", "toolset_name", "cache_control"], report);
    let mut content = Vec::new();
    match block.get("content") {
        Some(told) if told.kind() == Kind::String => content.push(Part::text(told.at(), read::words(told)?)),
        Some(told) => {
            for element in read::array(told)?.elements() {
                content.push(told_part(element, report)?);
            }
        }
        None => {}
    }
    let error = match block.get("is_error") {
        Some(error) => read::boolean(error)?.then(|| error.at()),
        None => None,
    };
    let call = read::required_text(block, "tool_use_id")?;
    Ok(PartKind::Result { call, name: None, content, json: None, error })
}

/// A part of a tool's result.
fn told_part<'a>(block: Value<'a>, report: &mut Report) -> Result<Part<'a>, Refusal> {
    let kind = read::required_text(read::object(block)?, "type")?;
    let read = match &*kind {
        // A search among the tools has found one. It is among the request's tools, all of which are told at once elsewhere.
        "tool_reference" => {
            strangers(block, &["type", "tool_name", "cache_control"], report);
            let name = read::required_text(block, "tool_name")?;
            PartKind::Text(["Tool available: ", &name].concat().into())
        }
        "browser_state" => return Err(elsewhere(block, &kind)),
        kind => shared(block, kind, report)?,
    };
    Ok(Part { at: block.at(), kind: read, cache: mark(block)? })
}

fn elsewhere(block: Value<'_>, kind: &str) -> Refusal {
    let at = block.get("type").map_or(block.at(), |kind| kind.at());
    Refusal::unsupported(at, format!("`{kind}` is not supported by the upstream's API"))
}
