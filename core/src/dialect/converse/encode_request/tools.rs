//! Tools and which of them must be called.

use super::mark;
use crate::dialect::canonical::{Function, Refusal, Sited, Tool, ToolChoice, ToolKind};
use crate::wire::write::Writer;

/// A tool without arguments: the API wants a schema.
const NO_ARGUMENTS: &str = r#"{"type":"object","properties":{}}"#;

/// Writes `toolConfig`, which has at least one tool or is not there.
pub(super) fn config(
    tools: &[Tool<'_>],
    choice: Option<&Sited<ToolChoice<'_>>>,
    out: &mut Writer,
) -> Result<(), Refusal> {
    if tools.is_empty() {
        return match choice {
            Some(Sited { at, is: ToolChoice::Required | ToolChoice::One(_) }) => {
                Err(Refusal::unsupported(*at, "asks for a call of a tool, and no tool is offered"))
            }
            _ => Ok(()),
        };
    }
    out.key("toolConfig").open().key("tools").open_array();
    for tool in tools {
        match &tool.kind {
            ToolKind::Function(function) => spec(function, out),
            ToolKind::Custom(_) | ToolKind::WebSearch(_) | ToolKind::Server(_) => {
                return Err(Refusal::unsupported(tool.at, "is not supported by the upstream's API"));
            }
        }
        mark(tool.cache, out);
    }
    out.close_array();
    if let Some(choice) = choice {
        self::choice(choice, out)?;
    }
    out.close();
    Ok(())
}

fn spec(function: &Function<'_>, out: &mut Writer) {
    out.open().key("toolSpec").open().str_member("name", &function.name);
    // An empty one is refused.
    if let Some(description) = function.description.as_ref().filter(|text| !text.is_empty()) {
        out.text_member("description", description);
    }
    let schema = function.schema.as_ref().map_or(NO_ARGUMENTS, |schema| &schema.is.0);
    out.key("inputSchema").open().raw_member("json", schema).close();
    if function.strict.is_some_and(|strict| strict.is) {
        out.key("strict").bool(true);
    }
    out.close().close();
}

fn choice(choice: &Sited<ToolChoice<'_>>, out: &mut Writer) -> Result<(), Refusal> {
    let refused = |what: &'static str| Err(Refusal::unsupported(choice.at, what));
    let (key, name) = match &choice.is {
        ToolChoice::Auto | ToolChoice::Validated | ToolChoice::Subset { required: false, .. } => ("auto", None),
        ToolChoice::Required | ToolChoice::Subset { required: true, .. } => ("any", None),
        ToolChoice::One(name) => ("tool", Some(name)),
        ToolChoice::None => return refused("the upstream's API calls no tool only if none is offered"),
        ToolChoice::Server(_) => return refused("is not supported by the upstream's API"),
    };
    out.key("toolChoice").open().key(key).open();
    if let Some(name) = name {
        out.str_member("name", name);
    }
    out.close().close();
    Ok(())
}

/// About how long they will be.
pub(super) fn length(tools: &[Tool<'_>]) -> usize {
    let tool = |tool: &Tool<'_>| match &tool.kind {
        ToolKind::Function(function) => {
            function.description.as_ref().map_or(0, |text| text.len())
                + function.schema.as_ref().map_or(0, |schema| schema.is.0.len())
        }
        _ => 0,
    };
    tools.iter().map(|each| tool(each) + 128).sum()
}
