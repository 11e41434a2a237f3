//! The mock's answers, dialect by dialect, as each vendor documents them.

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::body::Step;
use super::text::Said;
use crate::provider::Operation;

/// The steps of every stream until it has said something: what a broken one keeps.
pub(super) const SAYS_SOMETHING: usize = 5;

/// A fixed moment, since the same request has always the same answer: 2026-01-01T00:00:00Z.
const CREATED: u64 = 1_767_225_600;

/// A whole answer.
pub(super) fn whole(operation: Operation, model: &str, said: &Said) -> Bytes {
    let answer = said.answer();
    let text = answer.concat();
    let (input, output) = (said.words, answer.len() as u64);
    super::json(&match operation {
        Operation::Responses | Operation::InputTokens => {
            let item = responses_item(model, said, &text, "completed");
            responses_response(model, said, "completed", &json!([item]), &responses_usage(input, output))
        }
        Operation::Messages | Operation::CountTokens => json!({
            "id": super::id("msg_", model, said), "type": "message", "role": "assistant", "model": model,
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": null,
            "usage": messages_usage(input, output),
        }),
        Operation::Gemini(..) => gemini_chunk(model, said, &text, true, output),
        Operation::ChatCompletions | Operation::Embeddings => json!({
            "id": super::id("chatcmpl-", model, said), "object": "chat.completion", "created": CREATED, "model": model,
            "choices": [{
                "index": 0, "message": {"role": "assistant", "content": text, "refusal": null},
                "logprobs": null, "finish_reason": "stop",
            }],
            "usage": chat_usage(input, output),
        }),
    })
}

/// The events of a stream. The chunk that tells the usage of a chat stream is always there: the gateway asks for it.
pub(super) fn events(operation: Operation, model: &str, said: &Said) -> Vec<Step> {
    let answer = said.answer();
    match operation {
        Operation::Responses | Operation::InputTokens => responses_events(model, said, &answer),
        Operation::Messages | Operation::CountTokens => messages_events(model, said, &answer),
        Operation::Gemini(..) => gemini_events(model, said, &answer),
        Operation::ChatCompletions | Operation::Embeddings => chat_events(model, said, &answer),
    }
}

/// The same events as the elements of one JSON array.
pub(super) fn array(events: Vec<Step>) -> Vec<Step> {
    let mut steps: Vec<Step> = events
        .into_iter()
        .enumerate()
        .map(|(index, step)| match step {
            Step::Data(event) => {
                let data = event.strip_prefix(b"data: ").unwrap_or(&event).trim_ascii_end();
                let border: &[u8] = if index == 0 { b"[" } else { b",\r\n" };
                Step::Data([border, data].concat().into())
            }
            other => other,
        })
        .collect();
    steps.push(Step::Data(Bytes::from_static(b"\r\n]")));
    steps
}

/// The tokens of an input.
pub(super) fn count(operation: Operation, said: &Said) -> Bytes {
    super::json(&match operation {
        Operation::InputTokens => json!({"object": "response.input_tokens", "input_tokens": said.words}),
        Operation::Gemini(..) => json!({"totalTokens": said.words}),
        _ => json!({"input_tokens": said.words}),
    })
}

/// An error answer.
pub(super) fn error(operation: Operation, status: StatusCode) -> Bytes {
    let message = format!("the mock model `status-{}` was asked for", status.as_u16());
    super::json(&match operation {
        Operation::Messages | Operation::CountTokens => {
            json!({"type": "error", "error": {"type": messages_error(status), "message": message}, "request_id": null})
        }
        Operation::Gemini(..) => {
            json!({"error": {"code": status.as_u16(), "message": message, "status": gemini_error(status)}})
        }
        _ => json!({"error": {"message": message, "type": chat_error(status), "param": null, "code": null}}),
    })
}

fn chat_error(status: StatusCode) -> &'static str {
    match status.as_u16() {
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

fn messages_error(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

fn gemini_error(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        500 => "INTERNAL",
        501.. => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    }
}

fn unnamed(data: &Value) -> Step {
    Step::Data(format!("data: {data}\n\n").into())
}

fn named(data: &Value) -> Step {
    let name = data["type"].as_str().unwrap_or_default();
    Step::Data(format!("event: {name}\ndata: {data}\n\n").into())
}

fn chat_usage(input: u64, output: u64) -> Value {
    json!({
        "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
        "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0},
    })
}

fn chat_events(model: &str, said: &Said, answer: &[String]) -> Vec<Step> {
    let id = super::id("chatcmpl-", model, said);
    let chunk = |choices: Value, usage: Value| {
        unnamed(&json!({
            "id": id, "object": "chat.completion.chunk", "created": CREATED, "model": model, "choices": choices, "usage": usage,
        }))
    };
    let choice = |delta: Value, finish: Value| {
        chunk(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]), Value::Null)
    };
    let mut steps = vec![choice(json!({"role": "assistant", "content": ""}), Value::Null)];
    steps.extend(answer.iter().map(|word| choice(json!({"content": word}), Value::Null)));
    steps.push(choice(json!({}), json!("stop")));
    steps.push(chunk(json!([]), chat_usage(said.words, answer.len() as u64)));
    steps.push(Step::Data(Bytes::from_static(b"data: [DONE]\n\n")));
    steps
}

fn messages_usage(input: u64, output: u64) -> Value {
    json!({"input_tokens": input, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": output})
}

fn messages_events(model: &str, said: &Said, answer: &[String]) -> Vec<Step> {
    let mut steps = vec![
        named(&json!({"type": "message_start", "message": {
            "id": super::id("msg_", model, said), "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": messages_usage(said.words, 1),
        }})),
        named(&json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})),
        named(&json!({"type": "ping"})),
    ];
    steps.extend(answer.iter().map(|word| {
        named(&json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}))
    }));
    steps.push(named(&json!({"type": "content_block_stop", "index": 0})));
    steps.push(named(&json!({
        "type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null},
        "usage": {"output_tokens": answer.len()},
    })));
    steps.push(named(&json!({"type": "message_stop"})));
    steps
}

fn gemini_chunk(model: &str, said: &Said, text: &str, last: bool, output: u64) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": [{"text": text}]}, "index": 0});
    if last {
        candidate["finishReason"] = json!("STOP");
    }
    json!({
        "candidates": [candidate],
        "usageMetadata": {"promptTokenCount": said.words, "candidatesTokenCount": output, "totalTokenCount": said.words + output},
        "modelVersion": model, "responseId": super::id("", model, said),
    })
}

fn gemini_events(model: &str, said: &Said, answer: &[String]) -> Vec<Step> {
    let last = answer.len().saturating_sub(1);
    let chunks = answer.iter().enumerate();
    chunks.map(|(index, word)| unnamed(&gemini_chunk(model, said, word, index == last, index as u64 + 1))).collect()
}

fn responses_usage(input: u64, output: u64) -> Value {
    json!({
        "input_tokens": input, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": input + output,
    })
}

fn responses_response(model: &str, said: &Said, status: &str, output: &Value, usage: &Value) -> Value {
    json!({
        "id": super::id("resp_", model, said), "object": "response", "created_at": CREATED, "status": status, "error": null,
        "incomplete_details": null, "instructions": null, "max_output_tokens": null, "metadata": {}, "model": model,
        "output": output, "parallel_tool_calls": true, "previous_response_id": null, "store": false, "temperature": 1.0,
        "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled",
        "usage": usage,
    })
}

fn responses_item(model: &str, said: &Said, text: &str, status: &str) -> Value {
    let content = if status == "completed" { json!([responses_part(text)]) } else { json!([]) };
    json!({"id": super::id("msg_", model, said), "type": "message", "role": "assistant", "status": status, "content": content})
}

fn responses_part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

fn responses_events(model: &str, said: &Said, answer: &[String]) -> Vec<Step> {
    let text = answer.concat();
    let item = super::id("msg_", model, said);
    let begun = responses_response(model, said, "in_progress", &json!([]), &Value::Null);
    let place = json!({"item_id": item, "output_index": 0, "content_index": 0});
    let with = |kind: &str, extra: Value| {
        let mut event = json!({"type": kind});
        for part in [extra] {
            if let (Some(event), Value::Object(part)) = (event.as_object_mut(), part) {
                event.extend(part);
            }
        }
        event
    };
    let placed = |kind: &str, key: &str, value: Value| {
        let mut event = with(kind, place.clone());
        event[key] = value;
        event
    };
    let mut events = vec![
        with("response.created", json!({"response": begun})),
        with("response.in_progress", json!({"response": begun})),
        with(
            "response.output_item.added",
            json!({"output_index": 0, "item": responses_item(model, said, "", "in_progress")}),
        ),
        placed("response.content_part.added", "part", responses_part("")),
    ];
    events.extend(answer.iter().map(|word| {
        let mut event = placed("response.output_text.delta", "delta", json!(word));
        event["logprobs"] = json!([]);
        event
    }));
    let mut done = placed("response.output_text.done", "text", json!(text));
    done["logprobs"] = json!([]);
    events.push(done);
    events.push(placed("response.content_part.done", "part", responses_part(&text)));
    let whole = responses_item(model, said, &text, "completed");
    events.push(with("response.output_item.done", json!({"output_index": 0, "item": whole})));
    let usage = responses_usage(said.words, answer.len() as u64);
    let response = responses_response(model, said, "completed", &json!([whole]), &usage);
    events.push(with("response.completed", json!({"response": response})));
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events.iter().map(named).collect()
}
