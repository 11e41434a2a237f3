//! One target after another, until one has an answer.

use std::time::Duration;

use gatelet_core::Unlimited;
use serde_json::{Value, json};

use crate::harness::{Bench, Script, Step, post};
use crate::{ANSWER, CHAT, CHAT_BOTH, CONFIG, ROLE, STREAM_BOTH, TEXT, bench, sends};

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
    for status in [400, 413, 422] {
        let bench = bench(vec![Script::json(status, r#"{"error":{"message":"no"}}"#)]);
        let (head, body) = bench.call(post("/v1/chat/completions", CHAT_BOTH));
        assert_eq!((head.status.as_u16(), body.as_str()), (status, r#"{"error":{"message":"no"}}"#));
    }
}

#[test]
fn a_target_that_lacks_the_model_or_the_money_is_passed_over() {
    for (status, body) in [
        (404, r#"{"error":{"message":"The model `a` does not exist","code":"model_not_found"}}"#),
        (403, r#"{"error":{"message":"You don't have access to the model"}}"#),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}"#,
        ),
        (409, "{}"),
    ] {
        let bench = bench(vec![Script::json(status, body), Script::json(200, ANSWER)]);
        let (head, answer) = bench.call(post("/v1/chat/completions", CHAT_BOTH));
        assert_eq!((head.status.as_u16(), answer.as_str()), (200, ANSWER), "{status} {body}");
    }
    // Where there is no other, a client is not told that its own key may not: it would throw the key away.
    let forbidden = r#"{"error":{"message":"You don't have access to the model"}}"#;
    let bench = bench(vec![Script::json(403, forbidden)]);
    let (head, answer) = bench.call(post("/v1/chat/completions", CHAT));
    assert_eq!(head.status.as_u16(), 404, "{answer}");
    assert!(answer.contains("You don't have access to the model"), "{answer}");
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
fn a_providers_other_key_stands_in() {
    let bench = bench(vec![Script::json(429, "{}"), Script::json(200, ANSWER)]);
    let (head, _) = bench.call(post("/v1/chat/completions", r#"{"model":"keys/a"}"#));
    assert_eq!(head.status.as_u16(), 200);
    let sent = bench.world.sent.borrow();
    assert_ne!(sent[0].0.headers()["authorization"], sent[1].0.headers()["authorization"]);
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
fn nothing_of_a_second_target_follows_a_firsts() {
    let bench = bench(vec![Script::events(vec![Step::Send(ROLE), Step::Send(TEXT), Step::Cut])]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM_BOTH));
    assert!(body.starts_with(&[ROLE, TEXT].concat()) && body.contains("upstream_truncated"), "{body}");
    assert_eq!(bench.line()["attempts"], 1);
}

#[test]
fn another_target_is_not_tried_past_the_deadline() {
    let config = CONFIG.replace("\"total\": \"300s\"", "\"total\": \"4s\"");
    let bench = Bench::new(Unlimited, &config, vec![Script::Hang]);
    let (head, _) = bench.call(post("/v1/chat/completions", CHAT_BOTH));
    assert_eq!(head.status.as_u16(), 504);
    assert_eq!(bench.world.elapsed(), Duration::from_secs(4));
}
