//! Tools.

use super::{proto, schema};
use crate::dialect::canonical::read::{self, Value};
use crate::dialect::canonical::{Function, Refusal, ServerTool, Sited, Str, Tool, ToolKind, Vendor, WebSearch};

/// Reads `tools`: each element may hold tools of several kinds, and functions in several lists.
pub(super) fn read<'a>(value: Value<'a>, tools: &mut Vec<Tool<'a>>) -> Result<(), Refusal> {
    for tool in proto::repeated(value)? {
        for (key, value) in proto::members(read::object(tool)?) {
            let kind = match &*key {
                "functionDeclarations" => {
                    for declaration in proto::repeated(value)? {
                        let function = function(declaration)?;
                        let kind = ToolKind::Function(function);
                        tools.push(Tool { at: declaration.at(), kind, cache: None });
                    }
                    continue;
                }
                "googleSearch" | "googleSearchRetrieval" => ToolKind::WebSearch(search(value)?),
                "urlContext"
                | "codeExecution"
                | "fileSearch"
                | "googleMaps"
                | "computerUse"
                | "retrieval"
                | "enterpriseWebSearch"
                | "parallelAiSearch"
                | "exaAiSearch"
                | "mcpServers" => ToolKind::Server(ServerTool { vendor: Vendor::Google, kind: key, name: None, value }),
                _ => {
                    // A tool that nobody knows may be one that the model needs.
                    return Err(Refusal::invalid(value.at(), "is a tool that is not known here"));
                }
            };
            tools.push(Tool { at: value.at(), kind, cache: None });
        }
    }
    Ok(())
}

fn function<'a>(declaration: Value<'a>) -> Result<Function<'a>, Refusal> {
    let mut function = Function::default();
    let mut name = None;
    for (key, value) in proto::members(read::object(declaration)?) {
        match &*key {
            "name" => name = Some(read::text(value)?),
            "description" => function.description = Some(read::words(value)?),
            // As it is, and rather than the other where both are there.
            "parametersJsonSchema" => {
                function.schema = Some(Sited::new(value.at(), read::json(read::object(value)?)));
            }
            "parameters" if proto::member(declaration, "parametersJsonSchema").is_some() => {}
            "parameters" => {
                function.schema = Some(Sited::new(value.at(), schema::convert(read::object(value)?)));
            }
            "behavior" if matches!(&*proto::word(value)?, "BLOCKING" | "UNSPECIFIED") => {}
            _ => function.extra.push((key, value)),
        }
    }
    function.name = name.ok_or_else(|| Refusal::invalid(declaration.at(), "is required").member("name"))?;
    Ok(function)
}

fn search<'a>(value: Value<'a>) -> Result<WebSearch<'a>, Refusal> {
    let mut search = WebSearch::default();
    for (key, value) in proto::members(read::object(value)?) {
        match &*key {
            "excludeDomains" => {
                let domains: Result<Vec<Str<'a>>, Refusal> = read::array(value)?.elements().map(read::text).collect();
                let domains = domains?;
                if !domains.is_empty() {
                    search.blocked = Some(Sited::new(value.at(), domains));
                }
            }
            "timeRangeFilter" if !value.is_empty() => search.range = Some(read::object(value)?),
            _ if value.is_empty() => {}
            _ => search.extra.push((key, value)),
        }
    }
    Ok(search)
}
