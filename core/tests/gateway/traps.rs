//! Traps that others have fallen into, through the whole gateway.

use serde_json::{Value, json};

use crate::bench;
use crate::harness::{Script, Step, post};

const MESSAGE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}"#;
const RESPONSE: &str = r#"{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-5.1","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"ok","annotations":[]}]}],"usage":{"input_tokens":1,"input_tokens_details":{"cached_tokens":0},"output_tokens":1,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":2}}"#;

/// What the upstream is sent for a body.
fn sent(path: &str, body: &str, answer: &'static str) -> (Value, String, http::response::Parts) {
    let bench = bench(vec![Script::json(200, answer)]);
    let (head, told) = bench.call(post(path, Box::leak(body.to_owned().into_boxed_str())));
    assert_eq!(head.status.as_u16(), 200, "{told}");
    let (_, bytes) = bench.world.sent.borrow()[0].clone();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    (serde_json::from_str(&text).unwrap(), text, head)
}

#[test]
fn trap_03_tools_and_properties_keep_their_order() {
    let body = r#"{"model":"claude/claude-opus-4-8","messages":[{"role":"user","content":"hi"}],"tools":[
        {"type":"function","function":{"name":"zebra","parameters":{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"integer"}},"required":["z"]}}},
        {"type":"function","function":{"name":"ant","parameters":{"type":"object","properties":{"m":{},"b":{},"k":{}}}}}]}"#;
    let (_, text, _) = sent("/v1/chat/completions", body, MESSAGE);
    let places: Vec<_> =
        ["zebra", "\"z\":", "\"a\":", "ant", "\"m\":", "\"b\":", "\"k\":"].map(|name| text.find(name)).into();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
    assert_eq!(sent("/v1/chat/completions", body, MESSAGE).1, text);
}

/// Chat chunks as Messages events: what each block says.
fn blocks(chunks: &[&str]) -> Vec<(Value, String)> {
    let mut steps: Vec<Step> = chunks
        .iter()
        .map(|delta| {
            let chunk = format!(
                "data: {{\"id\":\"c\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":null}}]}}\r\n\r\n"
            );
            Step::Send(Box::leak(chunk.into_boxed_str()))
        })
        .collect();
    steps.push(Step::Send(
        "data:{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
    ));
    let bench = bench(vec![Script::events(steps)]);
    let body = r#"{"model":"plain/b","max_tokens":99,"stream":true,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object"}},{"name":"g","input_schema":{"type":"object"}}]}"#;
    let (_, told) = bench.call(post("/v1/messages", body));
    let mut blocks: Vec<(Value, String)> = Vec::new();
    for data in told.lines().filter_map(|line| line.strip_prefix("data: ")) {
        let event: Value = serde_json::from_str(data).unwrap();
        match event["type"].as_str() {
            Some("content_block_start") => {
                assert_eq!(event["index"], blocks.len(), "{told}");
                blocks.push((event["content_block"].clone(), String::new()));
            }
            Some("content_block_delta") => {
                assert_eq!(event["index"], blocks.len() - 1, "one block at a time: {told}");
                let delta = &event["delta"];
                let said = delta["partial_json"].as_str().or(delta["text"].as_str()).unwrap_or_default();
                blocks.last_mut().unwrap().1.push_str(said);
            }
            _ => {}
        }
    }
    assert!(told.contains("message_stop"), "{told}");
    blocks
}

const CALLS: [(&str, &str); 2] = [("f", "{\"a\":1}"), ("g", "{\"b\":[2]}")];

fn assert_two_calls(blocks: &[(Value, String)]) {
    let told: Vec<_> =
        blocks.iter().map(|(block, said)| (block["name"].as_str().unwrap_or_default(), said.as_str())).collect();
    assert_eq!(told, CALLS);
}

#[test]
fn trap_06_interleaved_arguments_end_in_their_own_blocks() {
    assert_two_calls(&blocks(&[
        r#"{"role":"assistant","tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}},{"index":1,"id":"c2","type":"function","function":{"name":"g","arguments":""}}]}"#,
        r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}},{"index":1,"function":{"arguments":"{\"b\":"}}]}"#,
        r#"{"tool_calls":[{"index":1,"function":{"arguments":"[2]}"}},{"index":0,"function":{"arguments":":1}"}}]}"#,
    ]));
}

#[test]
fn trap_07_calls_that_all_say_0_are_several() {
    assert_two_calls(&blocks(&[
        r#"{"role":"assistant","tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}"#,
        r#"{"tool_calls":[{"index":0,"id":"c2","type":"function","function":{"name":"g","arguments":"{\"b\":[2]}"}}]}"#,
    ]));
}

#[test]
fn trap_19_any_line_end_and_any_split_is_read() {
    let stream = "\u{feff}: hello\r\ndata:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"grüße \u{1f600}\u{2028}\"},\"finish_reason\":null}]}\r\n\r\n\
                  data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\r\rdata: [DONE]\n\n";
    let whole = told(vec![Step::Send(stream)]);
    assert!(whole.contains("grüße \u{1f600}") && whole.contains("message_stop"), "{whole}");
    for at in (1..stream.len()).filter(|at| stream.is_char_boundary(*at)) {
        let (one, other) = stream.split_at(at);
        assert_eq!(told(vec![Step::Send(one), Step::Send(other)]), whole, "split at {at}");
    }
}

fn told(steps: Vec<Step>) -> String {
    let bench = bench(vec![Script::events(steps)]);
    let body = r#"{"model":"plain/b","max_tokens":99,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    bench.call(post("/v1/messages", body)).1
}

/// Encrypted reasoning of one organisation cannot be read by another, though both are OpenAI's.
#[test]
fn trap_26_another_organisations_reasoning_stays_here() {
    let answer = r#"{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-5.1","output":[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"canary=="},{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"ok","annotations":[]}]}],"usage":{"input_tokens":1,"input_tokens_details":{"cached_tokens":0},"output_tokens":1,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":2}}"#;
    let ask = r#"{"model":"openai/gpt-5.1","max_tokens":99,"messages":[{"role":"user","content":"hi"}]}"#;
    let bench = bench(vec![Script::json(200, answer)]);
    let (_, told) = bench.call(post("/v1/messages", ask));
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["content"][0]["type"], "thinking");
    for (model, goes) in [("openai/gpt-5.1", true), ("keys/gpt-5.1", false)] {
        let body = json!({"model": model, "max_tokens": 99, "messages": [
            {"role": "user", "content": "hi"}, {"role": "assistant", "content": told["content"]}, {"role": "user", "content": "more"}]});
        let (asked, text, head) = sent("/v1/messages", &body.to_string(), RESPONSE);
        assert_eq!(text.contains("\"canary==\""), goes, "{text}");
        assert!(!text.contains("gl1."), "{text}");
        assert_eq!(asked["input"].as_array().unwrap().iter().any(|item| item["type"] == "reasoning"), goes);
        let adjusted = head.headers.get("x-gatelet-adjusted").map(|value| value.to_str().unwrap()).unwrap_or_default();
        assert_eq!(adjusted.contains("dropped:foreign"), !goes, "{adjusted}");
    }
}

#[test]
fn trap_29_a_budget_fits_the_limit_and_the_limit_is_not_raised() {
    for (effort, limit, budget) in [("high", 4_000, Some(3_200)), ("high", 1_200, None), ("low", 20_000, Some(4_096))] {
        let body = json!({"model": "claude/claude-sonnet-4-5", "reasoning_effort": effort, "max_completion_tokens": limit,
            "messages": [{"role": "user", "content": "hi"}]});
        let (asked, ..) = sent("/v1/chat/completions", &body.to_string(), MESSAGE);
        assert_eq!(asked["max_tokens"], limit);
        assert_eq!(asked["thinking"]["budget_tokens"].as_u64(), budget, "{asked}");
    }
}
