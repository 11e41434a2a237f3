//! Cohere: its compatibility API for chat, its own for embeddings.

use serde_json::{Value, json};

use crate::harness::{Script, post};
use crate::{ANSWER, bench};

const CHAT: &str = r#"{"model":"cohere/command-a-03-2025","n":1,"store":false,"parallel_tool_calls":true,"modalities":["text"],"messages":[{"role":"user","content":"hi"}]}"#;

#[test]
fn chat_is_relayed_without_what_is_refused() {
    let bench = bench(vec![Script::json(200, ANSWER)]);
    let (head, body) = bench.call(post("/v1/chat/completions", CHAT));
    assert_eq!(body, ANSWER);
    assert_eq!(head.headers["x-gatelet-adjusted"], "store=dropped, parallel_tool_calls=dropped");
    let sent = bench.world.sent.borrow();
    assert_eq!(sent[0].0.uri(), "https://api.cohere.com/compatibility/v1/chat/completions");
    assert_eq!(sent[0].0.headers()["authorization"], "Bearer canary-COHERE");
    let asked: Value = serde_json::from_slice(&sent[0].1).unwrap();
    assert_eq!(asked, json!({"model": "command-a-03-2025", "messages": [{"role": "user", "content": "hi"}]}));
}

#[test]
fn what_would_change_the_answer_it_refuses_itself() {
    let refusal = r#"{"id":"3039bcc8","message":"unprocessable entity: n is not supported"}"#;
    let bench = bench(vec![Script::json(422, refusal)]);
    let request = r#"{"model":"cohere/command-a-03-2025","n":2,"messages":[]}"#;
    let (head, body) = bench.call(post("/v1/chat/completions", request));
    assert_eq!((head.status.as_u16(), body.as_str()), (422, refusal));
    let asked: Value = serde_json::from_slice(&bench.world.sent.borrow()[0].1).unwrap();
    assert_eq!(asked["n"], 2);
}

#[test]
fn other_dialects_are_told_what_it_lacks() {
    let bench = bench(vec![Script::json(200, ANSWER)]);
    let request = r#"{"model":"cohere/command-a-reasoning-08-2025","input":[{"role":"developer","content":"Be brief."},{"role":"user","content":"hi"}],"temperature":1.5,"store":true,"reasoning":{"effort":"medium"},"metadata":{"a":"b"}}"#;
    let (head, _) = bench.call(post("/v1/responses", request));
    assert_eq!(head.status, 200);
    let told = head.headers["x-gatelet-adjusted"].to_str().unwrap();
    for part in ["temperature=clamped:1.5>1", "metadata=dropped", "reasoning.effort=clamped:medium>high"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let asked: Value = serde_json::from_slice(&bench.world.sent.borrow()[0].1).unwrap();
    assert_eq!(
        (&asked["messages"][0]["role"], &asked["temperature"], &asked["reasoning_effort"], asked.get("store")),
        (&json!("developer"), &json!(1), &json!("high"), None)
    );
}

#[test]
fn embeddings_are_its_own() {
    let answer = r#"{"id":"i","embeddings":{"float":[[1,-0.5]]},"texts":["a"],"response_type":"embeddings_by_type","meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":3}}}"#;
    let bench = bench(vec![Script::json(200, answer)]);
    let request = r#"{"model":"cohere/embed-v4.0","input":"a","dimensions":256,"encoding_format":"base64"}"#;
    let (head, body) = bench.call(post("/v1/embeddings", request));
    assert_eq!(head.headers["x-gatelet-adjusted"], "input=approximated:search_document");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["data"][0]["embedding"], &body["usage"]["prompt_tokens"]), (&json!("AACAPwAAAL8="), &json!(3)));
    let sent = bench.world.sent.borrow();
    assert_eq!(sent[0].0.uri(), "https://api.cohere.com/v2/embed");
    let asked: Value = serde_json::from_slice(&sent[0].1).unwrap();
    let expected = json!({"model": "embed-v4.0", "texts": ["a"], "input_type": "search_document", "embedding_types": ["float"],
        "output_dimension": 256, "truncate": "NONE"});
    assert_eq!(asked, expected);
    let line = bench.line();
    assert_eq!((&line["in"], &line["upstream_dialect"]), (&json!(3), &json!("chat")));
}

#[test]
fn a_length_that_a_model_has_not_is_refused_by_its_name() {
    let bench = bench(vec![]);
    let request = r#"{"model":"cohere/embed-english-v3.0","input":"a","dimensions":256}"#;
    let (head, body) = bench.call(post("/v1/embeddings", request));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((head.status.as_u16(), &body["error"]["param"]), (400, &json!("dimensions")));
}

#[test]
fn its_refusal_is_told_in_openais_shape() {
    let bench = bench(vec![Script::json(
        400,
        r#"{"id":"x","message":"invalid request: total number of texts must be at most 96"}"#,
    )]);
    let (head, body) = bench.call(post("/v1/embeddings", r#"{"model":"cohere/embed-v4.0","input":"a"}"#));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(head.status, 400);
    assert_eq!(body["error"]["message"], "invalid request: total number of texts must be at most 96");
}
