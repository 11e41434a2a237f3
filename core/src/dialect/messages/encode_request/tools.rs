//! The tools, and which of them must be called.

use super::mark;
use crate::dialect::canonical::{Function, Refusal, Sited, Text, Tool, ToolChoice, ToolKind, WebSearch};
use crate::wire::write::Writer;

/// The schema of a tool that takes nothing; the API needs one.
const NO_SCHEMA: &str = r#"{"type":"object","properties":{}}"#;

/// About how long the tools are.
pub(super) fn length(tools: &[Tool<'_>]) -> usize {
    let length = |tool: &Tool<'_>| match &tool.kind {
        ToolKind::Function(function) => {
            let description = function.description.as_ref().map_or(0, Text::room);
            description + function.schema.as_ref().map_or(0, |schema| schema.is.0.len()) + 160
        }
        ToolKind::Server(server) => server.value.raw().len(),
        ToolKind::Custom(_) | ToolKind::WebSearch(_) => 256,
    };
    tools.iter().map(length).sum()
}

/// Writes the tools.
pub(super) fn tools(tools: &[Tool<'_>], out: &mut Writer) -> Result<(), Refusal> {
    if tools.is_empty() {
        return Ok(());
    }
    out.key("tools").open_array();
    for tool in tools {
        match &tool.kind {
            ToolKind::Function(function) => self::function(function, out),
            ToolKind::WebSearch(search) => web_search(search, out),
            ToolKind::Server(server) => {
                out.open();
                if server.value.get("type").is_some_and(|kind| kind.is(&server.kind)) {
                    for (key, value) in server.value.members().filter(|(key, _)| key != "cache_control") {
                        out.any_key(&key).raw(value.raw());
                    }
                } else {
                    // Another vendor's, for which the API has its own.
                    out.str_member("type", &server.kind).str_member("name", name_of(&server.kind));
                }
            }
            ToolKind::Custom(_) => {
                return Err(Refusal::unsupported(tool.at, "a tool that takes free text is not supported"));
            }
        }
        mark(tool.cache, out);
        out.close();
    }
    out.close_array();
    Ok(())
}

fn function(function: &Function<'_>, out: &mut Writer) {
    out.open().str_member("name", &function.name);
    if let Some(description) = &function.description {
        out.text_member("description", description);
    }
    out.raw_member("input_schema", function.schema.as_ref().map_or(NO_SCHEMA, |schema| &schema.is.0));
    for (key, switch) in [("strict", function.strict), ("defer_loading", function.defer)] {
        if let Some(switch) = switch {
            out.key(key).bool(switch.is);
        }
    }
    for (key, value) in &function.extra {
        out.any_key(key).raw(value.raw());
    }
}

/// The version that the model calls itself. Later ones are called by programs unless told otherwise.
fn web_search(search: &WebSearch<'_>, out: &mut Writer) {
    out.open().str_member("type", "web_search_20250305").str_member("name", "web_search");
    for (key, domains) in [("allowed_domains", &search.allowed), ("blocked_domains", &search.blocked)] {
        if let Some(domains) = domains {
            out.key(key).open_array();
            for domain in &domains.is {
                out.string(bare(domain));
            }
            out.close_array();
        }
    }
    if let Some(most) = search.max_uses {
        out.count_member("max_uses", most.is);
    }
    if let Some(location) = search.location {
        out.key("user_location").open().str_member("type", "approximate");
        for (key, value) in location.members().filter(|(key, _)| key != "type") {
            out.any_key(&key).raw(value.raw());
        }
        out.close();
    }
}

/// A domain without a scheme, as the API wants it.
fn bare(domain: &str) -> &str {
    let domain = domain.strip_prefix("https://").or(domain.strip_prefix("http://")).unwrap_or(domain);
    domain.strip_suffix('/').unwrap_or(domain)
}

/// The name of a tool of the API's own: its type without the date.
fn name_of(kind: &str) -> &str {
    match kind.rsplit_once('_') {
        Some((name, date)) if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => kind,
    }
}

/// Writes which tool must be called, and whether several may be at once.
pub(super) fn choice(
    choice: Option<&Sited<ToolChoice<'_>>>,
    parallel: Option<Sited<bool>>,
    tools: &[Tool<'_>],
    out: &mut Writer,
) -> Result<(), Refusal> {
    let one_at_a_time = parallel.is_some_and(|parallel| !parallel.is);
    let (kind, name) = match choice.map(|choice| &choice.is) {
        None if one_at_a_time && !tools.is_empty() => ("auto", None),
        None => return Ok(()),
        Some(ToolChoice::Auto | ToolChoice::Validated | ToolChoice::Subset { required: false, .. }) => ("auto", None),
        Some(ToolChoice::Required | ToolChoice::Subset { required: true, .. }) => ("any", None),
        Some(ToolChoice::None) => ("none", None),
        Some(ToolChoice::One(name)) => ("tool", Some(&**name)),
        Some(ToolChoice::Server(server)) => {
            let name = tools.iter().find_map(|tool| match &tool.kind {
                ToolKind::Server(known) if known.kind == *server => known.name.as_deref(),
                _ => None,
            });
            ("tool", Some(name.unwrap_or_else(|| name_of(server))))
        }
    };
    out.key("tool_choice").open().str_member("type", kind);
    if let Some(name) = name {
        out.str_member("name", name);
    }
    if one_at_a_time && kind != "none" {
        out.key("disable_parallel_tool_use").bool(true);
    }
    out.close();
    Ok(())
}
