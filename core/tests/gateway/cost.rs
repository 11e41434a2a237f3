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

/// OpenRouter, xAI and Perplexity tell what they bill, and others' words are not taken for that.
#[test]
fn what_the_answer_says_that_it_costs_is_taken_from_those_who_know() {
    let config = r#"{"providers": {"openrouter": {"api_key": "${A}"}, "xai": {"api_key": "${A}"}, "openai": {"api_key": "${A}"}}}"#;
    for (asked, usage, expected) in [
        (r#"{"model":"openrouter/any/model"}"#, r#""cost":0.00012"#, json!(120)),
        (r#"{"model":"xai/grok-4.7"}"#, r#""cost_in_usd_ticks":37756000"#, json!(3775.6)),
        // 9 × 2 + 3 × 6.
        (r#"{"model":"xai/grok-4.7"}"#, r#""x":1"#, json!(36)),
        (r#"{"model":"openrouter/any/model"}"#, r#""x":1"#, Value::Null),
        (r#"{"model":"openai/gpt-5"}"#, r#""cost":0.00012"#, json!(41.25)),
    ] {
        let answer = format!(r#"{{"choices":[{{}}],"usage":{{"prompt_tokens":9,"completion_tokens":3,{usage}}}}}"#);
        let script = Script::json(200, Box::leak(answer.into_boxed_str()));
        let bench = crate::harness::Bench::new(gatelet_core::Unlimited, config, vec![script]);
        bench.call(post(CHAT, asked));
        assert_eq!(bench.line()["cost_micros"], expected, "{asked} {usage}");
    }
}

#[test]
fn what_was_used_besides_makes_it_unknown() {
    let response = |output: &'static str| {
        let text = format!(
            r#"{{"object":"response","status":"completed","service_tier":"default","output":[{output}],"usage":{{"input_tokens":8,"output_tokens":0}}}}"#
        );
        Script::json(200, Box::leak(text.into_boxed_str()))
    };
    let asked = r#"{"model":"openai/gpt-5","input":"a"}"#;
    assert_eq!(cost("/v1/responses", asked, response("")), json!(10));
    assert_eq!(cost("/v1/responses", asked, response(r#"{"type":"code_interpreter_call"}"#)), Value::Null);
    let path = "/v1beta/models/gemini-3.8-flash:generateContent";
    let grounded = |metadata: &'static str| {
        let text = format!(
            r#"{{"candidates":[{{"content":{{"parts":[{{"text":"a"}}]}},"finishReason":"STOP","groundingMetadata":{metadata}}}],"usageMetadata":{{"promptTokenCount":4}}}}"#
        );
        Script::json(200, Box::leak(text.into_boxed_str()))
    };
    // Two queries at 1.4 cents.
    assert_eq!(cost(path, "{}", grounded(r#"{"webSearchQueries":["a","b"]}"#)), json!(28_003));
    assert_eq!(cost(path, "{}", grounded(r#"{"groundingChunks":[{"maps":{}}]}"#)), Value::Null);
}

#[test]
fn a_tier_has_its_own_price() {
    let answer = |tier: &str| {
        let text = format!(
            r#"{{"choices":[{{}}],"service_tier":"{tier}","usage":{{"prompt_tokens":8,"completion_tokens":0}}}}"#
        );
        Script::json(200, Box::leak(text.into_boxed_str()))
    };
    let asked = r#"{"model":"openai/gpt-5"}"#;
    for (tier, expected) in
        [("default", json!(10)), ("flex", json!(5)), ("priority", json!(20)), ("scale", Value::Null)]
    {
        assert_eq!(cost(CHAT, asked, answer(tier)), expected, "{tier}");
    }
    let streamed =
        "data: {\"choices\":[],\"service_tier\":\"flex\",\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":0}}\n\n";
    let asked = r#"{"model":"openai/gpt-5","stream":true}"#;
    assert_eq!(cost(CHAT, asked, Script::events(sends(&[TEXT, STOP, streamed, DONE]))), json!(5));
    let message = r#"{"type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn",
        "usage":{"input_tokens":10,"output_tokens":0,"speed":"fast","inference_geo":"us"}}"#;
    // 10 × 4, twice as much, and a tenth more.
    let asked = r#"{"model":"claude/claude-opus-5-5","messages":[]}"#;
    assert_eq!(cost("/v1/messages", asked, Script::json(200, message)), json!(88));
    // Translated.
    let asked = r#"{"model":"claude/claude-opus-5-5","messages":[{"role":"user","content":"a"}]}"#;
    assert_eq!(cost(CHAT, asked, Script::json(200, message)), json!(88));
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

/// What is configured of a model comes before everything else, and is of plain service alone.
#[test]
fn configured_prices_come_first() {
    let config = r#"{"providers": {
        "openrouter": {"api_key": "${A}", "models": {"any/model": {"price": {"input": 1, "output": 2}}}},
        "plain": {"kind": "openai-compatible", "base_url": "http://plain.example/v1", "models": {"m": {"price": {"input": 0.5, "output": 1}}}}}}"#;
    let answer = r#"{"choices":[{}],"usage":{"prompt_tokens":9,"completion_tokens":3,"cost":0.5}}"#;
    let cached = r#"{"choices":[{}],"usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":2}}}"#;
    let flex = r#"{"choices":[{}],"service_tier":"flex","usage":{"prompt_tokens":9,"completion_tokens":3}}"#;
    for (asked, answer, expected) in [
        (r#"{"model":"openrouter/any/model"}"#, answer, json!(15)),
        (r#"{"model":"plain/m"}"#, answer, json!(7.5)),
        (r#"{"model":"plain/other"}"#, answer, Value::Null),
        // No price is told of what was read from a cache, or of other tiers.
        (r#"{"model":"plain/m"}"#, cached, Value::Null),
        (r#"{"model":"plain/m"}"#, flex, Value::Null),
    ] {
        let bench = crate::harness::Bench::new(gatelet_core::Unlimited, config, vec![Script::json(200, answer)]);
        bench.call(post(CHAT, asked));
        assert_eq!(bench.line()["cost_micros"], expected, "{asked} {answer}");
    }
}

/// A configured limit reaches what an upstream of another dialect is asked.
#[test]
fn configured_limits_reach_the_upstream() {
    let config = r#"{"providers": {"claude": {"kind": "anthropic", "api_key": "${A}", "models": {"claude-opus-5-5": {"max_output": 777}}}}}"#;
    for (asked, most) in [
        (r#"{"model":"claude/claude-opus-5-5","messages":[{"role":"user","content":"a"}]}"#, 777),
        (
            r#"{"model":"claude/claude-opus-5-5","max_completion_tokens":9000,"messages":[{"role":"user","content":"a"}]}"#,
            777,
        ),
        (
            r#"{"model":"claude/claude-opus-5-5","max_completion_tokens":9,"messages":[{"role":"user","content":"a"}]}"#,
            9,
        ),
    ] {
        let answer = Script::json(200, r#"{"type":"message","content":[],"stop_reason":"end_turn","usage":{}}"#);
        let bench = crate::harness::Bench::new(gatelet_core::Unlimited, config, vec![answer]);
        bench.call(post(CHAT, asked));
        let sent: Value = serde_json::from_slice(&bench.world.sent.borrow()[0].1).expect("JSON");
        assert_eq!(sent["max_tokens"], most, "{asked}");
    }
}
