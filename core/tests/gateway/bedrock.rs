//! Amazon Bedrock: which of its endpoints a model is asked at, in which API, and what its answers become.

use gatelet_core::Unlimited;
use gatelet_core::config::{Config, Platform};
use serde_json::{Value, json};

use crate::harness::{Bench, Script, post};
use crate::{ANSWER, DONE, STOP, TEXT, sends};

const CONFIG: &str = r#"{"providers": {
    "bedrock": {"region": "us-east-1", "api_key": "${BEDROCK}"},
    "mantle": {"kind": "bedrock-mantle", "region": "us-east-1", "access_key_id": "${ID}", "secret_access_key": "${SECRET}"}
}}"#;

const MESSAGE: &str = r#"{"id":"msg_bdrk_1","type":"message","role":"assistant","model":"claude-opus-5","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":3}}"#;
const RESPONSE: &str = r#"{"id":"resp_1","object":"response","created_at":1764000000,"status":"completed","model":"gpt","output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}],"usage":{"input_tokens":9,"output_tokens":3,"total_tokens":12}}"#;
const CONVERSED: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"stopReason":"end_turn","usage":{"inputTokens":9,"outputTokens":3,"totalTokens":12},"metrics":{"latencyMs":1}}"#;
const RUNTIME: &str = "https://bedrock-runtime.us-east-1.amazonaws.com";
const MANTLE: &str = "https://bedrock-mantle.us-east-1.api.aws";

fn bench(scripts: Vec<Script>) -> Bench<Unlimited> {
    Bench::new(Unlimited, CONFIG, scripts)
}

/// The URL, the authorization and the body of the only request.
fn sent(bench: &Bench<Unlimited>) -> (String, String, Value) {
    let sent = bench.world.sent.borrow();
    let [(request, body)] = sent.as_slice() else { panic!("{} requests", sent.len()) };
    let proof = request.headers()["authorization"].to_str().unwrap().to_owned();
    (request.uri().to_string(), proof, serde_json::from_slice(body).unwrap())
}

#[test]
fn an_inference_profile_of_claude_is_relayed_as_anthropic_writes_it() {
    let asked = r#"{"model":"bedrock/us.anthropic.claude-opus-5","max_tokens":9,"metadata":{"user_id":"{\"device_id\":\"d\"}"},"messages":[{"role":"user","content":"hi"}],"cache_control":{"type":"ephemeral"}}"#;
    let bench = bench(vec![Script::json(200, MESSAGE)]);
    let mut request = post("/v1/messages", asked);
    request.headers_mut().insert("anthropic-beta", "context-1m-2025-08-07".parse().unwrap());
    let (head, body) = bench.call(request);
    assert_eq!((head.status.as_u16(), body.as_str()), (200, MESSAGE));
    assert_eq!(head.headers["x-gatelet-adjusted"], "metadata=dropped");
    let (url, proof, body) = sent(&bench);
    assert_eq!((url, proof), (format!("{RUNTIME}/anthropic/v1/messages"), "Bearer canary-BEDROCK".to_owned()));
    assert_eq!(
        body,
        json!({"model":"us.anthropic.claude-opus-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"cache_control":{"type":"ephemeral"}})
    );
    let sent = bench.world.sent.borrow();
    // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html
    assert_eq!(sent[0].0.headers()["anthropic-version"], "2023-06-01");
    assert_eq!(sent[0].0.headers()["anthropic-beta"], "context-1m-2025-08-07");
}

#[test]
fn each_caller_reaches_each_endpoint() {
    for (path, model, answer, url) in [
        ("/v1/chat/completions", "bedrock/us.anthropic.claude-opus-5", MESSAGE, "{r}/anthropic/v1/messages"),
        (
            "/v1/messages",
            "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            CONVERSED,
            "{r}/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
        ),
        (
            "/v1/messages",
            "bedrock/arn:aws:bedrock:us-east-1:1:application-inference-profile/a1b2",
            CONVERSED,
            "{r}/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aapplication-inference-profile%2Fa1b2/converse",
        ),
        (
            "/v1/chat/completions",
            "bedrock/openai.gpt-oss-20b-1:0",
            CONVERSED,
            "{r}/model/openai.gpt-oss-20b-1%3A0/converse",
        ),
        ("/v1/chat/completions", "bedrock/global.openai.gpt-6-sol", RESPONSE, "{r}/openai/v1/responses"),
        ("/v1/messages", "bedrock/us.xai.grok-4.7", ANSWER, "{r}/openai/v1/chat/completions"),
        ("/v1/chat/completions", "bedrock/anthropic.claude-haiku-4-5", MESSAGE, "{m}/anthropic/v1/messages"),
        ("/v1/messages", "bedrock/openai.gpt-5.4", RESPONSE, "{m}/openai/v1/responses"),
        ("/v1/chat/completions", "bedrock/google.gemma-4-31b", ANSWER, "{m}/openai/v1/chat/completions"),
        ("/v1/chat/completions", "bedrock/openai.gpt-oss-20b", ANSWER, "{m}/v1/chat/completions"),
        ("/v1/messages", "mantle/nvidia.nemotron-nano-9b-v2", ANSWER, "{m}/v1/chat/completions"),
    ] {
        let asked = json!({"model": model, "max_tokens": 99, "messages": [{"role": "user", "content": "hi"}]});
        let bench = bench(vec![Script::json(200, answer)]);
        let (head, body) = bench.call(post(path, Box::leak(asked.to_string().into_boxed_str())));
        assert_eq!(head.status.as_u16(), 200, "{model}: {body}");
        let line = bench.line();
        assert_eq!((&line["in"], &line["out"], &line["complete"]), (&json!(9), &json!(3), &json!(true)), "{model}");
        assert_eq!(sent(&bench).0, url.replace("{r}", RUNTIME).replace("{m}", MANTLE), "{model}");
    }
}

#[test]
fn mantle_is_signed_for_by_its_own_name() {
    let asked = r#"{"model":"mantle/openai.gpt-oss-20b","messages":[],"stream":true}"#;
    let bench = bench(vec![Script::events(sends(&[TEXT, STOP, DONE]))]);
    let (head, _) = bench.call(post("/v1/chat/completions", asked));
    assert_eq!(head.status.as_u16(), 200);
    let (url, proof, _) = sent(&bench);
    assert_eq!(url, format!("{MANTLE}/v1/chat/completions"));
    assert!(
        proof.starts_with("AWS4-HMAC-SHA256 Credential=canary-ID/20251124/us-east-1/bedrock-mantle/aws4_request, "),
        "{proof}"
    );
}

/// The runtime has no such endpoint for Claude: it answers 200 with an `UnknownOperationException`.
#[test]
fn tokens_are_counted_where_there_is_a_counter() {
    let asked =
        r#"{"model":"bedrock/us.anthropic.claude-opus-5","messages":[{"role":"user","content":"a word or two"}]}"#;
    let estimated = bench(Vec::new());
    let (head, body) = estimated.call(post("/v1/messages/count_tokens", asked));
    assert_eq!(head.status.as_u16(), 200, "{body}");
    assert_eq!(head.headers["x-gatelet-adjusted"], "input_tokens=approximated:estimate");
    assert!(estimated.world.sent.borrow().is_empty());

    let asked = r#"{"model":"bedrock/anthropic.claude-opus-5","messages":[{"role":"user","content":"a word or two"}]}"#;
    let counted = bench(vec![Script::json(200, r#"{"input_tokens":11}"#)]);
    let (_, body) = counted.call(post("/v1/messages/count_tokens", asked));
    assert_eq!(body, r#"{"input_tokens":11}"#);
    assert_eq!(sent(&counted).0, format!("{MANTLE}/anthropic/v1/messages/count_tokens"));
}

#[test]
fn embeddings_are_asked_of_each_maker_in_its_own_words() {
    let cohere = Script::Answer {
        status: 200,
        headers: vec![("content-type", "application/json"), ("x-amzn-bedrock-input-token-count", "5")],
        steps: sends(&[r#"{"id":"e","response_type":"embeddings_floats","embeddings":[[0.5],[1]],"texts":["a","b"]}"#]),
    };
    let titan = Script::json(200, r#"{"embedding":[0.5],"inputTextTokenCount":5}"#);
    for (script, model, input, asked) in [
        (
            cohere.clone(),
            "cohere.embed-english-v3",
            json!(["a", "b"]),
            json!({"texts":["a","b"],"input_type":"search_document"}),
        ),
        (cohere, "us.cohere.embed-v4:0", json!(["a", "b"]), json!({"texts":["a","b"],"input_type":"search_document"})),
        (titan.clone(), "amazon.titan-embed-text-v1", json!("a"), json!({"inputText":"a"})),
        (titan.clone(), "amazon.titan-embed-text-v2:0", json!("a"), json!({"inputText":"a"})),
        (titan, "amazon.titan-embed-image-v1", json!(["a"]), json!({"inputText":"a"})),
    ] {
        let request = json!({"model": format!("bedrock/{model}"), "input": input}).to_string();
        let bench = bench(vec![script]);
        let (head, body) = bench.call(post("/v1/embeddings", Box::leak(request.into_boxed_str())));
        assert_eq!(head.status.as_u16(), 200, "{model}: {body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&answer["data"][0]["embedding"], &answer["usage"]["prompt_tokens"]), (&json!([0.5]), &json!(5)));
        let (url, _, body) = sent(&bench);
        assert_eq!(url, format!("{RUNTIME}/model/{}/invoke", model.replace(':', "%3A")));
        assert_eq!(body, asked, "{model}");
    }
}

/// What its errors say of the gateway's own account is nobody else's business.
#[test]
fn its_errors_are_told_by_their_type() {
    let asked = r#"{"model":"bedrock/amazon.nova-pro-v1:0","messages":[{"role":"user","content":"hi"}]}"#;
    for (status, kind, message, expected) in [
        (400, "ValidationException", "max_tokens is too large", (400, "invalid_request_error")),
        (403, "AccessDeniedException", "User: arn:aws:iam::1:user/canary is not authorized", (502, "server_error")),
        (
            403,
            "UnrecognizedClientException:http://internal.amazon.com/",
            "The security token canary",
            (502, "server_error"),
        ),
        (403, "ExpiredTokenException", "canary expired", (502, "server_error")),
        (404, "ResourceNotFoundException", "Could not resolve the foundation model", (404, "invalid_request_error")),
        (429, "ThrottlingException", "Too many tokens", (429, "rate_limit_error")),
        (503, "ServiceUnavailableException", "Bedrock is busy", (503, "server_error")),
    ] {
        let body = json!({"message": message}).to_string();
        let script = Script::Answer {
            status,
            headers: vec![("content-type", "application/json"), ("x-amzn-errortype", kind)],
            steps: vec![crate::harness::Step::Send(Box::leak(body.into_boxed_str()))],
        };
        let bench = bench(vec![script]);
        let (head, body) = bench.call(post("/v1/chat/completions", asked));
        let answer: Value = serde_json::from_str(&body).unwrap();
        let told = (head.status.as_u16(), answer["error"]["type"].as_str().unwrap());
        assert_eq!(told, expected, "{kind}: {body}");
        assert!(!body.contains("canary") && !bench.line().to_string().contains("canary"), "{kind}: {body}");
    }
}

#[test]
fn a_region_without_the_api_says_so_with_a_good_status() {
    const UNKNOWN: &str =
        r#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException","message":null},"Version":"1.0"}"#;
    for (path, model) in [
        ("/v1/messages", "us.anthropic.claude-opus-5"),
        ("/v1/chat/completions", "us.anthropic.claude-opus-5"),
        ("/v1/chat/completions", "us.xai.grok-4.3"),
        ("/v1/responses", "us.openai.gpt-5.6"),
    ] {
        let asked = match path {
            "/v1/responses" => json!({"model": format!("bedrock/{model}"), "input": "hi"}),
            _ => {
                json!({"model": format!("bedrock/{model}"), "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]})
            }
        };
        let bench = bench(vec![Script::json(200, UNKNOWN)]);
        let (head, body) = bench.call(post(path, Box::leak(asked.to_string().into_boxed_str())));
        assert_eq!(head.status.as_u16(), 502, "{path} {model}: {body}");
    }
}

#[test]
fn a_region_is_needed_and_is_plain() {
    let problems = |provider: &str, variables: &[(&str, &str)]| {
        let json = format!("{{\"providers\":{{\"bedrock\":{provider}}}}}");
        let variable = |name: &str| {
            let own = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            own.or_else(|| (name == "KEY").then(|| "canary".to_owned()))
        };
        let settings = Config::from_json(&json).and_then(|config| config.resolve(Platform::Local, &variable));
        settings.err().map(|problems| problems.to_string())
    };
    let keyed = r#"{"api_key":"${KEY}"}"#;
    let message = problems(keyed, &[]).expect("a problem");
    assert!(message.contains("providers.bedrock.region") && message.contains("AWS_REGION"), "{message}");
    assert_eq!(problems(keyed, &[("AWS_REGION", "eu-west-1")]), None);
    assert_eq!(problems(keyed, &[("AWS_DEFAULT_REGION", "eu-west-1")]), None);
    for wrong in ["us-east-1/x", "us-east-1.evil.example", "us east", "us-east-1#", "u@h"] {
        let provider = format!(r#"{{"api_key":"${{KEY}}","region":"{wrong}"}}"#);
        let message = problems(&provider, &[]).expect(wrong);
        assert!(message.contains("providers.bedrock.region") && !message.contains("canary"), "{message}");
        let message = problems(keyed, &[("AWS_REGION", wrong)]).expect(wrong);
        assert!(message.contains("AWS_REGION"), "{message}");
    }
    // With a base URL a key needs no region, and a signature does.
    assert_eq!(problems(r#"{"api_key":"${KEY}","base_url":"http://127.0.0.1:9"}"#, &[]), None);
    let message = problems(r#"{"base_url":"http://127.0.0.1:9"}"#, &[]).expect("a problem");
    assert!(message.contains("providers.bedrock.region"), "{message}");
}
