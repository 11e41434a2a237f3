//! `docs/providers.md`, made of the provider table; written anew with `GATELET_GOLDEN=write`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use gatelet_core::config::{Config, Platform};
use gatelet_core::dialect::canonical::Quirks;
use gatelet_core::dialect::canonical::target::{Forced, ReasoningField, Replay, Toggle};
use gatelet_core::dialect::{Dialect, DialectSet};
use gatelet_core::provider::rule::Change;
use gatelet_core::provider::{Door, Kind, OnAbort};

/// Kinds that run at 127.0.0.1 or where the configuration says.
fn is_server(kind: &Kind) -> bool {
    kind.built_in || kind.base_url.is_none_or(|url| url.starts_with("http://"))
}

fn dialects(set: DialectSet) -> Vec<&'static str> {
    set.iter().map(Dialect::name).collect()
}

fn codes(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn row(kind: &Kind) -> String {
    let others: Vec<_> =
        kind.possible.iter().filter(|dialect| !kind.dialects.contains(*dialect)).map(Dialect::name).collect();
    let mut speaks = dialects(kind.dialects).join(", ");
    if !others.is_empty() {
        write!(speaks, " · {}", others.join(", ")).expect("a text");
    }
    let by_model = kind.speaks.iter().fold(DialectSet::default(), |all, speaks| all.union(speaks.dialects));
    if !kind.speaks.is_empty() {
        write!(speaks, "; by model: {}", dialects(by_model).join(", ")).expect("a text");
    }
    let mut place = kind.base_url.map_or_else(|| "its `base_url`".to_owned(), |url| format!("`{url}`"));
    for (region, url) in kind.regions {
        write!(place, "<br>{region}: `{url}`").expect("a text");
    }
    let keys = if kind.key_variables.is_empty() { "–".to_owned() } else { codes(kind.key_variables) };
    let abort = match kind.on_abort {
        _ if is_server(kind) => "",
        OnAbort::Stops => "stops",
        OnAbort::BillsAll => "bills all",
        OnAbort::Unknown => "–",
    };
    format!("| `{}` | [{}]({}) | {place} | {speaks} | {keys} | {abort} |\n", kind.name, kind.title, kind.documents)
}

fn table(servers: bool) -> String {
    let mut table =
        "| name | | base URL | speaks | key | on abort |\n| --- | --- | --- | --- | --- | --- |\n".to_owned();
    Kind::all().filter(|kind| is_server(kind) == servers).for_each(|kind| table.push_str(&row(kind)));
    table
}

/// `FrequencyPenalty` → `frequency penalty`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn changed(kind: &Kind) -> Vec<String> {
    let mut lines: Vec<String> = kind
        .rules
        .iter()
        .map(|rule| {
            let change = match &rule.change {
                Change::Rename(name, other) => format!("`{name}` becomes `{other}`"),
                Change::Drop(name) => format!("`{name}` goes"),
                Change::Moot(name, value) => format!("`{name}` goes if it is `{value}`"),
                Change::Move(name) => format!("`{name}` goes (it is said elsewhere, or so anyway)"),
                Change::Set(name, value) | Change::Default(name, value) => format!("`{name}` is `{value}`"),
            };
            // Most are of chat; of another one it is said.
            match rule.doors.first() {
                Some(door) if !rule.doors.contains(&Door::Chat) => format!("in {}: {change}", door.name()),
                _ => change,
            }
        })
        .collect();
    if !kind.include_usage {
        lines.push("streams are not asked for their usage: it comes anyway".to_owned());
    }
    lines
}

fn reasoning(quirks: &Quirks) -> Option<&'static str> {
    Some(match quirks.reasoning {
        ReasoningField::Effort => return None,
        ReasoningField::Object => "`reasoning`, an object",
        ReasoningField::ThinkingEffort => "`thinking` and `reasoning_effort`",
        ReasoningField::None => "no way to ask for reasoning",
        ReasoningField::Toggle(toggle) => match toggle {
            Toggle::Default => "`reasoning_effort`: `default` or `none` for what can be told not to think",
            Toggle::Thinking => "`thinking.type` for what can be told not to think, else `reasoning_effort`",
            Toggle::Adaptive => {
                "`thinking.type` (`adaptive`) for what can be told not to think, else `reasoning_effort`"
            }
            Toggle::Reasoning => "`reasoning.enabled` for what can be told not to think, else `reasoning_effort`",
            Toggle::EnableThinking => "`enable_thinking` for what can be told not to think, else `reasoning_effort`",
            Toggle::TemplateKwargs => {
                "`chat_template_kwargs.enable_thinking` for what can be told not to think, else `reasoning_effort`"
            }
        },
    })
}

fn notes(kind: &Kind) -> Vec<String> {
    let quirks = kind.quirks;
    let mut notes = changed(kind);
    let mut note = |says: bool, text: &str| {
        if says {
            notes.push(text.to_owned());
        }
    };
    note(quirks.max_completion_tokens, "`max_completion_tokens`");
    note(quirks.developer_role, "role `developer`");
    note(quirks.top_k, "`top_k`");
    note(!quirks.names, "no `name` of a message");
    note(!quirks.stop, "stop sequences are looked for here");
    note(!quirks.schemas, "no schema of an answer");
    note(quirks.cool, "`temperature` up to 1");
    note(quirks.short_call_ids, "ids of calls have nine letters and digits");
    note(!quirks.fetches, "no pictures by address");
    note(!quirks.summaries, "no summary of reasoning (Responses)");
    note(quirks.forced == Forced::Idle, "made to call a tool, it is told not to think");
    note(quirks.forced == Forced::Never, "cannot be made to call a tool");
    if let Some(reasoning) = reasoning(quirks) {
        notes.push(reasoning.to_owned());
    }
    for (name, value) in quirks.members {
        notes.push(format!("`{name}` is `{value}` where a request is translated"));
    }
    let which = match quirks.replay {
        Replay::Never => None,
        Replay::ToolLoop => Some("in a loop of tool calls"),
        Replay::Always => Some("always"),
    };
    if let Some(which) = which {
        let filler = if quirks.filler.is_some() { ", with a stand-in where there is none" } else { "" };
        notes.push(format!("`{}` goes back {which}{filler}", quirks.thoughts));
    }
    if let Some((open, _)) = quirks.think_tags {
        notes.push(format!("`{open}` at the beginning of an answer is reasoning"));
    }
    if !quirks.lacks.is_empty() {
        let lacks: Vec<_> = quirks.lacks.iter().map(|feature| words(&format!("{feature:?}"))).collect();
        notes.push(format!("lacks: {}", lacks.join(", ")));
    }
    notes
}

fn notes_table() -> String {
    let mut table = "| name | notes |\n| --- | --- |\n".to_owned();
    for kind in Kind::all().filter(|kind| kind.possible.contains(Dialect::Chat) && !kind.built_in) {
        let notes = notes(kind);
        if !notes.is_empty() {
            writeln!(table, "| `{}` | {} |", kind.name, notes.join("; ")).expect("a line");
        }
    }
    table
}

fn variables() -> String {
    let mut table =
        "| provider | key, the first that is set | or | base URL | also read |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for kind in Kind::all() {
        let token = kind.token_variable.map(|name| format!("`{name}`"));
        let signs = kind
            .signs
            .iter()
            .map(|names| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and "));
        let or: Vec<_> = token.into_iter().chain(signs).collect();
        if kind.key_variables.is_empty() && or.is_empty() {
            continue;
        }
        let url = match (kind.base_url_variable, kind.base_url_suffix) {
            (None, _) => String::new(),
            (Some(name), "") => format!("`{name}`"),
            (Some(name), suffix) => format!("`{name}` (and `{suffix}`)"),
        };
        let fields: Vec<_> = kind
            .fields
            .iter()
            .filter(|field| !field.variables.is_empty())
            .map(|field| codes(field.variables))
            .collect();
        writeln!(
            table,
            "| `{}` | {} | {} | {url} | {} |",
            kind.name,
            codes(kind.key_variables),
            or.join(", "),
            fields.join(", ")
        )
        .expect("a line");
    }
    table
}

#[test]
fn the_page_of_providers_is_the_table() {
    let doors: Vec<_> = Door::ALL.iter().map(|door| door.name()).collect();
    let document = include_str!("providers.md")
        .replace("{{hosted}}", table(false).trim_end())
        .replace("{{servers}}", table(true).trim_end())
        .replace("{{notes}}", notes_table().trim_end())
        .replace("{{doors}}", &codes(&doors))
        .replace("{{variables}}", variables().trim_end());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/providers.md");
    if std::env::var("GATELET_GOLDEN").as_deref() == Ok("write") {
        fs::write(&path, &document).expect("a file");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == document, "docs/providers.md is not what the table says; GATELET_GOLDEN=write writes it anew");
}

/// What the page shows as a configuration is one.
#[test]
fn what_the_page_shows_can_be_configured() {
    let shown = r#"{"providers": {
        "groq": {"api_key": "${GROQ_API_KEY}"},
        "kimi": {"kind": "moonshot", "region": "cn", "api_key": "${MOONSHOT_API_KEY}"},
        "gpu": {"kind": "vllm", "base_url": "http://10.0.0.5:8000/v1", "dialects": ["chat", "messages"]},
        "mine": {"kind": "openai-compatible", "base_url": "https://llm.example/v1", "api_key": "${MY_KEY}",
            "key_header": "x-my-key", "dialects": ["chat"], "include_usage": false, "headers": {"x-team": "search"},
            "paths": {"embeddings": "/embed", "messages": "/../anthropic/v1/messages"},
            "parameters": {"drop": ["store"], "rename": {"max_completion_tokens": "max_tokens"},
                "set": {"safe_mode": true}, "default": {"temperature": 0.2}}}}}"#;
    let secret = |_: &str| Some("x".to_owned());
    let resolved = Config::from_json(shown).and_then(|config| config.resolve(Platform::Local, &secret));
    assert!(resolved.is_ok(), "{resolved:?}");
}
