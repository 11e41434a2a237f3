//! Tools and the choice among them.

use crate::dialect::canonical::{Custom, Function, Refusal, Sited, Tool, ToolChoice, ToolKind, WebSearch};
use crate::wire::write::Writer;

/// Writes `tools`, and web search as the `web_search_options` that it is here.
pub(super) fn tools(json: &mut Writer, tools: &[Tool<'_>]) -> Result<(), Refusal> {
    let mut search = None;
    let mut listed = false;
    for tool in tools {
        let Tool { at, kind, cache: _ } = tool;
        if let ToolKind::WebSearch(found) = kind {
            search = Some(found);
            continue;
        }
        if !std::mem::replace(&mut listed, true) {
            json.key("tools").open_array();
        }
        match kind {
            ToolKind::Function(tool) => function(json, tool),
            ToolKind::Custom(tool) => custom(json, tool),
            ToolKind::Server(tool) => {
                let message = format!("is a tool of its vendor's (`{:.64}`), which chat completions lack", tool.kind);
                return Err(Refusal::unsupported(*at, message));
            }
            ToolKind::WebSearch(_) => {}
        }
    }
    if listed {
        json.close_array();
    }
    if let Some(search) = search {
        web_search(json, search);
    }
    Ok(())
}

fn function(json: &mut Writer, function: &Function<'_>) {
    // Namespaces are in the names by now, and what is loaded later is sent at once.
    let Function { name, namespace: _, description, schema, strict, defer: _, searches_tools: _, extra } = function;
    json.open().str_member("type", "function").key("function").open().str_member("name", name);
    if let Some(description) = description {
        json.text_member("description", description);
    }
    if let Some(schema) = schema {
        json.raw_member("parameters", &schema.is.0);
    }
    if let Some(strict) = strict {
        json.key("strict").bool(strict.is);
    }
    for (key, value) in extra {
        json.any_key(key).raw(value.raw());
    }
    json.close().close();
}

fn custom(json: &mut Writer, custom: &Custom<'_>) {
    let Custom { name, namespace: _, description, grammar } = custom;
    json.open().str_member("type", "custom").key("custom").open().str_member("name", name);
    if let Some(description) = description {
        json.text_member("description", description);
    }
    if let Some(grammar) = grammar {
        let (syntax, definition) = &grammar.is;
        json.key("format").open().str_member("type", "grammar").key("grammar").open();
        json.str_member("syntax", syntax).str_member("definition", definition).close().close();
    }
    json.close().close();
}

fn web_search(json: &mut Writer, search: &WebSearch<'_>) {
    // Filters that there is no place for here have been refused.
    let WebSearch { allowed: _, blocked: _, location, context, max_uses: _, offline: _, range: _, extra: _ } = search;
    json.key("web_search_options").open();
    if let Some(context) = context {
        json.str_member("search_context_size", &context.is);
    }
    if let Some(location) = location {
        json.key("user_location").open().str_member("type", "approximate").key("approximate").open();
        for (key, value) in location.members() {
            if matches!(&*key, "city" | "country" | "region" | "timezone") && !value.is_null() {
                json.raw_member(&key, value.raw());
            }
        }
        json.close().close();
    }
    json.close();
}

/// Writes `tool_choice`.
pub(super) fn choice(json: &mut Writer, choice: &Sited<ToolChoice<'_>>, tools: &[Tool<'_>]) -> Result<(), Refusal> {
    if let ToolChoice::Server(kind) = &choice.is {
        let message = format!("names a tool of its vendor's (`{kind:.64}`), which chat completions lack");
        return Err(Refusal::unsupported(choice.at, message));
    }
    json.key("tool_choice");
    match &choice.is {
        ToolChoice::Auto | ToolChoice::Validated | ToolChoice::Server(_) => json.string("auto"),
        ToolChoice::None => json.string("none"),
        ToolChoice::Required => json.string("required"),
        ToolChoice::One(name) => named(json, name, tools),
        ToolChoice::Subset { names, required } => {
            json.open().str_member("type", "allowed_tools").key("allowed_tools").open();
            json.str_member("mode", if *required { "required" } else { "auto" }).key("tools").open_array();
            for name in names {
                named(json, name, tools);
            }
            json.close_array().close().close()
        }
    };
    Ok(())
}

fn named<'j>(json: &'j mut Writer, name: &str, tools: &[Tool<'_>]) -> &'j mut Writer {
    let is_custom = tools.iter().any(|tool| matches!(&tool.kind, ToolKind::Custom(custom) if custom.name == name));
    let kind = if is_custom { "custom" } else { "function" };
    json.open().str_member("type", kind).key(kind).open().str_member("name", name).close().close()
}
