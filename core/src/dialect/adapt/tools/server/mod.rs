//! Tools that a vendor runs itself (translation.md 3.8).
//!
//! One that the target lacks is withheld: the model can do less, and every restriction still holds. If nothing else would
//! be left, or the choice names it, the target cannot be asked. What the target has only with fewer restrictions is
//! refused: a restriction is never loosened.

mod search;
mod words;

pub(super) use words::{Words, name};

use crate::dialect::Dialect;
use crate::dialect::canonical::read::{Kind, Value};
use crate::dialect::canonical::{
    Feature, Reason, Refusal, Report, Request, ServerTool, Target, Tool, ToolKind, Vendor,
};

/// What becomes of a vendor's tool.
enum Fate {
    /// It is offered, as it is now.
    Offered,
    /// It is not, and that is reported.
    Withheld,
    /// It is not needed: what it does is done otherwise.
    Needless,
}

pub(super) fn adapt(
    request: &mut Request<'_>,
    target: &Target<'_>,
    caller: Dialect,
    report: &mut Report,
) -> Result<(), Refusal> {
    if !request.tools.iter().any(is_server) {
        return Ok(());
    }
    let choice = request.tool_choice.as_ref();
    let chosen = choice.map(|choice| Words::chosen(&choice.is, &request.tools)).unwrap_or_default();
    let named: Vec<bool> = request.tools.iter().map(|tool| chosen.name(tool)).collect();
    // "Please enable tool_config.include_server_side_tool_invocations to use Built-in tools with Function calling": that
    // only Gemini 3 and later can, and only for who gives back the parts that tell of the tools' calls, which no other
    // dialect has. <https://ai.google.dev/gemini-api/docs/tool-combination>
    let apart = target.dialect == Dialect::Gemini && !request.tools.iter().all(is_server);
    let mut fates = Vec::with_capacity(request.tools.len());
    for (tool, named) in request.tools.iter_mut().zip(&named) {
        let apart = apart && !named;
        fates.push(match &mut tool.kind {
            ToolKind::Function(_) | ToolKind::Custom(_) => Fate::Offered,
            // The caller's own dialect: as it is.
            ToolKind::WebSearch(_) if caller == target.dialect => Fate::Offered,
            ToolKind::WebSearch(_) if apart => Fate::Withheld,
            ToolKind::WebSearch(search) => search::adapt(search, target, report)?,
            ToolKind::Server(server) if apart && is_fetch(&server.kind) => Fate::Withheld,
            ToolKind::Server(server) => other(server, target, report)?,
        });
    }
    let offers = fates.iter().any(|fate| matches!(fate, Fate::Offered));
    let each = request.tools.iter().zip(&fates).zip(named);
    for ((tool, fate), named) in each {
        match fate {
            Fate::Offered => continue,
            Fate::Withheld if !named && offers => report.note(tool.at, Reason::Withheld),
            Fate::Needless if !named => report.note(tool.at, Reason::Dropped),
            Fate::Withheld | Fate::Needless => return Err(lacks(tool)),
        }
    }
    let mut fates = fates.into_iter();
    super::keep(&mut request.tools, |_| matches!(fates.next(), Some(Fate::Offered)));
    count_uses(request, target, report);
    Ok(())
}

fn lacks(tool: &Tool<'_>) -> Refusal {
    let message = match &tool.kind {
        ToolKind::Server(server) => format!("the upstream has no such tool ({})", server.kind),
        _ => "the upstream does not search the web".to_owned(),
    };
    Refusal::unsupported(tool.at, message)
}

/// Whether a tool is a vendor's.
pub(super) fn is_server(tool: &Tool<'_>) -> bool {
    matches!(tool.kind, ToolKind::WebSearch(_) | ToolKind::Server(_))
}

/// Whether a tool of Anthropic's reads pages.
fn is_fetch(kind: &str) -> bool {
    kind.starts_with("web_fetch")
}

/// Whether the target's API is that of the tool's vendor.
fn is_own(vendor: Vendor, dialect: Dialect) -> bool {
    matches!(
        (vendor, dialect),
        (Vendor::OpenAi, Dialect::Responses)
            | (Vendor::Anthropic, Dialect::Messages)
            | (Vendor::Google, Dialect::Gemini)
    )
}

fn other(server: &mut ServerTool<'_>, target: &Target<'_>, report: &mut Report) -> Result<Fate, Refusal> {
    if is_own(server.vendor, target.dialect) {
        return Ok(Fate::Offered);
    }
    let kind = &*server.kind;
    if matches!(kind, "urlContext" | "url_context") {
        return Ok(if target.dialect == Dialect::Messages && target.quirks.searches {
            server.kind = "web_fetch_20250910".into();
            server.name = Some("web_fetch".into());
            Fate::Offered
        } else {
            Fate::Withheld
        });
    }
    if is_fetch(kind) {
        if target.dialect != Dialect::Gemini || !target.quirks.searches {
            return Ok(Fate::Withheld);
        }
        for (name, value) in server.value.members() {
            match &*name {
                "type" | "name" | "cache_control" => {}
                "allowed_domains" | "blocked_domains" if !value.is_null() && !is_no_filter(&name, value) => {
                    return Err(Refusal::unsupported(value.at(), "the upstream cannot restrict what it fetches so"));
                }
                // Whose words may name the pages.
                "url_sources"
                    if value.members().all(|(_, source)| source.get("type").is_some_and(|kind| kind.is("all"))) => {}
                "url_sources" => {
                    return Err(Refusal::unsupported(value.at(), "the upstream cannot restrict what it fetches so"));
                }
                "allowed_callers" => direct(value)?,
                _ if is_nothing(value) => {}
                _ => report.note(value.at(), Reason::Dropped),
            }
        }
        server.kind = "urlContext".into();
        server.name = None;
        return Ok(Fate::Offered);
    }
    if kind == "tool_search" || kind.starts_with("tool_search_tool") {
        return Ok(if target.dialect == Dialect::Responses && target.vendor() == Vendor::OpenAi {
            server.kind = "tool_search".into();
            server.name = None;
            Fate::Offered
        } else {
            // Every tool is sent at once then (`functions`).
            Fate::Needless
        });
    }
    let withheld =
        kind.starts_with("code_execution") || matches!(kind, "code_interpreter" | "codeExecution" | "image_generation");
    if withheld {
        return Ok(Fate::Withheld);
    }
    let message = format!("a tool of another vendor's ({kind}) that the upstream has none like");
    Err(Refusal::unsupported(server.value.at(), message))
}

/// An empty list of what is blocked blocks nothing. An empty list of what is allowed may mean nothing or everything.
fn is_no_filter(name: &str, value: Value<'_>) -> bool {
    name == "blocked_domains" && value.is_empty()
}

/// Whether a member says no more than that it is not there.
pub(super) fn is_nothing(value: Value<'_>) -> bool {
    value.is_null() || value.is_empty() || value.bool() == Some(false)
}

/// `allowed_callers`: who may call a tool. Elsewhere that is the model alone, and another restriction cannot be kept.
pub(super) fn direct(value: Value<'_>) -> Result<(), Refusal> {
    let direct = match value.kind() {
        Kind::Array => value.elements().all(|caller| caller.is("direct")),
        _ => value.is_null(),
    };
    if direct { Ok(()) } else { Err(Refusal::unsupported(value.at(), "the upstream lets the model alone call tools")) }
}

/// Responses counts the uses of all server tools together: how often may be searched can be said only of a search that is
/// the only one, and has no such count beside it.
fn count_uses(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) {
    if target.dialect != Dialect::Responses {
        return;
    }
    let says = request.asked(Feature::MaxToolCalls).is_none()
        && request.tools.iter().filter(|tool| is_server(tool)).count() == 1;
    for tool in &mut request.tools {
        if let ToolKind::WebSearch(search) = &mut tool.kind
            && let Some(uses) = search.max_uses.take_if(|_| !says)
        {
            report.note(uses.at, Reason::Dropped);
        }
    }
}
