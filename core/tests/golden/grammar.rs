//! What a stream to a caller must be (translation.md 4.2 to 4.5), strictly: clients break on anything else. Reading one gives
//! what it says.

use std::collections::BTreeMap;

use gatelet_core::dialect::Dialect;
use serde_json::{Value, json};

/// What a stream says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) text: String,
    pub(crate) thoughts: String,
    /// Id, name and arguments of each call, as they came.
    pub(crate) calls: Vec<(String, String, String)>,
    /// Input and output.
    pub(crate) usage: Option<(u64, u64)>,
    /// It ended as an answer does, and not with an error.
    pub(crate) whole: bool,
}

/// Reads a stream; what is against the dialect's grammar panics.
pub(crate) fn read(caller: Dialect, stream: &str) -> Told {
    let events: Vec<(&str, Value)> = stream
        .split_terminator("\n\n")
        .map(|event| {
            let (name, data) = match event.strip_prefix("event: ") {
                Some(rest) => rest.split_once('\n').expect("data"),
                None => ("", event),
            };
            let data = data.strip_prefix("data: ").expect("data");
            assert!(!data.contains('\n'), "{data}");
            (name, if data == "[DONE]" { json!(data) } else { serde_json::from_str(data).expect("JSON") })
        })
        .collect();
    let named = matches!(caller, Dialect::Messages | Dialect::Responses);
    for (name, data) in &events {
        assert_eq!(*name, if named { data["type"].as_str().expect("a type") } else { "" });
    }
    let events: Vec<Value> = events.into_iter().map(|(_, data)| data).collect();
    match caller {
        Dialect::Chat | Dialect::Converse => chat(&events),
        Dialect::Responses => responses(&events),
        Dialect::Messages => messages(&events),
        Dialect::Gemini => gemini(&events),
    }
}

/// Reads a whole answer.
pub(crate) fn read_whole(caller: Dialect, body: &Value) -> Told {
    let mut told = Told { whole: true, ..Told::default() };
    match caller {
        Dialect::Chat | Dialect::Converse => {
            let message = &body["choices"][0]["message"];
            for (name, into) in [("content", &mut told.text), ("reasoning_content", &mut told.thoughts)] {
                into.push_str(message[name].as_str().unwrap_or_default());
            }
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                let [name, arguments] = ["name", "arguments"].map(|name| text(&call["function"][name]).to_owned());
                told.calls.push((text(&call["id"]).into(), name, arguments));
            }
            told.usage = usage(&body["usage"], &["prompt_tokens"], &["completion_tokens"]);
        }
        Dialect::Responses => {
            body["output"].as_array().expect("items").iter().for_each(|item| take_item(item, &mut told));
            told.usage = usage(&body["usage"], &["input_tokens"], &["output_tokens"]);
        }
        Dialect::Messages => {
            for block in body["content"].as_array().expect("blocks") {
                match text(&block["type"]) {
                    "text" => told.text.push_str(text(&block["text"])),
                    "thinking" => told.thoughts.push_str(text(&block["thinking"])),
                    "tool_use" => {
                        let [id, name] = ["id", "name"].map(|name| text(&block[name]).to_owned());
                        told.calls.push((id, name, block["input"].to_string()));
                    }
                    other => panic!("{other}"),
                }
            }
            told.usage = usage(&body["usage"], &["input_tokens"], &["output_tokens"]);
        }
        Dialect::Gemini => told = gemini(std::slice::from_ref(body)),
    }
    told
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn usage(value: &Value, input: &[&str], output: &[&str]) -> Option<(u64, u64)> {
    let sum = |names: &[&str]| names.iter().map(|name| value[name].as_u64().expect("a count")).sum();
    value.is_object().then(|| (sum(input), sum(output)))
}

/// Several choices are read as one text: what is asked is what each of them must be.
fn chat(events: &[Value]) -> Told {
    let mut told = Told::default();
    let mut calls: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut finished = Vec::new();
    let mut events = events.iter().peekable();
    let mut head: Option<[Value; 4]> = None;
    while let Some(event) = events.next() {
        if *event == json!("[DONE]") {
            assert!(events.peek().is_none() && !finished.is_empty() && finished.len() == calls.len());
            told.whole = true;
            break;
        }
        if event.get("error").is_some() {
            assert!(events.peek().is_none() && finished.is_empty(), "nothing follows an error");
            break;
        }
        let this = ["id", "object", "created", "model"].map(|name| event[name].clone());
        assert_eq!(*head.get_or_insert_with(|| this.clone()), this);
        let choices = event["choices"].as_array().expect("choices");
        if choices.is_empty() {
            assert!(finished.len() == calls.len() && told.usage.is_none(), "usage comes once, at the end");
            told.usage = usage(&event["usage"], &["prompt_tokens"], &["completion_tokens"]);
            assert!(told.usage.is_some());
            continue;
        }
        assert!(event["usage"].is_null() && choices.len() == 1 && told.usage.is_none());
        let (choice, delta) = (&choices[0], &choices[0]["delta"]);
        let index = choice["index"].as_u64().expect("an index");
        assert!(!finished.contains(&index), "nothing follows the finish");
        assert_eq!(delta.get("role").is_some(), !calls.contains_key(&index), "the role comes once, first");
        let calls = calls.entry(index).or_default();
        for (name, into) in
            [("content", &mut told.text), ("refusal", &mut String::new()), ("reasoning_content", &mut told.thoughts)]
        {
            if let Some(said) = delta.get(name) {
                assert!(delta.get("role").is_some() || !text(said).is_empty());
                into.push_str(text(said));
            }
        }
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let (inner, argument) = match call.get("custom") {
                Some(custom) => (custom, "input"),
                None => (&call["function"], "arguments"),
            };
            let at = usize::try_from(call["index"].as_u64().expect("an index")).expect("small");
            if at == calls.len() {
                assert!(matches!(text(&call["type"]), "function" | "custom"));
                assert_eq!(text(&inner[argument]), "");
                told.calls.push((text(&call["id"]).into(), text(&inner["name"]).into(), String::new()));
                calls.push(told.calls.len() - 1);
            } else {
                assert!(call.get("id").is_none() && inner.get("name").is_none(), "a call begins once");
                told.calls[calls[at]].2.push_str(text(&inner[argument]));
            }
        }
        if !choice["finish_reason"].is_null() {
            assert_eq!(*delta, json!({}));
            let reasons = ["stop", "length", "tool_calls", "content_filter"];
            assert!(reasons.contains(&text(&choice["finish_reason"])));
            finished.push(index);
        }
    }
    told
}

fn messages(events: &[Value]) -> Told {
    let mut told = Told::default();
    let mut events = events.iter().filter(|event| event["type"] != "ping");
    let start = events.next().expect("an event");
    if start["type"] == "error" {
        return told;
    }
    assert_eq!(start["type"], "message_start");
    assert_eq!(start["message"]["content"], json!([]));
    let (mut blocks, mut open, mut signed, mut ended) = (0, None, false, false);
    while let Some(event) = events.next() {
        match text(&event["type"]) {
            "content_block_start" => {
                let block = &event["content_block"];
                assert!(open.is_none() && !ended, "one block at a time");
                assert_eq!(event["index"], blocks);
                blocks += 1;
                let kind = text(&block["type"]);
                let empty = match kind {
                    "text" => json!({"type": "text", "text": ""}),
                    "thinking" => json!({"type": "thinking", "thinking": "", "signature": ""}),
                    "tool_use" => json!({"type": "tool_use", "id": block["id"], "name": block["name"], "input": {}}),
                    _ => block.clone(),
                };
                assert_eq!(*block, empty);
                if kind == "tool_use" {
                    told.calls.push((text(&block["id"]).into(), text(&block["name"]).into(), String::new()));
                }
                (open, signed) = (Some(kind), false);
            }
            "content_block_delta" => {
                let delta = &event["delta"];
                assert_eq!(event["index"], blocks - 1);
                assert!(!signed, "nothing follows a signature");
                let (fits, into) = match text(&delta["type"]) {
                    "text_delta" => ("text", Some((&mut told.text, "text"))),
                    "thinking_delta" => ("thinking", Some((&mut told.thoughts, "thinking"))),
                    "input_json_delta" => {
                        ("tool_use", told.calls.last_mut().map(|(_, _, arguments)| (arguments, "partial_json")))
                    }
                    "signature_delta" => ("thinking", None),
                    "citations_delta" => ("text", None),
                    other => panic!("{other}"),
                };
                assert_eq!(open, Some(fits));
                signed = delta["type"] == "signature_delta";
                if let Some((into, name)) = into {
                    into.push_str(text(&delta[name]));
                }
            }
            "content_block_stop" => {
                assert_eq!(event["index"], blocks - 1);
                assert!(open != Some("thinking") || signed, "reasoning is signed");
                assert!(open.take().is_some(), "what is stopped is open");
            }
            "message_delta" => {
                assert!(open.is_none() && !ended, "one end, of nothing open");
                let _ = text(&event["delta"]["stop_reason"]);
                ended = true;
                let input = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
                told.usage = usage(&event["usage"], &input, &["output_tokens"]);
                assert!(told.usage.is_some());
            }
            "message_stop" => {
                assert!(ended && events.next().is_none());
                told.whole = true;
            }
            "error" => assert!(!ended && events.next().is_none()),
            other => panic!("{other}"),
        }
    }
    assert!(told.whole == ended);
    told
}

fn responses(events: &[Value]) -> Told {
    let mut told = Told::default();
    let mut output: Vec<Value> = Vec::new();
    // The item that is open; of its part that is open the text so far.
    let mut open: Option<Value> = None;
    let mut said: Option<String> = None;
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
        let kind = text(&event["type"]).strip_prefix("response.").expect("an event of the response");
        assert_eq!(kind == "created", number == 0);
        assert_eq!(kind == "in_progress", number == 1);
        if let Some(index) = event.get("output_index") {
            assert_eq!(*index, output.len());
        }
        if let Some(id) = event.get("item_id") {
            assert_eq!(*id, open.as_ref().expect("an item that is open")["id"]);
        }
        match kind {
            "created" | "in_progress" => {
                assert_eq!(
                    (&event["response"]["status"], &event["response"]["output"]),
                    (&json!("in_progress"), &json!([]))
                );
            }
            "output_item.added" => {
                assert!(open.is_none(), "one item at a time");
                let item = event["item"].clone();
                assert!(output.iter().all(|other| other["id"] != item["id"]), "ids are of one item");
                said = matches!(text(&item["type"]), "function_call" | "custom_tool_call").then(String::new);
                open = Some(item);
            }
            "content_part.added" | "reasoning_summary_part.added" => {
                assert!(said.is_none());
                said = Some(String::new());
            }
            "output_text.annotation.added" => {}
            "output_text.done"
            | "refusal.done"
            | "reasoning_text.done"
            | "reasoning_summary_text.done"
            | "function_call_arguments.done"
            | "custom_tool_call_input.done" => {
                let whole = ["text", "refusal", "arguments", "input"].iter().find_map(|name| event.get(name));
                assert_eq!(text(whole.expect("what was said")), said.as_deref().expect("a part"));
            }
            "content_part.done" | "reasoning_summary_part.done" => {
                let part = &event["part"];
                let whole = said.take().expect("a part");
                assert_eq!(text(part.get("text").unwrap_or(&part["refusal"])), whole);
            }
            "output_item.done" => {
                let (item, added) = (&event["item"], open.take().expect("an item that is open"));
                for name in ["id", "type", "call_id", "name", "role"] {
                    assert_eq!(item[name], added[name]);
                }
                take_item(item, &mut told);
                output.push(item.clone());
                said = None;
            }
            "completed" | "incomplete" | "failed" => {
                let response = &event["response"];
                assert_eq!((number + 1, text(&response["status"])), (events.len(), kind));
                assert_eq!(response["output"], json!(output), "the end holds every item as it was");
                told.whole = kind != "failed";
                assert!(open.is_none() || !told.whole);
                told.usage = usage(&response["usage"], &["input_tokens"], &["output_tokens"]);
            }
            delta if delta.ends_with(".delta") => {
                said.as_mut().expect("a part that is open").push_str(text(&event["delta"]));
            }
            search => assert!(search.starts_with("web_search_call."), "{search}"),
        }
    }
    told
}

fn take_item(item: &Value, told: &mut Told) {
    let parts = |name: &str| item[name].as_array().cloned().unwrap_or_default();
    match text(&item["type"]) {
        "message" => {
            for part in parts("content").iter().filter(|part| part["type"] == "output_text") {
                told.text.push_str(text(&part["text"]));
            }
        }
        "reasoning" => {
            for part in parts("summary").iter().chain(&parts("content")) {
                told.thoughts.push_str(text(&part["text"]));
            }
        }
        "function_call" | "custom_tool_call" => {
            let arguments = item.get("arguments").unwrap_or(&item["input"]);
            told.calls.push((text(&item["call_id"]).into(), text(&item["name"]).into(), text(arguments).into()));
        }
        other => assert_eq!(other, "web_search_call"),
    }
}

fn gemini(events: &[Value]) -> Told {
    let mut told = Told::default();
    let mut head: Option<[Value; 2]> = None;
    for (number, event) in events.iter().enumerate() {
        let last = number + 1 == events.len();
        if event.get("error").is_some() {
            assert!(last && (400..600).contains(&event["error"]["code"].as_u64().expect("a code")));
            break;
        }
        let this = ["modelVersion", "responseId"].map(|name| event[name].clone());
        assert_eq!(*head.get_or_insert_with(|| this.clone()), this);
        for candidate in event["candidates"].as_array().expect("candidates") {
            assert!(candidate["index"].is_u64());
            assert!(!candidate.as_object().expect("an object").contains_key("finishReason") || last);
            told.whole |= candidate.get("finishReason").is_some();
            let content = candidate.get("content");
            for part in content.iter().flat_map(|content| content["parts"].as_array().expect("parts")) {
                assert_eq!(content.expect("content")["role"], "model");
                if let Some(call) = part.get("functionCall") {
                    assert!(call["args"].is_object());
                    told.calls.push((text(&call["id"]).into(), text(&call["name"]).into(), call["args"].to_string()));
                } else {
                    let thought = part.get("thought").is_some();
                    let into = if thought { &mut told.thoughts } else { &mut told.text };
                    into.push_str(text(&part["text"]));
                }
            }
        }
        if let Some(counts) = event.get("usageMetadata") {
            assert!(last && told.whole);
            told.usage = usage(counts, &["promptTokenCount"], &["candidatesTokenCount", "thoughtsTokenCount"]);
        }
    }
    told
}
