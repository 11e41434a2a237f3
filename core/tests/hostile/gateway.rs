//! The same through the gateway: a clear 400, or the dialect's error, and one log line.

use bytes::Bytes;
use gatelet_core::Unlimited;
use http::Request;
use serde_json::Value;

use crate::harness::{Bench, Incoming, Script, Step};

const CONFIG: &str =
    r#"{"providers":{"claude":{"kind":"anthropic","api_key":"${CLAUDE}"},"openai":{"api_key":"${OPENAI}"}}}"#;

const PATHS: [(&str, &str); 4] = [
    ("/v1/chat/completions", r#"{"model":"claude/claude-opus-4-8","messages":«»}"#),
    ("/v1/responses", r#"{"model":"claude/claude-opus-4-8","input":«»}"#),
    ("/v1/messages", r#"{"model":"openai/gpt-5.1","max_tokens":9,"messages":«»}"#),
    ("/v1beta/models/openai/gpt-5.1:generateContent", r#"{"contents":«»}"#),
];

fn post(path: &str, body: String) -> Request<Incoming> {
    Request::post(path).header("host", "localhost").body(Incoming::Whole(Some(Bytes::from(body)))).expect("a request")
}

fn bench(scripts: Vec<Script>) -> Bench<Unlimited> {
    Bench::new(Unlimited, CONFIG, scripts)
}

#[test]
fn what_cannot_be_read_is_a_clear_400() {
    for (path, frame) in PATHS {
        for value in [
            "[".repeat(10_000) + &"]".repeat(10_000),
            "[".repeat(10_000),
            r#"[{"role":"user","content":"\ud800","parts":[{"text":"\ud800"}]}]"#.to_owned(),
            format!("[{}1]", "1,".repeat(100_000)),
            format!("\"{}", "a".repeat(1 << 20)),
            "1e999999".to_owned(),
            "\"\u{0}\"".to_owned(),
        ] {
            let bench = bench(Vec::new());
            let (head, body) = bench.call(post(path, frame.replace("«»", &value)));
            assert_eq!(head.status, 400, "{path} {value:.40}: {body:.300}");
            assert!(body.len() < 2000, "{path} {value:.40}: {body:.300}");
            let error: Value = serde_json::from_str(&body).expect("the dialect's error");
            assert!(error["error"]["message"].as_str().is_some_and(|message| message.len() < 500), "{body}");
            assert_eq!(bench.line()["status"], 400);
        }
    }
}

#[test]
fn what_is_large_is_asked() {
    let answer = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-8","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":3}}"#;
    for content in ["a".repeat(30 << 20), "a\\n".repeat(1 << 20)] {
        let bench = bench(vec![Script::json(200, answer)]);
        let message = format!(r#"[{{"role":"user","content":"{content}"}}]"#);
        let (head, body) = bench.call(post(PATHS[0].0, PATHS[0].1.replace("«»", &message)));
        assert_eq!(head.status, 200, "{body:.300}");
        assert!(bench.world.sent.borrow()[0].1.len() > content.len() / 2);
    }
}

#[test]
fn what_is_adjusted_a_great_many_times_is_told_in_a_kilobyte() {
    let answer = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-8","content":[],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":3}}"#;
    let fields: Vec<String> = (0..20_000).map(|at| format!(r#""\u000a\u00e9, x{at}":1"#)).collect();
    let bench = bench(vec![Script::json(200, answer)]);
    let body = format!(
        r#"{{"model":"claude/claude-opus-4-8","messages":[{{"role":"user","content":"a"}}],{}}}"#,
        fields.join(",")
    );
    let (head, _) = bench.call(post(PATHS[0].0, body));
    assert_eq!(head.status, 200);
    let adjusted = head.headers["x-gatelet-adjusted"].to_str().expect("ASCII");
    assert!(adjusted.len() <= 1024 && adjusted.contains("...=more:"), "{adjusted}");
}

#[test]
fn an_upstream_without_measure_is_the_callers_error() {
    let opened: String = (0..3000)
        .map(|at| format!("data: {{\"type\":\"content_block_start\",\"index\":{at},\"content_block\":{{\"type\":\"tool_use\",\"id\":\"c{at}\",\"name\":\"f\",\"input\":{{}}}}}}\n\n"))
        .collect();
    let large = format!("data: {{\"type\":\"x\",\"y\":\"{}\"}}\n\n", "a".repeat(17 << 20));
    for hostile in [opened, large, "\u{0}".repeat(100_000), "data: {".to_owned()] {
        let hostile: &'static str = hostile.leak();
        let start = "data: {\"type\":\"message_start\",\"message\":{\"id\":\"i\",\"model\":\"m\",\"usage\":{}}}\n\ndata: {\"type\":\"content_block_start\",\"index\":99999,\"content_block\":{\"type\":\"text\",\"text\":\"Hi\"}}\n\n";
        let steps = vec![Step::Send(start), Step::Send(hostile)];
        let bench = bench(vec![Script::events(steps)]);
        let body = r#"{"model":"claude/claude-opus-4-8","stream":true,"messages":[{"role":"user","content":"a"}]}"#;
        let (head, told) = bench.call(post(PATHS[0].0, body.to_owned()));
        assert_eq!(head.status, 200);
        assert!(told.contains("\"error\":{") && !told.contains("[DONE]"), "{:.100}: {:.500}", hostile, told);
        assert_eq!(bench.line()["complete"], false);
    }
}
