//! Tools, and the choice among them.

use crate::dialect::canonical::{
    Custom, Function, Refusal, ServerTool, Str, Text, Tool, ToolChoice, ToolKind, Vendor, WebSearch,
};
use crate::wire::write::Writer;

/// What a function without a schema takes: nothing.
const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

/// Writes `tools`. Neighbours of one namespace are written in it.
pub(super) fn tools(json: &mut Writer, tools: &[Tool<'_>]) -> Result<(), Refusal> {
    if tools.is_empty() {
        return Ok(());
    }
    json.key("tools").open_array();
    let mut open: Option<&Str<'_>> = None;
    for tool in tools {
        let Tool { at, kind, cache: _ } = tool;
        let namespace = match kind {
            ToolKind::Function(Function { namespace, .. }) | ToolKind::Custom(Custom { namespace, .. }) => {
                namespace.as_ref()
            }
            ToolKind::WebSearch(_) | ToolKind::Server(_) => None,
        };
        if namespace != open {
            if open.is_some() {
                json.close_array().close();
            }
            if let Some(namespace) = namespace {
                json.open().str_member("type", "namespace").str_member("name", namespace);
                json.str_member("description", namespace).key("tools").open_array();
            }
            open = namespace;
        }
        match kind {
            ToolKind::Function(tool) => function(json, tool),
            ToolKind::Custom(tool) => custom(json, tool),
            ToolKind::WebSearch(tool) => web_search(json, tool)?,
            ToolKind::Server(tool) if tool.vendor == Vendor::OpenAi && tool.value.get("type").is_some() => {
                json.raw(tool.value.raw());
            }
            ToolKind::Server(ServerTool { kind, .. }) if kind.is_empty() => {
                return Err(Refusal::unsupported(*at, "is a tool of another vendor's"));
            }
            ToolKind::Server(ServerTool { kind, .. }) => {
                json.open().str_member("type", kind).close();
            }
        }
    }
    if open.is_some() {
        json.close_array().close();
    }
    json.close_array();
    Ok(())
}

fn function(json: &mut Writer, function: &Function<'_>) {
    let Function { name, namespace: _, description, schema, strict, defer, searches_tools, extra } = function;
    let schema = schema.as_ref().map(|schema| &*schema.is.0);
    if *searches_tools {
        json.open().str_member("type", "tool_search").str_member("execution", "client");
    } else {
        json.open().str_member("type", "function").str_member("name", name);
    }
    if let Some(description) = description {
        json.text_member("description", description);
    }
    if *searches_tools {
        if let Some(schema) = schema {
            json.raw_member("parameters", schema);
        }
        json.close();
        return;
    }
    json.raw_member("parameters", schema.unwrap_or(NO_PARAMETERS));
    if let Some(strict) = strict {
        json.key("strict").bool(strict.is);
    }
    if let Some(defer) = defer {
        json.key("defer_loading").bool(defer.is);
    }
    for (key, value) in extra {
        json.any_key(key).raw(value.raw());
    }
    json.close();
}

fn custom(json: &mut Writer, custom: &Custom<'_>) {
    let Custom { name, namespace: _, description, grammar } = custom;
    json.open().str_member("type", "custom").str_member("name", name);
    if let Some(description) = description {
        json.text_member("description", description);
    }
    if let Some(grammar) = grammar {
        let (syntax, definition) = &grammar.is;
        json.key("format").open().str_member("type", "grammar");
        json.str_member("syntax", syntax).str_member("definition", definition).close();
    }
    json.close();
}

fn web_search(json: &mut Writer, search: &WebSearch<'_>) -> Result<(), Refusal> {
    // How often is said beside the tools, and what else there was has been reported.
    let WebSearch { allowed, blocked, location, context, max_uses: _, offline, range, extra: _ } = search;
    // Without its filter the search would be another one.
    let lacks = |at| Err(Refusal::unsupported(at, "is a filter that the upstream's web search lacks"));
    if let Some(blocked) = blocked {
        return lacks(blocked.at);
    }
    if let Some(range) = range {
        return lacks(range.at());
    }
    json.open().str_member("type", "web_search");
    if let Some(allowed) = allowed {
        json.key("filters").open().key("allowed_domains").open_array();
        for domain in &allowed.is {
            json.string(domain);
        }
        json.close_array().close();
    }
    if let Some(location) = location {
        json.key("user_location").open().str_member("type", "approximate");
        for (key, value) in location.members() {
            if matches!(&*key, "city" | "country" | "region" | "timezone") && !value.is_null() {
                json.raw_member(&key, value.raw());
            }
        }
        json.close();
    }
    if let Some(context) = context {
        json.str_member("search_context_size", &context.is);
    }
    if offline.is_some() {
        json.key("external_web_access").bool(false);
    }
    json.close();
    Ok(())
}

/// Writes `tool_choice`.
pub(super) fn choice(json: &mut Writer, choice: &ToolChoice<'_>, tools: &[Tool<'_>]) {
    json.key("tool_choice");
    match choice {
        ToolChoice::Auto | ToolChoice::Validated => json.string("auto"),
        ToolChoice::None => json.string("none"),
        ToolChoice::Required => json.string("required"),
        ToolChoice::One(name) => named(json, name, tools),
        ToolChoice::Server(kind) => json.open().str_member("type", kind).close(),
        ToolChoice::Subset { names, required } => {
            json.open().str_member("type", "allowed_tools");
            json.str_member("mode", if *required { "required" } else { "auto" }).key("tools").open_array();
            for name in names {
                named(json, name, tools);
            }
            json.close_array().close()
        }
    };
}

/// A tool as a choice names it: by its type where it is the vendor's.
fn named<'j>(json: &'j mut Writer, name: &str, tools: &[Tool<'_>]) -> &'j mut Writer {
    let kind = tools.iter().find_map(|tool| match &tool.kind {
        ToolKind::Custom(custom) if custom.name == name => Some("custom"),
        ToolKind::WebSearch(_) if name == "web_search" => Some(""),
        ToolKind::Server(server) if server.kind == name => Some(""),
        _ => None,
    });
    match kind {
        Some("") => json.open().str_member("type", name).close(),
        kind => json.open().str_member("type", kind.unwrap_or("function")).str_member("name", name).close(),
    }
}

/// About how long a tool is.
pub(super) fn length(tool: &Tool<'_>) -> usize {
    96 + match &tool.kind {
        ToolKind::Function(function) => {
            function.description.as_ref().map_or(0, Text::room)
                + function.schema.as_ref().map_or(0, |schema| schema.is.0.len())
        }
        ToolKind::Custom(custom) => {
            custom.description.as_ref().map_or(0, Text::room)
                + custom.grammar.as_ref().map_or(0, |grammar| grammar.is.1.len() + grammar.is.1.len() / 8)
        }
        ToolKind::WebSearch(_) => 128,
        ToolKind::Server(tool) => tool.value.raw().len(),
    }
}
