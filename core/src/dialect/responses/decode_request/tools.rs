//! Tools, and the choice among them.

use super::note_unknown;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{
    Custom, Function, Index, Reason, Refusal, Report, ServerTool, Sited, Str, Tool, ToolChoice, ToolKind, Vendor,
    WebSearch,
};

/// The name of the function that a client-run search for tools is.
pub(super) const SEARCH: &str = "tool_search";

/// The vendor's own tools (openai-python, `types/responses/tool_param.py`).
const SERVER: &[&str] = &[
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "programmatic_tool_calling",
    "shell",
    SEARCH,
];

/// Reads a tool; a namespace is all of its tools.
pub(super) fn tool<'a>(value: Value<'a>, tools: &mut Vec<Tool<'a>>, report: &mut Report) -> Result<(), Refusal> {
    let kind = read::required_text(read::object(value)?, "type")?;
    let kind = match &*kind {
        "namespace" => return namespace(value, tools, report),
        "function" => ToolKind::Function(function(value, None)?),
        "custom" => ToolKind::Custom(custom(value, None, report)?),
        SEARCH if value.get("execution").is_some_and(|execution| execution.is("client")) => {
            ToolKind::Function(search(value, report)?)
        }
        web if is_web_search(web) => ToolKind::WebSearch(web_search(value)?),
        server if SERVER.contains(&server) => {
            ToolKind::Server(ServerTool { vendor: Vendor::OpenAi, kind, name: None, value })
        }
        unknown => return Err(read::unknown_variant(value, "the tool", unknown)),
    };
    tools.push(Tool { at: value.at(), kind, cache: None });
    Ok(())
}

/// Whether the tool is a search for tools that the client runs.
pub(super) fn searches_tools(tool: &Tool<'_>) -> bool {
    matches!(&tool.kind, ToolKind::Function(function) if function.searches_tools)
}

/// The name under which a tool is known to the model.
pub(super) fn name(tool: &Tool<'_>) -> Option<String> {
    let (namespace, name) = key(&tool.kind)?;
    Some(namespace.map_or_else(|| name.to_owned(), |namespace| [namespace, "__", name].concat()))
}

/// Where the tools of a list are, by namespace and name: of two that are called alike the first.
pub(super) fn known<'a>(tools: &[Tool<'a>]) -> Index<'a> {
    let mut known = Index::default();
    for (at, tool) in tools.iter().enumerate().rev() {
        if let Some(key) = whole_key(&tool.kind) {
            known.insert(key, at);
        }
    }
    known
}

/// A tool joins others. One that is there already does so once, and is no longer one that must be searched for.
pub(super) fn join<'a>(tools: &mut Vec<Tool<'a>>, known: &mut Index<'a>, mut tool: Tool<'a>) {
    if let ToolKind::Function(function) = &mut tool.kind {
        function.defer = None;
    }
    if let Some(key) = whole_key(&tool.kind) {
        if let Some(at) = known.get(&key) {
            if let Some(Tool { kind: ToolKind::Function(known), .. }) = tools.get_mut(at) {
                known.defer = None;
            }
            return;
        }
        known.insert(key, tools.len());
    }
    tools.push(tool);
}

/// Namespace and name as one text, which no other tool has.
fn whole_key<'a>(kind: &ToolKind<'a>) -> Option<Str<'a>> {
    match kind {
        ToolKind::Function(Function { namespace, name, .. }) | ToolKind::Custom(Custom { namespace, name, .. }) => {
            Some(match namespace {
                Some(namespace) => ["\0", namespace, "\0", name].concat().into(),
                None => name.clone(),
            })
        }
        ToolKind::WebSearch(_) | ToolKind::Server(_) => None,
    }
}

fn key<'t>(kind: &'t ToolKind<'_>) -> Option<(Option<&'t str>, &'t str)> {
    match kind {
        ToolKind::Function(Function { namespace, name, .. }) | ToolKind::Custom(Custom { namespace, name, .. }) => {
            Some((namespace.as_deref(), name))
        }
        ToolKind::WebSearch(_) | ToolKind::Server(_) => None,
    }
}

/// The longest name of a namespace: each of its tools carries it.
const MAX_NAMESPACE: usize = 512;

/// A namespace's name.
pub(super) fn namespace_of(value: Value<'_>) -> Result<Str<'_>, Refusal> {
    let name = read::text(value)?;
    match name.len() {
        0..=MAX_NAMESPACE => Ok(name),
        _ => Err(Refusal::invalid(value.at(), "must be no longer than 512 bytes")),
    }
}

fn namespace<'a>(value: Value<'a>, tools: &mut Vec<Tool<'a>>, report: &mut Report) -> Result<(), Refusal> {
    let name = namespace_of(read::required(value, "name")?)?;
    note_unknown(value, &["type", "name", "description", "tools"], report);
    // No slot is left for it where the tools stand by themselves.
    if let Some(description) = value.get("description").filter(|description| !description.is_empty()) {
        report.note(description.at(), Reason::Dropped);
    }
    for tool in read::array(read::required(value, "tools")?)?.elements() {
        let kind = match &*read::required_text(read::object(tool)?, "type")? {
            "function" => ToolKind::Function(function(tool, Some(name.clone()))?),
            "custom" => ToolKind::Custom(custom(tool, Some(name.clone()), report)?),
            unknown => return Err(read::unknown_variant(tool, "the tool", unknown)),
        };
        tools.push(Tool { at: tool.at(), kind, cache: None });
    }
    Ok(())
}

fn function<'a>(value: Value<'a>, namespace: Option<Str<'a>>) -> Result<Function<'a>, Refusal> {
    let mut function = Function { name: read::required_text(value, "name")?, namespace, ..Function::default() };
    for (key, member) in value.members().filter(|(_, member)| !member.is_null()) {
        match &*key {
            "type" | "name" => {}
            "description" => function.description = Some(read::words(member)?),
            "parameters" => {
                function.schema = Some(Sited::new(member.at(), read::json(read::object(member)?)));
            }
            "strict" => function.strict = Some(Sited::new(member.at(), read::boolean(member)?)),
            "defer_loading" => function.defer = deferred(member)?,
            _ if is_default(&key, member) => {}
            _ => function.extra.push((key, member)),
        }
    }
    Ok(function)
}

fn custom<'a>(value: Value<'a>, namespace: Option<Str<'a>>, report: &mut Report) -> Result<Custom<'a>, Refusal> {
    let mut grammar = None;
    for (key, member) in value.members().filter(|(_, member)| !member.is_null()) {
        match &*key {
            "type" | "name" | "description" => {}
            "format" => {
                grammar = match &*read::required_text(member, "type")? {
                    "text" => None,
                    "grammar" => Some(Sited::new(
                        member.at(),
                        (read::required_text(member, "syntax")?, read::required_text(member, "definition")?),
                    )),
                    unknown => return Err(read::unknown_variant(member, "the format", unknown)),
                };
            }
            _ if is_default(&key, member) => {}
            "allowed_callers" => {
                return Err(Refusal::unsupported(member.at(), "is not supported by the upstream's API"));
            }
            "defer_loading" | "async" => report.note(member.at(), Reason::Dropped),
            _ => report.note(member.at(), Reason::Unknown),
        }
    }
    let description = read::optional_words(value, "description")?;
    Ok(Custom { name: read::required_text(value, "name")?, namespace, description, grammar })
}

/// Whether a member says what is so anyway.
fn is_default(key: &str, value: Value<'_>) -> bool {
    match key {
        "async" | "defer_loading" => value.bool() == Some(false),
        "allowed_callers" => value.elements().all(|caller| caller.is("direct")),
        _ => false,
    }
}

fn deferred(value: Value<'_>) -> Result<Option<Sited<bool>>, Refusal> {
    Ok(Some(Sited::new(value.at(), read::boolean(value)?)).filter(|defer| defer.is))
}

fn search<'a>(value: Value<'a>, report: &mut Report) -> Result<Function<'a>, Refusal> {
    note_unknown(value, &["type", "execution", "description", "parameters"], report);
    let schema = value.get("parameters").map(read::object).transpose()?;
    Ok(Function {
        name: SEARCH.into(),
        description: read::optional_words(value, "description")?,
        schema: schema.map(|schema| Sited::new(schema.at(), read::json(schema))),
        searches_tools: true,
        ..Function::default()
    })
}

/// Whether a type is one of the web search's, dated or not.
fn is_web_search(kind: &str) -> bool {
    ["web_search", "web_search_2025_08_26", "web_search_preview", "web_search_preview_2025_03_11"].contains(&kind)
}

fn web_search<'a>(value: Value<'a>) -> Result<WebSearch<'a>, Refusal> {
    let mut search = WebSearch::default();
    for (key, member) in value.members().filter(|(_, member)| !member.is_null()) {
        match &*key {
            "type" => {}
            "filters" => {
                for (key, member) in read::object(member)?.members().filter(|(_, member)| !member.is_null()) {
                    match &*key {
                        "allowed_domains" => search.allowed = domains(member)?,
                        "blocked_domains" => search.blocked = domains(member)?,
                        // A filter that is not known guards all the same.
                        _ => search.extra.push((key, member)),
                    }
                }
            }
            "user_location" => search.location = Some(read::object(member)?),
            "search_context_size" => search.context = Some(Sited::new(member.at(), read::text(member)?)),
            "external_web_access" => search.offline = Some(member.at()).filter(|_| member.bool() == Some(false)),
            "search_content_types" if member.elements().all(|kind| kind.is("text")) => {}
            _ => search.extra.push((key, member)),
        }
    }
    Ok(search)
}

fn domains(value: Value<'_>) -> Result<Option<Sited<Vec<Str<'_>>>>, Refusal> {
    let list = read::array(value)?.elements().map(read::text).collect::<Result<_, _>>()?;
    Ok(Some(Sited::new(value.at(), list)))
}

/// `tool_choice`.
pub(super) fn choice(value: Value<'_>) -> Result<ToolChoice<'_>, Refusal> {
    if value.kind() == Kind::String {
        return Ok(match &*read::text(value)? {
            "auto" => ToolChoice::Auto,
            "none" => ToolChoice::None,
            "required" => ToolChoice::Required,
            _ => return Err(Refusal::invalid(value.at(), "must be auto, none, required, or an object")),
        });
    }
    let kind = read::required_text(read::object(value)?, "type")?;
    Ok(match &*kind {
        "function" | "custom" => ToolChoice::One(read::required_text(value, "name")?),
        "allowed_tools" => {
            let mode = read::required(value, "mode")?;
            let required = match &*read::text(mode)? {
                "auto" => false,
                "required" => true,
                _ => return Err(Refusal::invalid(mode.at(), "must be auto or required")),
            };
            let mut names = Vec::new();
            for tool in read::array(read::required(value, "tools")?)?.elements() {
                // A tool of the vendor's is known by its type.
                names.push(match read::optional_text(tool, "name")? {
                    Some(name) => name,
                    None => read::required_text(tool, "type")?,
                });
            }
            ToolChoice::Subset { names, required }
        }
        web if is_web_search(web) => ToolChoice::Server("web_search".into()),
        server if SERVER.contains(&server) || server == "computer_use" => ToolChoice::Server(kind),
        unknown => return Err(read::unknown_variant(value, "the choice", unknown)),
    })
}
