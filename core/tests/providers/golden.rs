//! A file for each kind of provider, with what is sent there of the same requests. They are reviewed against the vendors'
//! documents; `GATELET_GOLDEN=write` writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use gatelet_core::dialect::Dialect;
use gatelet_core::provider::Kind;
use serde_json::{Value, json};

use crate::sent::{Sent, sent_or};

/// What a client of chat completions may say.
fn chat() -> Value {
    json!({
        "stream": true, "stream_options": {"include_usage": true},
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "name": "ann", "content": "What time is it in Graz?"}
        ],
        "max_completion_tokens": 1000, "temperature": 0.5, "presence_penalty": 0, "seed": 7, "n": 1,
        "reasoning_effort": "high", "store": false, "user": "u-1", "prompt_cache_key": "k",
        "tools": [{"type": "function", "function": {"name": "get_time", "parameters": {
            "type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}}}]
    })
}

/// What a client of Messages may say, in a loop of tool calls.
fn messages() -> Value {
    json!({
        "stream": true, "max_tokens": 1000, "system": "Be brief.", "top_k": 5, "stop_sequences": ["END"],
        "metadata": {"user_id": "u-1"}, "output_config": {"effort": "high"},
        "tools": [{"name": "get_time", "input_schema": {
            "type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}}],
        "messages": [
            {"role": "user", "content": "What time is it in Graz?"},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "toolu_01A", "name": "get_time", "input": {"zone": "Europe/Vienna"}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_01A", "content": "12:00"}]}
        ]
    })
}

fn section(title: &str, sent: Result<Sent, String>) -> String {
    let mut text = format!("=== {title}\n");
    match sent {
        Err(answer) => writeln!(text, "refused: {answer}"),
        Ok(sent) => {
            let adjusted =
                if sent.adjusted.is_empty() { String::new() } else { format!("adjusted: {}\n", sent.adjusted) };
            writeln!(text, "POST {}\n{}\n\n{}\n{adjusted}", sent.uri, sent.headers.join("\n"), sent.body)
        }
    }
    .expect("a text");
    text
}

fn written(kind: &Kind) -> String {
    let none = json!({});
    let mut text = section("chat completions", sent_or(kind.name, &none, "/v1/chat/completions", &chat()));
    text.push_str(&section("Messages", sent_or(kind.name, &none, "/v1/messages", &messages())));
    // Where it is asked as it came, how it is asked in chat completions is not seen yet.
    if kind.dialects.contains(Dialect::Messages) && kind.possible.contains(Dialect::Chat) {
        let told = json!({"dialects": ["chat"]});
        text.push_str(&section("Messages, as chat", sent_or(kind.name, &told, "/v1/messages", &messages())));
    }
    text
}

#[test]
fn what_is_sent_to_each_kind() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers/golden");
    let mut wrong = Vec::new();
    for kind in Kind::all().filter(|kind| !kind.built_in) {
        let (path, found) = (folder.join(format!("{}.txt", kind.name)), written(kind));
        if std::env::var("GATELET_GOLDEN").as_deref() == Ok("write") {
            fs::write(&path, found).expect("a file");
        } else if fs::read_to_string(&path).unwrap_or_default() != found {
            wrong.push(kind.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?} differ; GATELET_GOLDEN=write writes them anew; review the difference");
}

/// No kind gets another's file, and no file is of a kind that is gone.
#[test]
fn a_file_a_kind() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers/golden");
    for entry in fs::read_dir(folder).expect("the folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        assert!(Kind::named(name.trim_end_matches(".txt")).is_some(), "{name} is of no kind");
    }
}

/// The credential goes where the kind says, and nowhere else: in no URL, no body, no other header.
#[test]
fn the_key_is_sent_as_each_kind_takes_it() {
    use gatelet_core::provider::Auth;
    for kind in Kind::all().filter(|kind| !kind.built_in) {
        let sent = sent_or(kind.name, &json!({}), "/v1/chat/completions", &chat());
        let Ok(sent) = sent else { continue };
        let expected = match kind.auth {
            Auth::Bearer => "authorization: Bearer canary-KEY".to_owned(),
            Auth::Header(name) => format!("{name}: canary-KEY"),
        };
        let lines: Vec<_> = sent.headers.iter().filter(|line| line.contains("canary")).collect();
        assert_eq!(lines, [&expected], "{}", kind.name);
        assert!(!sent.uri.to_string().contains("canary") && !sent.body.contains("canary"), "{}", kind.name);
        assert_eq!(sent.header("content-type"), Some("application/json"), "{}", kind.name);
    }
}
