//! Tools, the choice among them, and their older forms `functions` and `function_call`.

use super::unknown;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{Custom, Function, Reason, Refusal, Report, Sited, Str, Tool, ToolChoice, ToolKind};

/// `tools`.
pub(super) fn tools<'a>(list: Value<'a>, tools: &mut Vec<Tool<'a>>, report: &mut Report) -> Result<(), Refusal> {
    for tool in read::array(list)?.elements() {
        let mut cache = None;
        let (mut kind, mut function, mut custom) = (None, None, None);
        for (key, value) in read::object(tool)?.members() {
            match &*key {
                _ if value.is_null() => {}
                "type" => kind = Some(read::text(value)?),
                "function" => function = Some(value),
                "custom" => custom = Some(value),
                "cache_control" | "prompt_cache_breakpoint" => cache = Some(super::parts::mark(value)?),
                _ => report.note(value.at(), Reason::Unknown),
            }
        }
        // Many leave the type out: there was only one for years.
        let kind = match (kind.as_deref().unwrap_or("function"), function, custom) {
            ("function", Some(inner), _) => ToolKind::Function(self::function(inner)?),
            ("function", None, _) => return Err(Refusal::invalid(tool.at(), "is required").member("function")),
            ("custom", _, Some(inner)) => ToolKind::Custom(self::custom(inner, report)?),
            ("custom", _, None) => return Err(Refusal::invalid(tool.at(), "is required").member("custom")),
            (other, _, _) => return Err(read::unknown_variant(tool, "tool", other)),
        };
        tools.push(Tool { at: tool.at(), kind, cache });
    }
    Ok(())
}

/// `functions`, deprecated: the same without the wrapping.
pub(super) fn functions<'a>(list: Value<'a>, tools: &mut Vec<Tool<'a>>, _: &mut Report) -> Result<(), Refusal> {
    for tool in read::array(list)?.elements() {
        tools.push(Tool { at: tool.at(), kind: ToolKind::Function(function(tool)?), cache: None });
    }
    Ok(())
}

fn function(inner: Value<'_>) -> Result<Function<'_>, Refusal> {
    let mut function = Function::default();
    let mut name = None;
    for (key, value) in read::object(inner)?.members() {
        match &*key {
            _ if value.is_null() => {}
            "name" => name = Some(read::text(value)?),
            "description" => function.description = Some(read::words(value)?),
            "parameters" => function.schema = Some(Sited::new(value.at(), read::json(read::object(value)?))),
            "strict" => function.strict = Some(Sited::new(value.at(), read::boolean(value)?)),
            _ => function.extra.push((key, value)),
        }
    }
    function.name = name.ok_or_else(|| Refusal::invalid(inner.at(), "is required").member("name"))?;
    Ok(function)
}

fn custom<'a>(inner: Value<'a>, report: &mut Report) -> Result<Custom<'a>, Refusal> {
    unknown(read::object(inner)?, &["name", "description", "format"], report);
    let grammar = match inner.get("format") {
        Some(format) => match &*read::required_text(read::object(format)?, "type")? {
            "text" => None,
            "grammar" => {
                let grammar = read::object(read::required(format, "grammar")?)?;
                let rules = (read::required_text(grammar, "syntax")?, read::required_text(grammar, "definition")?);
                Some(Sited::new(grammar.at(), rules))
            }
            other => return Err(read::unknown_variant(format, "format", other)),
        },
        None => None,
    };
    Ok(Custom {
        name: read::required_text(inner, "name")?,
        namespace: None,
        description: read::optional_words(inner, "description")?,
        grammar,
    })
}

/// `tool_choice`.
pub(super) fn choice<'a>(choice: Value<'a>, report: &mut Report) -> Result<Sited<ToolChoice<'a>>, Refusal> {
    if choice.kind() == Kind::String {
        let choice = Sited::new(
            choice.at(),
            match &*read::text(choice)? {
                "auto" => ToolChoice::Auto,
                "none" => ToolChoice::None,
                // `any` is Mistral's word.
                "required" | "any" => ToolChoice::Required,
                _ => return Err(Refusal::invalid(choice.at(), "must be none, auto, required or an object")),
            },
        );
        return Ok(choice);
    }
    let kind = read::optional_text(read::object(choice)?, "type")?.unwrap_or("function".into());
    let is = match &*kind {
        "function" | "custom" => ToolChoice::One(named(choice, &kind, report)?),
        "allowed_tools" => {
            let allowed = read::object(read::required(choice, "allowed_tools")?)?;
            unknown(allowed, &["mode", "tools"], report);
            let required = match &*read::required_text(allowed, "mode")? {
                "auto" => false,
                "required" => true,
                other => {
                    return Err(Refusal::invalid(allowed.at(), format!("must be auto or required, not {other:.40}"))
                        .member("mode"));
                }
            };
            let mut names = Vec::new();
            for tool in read::array(read::required(allowed, "tools")?)?.elements() {
                let kind = read::optional_text(read::object(tool)?, "type")?.unwrap_or("function".into());
                match &*kind {
                    "function" | "custom" => names.push(named(tool, &kind, report)?),
                    other => return Err(read::unknown_variant(tool, "tool", other)),
                }
            }
            ToolChoice::Subset { names, required }
        }
        other => return Err(read::unknown_variant(choice, "choice", other)),
    };
    Ok(Sited::new(choice.at(), is))
}

fn named<'a>(object: Value<'a>, kind: &str, report: &mut Report) -> Result<Str<'a>, Refusal> {
    unknown(object, &["type", kind], report);
    let inner = match kind {
        "custom" => read::required(object, "custom")?,
        _ => read::required(object, "function")?,
    };
    read::required_text(read::object(inner)?, "name")
}

/// `function_call`, deprecated.
pub(super) fn function_choice<'a>(choice: Value<'a>, report: &mut Report) -> Result<Sited<ToolChoice<'a>>, Refusal> {
    if choice.kind() == Kind::String {
        return self::choice(choice, report);
    }
    Ok(Sited::new(choice.at(), ToolChoice::One(read::required_text(read::object(choice)?, "name")?)))
}
