//! Whether an answer is one, before any of it is sent.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Script, Step, next, post, run};
use crate::{ANSWER, CHAT, DONE, ROLE, STOP, STREAM, STREAM_BOTH, TEXT, bench, sends};

#[test]
fn a_whole_answer_is_relayed_and_accounted() {
    let bench = bench(vec![Script::json(200, ANSWER)]);
    let (head, body) = bench.call(post("/v1/chat/completions?key=glt_canary", CHAT));
    assert_eq!((head.status.as_u16(), body.as_str()), (200, ANSWER));
    assert_eq!(head.headers["content-type"], "application/json");
    assert_eq!(head.headers["x-request-id"], head.headers["x-gatelet-request-id"]);
    let (request, sent) =
        bench.world.sent.borrow().first().map(|(request, body)| (request.uri().to_string(), body.clone())).unwrap();
    assert_eq!(request, "https://api.openai.com/v1/chat/completions");
    assert_eq!(sent, r#"{"model":"a","messages":[]}"#);
    let line = bench.line();
    let expected = json!({
        "ts": "2025-11-24T16:00:00.000Z", "id": "req_07070707070707070707070707070707", "key": null, "method": "POST",
        "path": "/v1/chat/completions", "route": "openai/a", "target": "openai/a", "dialect": "chat", "upstream_dialect": "chat",
        "upstream_id": null, "status": 200, "stream": false, "in": 9, "out": 3, "cached": 0, "written": 0, "reasoning": null,
        "complete": true, "cost_micros": null, "attempts": 1, "first_byte_ms": 0.0, "total_ms": 0.0, "outcome": "done",
    });
    assert_eq!(line, expected);
    assert_eq!(bench.world.open_upstreams.get(), 0);
}

#[test]
fn an_upstreams_error_is_relayed_with_its_waiting_time() {
    let error = r#"{"error":{"message":"slow down","unknown":1.0}}"#;
    let headers = vec![
        ("content-type", "application/json"),
        ("retry-after", "7"),
        ("x-request-id", "req_up"),
        ("set-cookie", "a=b"),
        ("x-ratelimit-limit-requests", "60"),
        ("openai-organization", "org-canary"),
    ];
    let script = Script::Answer { status: 429, headers, steps: sends(&[error]) };
    let bench = bench(vec![script]);
    let (head, body) = bench.call(post("/v1/chat/completions", CHAT));
    assert_eq!((head.status.as_u16(), body.as_str()), (429, error));
    assert_eq!(
        (&head.headers["retry-after"], &head.headers["x-request-id"]),
        (&"7".parse().unwrap(), &"req_up".parse().unwrap())
    );
    assert_eq!(head.headers["x-ratelimit-limit-requests"], "60");
    assert!(!head.headers.contains_key("set-cookie") && !head.headers.contains_key("openai-organization"));
    let line = bench.line();
    assert_eq!(
        (&line["outcome"], &line["upstream_id"], &line["in"]),
        (&json!("error"), &json!("req_up"), &Value::Null)
    );
}

#[test]
fn trap_38_a_refused_credential_is_not_the_callers() {
    for status in [401, 403] {
        let bench =
            bench(vec![Script::json(status, r#"{"error":{"message":"Incorrect API key provided: canary-CLAUDE"}}"#)]);
        let (head, body) = bench.call(post("/v1/messages", r#"{"model":"claude/x"}"#));
        assert_eq!((head.status.as_u16(), &head.headers["x-should-retry"]), (502, &"false".parse().unwrap()));
        assert!(!body.contains("canary"), "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            body["error"],
            json!({"type": "api_error", "message": "provider claude refused the gateway's credential"})
        );
    }
}

#[test]
fn geminis_word_for_a_bad_key_is_a_refused_credential() {
    let refused =
        r#"{"error":{"code":400,"message":"API key not valid: canary","details":[{"reason": "API_KEY_INVALID"}]}}"#;
    let bench = bench(vec![Script::json(400, refused)]);
    let (head, body) = bench.call(post("/v1beta/models/gemini%2Fx:generateContent", "{}"));
    assert_eq!((head.status.as_u16(), &head.headers["x-should-retry"]), (502, &"false".parse().unwrap()));
    assert!(!body.contains("canary"), "{body}");
}

#[test]
fn trap_17_a_stream_that_fails_before_it_says_something_is_another_targets() {
    let error = "data: {\"error\":{\"message\":\"quota\",\"code\":\"insufficient_quota\"}}\n\n";
    for failure in [
        vec![Step::Send(ROLE), Step::Send(error)],
        vec![Step::Send(error)],
        vec![Step::Send(ROLE), Step::Cut],
        vec![Step::Send(ROLE)],
        vec![],
        vec![Step::Send("<html>\n\n")],
        vec![Step::Send("data: <html>\n\n")],
    ] {
        let good = Script::events(sends(&[ROLE, TEXT, STOP, DONE]));
        let bench = bench(vec![Script::events(failure.clone()), good]);
        let (_, body) = bench.call(post("/v1/chat/completions", STREAM_BOTH));
        assert_eq!(body, [ROLE, TEXT, STOP, DONE].concat(), "{failure:?}");
        assert_eq!(bench.line()["attempts"], 2);
    }
    // With nobody left, the upstream's own words are the answer.
    let bench = bench(vec![Script::events(sends(&[ROLE, error]))]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!(body, [ROLE, error].concat());
    assert_eq!(bench.line()["outcome"], "error");
}

#[test]
fn the_upstreams_own_failure_is_no_success() {
    let created = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\"}}\n\n";
    let delta = "event: response.output_text.delta\ndata: {\"delta\":\"a\"}\n\n";
    let failed =
        "event: response.failed\ndata: {\"response\":{\"status\":\"failed\",\"usage\":{\"input_tokens\":3}}}\n\n";
    let bench = bench(vec![Script::events(sends(&[created, delta, failed]))]);
    let (_, body) = bench.call(post("/v1/responses", r#"{"model":"openai/a","stream":true}"#));
    assert_eq!(body, [created, delta, failed].concat());
    let line = bench.line();
    assert_eq!((&line["outcome"], &line["error"], &line["in"]), (&json!("error"), &json!("upstream_error"), &json!(3)));
    // On a connection that stays open, the client is told once.
    let text = "event: content_block_delta\ndata: {\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n";
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n";
    let steps = vec![Step::Send(text), Step::Send(error), Step::Wait(Duration::from_secs(1000))];
    let bench = self::bench(vec![Script::events(steps)]);
    let (_, body) = bench.call(post("/v1/messages", r#"{"model":"claude/x","stream":true}"#));
    assert_eq!(body, [text, error].concat());
    assert_eq!(bench.world.elapsed(), Duration::from_secs(1));
    assert_eq!(bench.line()["outcome"], "error");
}

#[test]
fn a_stream_that_says_nothing_is_held_until_the_commit() {
    let quiet = Step::Wait(Duration::from_secs(12));
    let bench = bench(vec![Script::events(vec![
        Step::Send(ROLE),
        quiet,
        Step::Send(TEXT),
        Step::Send(STOP),
        Step::Send(DONE),
    ])]);
    run(&bench.world, async {
        let (_, mut body) = bench.gateway.handle(post("/v1/chat/completions", STREAM_BOTH)).await.into_parts();
        assert_eq!(bench.world.elapsed(), Duration::from_secs(10));
        assert_eq!(next(&mut body).await.as_deref(), Some(ROLE.as_bytes()));
        assert_eq!(next(&mut body).await.as_deref(), Some(TEXT.as_bytes()));
        assert_eq!(bench.world.elapsed(), Duration::from_secs(12));
        while next(&mut body).await.is_some() {}
    });
    // One that never says anything ends as an error, although it was committed.
    let bench = self::bench(vec![Script::events(vec![Step::Send(ROLE), Step::Wait(Duration::from_secs(1000))])]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM_BOTH));
    assert!(body.contains("upstream_timeout"), "{body}");
    assert_eq!(bench.world.elapsed(), Duration::from_secs(20));
}
