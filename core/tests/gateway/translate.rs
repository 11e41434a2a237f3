//! A request that is served by an upstream of another dialect.

use std::time::Duration;

use gatelet_core::Unlimited;
use serde_json::{Value, json};

use crate::harness::{Bench, Script, Step, next, post, run};
use crate::{bench, sends};

const TO_CLAUDE: &str = r#"{"model":"claude/claude-opus-4-8","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}],"seed":7}"#;
const STREAM_TO_CLAUDE: &str = r#"{"model":"claude/claude-opus-4-8","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}"#;
const STREAM_TO_BOTH: &str = r#"{"model":"mixed","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
const MESSAGE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-8","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"cache_read_input_tokens":2,"cache_creation_input_tokens":1,"output_tokens":3}}"#;

const START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-opus-4-8\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n";
const OPEN: &str = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
const HELLO: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n";
const CLOSE: &str = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n";
const DELTA: &str = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":3}}\n\n";
const END: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
const OVERLOADED: &str =
    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";

fn events(text: &str) -> Vec<String> {
    text.split("\n\n").filter(|event| !event.is_empty()).map(ToOwned::to_owned).collect()
}

fn data(event: &str) -> Value {
    let data = event.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
    serde_json::from_str(data).unwrap_or(Value::Null)
}

#[test]
fn a_chat_request_is_asked_and_answered_as_messages() {
    let bench = bench(vec![Script::json(200, MESSAGE)]);
    let (head, body) = bench.call(post("/v1/chat/completions", TO_CLAUDE));
    let sent = bench.world.sent.borrow();
    let (request, asked) = &sent[0];
    assert_eq!(request.uri().to_string(), "https://api.anthropic.com/v1/messages");
    assert_eq!(request.headers()["anthropic-version"], "2023-06-01");
    let asked: Value = serde_json::from_slice(asked).unwrap();
    assert_eq!(
        (&asked["model"], &asked["system"], &asked["messages"][0]["role"]),
        (&json!("claude-opus-4-8"), &json!("Be brief."), &json!("user"))
    );
    assert!(asked["max_tokens"].as_u64().unwrap() > 1000, "the API requires it: {asked}");
    assert_eq!(head.headers["x-gatelet-adjusted"], "seed=dropped");
    assert_eq!(head.headers["content-type"], "application/json");
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "Hello");
    assert_eq!(answer["usage"]["prompt_tokens"], 12);
    let line = bench.line();
    let told = ["target", "dialect", "upstream_dialect", "in", "cached", "written", "out", "complete", "outcome"];
    assert_eq!(
        told.map(|name| line[name].clone()),
        [
            json!("claude/claude-opus-4-8"),
            json!("chat"),
            json!("messages"),
            json!(9),
            json!(2),
            json!(1),
            json!(3),
            json!(true),
            json!("done")
        ]
    );
}

#[test]
fn a_stream_is_translated_event_by_event() {
    let wait = Step::Wait(Duration::from_secs(1));
    let mut steps = sends(&[START, OPEN, HELLO]);
    steps.push(wait);
    steps.extend(sends(&[CLOSE, DELTA, END]));
    let bench = bench(vec![Script::events(steps)]);
    run(&bench.world, async {
        let (head, mut body) = bench.gateway.handle(post("/v1/chat/completions", STREAM_TO_CLAUDE)).await.into_parts();
        assert_eq!(head.headers["content-type"], "text/event-stream");
        assert_eq!(head.headers["x-accel-buffering"], "no");
        let mut first = String::new();
        while !first.contains("Hello") {
            first.push_str(std::str::from_utf8(&next(&mut body).await.expect("more")).unwrap());
        }
        // What has been said is there before the upstream says more.
        assert!(!first.contains("finish_reason\":\"stop"));
        let mut rest = String::new();
        while let Some(bytes) = next(&mut body).await {
            rest.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        let rest = events(&rest);
        assert_eq!(data(&rest[0])["choices"][0]["finish_reason"], "stop");
        assert_eq!(data(&rest[1])["usage"]["completion_tokens"], 3);
        assert_eq!(rest[2], "data: [DONE]");
        assert_eq!(rest.len(), 3);
    });
    let line = bench.line();
    assert_eq!((&line["in"], &line["out"], &line["complete"]), (&json!(9), &json!(3), &json!(true)));
}

#[test]
fn a_cut_stream_ends_with_the_callers_error() {
    let mut steps = sends(&[START, OPEN, HELLO]);
    steps.push(Step::Cut);
    let bench = bench(vec![Script::events(steps)]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM_TO_CLAUDE));
    let events = events(&body);
    assert_eq!(data(events.last().unwrap())["error"]["code"], "upstream_truncated");
    assert!(!body.contains("[DONE]") && !body.contains("\"finish_reason\":\"stop\""));
    let line = bench.line();
    assert_eq!((&line["outcome"], &line["complete"], &line["in"]), (&json!("upstream_cut"), &json!(false), &json!(9)));
    assert!(line["out"].as_u64().unwrap() > 0, "what was said cost something: {line}");
}

#[test]
fn an_error_in_the_stream_is_the_callers_error() {
    let bench = bench(vec![Script::events(sends(&[START, OPEN, HELLO])), Script::Refuse]);
    drop(bench);
    let steps = vec![
        Step::Send(START),
        Step::Send(OPEN),
        Step::Send(HELLO),
        Step::Wait(Duration::from_secs(1)),
        Step::Send(OVERLOADED),
    ];
    let bench = crate::bench(vec![Script::events(steps)]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM_TO_CLAUDE));
    let events = events(&body);
    let error = data(events.last().unwrap());
    assert_eq!((&error["error"]["code"], &error["error"]["message"]), (&json!("overloaded"), &json!("Overloaded")));
    assert_eq!(bench.line()["outcome"], "error");
}

#[test]
fn before_it_has_said_something_another_target_has_its_turn() {
    for first in [
        Script::events(sends(&[START, OVERLOADED])),
        Script::events(vec![Step::Send(START), Step::Cut]),
        Script::events(vec![Step::Send("event: message_start\ndata: {\n\n")]),
        Script::json(529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#),
        Script::json(
            401,
            r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key sk-canary"}}"#,
        ),
        Script::json(200, "<html>"),
        Script::Refuse,
    ] {
        let shown = format!("{first:?}");
        let bench = bench(vec![first, Script::events(sends(&[crate::ROLE, crate::TEXT, crate::STOP, crate::DONE]))]);
        let (head, body) = bench.call(post("/v1/chat/completions", STREAM_TO_BOTH));
        assert_eq!(head.status.as_u16(), 200, "{shown}: {body}");
        assert!(body.contains("\"content\":\"a\"") && body.ends_with("data: [DONE]\n\n"), "{shown}: {body}");
        let line = bench.line();
        assert_eq!((&line["target"], &line["upstream_dialect"]), (&json!("two/b"), &json!("chat")), "{shown}");
    }
}

#[test]
fn an_upstreams_words_are_kept_and_its_key_is_not() {
    for (status, body, expected, code, message) in [
        (
            429,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"try again in 12s"}}"#,
            429,
            "rate_limit_exceeded",
            "try again in 12s",
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens"}}"#,
            400,
            "context_length_exceeded",
            "prompt is too long: 9 tokens",
        ),
        (
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            503,
            "overloaded",
            "Overloaded",
        ),
    ] {
        let bench = bench(vec![Script::json(status, body)]);
        let (head, body) = bench.call(post("/v1/chat/completions", TO_CLAUDE));
        let error: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (head.status.as_u16(), &error["error"]["code"], &error["error"]["message"]),
            (expected, &json!(code), &json!(message))
        );
    }
    let refused =
        r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key: sk-canary"}}"#;
    let bench = bench(vec![Script::json(401, refused)]);
    let (head, body) = bench.call(post("/v1/chat/completions", TO_CLAUDE));
    assert_eq!((head.status.as_u16(), head.headers["x-should-retry"].to_str().unwrap()), (502, "false"));
    assert!(!body.contains("canary") && body.contains("upstream_auth"), "{body}");
}

#[test]
fn what_the_upstream_says_of_another_try_is_told() {
    for said in ["true", "false"] {
        let limited = Script::Answer {
            status: 429,
            headers: vec![("retry-after", "7"), ("x-should-retry", said)],
            steps: sends(&[r#"{"type":"error","error":{"type":"rate_limit_error","message":"later"}}"#]),
        };
        let (head, _) = bench(vec![limited]).call(post("/v1/chat/completions", TO_CLAUDE));
        assert_eq!(
            (&head.headers["x-should-retry"], &head.headers["retry-after"]),
            (&said.parse().unwrap(), &"7".parse().unwrap())
        );
    }
}

#[test]
fn strict_refuses_what_would_be_adjusted() {
    let bench = bench(vec![]);
    let mut request = post("/v1/chat/completions", TO_CLAUDE);
    request.headers_mut().insert("x-gatelet-strict", "true".parse().unwrap());
    let (head, body) = bench.call(request);
    let error: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (head.status.as_u16(), &error["error"]["param"], &error["error"]["code"]),
        (400, &json!("seed"), &json!("unsupported_parameter"))
    );
}

#[test]
fn what_a_provider_is_not_sent_is_told_or_refused_in_another_dialect_too() {
    const CONFIG: &str = r#"{"providers":{"mine":{"kind":"openai-compatible","base_url":"http://h.example/v1",
        "parameters":{"drop":["temperature"]}},"gemini":{"api_key":"${KEY}","parameters":{"drop":["requests"]}}}}"#;
    let asked = r#"{"model":"mine/m","max_tokens":9,"temperature":0.5,"messages":[{"role":"user","content":"hi"}]}"#;
    let bench = Bench::new(Unlimited, CONFIG, vec![Script::json(200, crate::ANSWER)]);
    let (head, _) = bench.call(post("/v1/messages", asked));
    assert_eq!(head.headers["x-gatelet-adjusted"], "temperature=dropped");
    assert!(!bench.world.sent.borrow()[0].1.windows(11).any(|window| window == b"temperature"));
    let mut request = post("/v1/messages", asked);
    request.headers_mut().insert("x-gatelet-strict", "true".parse().unwrap());
    let (head, body) = bench.call(request);
    assert_eq!(head.status.as_u16(), 400);
    assert!(body.contains("temperature"), "{body}");
    // Embeddings are told of it as well.
    bench.world.script(Script::json(200, r#"{"embeddings":[{"values":[1]}]}"#));
    let (head, body) = bench.call(post("/v1/embeddings", r#"{"model":"gemini/gemini-embedding-001","input":"a"}"#));
    assert_eq!(head.headers["x-gatelet-adjusted"], "requests=dropped", "{body}");
}

#[test]
fn a_target_that_cannot_be_asked_is_passed_over() {
    let body = r#"{"model":"mixed","messages":[{"role":"user","content":"hi"}],"logit_bias":{"5":1}}"#;
    let bench = bench(vec![Script::json(200, crate::ANSWER)]);
    let (head, answer) = bench.call(post("/v1/chat/completions", body));
    assert_eq!((head.status.as_u16(), answer.as_str()), (200, crate::ANSWER));
    assert_eq!(bench.line()["target"], "two/b");
    let alone =
        r#"{"model":"claude/claude-opus-4-8","messages":[{"role":"user","content":"hi"}],"logit_bias":{"5":1}}"#;
    let bench = crate::bench(vec![]);
    let (head, answer) = bench.call(post("/v1/chat/completions", alone));
    let error: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((head.status.as_u16(), &error["error"]["param"]), (400, &json!("logit_bias")));
}

#[test]
fn the_callers_fault_names_the_field() {
    for (body, param) in [
        (r#"{"model":"claude/m","messages":[{"role":"user","content":7}]}"#, "messages[0].content"),
        (
            r#"{"model":"claude/m","messages":[{"role":"user","content":[{"type":"smell"}]}]}"#,
            "messages[0].content[0].type",
        ),
        (r#"{"model":"claude/m","messages":[{"role":"user","content":"\ud800"}]}"#, "messages[0].content"),
        (r#"{"model":"claude/m","messages":[],"temperature":"hot"}"#, "temperature"),
    ] {
        let bench = bench(vec![]);
        let (head, answer) = bench.call(post("/v1/chat/completions", body));
        let error: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((head.status.as_u16(), &error["error"]["param"]), (400, &json!(param)), "{answer}");
        assert!(bench.world.sent.borrow().is_empty());
    }
}

#[test]
fn a_json_answer_becomes_the_stream_that_was_asked_for() {
    let bench = bench(vec![Script::json(200, MESSAGE)]);
    let (head, body) = bench.call(post("/v1/chat/completions", STREAM_TO_CLAUDE));
    assert_eq!(head.headers["content-type"], "text/event-stream");
    assert!(body.contains("\"content\":\"Hello\"") && body.ends_with("data: [DONE]\n\n"), "{body}");
}

#[test]
fn a_stream_becomes_the_answer_that_was_asked_for() {
    let bench = bench(vec![Script::events(sends(&[START, OPEN, HELLO, CLOSE, DELTA, END]))]);
    let (head, body) = bench.call(post("/v1/chat/completions", TO_CLAUDE));
    assert_eq!(head.headers["content-type"], "application/json");
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "Hello");
}

#[test]
fn tokens_are_estimated_where_nobody_counts() {
    for (path, body, pointer) in [
        (
            "/v1/messages/count_tokens",
            r#"{"model":"openai/gpt-5.1","messages":[{"role":"user","content":"a word or two, perhaps more"}]}"#,
            "/input_tokens",
        ),
        (
            "/v1/responses/input_tokens",
            r#"{"model":"claude/claude-opus-4-8","input":"a word or two, perhaps more"}"#,
            "/input_tokens",
        ),
        (
            "/v1beta/models/claude%2Fclaude-opus-4-8:countTokens",
            r#"{"contents":[{"parts":[{"text":"a word or two, perhaps more"}]}]}"#,
            "/totalTokens",
        ),
    ] {
        let bench = bench(vec![]);
        let (head, answer) = bench.call(post(path, body));
        assert_eq!(head.status.as_u16(), 200, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let tokens = answer.pointer(pointer).and_then(Value::as_u64).unwrap();
        assert!((4..40).contains(&tokens), "{answer}");
        assert!(head.headers.contains_key("x-gatelet-adjusted"));
    }
}

/// A slow reader makes nothing grow: the upstream is read when the client takes.
#[test]
fn a_reader_that_takes_nothing_bounds_memory() {
    let mut steps = sends(&[START, OPEN]);
    steps.extend(std::iter::repeat_n(Step::Send(HELLO), 1000));
    let bench = bench(vec![Script::events(steps)]);
    run(&bench.world, async {
        let (_, mut body) = bench.gateway.handle(post("/v1/chat/completions", STREAM_TO_CLAUDE)).await.into_parts();
        let mut taken = 0;
        for _ in 0..10 {
            taken += next(&mut body).await.expect("more").len();
        }
        assert!(taken < 8 << 10, "{taken} bytes were ready at once");
    });
}

#[test]
fn embeddings_are_asked_of_gemini_and_bedrock() {
    let body = r#"{"model":"gemini/gemini-embedding-001","input":["a","b"],"user":"u"}"#;
    let answer = r#"{"embeddings":[{"values":[0.5,-1]},{"values":[2e-3,1]}]}"#;
    let bench = bench(vec![Script::json(200, answer)]);
    let (head, body) = bench.call(post("/v1/embeddings", body));
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&answer["data"][1]["embedding"], &answer["data"][1]["index"], &answer["object"]),
        (&json!([2e-3, 1]), &json!(1), &json!("list"))
    );
    assert_eq!(head.headers["x-gatelet-adjusted"], "user=dropped");
    let sent = bench.world.sent.borrow();
    let uri = "https://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:batchEmbedContents";
    assert_eq!(sent[0].0.uri().to_string(), uri);

    let body = r#"{"model":"bedrock/amazon.titan-embed-text-v2:0","input":"a"}"#;
    let titan = Script::Answer {
        status: 200,
        headers: vec![("content-type", "application/json")],
        steps: sends(&[r#"{"embedding":[0.5],"inputTextTokenCount":3}"#]),
    };
    let bench = crate::bench(vec![titan]);
    let (_, body) = bench.call(post("/v1/embeddings", body));
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&answer["data"][0]["embedding"], &answer["usage"]["prompt_tokens"]), (&json!([0.5]), &json!(3)));
    assert_eq!(bench.line()["in"], 3);
    let sent = bench.world.sent.borrow();
    let uri = "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.titan-embed-text-v2%3A0/invoke";
    assert_eq!(sent[0].0.uri().to_string(), uri);
}

/// Responses has no stop sequences: the gateway looks for them, ends the answer and gives the upstream up.
#[test]
fn an_emulated_stop_ends_the_answer_and_the_upstream() {
    let delta = |text: &str| -> Step {
        let event = format!(
            "event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"{text}\"}}\n\n"
        );
        Step::Send(Box::leak(event.into_boxed_str()))
    };
    let steps = vec![delta("one E"), delta("ND two"), Step::Wait(Duration::from_secs(30)), delta("never")];
    let bench = bench(vec![Script::events(steps)]);
    let body = r#"{"model":"openai/gpt-5.1","max_tokens":99,"stream":true,"stop_sequences":["END"],"messages":[{"role":"user","content":"a word or two, perhaps more"}]}"#;
    let (head, told) = bench.call(post("/v1/messages", body));
    assert_eq!(head.headers["x-gatelet-adjusted"], "stop_sequences[0]=emulated");
    assert!(told.contains("\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\"END\""), "{told}");
    assert!(
        !told.contains("two") && !told.contains("END\"}}") && told.ends_with("data: {\"type\":\"message_stop\"}\n\n"),
        "{told}"
    );
    let line = bench.line();
    assert_eq!((&line["complete"], &line["outcome"]), (&json!(false), &json!("done")));
    assert!(line["in"].as_u64().unwrap() > 3 && line["out"].as_u64().unwrap() > 0, "{line}");
    assert!(told.contains(&format!("\"input_tokens\":{}", line["in"])), "{told}");
    assert_eq!(bench.world.open_upstreams.get(), 0);
}
