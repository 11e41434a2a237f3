//! What a request has cost, as its line says it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Script, Step, post};
use crate::{DONE, STOP, TEXT, bench, sends};

fn cost(path: &'static str, body: &'static str, script: Script) -> Value {
    let bench = bench(vec![script]);
    bench.call(post(path, body));
    bench.line()["cost_micros"].clone()
}

const CHAT: &str = "/v1/chat/completions";

#[test]
fn a_known_model_has_its_price() {
    // 800 × 5 + 200 × 0.5 + 10 × 30 micro-dollars.
    let usage = r#"{"choices":[{}],"usage":{"prompt_tokens":1000,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":200}}}"#;
    let asked = r#"{"model":"openai/gpt-5.5","messages":[]}"#;
    assert_eq!(cost(CHAT, asked, Script::json(200, usage)), json!(4400));
    let small = r#"{"choices":[{}],"usage":{"prompt_tokens":1,"completion_tokens":0,"prompt_tokens_details":{"cached_tokens":1}}}"#;
    let asked = r#"{"model":"openai/gpt-5-nano","messages":[]}"#;
    assert_eq!(cost(CHAT, asked, Script::json(200, small)), json!(0.005));
    // A stream: 9 × 1.25 + 3 × 10.
    let used = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\n\n";
    let asked = r#"{"model":"openai/gpt-5","stream":true}"#;
    assert_eq!(cost(CHAT, asked, Script::events(sends(&[TEXT, STOP, used, DONE]))), json!(41.25));
    // Another dialect: 10 × 2 + 20 × 0.1 + 30 × 2.5 + 40 × 10, and a search.
    let message = r#"{"id":"m","type":"message","role":"assistant","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn",
        "usage":{"input_tokens":10,"cache_read_input_tokens":20,"cache_creation_input_tokens":30,"output_tokens":40,"server_tool_use":{"web_search_requests":1}}}"#;
    let asked = r#"{"model":"claude/claude-sonnet-5-5","messages":[{"role":"user","content":"a"}]}"#;
    assert_eq!(cost(CHAT, asked, Script::json(200, message)), json!(497 + 10_000));
}

#[test]
fn what_is_not_known_is_null_and_what_nobody_was_asked_is_nothing() {
    let answer = r#"{"choices":[{}],"usage":{"prompt_tokens":9,"completion_tokens":3}}"#;
    for (asked, script, expected) in [
        (r#"{"model":"openai/a"}"#, Script::json(200, answer), Value::Null),
        (r#"{"model":"plain/gpt-5"}"#, Script::json(200, answer), Value::Null),
        (r#"{"model":"openai/gpt-5"}"#, Script::json(200, r#"{"choices":[{}]}"#), Value::Null),
        (r#"{"model":"openai/gpt-5"}"#, Script::json(400, r#"{"error":{"message":"no"}}"#), Value::Null),
        (r#"{"model":"nobody/x"}"#, Script::json(200, answer), json!(0)),
        (r#"{"model":"mock/hello"}"#, Script::json(200, answer), json!(0)),
    ] {
        assert_eq!(cost(CHAT, asked, script), expected, "{asked}");
    }
}

/// An upstream that was given up may have made an answer, and billed it.
#[test]
fn an_attempt_that_was_lost_makes_it_unknown() {
    let config = r#"{"timeouts": {"headers": "5s"},
        "providers": {"openai": {"api_key": "${OPENAI}"}, "keys": {"kind": "openai", "api_key": "${A}"}},
        "models": {"both": {"targets": ["openai/gpt-5"], "fallbacks": ["keys/gpt-5"]}}}"#;
    let answer = Script::json(200, r#"{"choices":[{}],"usage":{"prompt_tokens":8,"completion_tokens":0}}"#);
    for (first, expected) in [
        (Script::Refuse, json!(10)),
        (Script::json(500, "{}"), json!(10)),
        (Script::json(429, "{}"), json!(10)),
        (Script::Hang, Value::Null),
        (Script::json(200, "{\"choices\":[{"), Value::Null),
        (
            Script::Answer {
                status: 200,
                headers: vec![],
                steps: vec![Step::Send("{"), Step::Wait(Duration::from_secs(200))],
            },
            Value::Null,
        ),
    ] {
        let bench = crate::harness::Bench::new(gatelet_core::Unlimited, config, vec![first.clone(), answer.clone()]);
        bench.call(post(CHAT, r#"{"model":"both","messages":[]}"#));
        let line = bench.line();
        assert_eq!((&line["attempts"], &line["cost_micros"]), (&json!(2), &expected), "{first:?}");
    }
}

#[test]
fn a_tier_has_its_own_price() {
    let path = "/v1beta/models/gemini-3.8-flash:generateContent";
    let answer = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":0}}"#;
    let served = |tier| Script::Answer {
        status: 200,
        headers: vec![("content-type", "application/json"), ("x-gemini-service-tier", tier)],
        steps: sends(&[answer]),
    };
    assert_eq!(cost(path, r#"{"contents":[]}"#, served("standard")), json!(3));
    assert_eq!(cost(path, r#"{"contents":[]}"#, served("flex")), json!(1.5));
    assert_eq!(cost(path, r#"{"contents":[]}"#, served("priority")), json!(5.4));
    assert_eq!(cost(path, r#"{"contents":[]}"#, served("another")), Value::Null);
}
