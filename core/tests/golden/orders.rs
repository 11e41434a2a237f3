//! Whatever an answer consists of, and however an upstream cuts it up, every caller gets it whole, unchanged, and in its own
//! dialect's grammar.

use std::fmt::Write;

use bytes::Bytes;
use gatelet_core::dialect::Dialect;
use gatelet_core::dialect::translate;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cases::{Case, bytes, purpose};
use crate::each_pair;
use crate::grammar::{Told, read, read_whole};
use crate::splits::{stream, streamed};

/// A piece of an answer.
#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Thought(String),
    /// The arguments are an object, as the model spelled it.
    Call(String),
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let said = || proptest::string::string_regex("[a-z\"\\\\\n\r\t{}:éß—🦀\u{2028}]{1,16}").expect("an expression");
    let inner = prop_oneof![
        said().prop_map(|text| json!(text).to_string()),
        any::<u64>().prop_map(|number| format!("{number}00")),
        Just("[ 1.0, {\"a\" : null}]".to_owned()),
        Just("\"\\u00e9\\\"}\"".to_owned()),
    ];
    let arguments = proptest::collection::vec(inner, 0..3).prop_map(|values| {
        let members = values.iter().enumerate().map(|(at, value)| format!("\"k{at}\":{value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
    });
    let piece = prop_oneof![
        2 => said().prop_map(Piece::Text),
        // Paragraphs are put between thoughts where a dialect has but one text for them.
        1 => said().prop_map(|text| Piece::Thought(format!("t{}", text.replace('\n', "")))),
        3 => arguments.prop_map(Piece::Call),
    ];
    proptest::collection::vec(piece, 0..7)
}

/// Chance, as it is needed: splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).expect("small")
    }

    fn yes(&mut self) -> bool {
        self.below(2) == 0
    }

    /// A text in pieces.
    fn cut<'t>(&mut self, text: &'t str) -> Vec<&'t str> {
        let mut cuts = Vec::new();
        let mut begin = 0;
        for (at, _) in text.char_indices().skip(1) {
            if self.below(4) == 0 {
                cuts.push(&text[begin..at]);
                begin = at;
            }
        }
        cuts.push(&text[begin..]);
        cuts
    }
}

const INPUT: u64 = 11;
const OUTPUT: u64 = 7;

fn id(call: usize) -> String {
    format!("call_{call}")
}

fn name(call: usize) -> String {
    format!("tool_{call}")
}

fn ends(pieces: &[Piece], calls: &'static str, other: &'static str) -> &'static str {
    if pieces.iter().any(|piece| matches!(piece, Piece::Call(_))) { calls } else { other }
}

/// A chat stream: calls that follow each other come interleaved.
fn chat(pieces: &[Piece], dice: &mut Dice) -> String {
    let mut deltas = vec![json!({"role": "assistant", "content": ""})];
    // The calls that are told next, as their fragments.
    let mut calls: Vec<Vec<Value>> = Vec::new();
    let mut count = 0;
    let flush = |calls: &mut Vec<Vec<Value>>, deltas: &mut Vec<Value>, dice: &mut Dice| {
        // Calls begin in their order; after that anything goes.
        let mut begun = 0;
        while calls.iter().any(|call| !call.is_empty()) {
            let at = dice.below(calls.len().min(begun + 1));
            if calls[at].is_empty() {
                begun = begun.max(at + 1);
                continue;
            }
            let mut told = vec![calls[at].remove(0)];
            begun = begun.max(at + 1);
            if dice.below(4) == 0 && !calls[at].is_empty() {
                told.push(calls[at].remove(0));
            }
            deltas.push(json!({"tool_calls": told}));
        }
        calls.clear();
    };
    for piece in pieces {
        match piece {
            Piece::Call(arguments) => {
                let mut fragments = vec![
                    json!({"index": count, "id": id(count), "type": "function", "function": {"name": name(count), "arguments": ""}}),
                ];
                fragments.extend(
                    dice.cut(arguments).into_iter().map(|cut| json!({"index": count, "function": {"arguments": cut}})),
                );
                calls.push(fragments);
                count += 1;
            }
            Piece::Text(text) => {
                flush(&mut calls, &mut deltas, dice);
                deltas.extend(dice.cut(text).into_iter().map(|cut| json!({"content": cut})));
            }
            Piece::Thought(text) => {
                flush(&mut calls, &mut deltas, dice);
                let member = if dice.yes() { "reasoning_content" } else { "reasoning" };
                deltas.extend(dice.cut(text).into_iter().map(|cut| json!({ member: cut })));
            }
        }
    }
    flush(&mut calls, &mut deltas, dice);
    let mut stream = String::new();
    let mut tell = |choices: Value, usage: Value| {
        let chunk = json!({"id": "chatcmpl-1", "created": 5, "model": "m", "choices": choices, "usage": usage});
        write!(stream, "data: {chunk}\n\n").expect("text");
    };
    for delta in deltas {
        tell(json!([{"index": 0, "delta": delta, "finish_reason": null}]), Value::Null);
    }
    let reason = ends(pieces, "tool_calls", "stop");
    tell(json!([{"index": 0, "delta": {}, "finish_reason": reason}]), Value::Null);
    tell(json!([]), json!({"prompt_tokens": INPUT, "completion_tokens": OUTPUT}));
    if dice.yes() {
        stream.push_str("data: [DONE]\n\n");
    }
    stream
}

fn responses(pieces: &[Piece], dice: &mut Dice) -> String {
    let mut stream = String::new();
    let mut tell = |event: Value| {
        write!(stream, "event: {}\ndata: {event}\n\n", event["type"].as_str().expect("a type")).expect("text");
    };
    tell(json!({"type": "response.created", "response": {"id": "resp_1", "model": "m", "status": "in_progress"}}));
    let mut calls = 0;
    let mut output = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let (said, empty, whole, delta) = match piece {
            Piece::Text(text) => (
                text,
                json!({"id": format!("i{at}"), "type": "message", "role": "assistant", "content": []}),
                json!({"id": format!("i{at}"), "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text, "annotations": []}]}),
                json!({"type": "response.output_text.delta", "content_index": 0}),
            ),
            Piece::Thought(text) => (
                text,
                json!({"id": format!("i{at}"), "type": "reasoning", "summary": []}),
                json!({"id": format!("i{at}"), "type": "reasoning", "summary": [{"type": "summary_text", "text": text}]}),
                json!({"type": "response.reasoning_summary_text.delta", "summary_index": 0}),
            ),
            Piece::Call(arguments) => {
                let item = |arguments: &str| json!({"id": format!("i{at}"), "type": "function_call", "call_id": id(calls), "name": name(calls), "arguments": arguments});
                let both = (item(""), item(arguments));
                calls += 1;
                (arguments, both.0, both.1, json!({"type": "response.function_call_arguments.delta"}))
            }
        };
        tell(json!({"type": "response.output_item.added", "output_index": at, "item": empty}));
        // Some servers tell only whole items.
        if dice.below(4) > 0 {
            for cut in dice.cut(said) {
                let mut delta = delta.clone();
                delta["item_id"] = json!(format!("i{at}"));
                delta["output_index"] = json!(at);
                delta["delta"] = json!(cut);
                tell(delta);
            }
        }
        tell(json!({"type": "response.output_item.done", "output_index": at, "item": whole}));
        output.push(whole);
    }
    // And some leave them out at the end.
    let output = if dice.yes() { json!(output) } else { json!([]) };
    let usage = json!({"input_tokens": INPUT, "output_tokens": OUTPUT});
    tell(
        json!({"type": "response.completed", "response": {"id": "resp_1", "model": "m", "status": "completed", "output": output, "usage": usage}}),
    );
    stream
}

fn messages(pieces: &[Piece], dice: &mut Dice) -> String {
    let usage = json!({"input_tokens": INPUT, "output_tokens": 1});
    let mut events = vec![json!({"type": "message_start", "message": {"id": "msg_1", "model": "m", "usage": usage}})];
    let mut calls = 0;
    for (at, piece) in pieces.iter().enumerate() {
        if dice.below(3) == 0 {
            events.push(json!({"type": "ping"}));
        }
        let (said, block, kind, member) = match piece {
            Piece::Text(text) => (text, json!({"type": "text", "text": ""}), "text_delta", "text"),
            Piece::Thought(text) => {
                (text, json!({"type": "thinking", "thinking": "", "signature": ""}), "thinking_delta", "thinking")
            }
            Piece::Call(arguments) => {
                let block = json!({"type": "tool_use", "id": id(calls), "name": name(calls), "input": {}});
                calls += 1;
                (arguments, block, "input_json_delta", "partial_json")
            }
        };
        events.push(json!({"type": "content_block_start", "index": at, "content_block": block}));
        for cut in dice.cut(said) {
            events.push(json!({"type": "content_block_delta", "index": at, "delta": {"type": kind, member: cut}}));
        }
        if matches!(piece, Piece::Thought(_)) && dice.yes() {
            let delta = json!({"type": "signature_delta", "signature": "c2ln"});
            events.push(json!({"type": "content_block_delta", "index": at, "delta": delta}));
        }
        events.push(json!({"type": "content_block_stop", "index": at}));
    }
    let delta = json!({"stop_reason": ends(pieces, "tool_use", "end_turn"), "stop_sequence": null});
    events.push(json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": OUTPUT}}));
    if dice.yes() {
        events.push(json!({"type": "message_stop"}));
    }
    events.iter().fold(String::new(), |stream, event| stream + &format!("data: {event}\n\n"))
}

/// Gemini's arguments stand in the chunk as they are.
fn gemini(pieces: &[Piece], dice: &mut Dice) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut calls = 0;
    for piece in pieces {
        match piece {
            Piece::Text(text) => parts.extend(dice.cut(text).into_iter().map(|cut| json!({"text": cut}).to_string())),
            Piece::Thought(text) => {
                let told = |cut| json!({"text": cut, "thought": true}).to_string();
                parts.extend(dice.cut(text).into_iter().map(told));
            }
            Piece::Call(arguments) => {
                let (id, name) = (id(calls), name(calls));
                calls += 1;
                let call = format!(r#"{{"functionCall":{{"id":"{id}","name":"{name}","args":{arguments}}}}}"#);
                parts.push(call);
            }
        }
    }
    let mut stream = String::new();
    let mut tell = |parts: &str, more: &str| {
        let content = format!(r#""content":{{"role":"model","parts":[{parts}]}}"#);
        let counts = format!(r#"{{"promptTokenCount":{INPUT},"candidatesTokenCount":{OUTPUT}}}"#);
        write!(
            stream,
            "data: {{\"candidates\":[{{{content}{more}}}],\"usageMetadata\":{counts},\"responseId\":\"r\"}}\r\n\r\n"
        )
        .expect("text");
    };
    let mut rest = &parts[..];
    while !rest.is_empty() {
        let (some, others) = rest.split_at(1 + dice.below(rest.len().min(3)));
        tell(&some.join(","), "");
        rest = others;
    }
    tell("", r#","finishReason":"STOP""#);
    stream
}

fn converse(pieces: &[Piece], dice: &mut Dice) -> String {
    let mut stream = String::from("messageStart {\"role\":\"assistant\"}\n");
    let mut tell = |kind: &str, payload: Value| writeln!(stream, "{kind} {payload}").expect("text");
    let mut calls = 0;
    for (at, piece) in pieces.iter().enumerate() {
        let (Piece::Text(said) | Piece::Thought(said) | Piece::Call(said)) = piece;
        if matches!(piece, Piece::Call(_)) {
            let start = json!({"toolUse": {"toolUseId": id(calls), "name": name(calls)}});
            tell("contentBlockStart", json!({"contentBlockIndex": at, "start": start}));
            calls += 1;
        }
        for cut in dice.cut(said) {
            let delta = match piece {
                Piece::Text(_) => json!({"text": cut}),
                Piece::Thought(_) => json!({"reasoningContent": {"text": cut}}),
                Piece::Call(_) => json!({"toolUse": {"input": cut}}),
            };
            tell("contentBlockDelta", json!({"contentBlockIndex": at, "delta": delta}));
        }
        tell("contentBlockStop", json!({"contentBlockIndex": at}));
    }
    tell("messageStop", json!({"stopReason": ends(pieces, "tool_use", "end_turn")}));
    tell("metadata", json!({"usage": {"inputTokens": INPUT, "outputTokens": OUTPUT}}));
    stream
}

/// What every caller is to be told of it; calls' arguments as `values` where the dialect has objects.
fn expected(values: bool, pieces: &[Piece]) -> Told {
    let mut told = Told { usage: Some((INPUT, OUTPUT)), whole: true, ..Told::default() };
    for piece in pieces {
        match piece {
            Piece::Text(text) => told.text.push_str(text),
            Piece::Thought(text) => told.thoughts.push_str(text),
            Piece::Call(arguments) => {
                let value = |arguments| serde_json::from_str::<Value>(arguments).expect("JSON").to_string();
                let arguments = if values { value(arguments) } else { arguments.clone() };
                let call = told.calls.len();
                told.calls.push((id(call), name(call), arguments));
            }
        }
    }
    told
}

/// Whether arguments stand in it as the model spelled them: no number, no escape, no blank is another.
fn holds_arguments(told: &str, pieces: &[Piece]) -> bool {
    pieces.iter().all(|piece| match piece {
        Piece::Call(arguments) => told.contains(arguments),
        Piece::Text(_) | Piece::Thought(_) => true,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_answer_reaches_every_caller_whole(pieces in pieces(), seed: u64, piece in 1_usize..200) {
        each_pair(|caller, upstream| {
            let dice = &mut Dice(seed);
            let text = match upstream {
                Dialect::Chat => chat(&pieces, dice),
                Dialect::Responses => responses(&pieces, dice),
                Dialect::Messages => messages(&pieces, dice),
                Dialect::Gemini => gemini(&pieces, dice),
                Dialect::Converse => converse(&pieces, dice),
            };
            let all: Bytes = bytes(upstream, &Case { name: String::new(), text: text.clone() });
            let out = streamed(upstream, all.clone(), purpose(caller, upstream, true), piece);
            let mut told = read(caller, stream(&out));
            told.thoughts = told.thoughts.replace('\n', "");
            let values = caller == Dialect::Gemini;
            assert_eq!(told, expected(values, &pieces), "{caller}-{upstream}\n{text}\n{out}");

            // Without `alt=sse` Gemini's chunks are the elements of one array.
            if caller == Dialect::Gemini {
                let mut purpose = purpose(caller, upstream, true);
                purpose.echo.array = true;
                let array = streamed(upstream, all.clone(), purpose, piece);
                let chunks: Vec<Value> = serde_json::from_str(stream(&array)).expect("an array");
                let lines = stream(&out).split_terminator("\n\n").filter_map(|line| line.strip_prefix("data: "));
                let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect("JSON")).collect();
                assert_eq!(chunks, lines);
                assert!(holds_arguments(&out, &pieces), "{caller}-{upstream}\n{text}\n{out}");
            }

            let (body, _) = translate::gathered(upstream, all, purpose(caller, upstream, false)).expect("an answer");
            let body = String::from_utf8(body.to_vec()).expect("UTF-8");
            let values = matches!(caller, Dialect::Gemini | Dialect::Messages);
            assert!(!values || holds_arguments(&body, &pieces), "{caller}-{upstream}\n{text}\n{body}");
            let body = serde_json::from_str(&body).expect("JSON");
            let mut told = read_whole(caller, &body);
            told.thoughts = told.thoughts.replace('\n', "");
            assert_eq!(told, expected(values, &pieces), "{caller}-{upstream}\n{text}\n{body}");
        });
    }
}
