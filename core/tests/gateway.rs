//! A request's life, from its head to its last byte, against upstreams that misbehave.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test"
)]

mod harness;

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use gatelet_core::Unlimited;
use harness::{Bench, Incoming, Ledger, Script, Step, next, poll_once, post, run};
use http::Request;
use serde_json::{Value, json};

const CONFIG: &str = r#"{
    "timeouts": {"headers": "5s", "first_event": "20s", "idle": "40s", "commit": "10s", "total": "300s"},
    "providers": {
        "openai": {"api_key": "${OPENAI}"}, "claude": {"kind": "anthropic", "api_key": "${CLAUDE}"},
        "gemini": {"api_key": "${GEMINI}"}, "two": {"kind": "openai-compatible", "base_url": "http://two.example/v1", "dialects": ["chat", "responses"]},
        "keys": {"kind": "openai", "api_keys": ["${A}", "${B}"]}, "mock": {}
    },
    "models": {"both": {"targets": ["openai/a"], "fallbacks": ["two/b"]}}
}"#;

const CHAT: &str = r#"{"model":"openai/a","messages":[]}"#;
const CHAT_BOTH: &str = r#"{"model":"both","messages":[]}"#;
const STREAM: &str = r#"{"model":"openai/a","stream":true}"#;
const STREAM_BOTH: &str = r#"{"model":"both","stream":true}"#;
const ANSWER: &str =
    r#"{"id":"x","choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":9,"completion_tokens":3}}"#;

const ROLE: &str =
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
const TEXT: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn bench(scripts: Vec<Script>) -> Bench<Unlimited> {
    Bench::new(Unlimited, CONFIG, scripts)
}

fn sends(events: &[&'static str]) -> Vec<Step> {
    events.iter().map(|event| Step::Send(event)).collect()
}

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
        "complete": true, "attempts": 1, "first_byte_ms": 0.0, "total_ms": 0.0, "outcome": "done",
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
fn what_another_target_may_mend_is_another_targets() {
    for failure in [
        Script::Refuse,
        Script::Hang,
        Script::json(429, "{}"),
        Script::json(500, "{}"),
        Script::json(503, "oops"),
        Script::json(529, "{}"),
        Script::json(401, r#"{"error":"sk-canary"}"#),
        Script::json(403, "{}"),
        Script::json(302, ""),
        Script::json(200, "{\"choices\":[{"),
        Script::json(200, "<html>"),
        Script::json(200, r#"{"error":{"code":503}}"#),
        Script::Answer { status: 200, headers: vec![], steps: vec![Step::Send("{\"choices\""), Step::Cut] },
        Script::Answer { status: 200, headers: vec![("content-encoding", "gzip")], steps: sends(&["x"]) },
        Script::Answer {
            status: 200,
            headers: vec![],
            steps: vec![Step::Send("{"), Step::Wait(Duration::from_secs(50))],
        },
    ] {
        let bench = bench(vec![failure.clone(), Script::json(200, ANSWER)]);
        let (head, body) = bench.call(post("/v1/chat/completions", CHAT_BOTH));
        assert_eq!((head.status.as_u16(), body.as_str()), (200, ANSWER), "{failure:?}");
        let line = bench.line();
        assert_eq!(
            (&line["target"], &line["attempts"], &line["outcome"]),
            (&json!("two/b"), &json!(2), &json!("done"))
        );
        let bodies: Vec<_> = bench.world.sent.borrow().iter().map(|(_, body)| body.clone()).collect();
        assert_eq!(bodies, [&b"{\"model\":\"a\",\"messages\":[]}"[..], b"{\"model\":\"b\",\"messages\":[]}"]);
        assert_eq!(bench.world.open_upstreams.get(), 0);
    }
}

#[test]
fn the_clients_own_faults_are_not_tried_elsewhere() {
    for status in [400, 404, 413, 422] {
        let bench = bench(vec![Script::json(status, r#"{"error":{"message":"no"}}"#)]);
        let (head, body) = bench.call(post("/v1/chat/completions", CHAT_BOTH));
        assert_eq!((head.status.as_u16(), body.as_str()), (status, r#"{"error":{"message":"no"}}"#));
    }
}

#[test]
fn when_all_fail_the_client_is_told_in_its_dialect() {
    for (script, status, code) in [
        (Script::Refuse, 502, "upstream_error"),
        (Script::Hang, 504, "upstream_timeout"),
        (Script::json(307, ""), 502, "upstream_error"),
        (Script::json(200, "{"), 502, "upstream_invalid"),
        (
            Script::Answer { status: 200, headers: vec![], steps: vec![Step::Send("{"), Step::Cut] },
            502,
            "upstream_truncated",
        ),
    ] {
        let bench = bench(vec![script]);
        let (head, body) = bench.call(post("/v1/chat/completions", CHAT));
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((head.status.as_u16(), &body["error"]["code"]), (status, &json!(code)));
        assert_eq!(bench.line()["error"], code);
    }
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
fn a_providers_other_key_stands_in() {
    let bench = bench(vec![Script::json(429, "{}"), Script::json(200, ANSWER)]);
    let (head, _) = bench.call(post("/v1/chat/completions", r#"{"model":"keys/a"}"#));
    assert_eq!(head.status.as_u16(), 200);
    let sent = bench.world.sent.borrow();
    assert_ne!(sent[0].0.headers()["authorization"], sent[1].0.headers()["authorization"]);
}

#[test]
fn a_stream_is_relayed_byte_for_byte_but_for_the_usage_nobody_asked_for() {
    let odd = "data:{\"choices\":[{\"delta\":{\"content\":\"\\u00e9\",\"x\":1e3}}],\"big\":12345678901234567890}\r\n\r\n: note\n\n";
    let bench = bench(vec![Script::events(sends(&[ROLE, TEXT, odd, STOP, USAGE, DONE]))]);
    let (head, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!(body, [ROLE, TEXT, odd, STOP, DONE].concat());
    assert_eq!(head.headers["content-type"], "text/event-stream");
    assert!(!head.headers.contains_key("content-length"));
    assert_eq!(
        bench.world.sent.borrow()[0].1,
        r#"{"model":"a","stream":true,"stream_options":{"include_usage":true}}"#
    );
    let line = bench.line();
    assert_eq!(
        (&line["in"], &line["out"], &line["complete"], &line["stream"]),
        (&json!(9), &json!(3), &json!(true), &json!(true))
    );
}

#[test]
fn the_usage_chunk_stays_where_it_was_asked_for() {
    let bench = bench(vec![Script::events(sends(&[ROLE, TEXT, STOP, USAGE, DONE]))]);
    let body = r#"{"model":"openai/a","stream":true,"stream_options":{"include_usage":true}}"#;
    let (_, body) = bench.call(post("/v1/chat/completions", body));
    assert_eq!(body, [ROLE, TEXT, STOP, USAGE, DONE].concat());
}

#[test]
fn any_split_gives_the_client_the_same_bytes() {
    let whole: &'static str = Box::leak([ROLE, ": c\n\n", TEXT, "\r\n", STOP, USAGE, DONE].concat().into_boxed_str());
    let expected = [ROLE, ": c\n\n", TEXT, "\r\n", STOP, DONE].concat();
    for place in 0..=whole.len() {
        let bench = bench(vec![Script::events(vec![Step::Send(&whole[..place]), Step::Send(&whole[place..])])]);
        let (_, body) = bench.call(post("/v1/chat/completions", STREAM));
        assert_eq!(body, expected, "split at {place}");
        assert_eq!(bench.line()["outcome"], "done");
    }
}

#[test]
fn an_event_leaves_as_soon_as_it_has_come() {
    let minute = Step::Wait(Duration::from_secs(30));
    let bench = bench(vec![Script::events(vec![
        Step::Send(ROLE),
        Step::Send(TEXT),
        minute,
        Step::Send(STOP),
        Step::Send(DONE),
    ])]);
    run(&bench.world, async {
        let (_, mut body) = bench.gateway.handle(post("/v1/chat/completions", STREAM)).await.into_parts();
        assert_eq!(next(&mut body).await.as_deref(), Some(ROLE.as_bytes()));
        assert_eq!(next(&mut body).await.as_deref(), Some(TEXT.as_bytes()));
        assert_eq!(bench.world.elapsed(), Duration::ZERO);
        assert_eq!(next(&mut body).await.as_deref(), Some(&b": ping\n"[..]));
        assert_eq!(bench.world.elapsed(), Duration::from_secs(15));
        while next(&mut body).await.is_some() {}
    });
    assert_eq!(bench.line()["outcome"], "done");
}

#[test]
fn trap_14_a_broken_stream_ends_in_its_dialects_error() {
    let message_start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n";
    let text_delta = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n";
    let created = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"model\":\"a\",\"created_at\":7}}\n\n";
    let delta =
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n";
    let part = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}],\"usageMetadata\":{\"promptTokenCount\":9}}\n\n";
    let cases: [(&str, &str, Vec<&str>, &str); 4] = [
        ("/v1/chat/completions", STREAM, vec![ROLE, TEXT], "data: {\"error\":{"),
        (
            "/v1/messages",
            r#"{"model":"claude/x","stream":true}"#,
            vec![message_start, text_delta],
            "event: error\ndata: {\"type\":\"error\"",
        ),
        (
            "/v1/responses",
            r#"{"model":"openai/a","stream":true}"#,
            vec![created, delta],
            "event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":2,",
        ),
        ("/v1beta/models/gemini%2Fx:streamGenerateContent?alt=sse", "{}", vec![part], "data: {\"error\":{\"code\":50"),
    ];
    for (path, body, events, expected) in cases {
        for end in [Some(Step::Cut), None, Some(Step::Wait(Duration::from_secs(1000)))] {
            // Half an event behind the whole ones must not reach the client.
            let mut steps = sends(&events);
            steps.push(Step::Send("data: {\"hal"));
            let silent = matches!(end, Some(Step::Wait(_)));
            steps.extend(end);
            let bench = bench(vec![Script::events(steps)]);
            let (head, answer) = bench.call(post(path, body));
            assert_eq!(head.status.as_u16(), 200);
            let after = answer.strip_prefix(&events.concat()).unwrap_or_else(|| panic!("{answer}"));
            let after = if silent {
                after.rsplit_once(expected).map_or("", |(before, _)| &after[before.len()..])
            } else {
                after
            };
            assert!(after.starts_with(expected), "{after}");
            for end in ["[DONE]", "message_stop", "response.completed", "\"finish_reason\":\"", "finishReason"] {
                assert!(!after.contains(end), "{after}");
            }
            let line = bench.line();
            let outcome = if silent { ("error", "upstream_timeout") } else { ("upstream_cut", "upstream_truncated") };
            assert_eq!((line["outcome"].as_str(), line["error"].as_str()), (Some(outcome.0), Some(outcome.1)));
            assert_eq!(line["complete"], false);
            assert_eq!(bench.world.open_upstreams.get(), 0);
        }
    }
}

#[test]
fn trap_16_done_without_a_finish_reason_is_no_end() {
    let bench = bench(vec![Script::events(sends(&[ROLE, TEXT, DONE]))]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert!(!body.contains("[DONE]") && body.contains("upstream_truncated"), "{body}");
    let bench = self::bench(vec![Script::events(sends(&[ROLE, TEXT, STOP]))]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!(body, [ROLE, TEXT, STOP].concat());
    assert_eq!(bench.line()["outcome"], "done");
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
fn an_upstreams_words_are_worth_more_than_anothers_silence() {
    let limited = || Script::Answer {
        status: 429,
        headers: vec![("retry-after", "7"), ("x-request-id", "req_up")],
        steps: sends(&["{}"]),
    };
    for (scripts, target) in [(vec![limited(), Script::Refuse], "openai/a"), (vec![Script::Refuse, limited()], "two/b")]
    {
        let bench = bench(scripts);
        let (head, _) = bench.call(post("/v1/chat/completions", CHAT_BOTH));
        assert_eq!((head.status.as_u16(), &head.headers["retry-after"]), (429, &"7".parse().unwrap()));
        let line = bench.line();
        assert_eq!(
            (&line["target"], &line["upstream_id"], &line["attempts"]),
            (&json!(target), &json!("req_up"), &json!(2))
        );
    }
    // What one has said is not another's.
    let failed = Script::Answer { status: 500, headers: vec![("x-request-id", "req_up")], steps: sends(&["{}"]) };
    let bench = bench(vec![failed, Script::json(200, ANSWER)]);
    bench.call(post("/v1/chat/completions", CHAT_BOTH));
    assert_eq!(bench.line()["upstream_id"], Value::Null);
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
fn a_client_that_closes_behind_the_last_event_has_everything() {
    let steps = vec![
        Step::Send(TEXT),
        Step::Send(STOP),
        Step::Send(USAGE),
        Step::Send(DONE),
        Step::Wait(Duration::from_secs(5)),
    ];
    let bench = bench(vec![Script::events(steps.clone())]);
    run(&bench.world, async {
        let mut body = bench.gateway.handle(post("/v1/chat/completions", STREAM)).await.into_body();
        while next(&mut body).await.expect("an event") != DONE.as_bytes() {}
    });
    assert_eq!((&bench.line()["outcome"], &bench.line()["out"]), (&json!("done"), &json!(3)));
    // One that waits for the end does not wait long.
    let bench = self::bench(vec![Script::events(steps)]);
    bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!(bench.line()["outcome"], "done");
    assert_eq!(bench.world.elapsed(), Duration::from_secs(1));
}

#[test]
fn a_client_that_takes_its_time_is_no_silent_upstream() {
    let pause = Step::Wait(Duration::from_secs(1000));
    let bench = bench(vec![Script::events(vec![Step::Send(TEXT), pause, Step::Send(STOP), Step::Send(DONE)])]);
    let mut body = run(&bench.world, bench.gateway.handle(post("/v1/chat/completions", STREAM))).into_body();
    assert!(run(&bench.world, next(&mut body)).is_some());
    bench.world.pass(Duration::from_secs(200));
    // The wait begins now: the upstream is heard 40 s later at the latest, or it is silent.
    let mut pings = 0;
    let last = loop {
        let bytes = run(&bench.world, next(&mut body)).expect("bytes");
        if bytes != b": ping\n"[..] {
            break bytes;
        }
        pings += 1;
    };
    assert!(last.starts_with(b"data: {\"error\"") && pings > 0);
    assert_eq!(bench.world.elapsed(), Duration::from_secs(240));
}

#[test]
fn an_event_without_data_is_none() {
    let bench = bench(vec![Script::events(sends(&["data:\n\n", "event: x\ndata: \n\n", TEXT, STOP, DONE]))]);
    let (head, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!((head.status.as_u16(), body), (200, [TEXT, STOP, DONE].concat()));
}

#[test]
fn a_last_event_without_its_blank_line_gets_one() {
    let bench = bench(vec![Script::events(sends(&[TEXT, STOP, "data: [DONE]"]))]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!(body, [TEXT, STOP, "data: [DONE]\n\n"].concat());
    assert_eq!(bench.line()["outcome"], "done");
}

#[test]
fn names_that_are_no_names_stay_out_of_the_log() {
    let long: &'static str = Box::leak(format!("{{\"model\":\"{}\"}}", "x".repeat(1 << 20)).into_boxed_str());
    let bench = bench(vec![]);
    let (head, body) = bench.call(post("/v1/messages", long));
    assert_eq!(head.status.as_u16(), 400);
    assert!(body.len() < 400 && bench.line().to_string().len() < 1000);
    let bench = self::bench(vec![]);
    bench.call(post(&format!("/v1/{}", "x".repeat(60_000)), "{}"));
    assert!(bench.line().to_string().len() < 1500);
}

#[test]
fn nothing_of_a_second_target_follows_a_firsts() {
    let bench = bench(vec![Script::events(vec![Step::Send(ROLE), Step::Send(TEXT), Step::Cut])]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM_BOTH));
    assert!(body.starts_with(&[ROLE, TEXT].concat()) && body.contains("upstream_truncated"), "{body}");
    assert_eq!(bench.line()["attempts"], 1);
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

#[test]
fn geminis_array_is_relayed_and_stays_an_array_when_it_breaks() {
    let path = "/v1beta/models/gemini%2Fx:streamGenerateContent";
    let (first, last) = (
        "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n",
        ",\r\n{\"candidates\":[{\"finishReason\":\"STOP\"}]}\n]\n",
    );
    let json = || vec![("content-type", "application/json")];
    let script = |steps| Script::Answer { status: 200, headers: json(), steps };
    let bench = bench(vec![script(sends(&[first, last]))]);
    let (_, body) = bench.call(post(path, "{}"));
    assert_eq!(body, [first, last].concat());
    assert_eq!(bench.line()["outcome"], "done");
    let bench = self::bench(vec![script(vec![Step::Send(first), Step::Send(",{\"cand"), Step::Cut])]);
    let (_, body) = bench.call(post(path, "{}"));
    let elements: Vec<Value> = serde_json::from_str(&body).unwrap();
    assert_eq!((elements.len(), &elements[1]["error"]["code"]), (2, &json!(502)));
    // An array that is closed without having finished.
    let bench = self::bench(vec![script(sends(&[first, "\n]\n"]))]);
    let (_, body) = bench.call(post(path, "{}"));
    let elements: Vec<Value> = serde_json::from_str(&body).unwrap();
    assert_eq!((elements.len(), &elements[1]["error"]["code"]), (2, &json!(502)));
    // The gateway's own errors are an array too.
    let bench = self::bench(vec![]);
    let (head, body) = bench.call(post("/v1beta/models/nobody:streamGenerateContent", "{}"));
    let elements: Vec<Value> = serde_json::from_str(&body).unwrap();
    assert_eq!((head.status.as_u16(), &elements[0]["error"]["status"]), (404, &json!("NOT_FOUND")));
}

#[test]
fn comments_do_not_reach_gemini_clients() {
    let end = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\"}]}\n\n";
    let bench = bench(vec![Script::events(sends(&[": hello\n\n", "data: : keepalive\n\n", end]))]);
    let (_, body) = bench.call(post("/v1beta/models/gemini%2Fx:streamGenerateContent?alt=sse", "{}"));
    assert_eq!(body, format!("\n{end}"));
}

#[test]
fn a_client_that_leaves_is_accounted_for_once() {
    // Before the answer's head.
    let bench = bench(vec![Script::Hang]);
    {
        let mut handling = pin!(bench.gateway.handle(post("/v1/chat/completions", CHAT)));
        assert!(poll_once(handling.as_mut()).is_pending());
    }
    assert_eq!(bench.line()["outcome"], "client_gone");
    // While its body is being read.
    let bench = self::bench(vec![]);
    {
        let request = Request::post("/v1/chat/completions").header("host", "localhost").body(Incoming::Never).unwrap();
        let mut handling = pin!(bench.gateway.handle(request));
        assert!(poll_once(handling.as_mut()).is_pending());
    }
    assert_eq!(bench.line()["outcome"], "client_gone");
    // By breaking off in the middle of it.
    let bench = self::bench(vec![]);
    bench.call(Request::post("/v1/messages").header("host", "localhost").body(Incoming::Broken).unwrap());
    assert_eq!(bench.line()["outcome"], "client_gone");
    // In the middle of a stream: the upstream closes, and what it told of its usage counts.
    let usage = "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}\n\n";
    let bench = self::bench(vec![Script::events(vec![
        Step::Send(TEXT),
        Step::Send(usage),
        Step::Wait(Duration::from_secs(30)),
    ])]);
    {
        let mut handling = pin!(bench.gateway.handle(post("/v1/chat/completions", STREAM)));
        let Poll::Ready(answer) = poll_once(handling.as_mut()) else { panic!("the head is there") };
        let mut body = answer.into_body();
        for _ in 0..2 {
            assert!(poll_once(pin!(next(&mut body))).is_ready());
        }
        assert!(poll_once(pin!(next(&mut body))).is_pending());
        assert_eq!(bench.world.open_upstreams.get(), 1);
    }
    assert_eq!(bench.world.open_upstreams.get(), 0);
    let line = bench.line();
    assert_eq!((&line["outcome"], &line["in"], &line["complete"]), (&json!("client_gone"), &json!(9), &json!(false)));
}

#[test]
fn a_stream_that_the_host_has_to_stop_ends_in_an_error_event() {
    let bench =
        bench(vec![Script::events(vec![Step::Send(ROLE), Step::Send(TEXT), Step::Wait(Duration::from_secs(30))])]);
    let text = run(&bench.world, async {
        let mut body = bench.gateway.handle(post("/v1/chat/completions", STREAM)).await.into_body();
        let mut text = String::new();
        for _ in 0..2 {
            text.push_str(std::str::from_utf8(&next(&mut body).await.expect("an event")).expect("UTF-8"));
        }
        body.interrupt();
        assert_eq!(bench.world.open_upstreams.get(), 0);
        while let Some(bytes) = next(&mut body).await {
            text.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
        }
        text
    });
    let (before, after) = text.split_once("data: {\"error\"").expect("an error event");
    assert_eq!(before, [ROLE, TEXT].concat());
    assert!(after.contains("gateway_stopping"), "{after}");
    assert_eq!((&bench.line()["outcome"], &bench.line()["error"]), (&json!("error"), &json!("gateway_stopping")));
    // One that has no answer yet is not its client's doing either.
    let bench = self::bench(vec![Script::Hang]);
    {
        let mut handling = pin!(bench.gateway.handle(post("/v1/chat/completions", CHAT)));
        assert!(poll_once(handling.as_mut()).is_pending());
        bench.gateway.stop();
    }
    assert_eq!((&bench.line()["outcome"], &bench.line()["error"]), (&json!("error"), &json!("gateway_stopping")));
    // If there is time it is told so, in its dialect.
    let bench = self::bench(vec![Script::Hang, Script::Hang]);
    let claude = r#"{"model":"claude/a","messages":[]}"#;
    for (path, asked, word) in
        [("/v1/chat/completions", CHAT, "gateway_stopping"), ("/v1/messages", claude, "overloaded_error")]
    {
        let stop = std::cell::Cell::new(false);
        let stopped = std::future::poll_fn(|_| if stop.get() { Poll::Ready(()) } else { Poll::Pending });
        let mut handling = pin!(bench.gateway.handle_until(post(path, asked), stopped));
        assert!(poll_once(handling.as_mut()).is_pending());
        stop.set(true);
        let Poll::Ready(answer) = poll_once(handling.as_mut()) else { panic!("it goes on waiting") };
        assert_eq!(answer.status(), 503);
        let body = run(&bench.world, next(&mut answer.into_body())).expect("a body");
        assert!(String::from_utf8_lossy(&body).contains(word), "{body:?}");
    }
    let lines = bench.world.lines.borrow();
    assert_eq!(lines.len(), 2);
    for line in lines.iter() {
        let said = (&line["status"], &line["outcome"], &line["error"]);
        assert_eq!(said, (&json!(503), &json!("error"), &json!("gateway_stopping")));
    }
}

#[test]
fn a_reservation_ends_exactly_once_on_every_path() {
    let failures: [(Vec<Script>, &str); 4] = [
        (vec![Script::json(200, ANSWER)], CHAT),
        (vec![Script::Refuse], CHAT),
        (vec![Script::events(sends(&[TEXT, STOP, USAGE, DONE]))], STREAM),
        (vec![Script::events(vec![Step::Send(TEXT), Step::Cut])], STREAM),
    ];
    for (scripts, request) in failures {
        let ledger = Ledger::default();
        let bench = Bench::new(ledger.clone(), CONFIG, scripts);
        bench.call(post("/v1/chat/completions", request));
        let endings: Vec<_> = bench.world.endings.borrow_mut().drain(..).collect();
        assert_eq!((ledger.admitted.get(), endings.len()), (1, 1));
        assert!(bench.world.lines.borrow().is_empty(), "the line comes with the settlement");
        for ending in endings {
            run(&bench.world, bench.gateway.finish(ending));
        }
        assert_eq!(ledger.settled.borrow().len(), 1);
        let line = bench.line();
        let known = line["in"].as_u64().unwrap_or(0);
        assert_eq!(ledger.settled.borrow()[0].usage.input, known);
    }
    // Dropped at an await.
    let ledger = Ledger::default();
    let bench = Bench::new(ledger.clone(), CONFIG, vec![Script::Hang]);
    {
        let mut handling = pin!(bench.gateway.handle(post("/v1/chat/completions", CHAT)));
        assert!(poll_once(handling.as_mut()).is_pending());
    }
    assert_eq!((ledger.admitted.get(), bench.world.endings.borrow().len()), (1, 1));
    // Denied: nothing is held, so nothing ends.
    let ledger = Ledger { deny: true, ..Ledger::default() };
    let bench = Bench::new(ledger.clone(), CONFIG, vec![]);
    let (head, body) = bench.call(post("/v1/chat/completions", CHAT));
    assert_eq!((head.status.as_u16(), &head.headers["retry-after"]), (429, &"17".parse().unwrap()));
    assert!(body.contains("rate_limit_exceeded"), "{body}");
    assert!(bench.world.endings.borrow().is_empty());
    assert_eq!(bench.line()["error"], "rate_limit_exceeded");
}

#[test]
fn a_bug_ends_its_own_request_in_its_dialect() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let bench = bench(vec![]);
    let (head, body) = bench.call(post("/v1/messages", r#"{"model":"mock/panic"}"#));
    let line = bench.line();
    let stream = self::bench(vec![]);
    let (stream_head, stream_body) =
        stream.call(post("/v1/messages", r#"{"model":"mock/panic-stream","stream":true}"#));
    std::panic::set_hook(hook);
    assert_eq!(head.status.as_u16(), 500);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["error"], json!({"type": "api_error", "message": "the gateway has failed"}));
    assert_eq!(
        (&line["outcome"], &line["error"], &line["status"]),
        (&json!("error"), &json!("internal_error"), &json!(500))
    );
    assert_eq!(stream_head.status.as_u16(), 200);
    let (before, after) = stream_body.split_once("event: error\n").expect("an error event");
    assert!(
        before.contains("text_delta")
            && after.starts_with("data: {\"type\":\"error\"")
            && !after.contains("message_stop")
    );
    assert_eq!((&stream.line()["outcome"], &stream.line()["error"]), (&json!("error"), &json!("internal_error")));
}

#[test]
fn the_mock_answers_everything_and_always_the_same() {
    let cases = [
        ("/v1/chat/completions", r#"{"model":"mock/x","messages":[{"role":"user","content":"ping pong"}]}"#),
        (
            "/v1/chat/completions",
            r#"{"model":"mock/x","stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"ping pong"}]}]}"#,
        ),
        ("/v1/responses", r#"{"model":"mock/x","input":"ping pong"}"#),
        ("/v1/responses", r#"{"model":"mock/x","stream":true,"input":"ping pong"}"#),
        ("/v1/messages", r#"{"model":"mock/x","messages":[{"role":"user","content":"ping pong"}]}"#),
        ("/v1/messages", r#"{"model":"mock/x","stream":true,"messages":[{"role":"user","content":"ping pong"}]}"#),
        ("/v1beta/models/mock%2Fx:generateContent", r#"{"contents":[{"parts":[{"text":"ping pong"}]}]}"#),
        ("/v1beta/models/mock%2Fx:streamGenerateContent?alt=sse", r#"{"contents":[{"parts":[{"text":"ping pong"}]}]}"#),
        ("/v1beta/models/mock%2Fx:streamGenerateContent", r#"{"contents":[{"parts":[{"text":"ping pong"}]}]}"#),
        ("/v1/embeddings", r#"{"model":"mock/x","input":["a","b"],"encoding_format":"base64"}"#),
        ("/v1/messages/count_tokens", r#"{"model":"mock/x","messages":[{"role":"user","content":"ping pong"}]}"#),
        ("/v1/responses/input_tokens", r#"{"model":"mock/x","input":"ping pong"}"#),
        ("/v1beta/models/mock%2Fx:countTokens", r#"{"contents":[{"parts":[{"text":"ping pong"}]}]}"#),
        ("/v1beta/models/mock%2Fx:embedContent", r#"{"content":{"parts":[{"text":"ping pong"}]}}"#),
        (
            "/v1beta/models/mock%2Fx:batchEmbedContents",
            r#"{"requests":[{"content":{"parts":[{"text":"ping pong"}]}}]}"#,
        ),
    ];
    for (path, body) in cases {
        let first = bench(vec![]);
        let (head, answer) = first.call(post(path, body));
        assert_eq!(head.status.as_u16(), 200, "{path} {answer}");
        assert_eq!(first.line()["outcome"], "done", "{path}");
        assert_eq!(bench(vec![]).call(post(path, body)).1, answer, "{path}");
        if !path.contains("mbed") && !path.contains("okens") {
            assert!(answer.contains("ping ") && answer.contains("pong"), "{path} {answer}");
            assert!(first.line()["out"].as_u64().is_some_and(|tokens| tokens > 5), "{path}");
        }
    }
}

#[test]
fn bad_requests_are_told_what_is_wrong_in_their_dialect() {
    let deep: &'static str =
        Box::leak(format!("{{\"model\":\"a\",\"x\":{}{}}}", "[".repeat(70), "]".repeat(70)).into_boxed_str());
    for (path, body, status, says) in [
        ("/v1/chat/completions", "{", 400, "not JSON"),
        ("/v1/chat/completions", "", 400, "empty"),
        ("/v1/chat/completions", "{}", 400, "\"param\":\"model\""),
        ("/v1/chat/completions", deep, 400, "deeper than 64"),
        ("/v1/messages", "{}", 400, "model: "),
        ("/v1/chat/completions", r#"{"model":"nobody/x"}"#, 404, "model_not_found"),
        ("/v1/messages", r#"{"model":"openai/x"}"#, 400, "dialects: chat, responses"),
        ("/v1beta/models/nobody:generateContent", "{}", 404, "NOT_FOUND"),
        ("/v1beta/models/:generateContent", "{}", 400, "INVALID_ARGUMENT"),
        ("/v1beta/models/mock%2Fx:generateContent?fields=candidates", "{}", 400, "`fields`"),
        ("/v1/nothing", "{}", 404, "no such endpoint"),
    ] {
        let bench = bench(vec![]);
        let (head, answer) = bench.call(post(path, body));
        assert_eq!(head.status.as_u16(), status, "{path} {answer}");
        assert!(answer.contains(says), "{path} {answer}");
        assert_eq!(bench.line()["outcome"], "error");
    }
    let bench = bench(vec![]);
    let encoded = Request::post("/v1/messages").header("host", "localhost").header("content-encoding", "gzip");
    let (head, _) = bench.call(encoded.body(Incoming::Never).unwrap());
    assert_eq!(head.status.as_u16(), 415);
    let small = r#"{"server":{"max_body":10},"providers":{"mock":{}}}"#;
    let pieces = Incoming::Pieces(vec!["{\"model\"".into(), ":\"mock/x\"}".into()].into());
    let bench = Bench::new(Unlimited, small, vec![]);
    let (head, body) = bench.call(Request::post("/v1/messages").header("host", "localhost").body(pieces).unwrap());
    assert_eq!(head.status.as_u16(), 413);
    assert!(body.contains("request_too_large"), "{body}");
    let declared = Request::post("/v1/messages").header("host", "localhost").header("content-length", "11");
    assert_eq!(
        Bench::new(Unlimited, small, vec![]).call(declared.body(Incoming::Never).unwrap()).0.status.as_u16(),
        413
    );
    let bench = self::bench(vec![]);
    let slow = Request::post("/v1/messages").header("host", "localhost").body(Incoming::Never).unwrap();
    assert_eq!(bench.call(slow).0.status.as_u16(), 408);
    assert_eq!(bench.world.elapsed(), Duration::from_secs(30));
}

#[test]
fn a_gateway_without_settings_says_so_and_nothing_more() {
    let bench = Bench::new(Unlimited, r#"{"providers":{"openai":{"api_key":"sk-canary"}}}"#, vec![]);
    for path in ["/v1/messages", "/health", "/v1/chat/completions", "/v1beta/models/x:generateContent"] {
        let (head, body) = bench.call(post(path, "{}"));
        assert_eq!(head.status.as_u16(), 500);
        assert!(body.contains("gateway misconfigured") && !body.contains("canary"), "{body}");
    }
}

#[test]
fn keys_open_the_gateway_and_nothing_else_does() {
    // The SHA-256 of "glt_test".
    let config = r#"{"server":{"cors_origins":["https://app.example"]},"providers":{"mock":{}},
        "keys":{"team":{"sha256":"HASH","models":["mock/a*"]}}}"#;
    let config = config.replace("HASH", &gatelet_core::policy::keys::KeyHash::of(b"glt_test").to_string());
    let ask = |build: http::request::Builder| {
        let bench = Bench::new(Unlimited, &config, vec![]);
        let body = Incoming::Whole(Some(r#"{"model":"mock/a"}"#.into()));
        let (head, text) = bench.call(build.body(body).unwrap());
        (head, text, bench.line())
    };
    let to = |path: &str| Request::post(path.to_owned());
    let (head, _, line) = ask(to("/v1/messages").header("x-api-key", "glt_test"));
    assert_eq!((head.status.as_u16(), &line["key"]), (200, &json!("team")));
    assert_eq!(ask(to("/v1/messages").header("authorization", "Bearer glt_test")).0.status.as_u16(), 200);
    assert_eq!(ask(to("/v1beta/models/mock%2Fa:generateContent?key=glt_test")).0.status.as_u16(), 200);
    assert_eq!(ask(to("/v1beta/models/mock%2Fb:generateContent?key=glt_test")).0.status.as_u16(), 403);
    assert_eq!(ask(to("/v1/messages?key=glt_test")).0.status.as_u16(), 401);
    for credential in ["", "glt_other", "glt_test2", "x"] {
        let (head, body, line) = ask(to("/v1/messages").header("x-api-key", credential));
        assert_eq!((head.status.as_u16(), &line["error"]), (401, &json!("invalid_api_key")));
        assert!(body.contains("authentication_error"), "{body}");
    }
    let two = to("/v1/messages").header("x-api-key", "glt_test").header("authorization", "Bearer glt_other");
    assert_eq!(ask(two).0.status.as_u16(), 400);
    let (head, ..) = ask(Request::get("/health"));
    assert_eq!(head.status.as_u16(), 200);
    let preflight = Request::options("/v1/messages")
        .header("origin", "https://app.example")
        .header("access-control-request-headers", "x-api-key");
    let (head, ..) = ask(preflight);
    assert_eq!(
        (head.status.as_u16(), &head.headers["access-control-allow-origin"]),
        (204, &"https://app.example".parse().unwrap())
    );
    let (head, ..) = ask(Request::options("/v1/messages").header("origin", "https://evil.example"));
    assert!(head.status.as_u16() == 405 || head.status.as_u16() == 401);
    assert!(!head.headers.contains_key("access-control-allow-origin"));
}

#[test]
fn head_is_answered_wherever_get_is() {
    for path in ["/health", "/v1/models", "/v1/models/mock/x", "/api/hello"] {
        let ask = |method: &str| {
            let request = Request::builder().method(method).uri(path).header("host", "localhost");
            bench(vec![]).call(request.body(Incoming::Whole(None)).unwrap())
        };
        let (get, body) = ask("GET");
        let (head, nothing) = ask("HEAD");
        assert_eq!((head.status, nothing.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.headers["content-length"], body.len().to_string().as_str());
    }
}

#[test]
fn another_target_is_not_tried_past_the_deadline() {
    let config = CONFIG.replace("\"total\": \"300s\"", "\"total\": \"4s\"");
    let bench = Bench::new(Unlimited, &config, vec![Script::Hang]);
    let (head, _) = bench.call(post("/v1/chat/completions", CHAT_BOTH));
    assert_eq!(head.status.as_u16(), 504);
    assert_eq!(bench.world.elapsed(), Duration::from_secs(4));
}
