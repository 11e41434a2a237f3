//! The upstreams' own lists of their models: `GET /v1/models?source=upstream`.

use std::time::Duration;

use bytes::Bytes;
use gatelet_core::Unlimited;
use http::Request;
use serde_json::{Value, json};

use crate::harness::{Bench, Incoming, Script, Step};

const CONFIG: &str = r#"{"providers":{
    "a-claude":{"kind":"anthropic","api_key":"${CLAUDE}"},
    "b-groq":{"kind":"groq","api_key":"${GROQ}"},
    "c-google":{"kind":"gemini","api_key":"${GOOGLE}"},
    "d-local":{"kind":"ollama"}}}"#;

const CLAUDE_1: &str = r#"{"data":[{"type":"model","id":"claude-opus-5"}],"has_more":true,"last_id":"claude-opus-5"}"#;
const CLAUDE_2: &str = r#"{"data":[{"type":"model","id":"claude-haiku-5"}],"has_more":false}"#;
const GROQ: &str = r#"{"object":"list","data":[{"id":"z"},{"id":"openai/gpt-oss-120b"},{"id":"z"}]}"#;
const GOOGLE: &str = r#"{"models":[{"name":"models/gemini-3-pro"}]}"#;
const LOCAL: &str = r#"{"object":"list","data":null}"#;

fn bench(config: &str, scripts: Vec<Script>) -> Bench<Unlimited> {
    Bench::new(Unlimited, config, scripts)
}

fn good(body: &'static str) -> Script {
    Script::json(200, body)
}

fn get(path: &str, headers: &[(&'static str, &str)]) -> Request<Incoming> {
    let request = headers
        .iter()
        .fold(Request::get(path).header("host", "localhost"), |request, (name, value)| request.header(*name, *value));
    request.body(Incoming::Whole(Some(Bytes::new()))).expect("a request")
}

fn ids(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).expect("JSON");
    let listed = body["data"].as_array().cloned().unwrap_or_default();
    listed.iter().map(|model| model["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn each_provider_is_asked_and_what_it_tells_is_listed_behind_its_name() {
    // The first pages go out together, the second one when the first is there.
    let scripts =
        vec![good(CLAUDE_1), good(CLAUDE_2), good(GROQ), good(GOOGLE), good(r#"{"data":[{"id":"llama3:8b"}]}"#)];
    let bench = bench(CONFIG, scripts);
    let (head, body) = bench.call(get("/v1/models?source=upstream", &[]));
    assert_eq!(head.status, 200);
    assert!(head.headers.get("x-gatelet-incomplete").is_none());
    assert_eq!(
        ids(&body),
        [
            "a-claude/claude-haiku-5",
            "a-claude/claude-opus-5",
            "b-groq/openai/gpt-oss-120b",
            "b-groq/z",
            "c-google/gemini-3-pro",
            "d-local/llama3:8b"
        ]
    );
    let sent = bench.world.sent.borrow();
    let uris: Vec<String> = sent.iter().map(|(request, _)| request.uri().to_string()).collect();
    assert_eq!(
        uris,
        [
            "https://api.anthropic.com/v1/models?limit=1000",
            "https://api.anthropic.com/v1/models?limit=1000&after_id=claude-opus-5",
            "https://api.groq.com/openai/v1/models",
            "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000",
            "http://127.0.0.1:11434/v1/models",
        ]
    );
    assert!(sent.iter().all(|(request, body)| request.method() == "GET" && body.is_empty()));
    assert_eq!(sent[0].0.headers()["anthropic-version"], "2023-06-01");
    assert_eq!(sent[0].0.headers()["x-api-key"], "canary-CLAUDE");
    assert_eq!(sent[2].0.headers()["authorization"], "Bearer canary-GROQ");
    assert!(sent[2].0.headers().get("anthropic-version").is_none());
    let line = bench.line();
    let told = ["status", "outcome", "attempts", "cost_micros"].map(|name| line[name].clone());
    assert_eq!(told, [json!(200), json!("done"), json!(0), json!(0)]);
}

#[test]
fn one_that_fails_hides_no_other() {
    let refused = Script::json(401, r#"{"error":{"message":"invalid x-api-key canary-CLAUDE"}}"#);
    let bench = bench(CONFIG, vec![refused, Script::Hang, good(GOOGLE), Script::Refuse]);
    let (head, body) = bench.call(get("/v1/models?source=upstream", &[]));
    assert_eq!((head.status.as_u16(), ids(&body)), (200, vec!["c-google/gemini-3-pro".to_owned()]));
    assert_eq!(head.headers["x-gatelet-incomplete"], "a-claude, b-groq, d-local");
    assert_eq!(bench.world.elapsed(), Duration::from_secs(10), "nobody is waited for longer");
    let line = bench.line();
    assert_eq!(line["outcome"], "done");
    assert_eq!(
        line["reason"],
        "provider a-claude refused the gateway's credential; provider b-groq did not tell its models in time; \
         provider d-local could not be reached"
    );
    assert!(!line.to_string().contains("canary"));
}

#[test]
fn what_is_no_list_is_a_failure_too() {
    let large: &'static str = Box::leak("x".repeat(1 << 20).into_boxed_str());
    let moved = Script::Answer { status: 302, headers: vec![("location", "http://evil.example/")], steps: vec![] };
    for (broken, told) in [
        (good("<html>"), "provider b-groq: its list of models is not whole JSON"),
        (good(LOCAL), "provider b-groq: its answer holds no list of models"),
        (moved, "provider b-groq answered with a redirect, which is not followed"),
        (Script::json(503, "busy"), "provider b-groq answered with status 503"),
        (
            Script::Answer { status: 200, headers: vec![("content-encoding", "gzip")], steps: vec![] },
            "provider b-groq answered with a content-encoding, though none was accepted",
        ),
        (
            Script::Answer { status: 200, headers: vec![], steps: vec![Step::Send(large); 9] },
            "provider b-groq has a list of models of more than 8388608 bytes",
        ),
        (
            Script::Answer { status: 200, headers: vec![], steps: vec![Step::Send("{"), Step::Cut] },
            "provider b-groq broke off in its list of models",
        ),
    ] {
        let bench = bench(CONFIG, vec![good(CLAUDE_2), broken, good(GOOGLE), good(r#"{"data":[]}"#)]);
        let (head, body) = bench.call(get("/v1/models?source=upstream", &[]));
        assert_eq!(head.headers["x-gatelet-incomplete"], "b-groq");
        assert_eq!(ids(&body), ["a-claude/claude-haiku-5", "c-google/gemini-3-pro"]);
        assert_eq!(bench.line()["reason"], told);
    }
}

#[test]
fn pages_that_were_read_before_a_failure_stay() {
    let failed = Script::json(500, "{}");
    let bench = bench(CONFIG, vec![good(CLAUDE_1), failed, good(GROQ), good(GOOGLE), good(r#"{"data":[]}"#)]);
    let (head, body) = bench.call(get("/v1/models?source=upstream", &[]));
    assert_eq!(head.headers["x-gatelet-incomplete"], "a-claude");
    assert_eq!(ids(&body)[0], "a-claude/claude-opus-5");
}

#[test]
fn where_nobody_tells_anything_that_is_an_error() {
    let bench = bench(CONFIG, vec![Script::Refuse, Script::Refuse, Script::Refuse, Script::Refuse]);
    let (head, body) = bench.call(get("/v1/models?source=upstream", &[]));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(head.status, 502);
    assert_eq!(body["error"]["message"], "no provider has told its models: a-claude, b-groq, c-google, d-local");
    assert!(bench.line()["reason"].as_str().unwrap().contains("provider d-local could not be reached"));
}

#[test]
fn each_dialect_has_the_list_in_its_shape_and_whole() {
    let many: Vec<String> = (0..120).map(|number| format!(r#"{{"id":"m{number:03}"}}"#)).collect();
    let many: &'static str = Box::leak(format!(r#"{{"data":[{}]}}"#, many.join(",")).into_boxed_str());
    let config = r#"{"providers":{"p":{"kind":"ollama"}}}"#;
    let answered = |path: &str, headers: &[(&'static str, &str)]| -> Value {
        let bench = bench(config, vec![good(many)]);
        let (head, body) = bench.call(get(path, headers));
        assert_eq!(head.status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    };
    let chat = answered("/v1/models?source=upstream", &[]);
    assert_eq!((&chat["data"][119]["id"], &chat["data"][0]["owned_by"]), (&json!("p/m119"), &json!("p")));
    let messages = answered("/v1/models?source=upstream", &[("anthropic-version", "2023-06-01")]);
    assert_eq!((messages["data"].as_array().map(Vec::len), &messages["has_more"]), (Some(120), &json!(false)));
    let page = answered("/v1/models?limit=2&source=upstream", &[("anthropic-version", "2023-06-01")]);
    assert_eq!((&page["last_id"], &page["has_more"]), (&json!("p/m001"), &json!(true)));
    let gemini = answered("/v1beta/models?source=upstream", &[]);
    assert_eq!(gemini["models"][119]["name"], "models/p/m119");
    assert!(gemini.get("nextPageToken").is_none());
}

#[test]
fn only_who_the_key_may_use_is_asked_and_only_what_it_may_use_is_shown() {
    let key = "glt_canary";
    let hash = gatelet_core::policy::keys::KeyHash::of(key.as_bytes()).to_string();
    for (patterns, scripts, expected) in [
        (r#"["b-groq/z*"]"#, vec![good(GROQ)], &["b-groq/z"][..]),
        (r#"["b-groq/z","c-google/nothing"]"#, vec![good(GROQ), good(GOOGLE)], &["b-groq/z"]),
        // A bare name that leads to the same.
        (r#"["claude-haiku-*"]"#, vec![good(CLAUDE_1), good(CLAUDE_2)], &["claude-haiku-5"]),
        (r#"["nobody/*"]"#, vec![], &[]),
    ] {
        let config = format!(
            r#"{{"keys":{{"k":{{"sha256":"{hash}","models":{patterns}}}}},{}"#,
            CONFIG.strip_prefix('{').expect("an object")
        );
        let bench = bench(&config, scripts);
        let bearer = format!("Bearer {key}");
        let (head, body) = bench.call(get("/v1/models?source=upstream", &[("authorization", &bearer)]));
        assert_eq!((head.status.as_u16(), ids(&body)), (200, expected.iter().map(|id| (*id).to_owned()).collect()));
    }
}

/// The operator is told why, in the log; the caller is not.
#[test]
fn who_cannot_be_authenticated_to_is_told_of_in_the_log() {
    let config =
        r#"{"providers":{"azure":{"resource":"r","tenant_id":"t","client_id":"c","client_secret":"${SECRET}"}}}"#;
    let bench =
        bench(config, vec![Script::json(401, r#"{"error":"invalid_client","error_description":"AADSTS7000215"}"#)]);
    let (head, body) = bench.call(get("/v1/models?source=upstream", &[]));
    assert_eq!(head.status, 502);
    assert!(!body.contains("AADSTS"), "{body}");
    let line = bench.line();
    let reason = line["reason"].as_str().unwrap();
    assert!(reason.starts_with("provider azure cannot be authenticated to: "), "{reason}");
}

#[test]
fn another_source_is_none() {
    let bench = bench(CONFIG, vec![]);
    let (head, body) = bench.call(get("/v1/models?source=elsewhere", &[]));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((head.status.as_u16(), &body["error"]["param"]), (400, &json!("source")));
}

#[test]
fn bedrock_has_three_lists_and_vertex_two() {
    let config = r#"{"providers":{
        "bedrock":{"region":"us-east-1","api_key":"${BEDROCK}"},
        "vertex":{"project":"p","access_token":"${TOKEN}"}}}"#;
    let scripts = vec![
        good(r#"{"modelSummaries":[{"modelId":"amazon.nova-pro-v1:0"}]}"#),
        good(r#"{"inferenceProfileSummaries":[{"inferenceProfileId":"us.amazon.nova-pro-v1:0"}],"nextToken":"a b"}"#),
        good(r#"{"inferenceProfileSummaries":[{"inferenceProfileId":"eu.amazon.nova-pro-v1:0"}]}"#),
        good(r#"{"data":[{"id":"openai.gpt-6"}]}"#),
        good(r#"{"publisherModels":[{"name":"publishers/google/models/gemini-3-pro"}]}"#),
        good(r#"{"publisherModels":[{"name":"publishers/anthropic/models/claude-opus-5"}]}"#),
    ];
    let bench = bench(config, scripts);
    let (head, body) = bench.call(get("/v1/models?source=upstream", &[]));
    assert!(head.headers.get("x-gatelet-incomplete").is_none(), "{:?}", bench.line());
    assert_eq!(
        ids(&body),
        [
            "bedrock/amazon.nova-pro-v1:0",
            "bedrock/eu.amazon.nova-pro-v1:0",
            "bedrock/openai.gpt-6",
            "bedrock/us.amazon.nova-pro-v1:0",
            "vertex/claude-opus-5",
            "vertex/gemini-3-pro"
        ]
    );
    let sent = bench.world.sent.borrow();
    let uris: Vec<String> = sent.iter().map(|(request, _)| request.uri().to_string()).collect();
    assert_eq!(
        uris,
        [
            "https://bedrock.us-east-1.amazonaws.com/foundation-models",
            "https://bedrock.us-east-1.amazonaws.com/inference-profiles",
            "https://bedrock.us-east-1.amazonaws.com/inference-profiles?nextToken=a%20b",
            "https://bedrock-mantle.us-east-1.api.aws/v1/models",
            "https://aiplatform.googleapis.com/v1beta1/publishers/google/models?pageSize=200",
            "https://aiplatform.googleapis.com/v1beta1/publishers/anthropic/models?pageSize=200",
        ]
    );
    assert_eq!(sent[4].0.headers()["authorization"], "Bearer canary-TOKEN");
}
