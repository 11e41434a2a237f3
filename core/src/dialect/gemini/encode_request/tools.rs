//! Tools: all functions in the first element, then each of Google's own in one of its own.

use super::super::proto::camel;
use crate::dialect::canonical::{Function, Refusal, ServerTool, Str, Tool, ToolKind, Vendor, WebSearch};
use crate::wire::write::Writer;

/// `tools`.
pub(super) fn write(tools: &[Tool<'_>], out: &mut Writer) -> Result<(), Refusal> {
    if tools.is_empty() {
        return Ok(());
    }
    out.key("tools").open_array();
    let mut functions = tools.iter().filter_map(|tool| match &tool.kind {
        ToolKind::Function(function) => Some(function),
        _ => None,
    });
    if let Some(first) = functions.next() {
        out.open().key("functionDeclarations").open_array();
        std::iter::once(first).chain(functions).for_each(|function| declaration(function, out));
        out.close_array().close();
    }
    for tool in tools {
        match &tool.kind {
            ToolKind::Function(_) => {}
            ToolKind::Custom(_) => {
                return Err(Refusal::unsupported(
                    tool.at,
                    "is not supported by the upstream's API: it takes free text",
                ));
            }
            ToolKind::WebSearch(search) => web_search(search, out),
            ToolKind::Server(ServerTool { vendor, kind, name: _, value }) => {
                out.open().any_key(kind);
                // What another vendor's tool was made into has no settings.
                out.raw(if *vendor == Vendor::Google { value.raw() } else { "{}" }).close();
            }
        }
    }
    out.close_array();
    Ok(())
}

fn declaration(function: &Function<'_>, out: &mut Writer) {
    // Namespaces are flattened, and what is strict is said for all at once.
    let Function { name, namespace: _, description, schema, strict: _, defer: _, searches_tools: _, extra } = function;
    out.open().str_member("name", name);
    if let Some(description) = description {
        out.text_member("description", description);
    }
    if let Some(schema) = schema {
        out.raw_member("parametersJsonSchema", &schema.is.0);
    }
    for (key, value) in extra {
        let key = match &*camel(Str::Borrowed(key)) {
            "response" => "response",
            "responseJsonSchema" | "outputSchema" => "responseJsonSchema",
            "behavior" => "behavior",
            _ => continue,
        };
        out.raw_member(key, value.raw());
    }
    out.close();
}

fn web_search(search: &WebSearch<'_>, out: &mut Writer) {
    // What the target has no filter for is refused or reported before.
    let WebSearch { allowed: _, blocked, location: _, context: _, max_uses: _, offline: _, range, extra } = search;
    out.open().key("googleSearch").open();
    if let Some(range) = range {
        out.raw_member("timeRangeFilter", range.raw());
    }
    if let Some(blocked) = blocked {
        out.key("excludeDomains").open_array();
        for domain in &blocked.is {
            out.string(domain);
        }
        out.close_array();
    }
    for (key, value) in extra {
        if matches!(&**key, "searchTypes" | "blockingConfidence") {
            out.raw_member(key, value.raw());
        }
    }
    out.close().close();
}
