//! The tools: `types/tool_union_param.py` and `types/beta/beta_tool_union_param.py`.

use super::mark;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{
    Function, Index, Reason, Refusal, Report, ServerTool, Sited, Str, Tool, ToolKind, Vendor, WebSearch,
};

/// The beginnings of the types of Anthropic's own tools; a date follows most of them.
const SERVER_TOOLS: &[&str] = &[
    "web_fetch_",
    "code_execution_",
    "tool_search_tool_",
    "bash_",
    "text_editor_",
    "computer_",
    "browser_toolset_",
    "memory_",
    "mcp_toolset",
    "advisor_",
];

/// A tool.
pub(super) fn tool<'a>(value: Value<'a>, report: &mut Report) -> Result<Tool<'a>, Refusal> {
    let kind = match read::optional_text(read::object(value)?, "type")? {
        None => ToolKind::Function(function(value, report)?),
        Some(kind) if kind == "custom" => ToolKind::Function(function(value, report)?),
        Some(kind) if kind.starts_with("web_search_") => ToolKind::WebSearch(web_search(value, report)?),
        Some(kind) if SERVER_TOOLS.iter().any(|known| kind.starts_with(known)) => ToolKind::Server(ServerTool {
            vendor: Vendor::Anthropic,
            name: read::optional_text(value, "name")?,
            kind,
            value,
        }),
        Some(kind) => return Err(read::unknown_variant(value, "the tool type", &kind)),
    };
    Ok(Tool { at: value.at(), kind, cache: mark(value)? })
}

fn function<'a>(value: Value<'a>, report: &mut Report) -> Result<Function<'a>, Refusal> {
    let mut function = Function { name: read::required_text(value, "name")?, ..Function::default() };
    for (key, member) in value.members().filter(|(_, member)| !member.is_null()) {
        match &*key {
            "name" | "type" | "cache_control" => {}
            "description" => function.description = Some(read::words(member)?),
            "input_schema" => {
                function.schema = Some(Sited::new(member.at(), read::json(read::object(member)?)));
            }
            "strict" => function.strict = on(member)?,
            "defer_loading" => function.defer = on(member)?,
            "eager_input_streaming" | "input_examples" | "allowed_callers" if is_default(member) => {}
            "eager_input_streaming" | "input_examples" | "allowed_callers" => function.extra.push((key, member)),
            _ => report.note(member.at(), Reason::Unknown),
        }
    }
    Ok(function)
}

/// A switch that is on; off is what absence means.
fn on(value: Value<'_>) -> Result<Option<Sited<bool>>, Refusal> {
    Ok(read::boolean(value)?.then(|| Sited::new(value.at(), true)))
}

/// `false`, nothing, or no other caller than the model itself.
fn is_default(value: Value<'_>) -> bool {
    value.bool() == Some(false) || (value.kind() == Kind::Array && value.elements().all(|element| element.is("direct")))
}

fn web_search<'a>(value: Value<'a>, report: &mut Report) -> Result<WebSearch<'a>, Refusal> {
    let mut search = WebSearch::default();
    for (key, member) in value.members().filter(|(_, member)| !member.is_null()) {
        match &*key {
            "name" | "type" | "cache_control" => {}
            "allowed_domains" => search.allowed = domains(member)?,
            "blocked_domains" => search.blocked = domains(member)?,
            "max_uses" => search.max_uses = Some(Sited::new(member.at(), read::count(member)?)),
            "user_location" => search.location = Some(read::object(member)?),
            // A search that only a program of the vendor's may make is not one that the model may.
            "allowed_callers" if read::array(member)?.elements().any(|caller| caller.is("direct")) => {}
            "allowed_callers" => {
                return Err(Refusal::unsupported(member.at(), "is not supported by the upstream's API"));
            }
            // Shapes of the vendor's answer.
            "strict" | "defer_loading" | "response_inclusion" => {
                if member.bool() != Some(false) {
                    report.note(member.at(), Reason::Dropped);
                }
            }
            _ => search.extra.push((key, member)),
        }
    }
    Ok(search)
}

fn domains(value: Value<'_>) -> Result<Option<Sited<Vec<Str<'_>>>>, Refusal> {
    let domains = read::array(value)?.elements().map(read::text).collect::<Result<Vec<_>, _>>()?;
    Ok((!domains.is_empty()).then(|| Sited::new(value.at(), domains)))
}

/// Applies what the conversation has changed of the tool list (a beta): the last word on a tool counts.
pub(super) fn change<'a>(changes: &[Value<'a>], tools: &mut Vec<Tool<'a>>, report: &mut Report) -> Result<(), Refusal> {
    // Of each tool, whether it is gone.
    const GONE: usize = 1;
    let mut gone = Index::default();
    for block in changes {
        let told = read::object(read::required(*block, "tool")?)?;
        let kind = read::required_text(told, "type")?;
        match &*kind {
            "tool_definition" => {
                let added = tool(read::required(told, "definition")?, report)?;
                if let Some(name) = called(&added) {
                    gone.insert(name.clone(), 0);
                }
                tools.push(added);
            }
            "tool_reference" => {
                let name = read::required_text(told, "name")?;
                let removal = block.get("type").is_some_and(|kind| kind.is("tool_removal"));
                gone.insert(name, if removal { GONE } else { 0 });
            }
            "mcp_tool_reference" | "mcp_toolset_reference" => {
                return Err(Refusal::unsupported(told.at(), "is not supported by the upstream's API"));
            }
            other => return Err(read::unknown_variant(told, "the tool", other)),
        }
    }
    if !gone.is_empty() {
        tools.retain(|tool| called(tool).is_none_or(|name| gone.get(name) != Some(GONE)));
    }
    Ok(())
}

/// The name under which a tool is called.
fn called<'t, 'a>(tool: &'t Tool<'a>) -> Option<&'t Str<'a>> {
    match &tool.kind {
        ToolKind::Function(function) => Some(&function.name),
        ToolKind::Server(server) => server.name.as_ref(),
        ToolKind::Custom(_) | ToolKind::WebSearch(_) => None,
    }
}
