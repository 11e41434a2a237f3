//! What an upstream is authenticated to with, where that is more than a key: tokens that are got, requests that are signed.

use std::pin::pin;
use std::time::Duration;

use gatelet_core::Unlimited;
use gatelet_core::host::{Ambient, AwsKeys, Grant};
use gatelet_core::secret::Secret;
use serde_json::{Value, json};

use crate::ANSWER;
use crate::harness::{Bench, Script, Step, post};

const CONFIG: &str = r#"{"providers": {
    "vertex": {"credentials": "${GOOGLE_FILE}", "region": "us-east5"},
    "gcp": {"kind": "vertex", "project": "other", "region": "global"},
    "bedrock": {"region": "eu-central-1"},
    "keys": {"kind": "bedrock", "region": "us-west-2", "access_key_id": "${ID}", "secret_access_key": "${SECRET}", "session_token": "${SESSION_TOKEN}"},
    "azure": {"resource": "res", "tenant_id": "tenant", "client_id": "client", "client_secret": "${SECRET}"},
    "dated": {"kind": "azure", "resource": "res", "api_version": "2024-06-01", "api_key": "${KEY}"}
}}"#;

const TO_CLAUDE: &str =
    r#"{"model":"vertex/claude-opus-4-8","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#;
const TO_GEMINI: &str = r#"{"model":"gcp/gemini-2.5-flash","messages":[{"role":"user","content":"hi"}]}"#;
const TO_NOVA: &str = r#"{"model":"bedrock/us.amazon.nova-pro-v1:0","messages":[{"role":"user","content":"hi"}]}"#;
const KEYS_TO_NOVA: &str = r#"{"model":"keys/us.amazon.nova-pro-v1:0","messages":[{"role":"user","content":"hi"}]}"#;
const TOKEN: &str = r#"{"access_token":"ya29.canary-token","expires_in":3599,"token_type":"Bearer"}"#;
const SECOND: &str = r#"{"access_token":"ya29.second","expires_in":3599,"token_type":"Bearer"}"#;
const MESSAGE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-8","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":3}}"#;
const GEMINI: &str = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":3}}"#;
const NOVA: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"stopReason":"end_turn","usage":{"inputTokens":9,"outputTokens":3,"totalTokens":12},"metrics":{"latencyMs":1}}"#;

fn bench(scripts: Vec<Script>) -> Bench<Unlimited> {
    Bench::new(Unlimited, CONFIG, scripts)
}

fn keys(until: Option<Duration>) -> Ambient {
    let keys = AwsKeys {
        access_key_id: Secret::new("AKIDEXAMPLE"),
        secret_access_key: Secret::new("canary-secret"),
        session_token: Some(Secret::new("session")),
    };
    Ambient { grant: Grant::Aws(keys), until }
}

fn token(until: Duration) -> Ambient {
    Ambient { grant: Grant::Bearer(Secret::new("ambient-token")), until: Some(until) }
}

/// The test world's clock at its beginning.
const BEGINNING: Duration = Duration::from_secs(1_764_000_000);

#[test]
fn a_service_account_gets_a_token_once_and_calls_with_it() {
    let bench = bench(vec![Script::json(200, TOKEN), Script::json(200, MESSAGE), Script::json(200, MESSAGE)]);
    let (head, body) = bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!((head.status.as_u16(), body.as_str()), (200, MESSAGE), "a relay");
    bench.call(post("/v1/chat/completions", TO_CLAUDE));
    let sent = bench.world.sent.borrow();
    let uris: Vec<_> = sent.iter().map(|(request, _)| request.uri().to_string()).collect();
    let claude = "https://us-east5-aiplatform.googleapis.com/v1/projects/project-1/locations/us-east5/publishers/anthropic/models/claude-opus-4-8:rawPredict";
    assert_eq!(uris, ["https://token.example/token", claude, claude]);
    let form = std::str::from_utf8(&sent[0].1).unwrap();
    let assertion = form.strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=");
    assert_eq!(assertion.unwrap().split('.').count(), 3, "{form}");
    assert_eq!(sent[0].0.headers()["content-type"], "application/x-www-form-urlencoded");
    for (request, asked) in &sent[1..] {
        assert_eq!(request.headers()["authorization"], "Bearer ya29.canary-token");
        // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
        assert!(!request.headers().contains_key("anthropic-version"));
        let asked: Value = serde_json::from_slice(asked).unwrap();
        assert_eq!((&asked["anthropic_version"], asked.get("model")), (&json!("vertex-2023-10-16"), None));
        assert!(asked["max_tokens"].is_number());
    }
}

#[test]
fn a_token_that_is_at_its_end_is_got_again() {
    let bench = bench(vec![Script::json(200, TOKEN), Script::json(200, MESSAGE)]);
    bench.call(post("/v1/messages", TO_CLAUDE));
    bench.world.pass(Duration::from_secs(3400));
    [SECOND, MESSAGE].into_iter().for_each(|answer| bench.world.script(Script::json(200, answer)));
    bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!(bench.world.sent.borrow()[3].0.headers()["authorization"], "Bearer ya29.second");
    // The endpoint has gone: the old one is good for a few seconds more.
    bench.world.pass(Duration::from_secs(3570));
    bench.world.script(Script::Refuse);
    bench.world.script(Script::json(200, MESSAGE));
    let (head, _) = bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!(head.status.as_u16(), 200);
    // And nobody waits for the endpoint again right away: with that script it would be asked instead of the provider.
    bench.world.script(Script::json(200, MESSAGE));
    let (head, _) = bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!(head.status.as_u16(), 200);
    assert_eq!(bench.world.sent.borrow().last().unwrap().0.headers()["authorization"], "Bearer ya29.second");
    bench.world.pass(Duration::from_secs(29));
    bench.world.script(Script::Refuse);
    let (head, body) = bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!(head.status.as_u16(), 502, "{body}");
}

#[test]
fn a_refused_account_is_told_without_its_words() {
    let refused = r#"{"error":"invalid_grant","error_description":"Invalid JWT: canary-description"}"#;
    let bench = bench(vec![Script::json(400, refused)]);
    let (head, body) = bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!(head.status.as_u16(), 502);
    assert!(body.contains("provider vertex cannot be authenticated to: the gateway's log says why"), "{body}");
    assert!(!body.contains("canary") && !bench.line().to_string().contains("canary"), "{body}");
    assert_eq!(bench.line()["error"], "upstream_auth");
    assert_eq!(bench.line()["reason"], "the token endpoint refused: invalid_grant");
}

#[test]
fn after_a_failure_nobody_asks_for_a_while() {
    let bench = bench(vec![Script::json(400, r#"{"error":"invalid_grant"}"#)]);
    for _ in 0..2 {
        let (head, _) = bench.call(post("/v1/messages", TO_CLAUDE));
        assert_eq!(head.status.as_u16(), 502);
    }
    assert_eq!(bench.world.sent.borrow().len(), 1);
    bench.world.pass(Duration::from_secs(4));
    [TOKEN, MESSAGE].into_iter().for_each(|answer| bench.world.script(Script::json(200, answer)));
    let (head, _) = bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!(head.status.as_u16(), 200);
}

#[test]
fn a_token_endpoint_that_says_nothing_is_given_up() {
    let bench = bench(vec![Script::Hang]);
    let (head, body) = bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!((head.status.as_u16(), bench.world.elapsed().as_secs()), (502, 10));
    assert!(body.contains("cannot be authenticated to"), "{body}");
    assert_eq!(bench.line()["reason"], "the token endpoint did not answer in time");
}

#[test]
fn a_revoked_token_is_replaced_once() {
    let revoked = r#"{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}"#;
    let answers = [(200, TOKEN), (401, revoked), (200, SECOND), (200, MESSAGE)];
    let bench = bench(answers.map(|(status, body)| Script::json(status, body)).into());
    let (head, _) = bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!(head.status.as_u16(), 200);
    assert_eq!(bench.world.sent.borrow()[3].0.headers()["authorization"], "Bearer ya29.second");
    for (status, body) in [(401, revoked), (200, TOKEN), (401, revoked)] {
        bench.world.script(Script::json(status, body));
    }
    let (head, _) = bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!(head.status.as_u16(), 502);
}

#[test]
fn a_token_that_cannot_be_sent_is_none() {
    let bench = bench(vec![Script::json(200, r#"{"access_token":"canary\r\nx-evil: 1","expires_in":3599}"#)]);
    let (head, body) = bench.call(post("/v1/messages", TO_CLAUDE));
    assert_eq!(head.status.as_u16(), 502);
    assert!(!body.contains("canary") && bench.line()["reason"].as_str().unwrap().contains("header"), "{body}");
    bench.world.pass(Duration::from_secs(4));
    [TOKEN, MESSAGE].into_iter().for_each(|answer| bench.world.script(Script::json(200, answer)));
    assert_eq!(bench.call(post("/v1/messages", TO_CLAUDE)).0.status.as_u16(), 200, "it is not kept for an hour");
}

#[test]
fn words_that_quote_the_credential_are_withheld() {
    const QUOTED: &str =
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"no: Bearer ya29.canary-token"}}"#;
    const HARMLESS: &str = r#"{"type":"error","error":{"type":"invalid_request_error","message":"no: canary"}}"#;
    for (status, told) in [(400, 400), (404, 404), (429, 429), (500, 502)] {
        for path in ["/v1/messages", "/v1/chat/completions"] {
            let bench = bench(vec![Script::json(200, TOKEN), Script::json(status, QUOTED)]);
            let (head, body) = bench.call(post(path, TO_CLAUDE));
            assert!(!body.contains("canary") && body.contains("withheld"), "{body}");
            assert_eq!(head.status.as_u16(), told, "{body}");
            let bench = self::bench(vec![Script::json(200, TOKEN), Script::json(status, HARMLESS)]);
            assert!(bench.call(post(path, TO_CLAUDE)).1.contains("no: canary"), "what quotes nothing is passed on");
        }
    }
    let session = r#"{"message":"The canonical request is x-amz-security-token:canary-SESSION_TOKEN"}"#;
    let bench = bench(vec![Script::json(400, session)]);
    let (_, body) = bench.call(post("/v1/chat/completions", KEYS_TO_NOVA));
    assert!(!body.contains("canary"), "{body}");
}

#[test]
fn streams_do_not_quote_the_credential_either() {
    const START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n";
    const TEXT: &str = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n";
    const QUOTED: &str = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"no: Bearer ya29.canary-token\"}}\n\n";
    const STREAMED: &str = r#"{"model":"vertex/claude-opus-4-8","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#;
    for events in [vec![QUOTED], vec![START, QUOTED], vec![START, TEXT, QUOTED]] {
        for path in ["/v1/messages", "/v1/chat/completions"] {
            let steps = events.iter().map(|event| Step::Send(event)).collect();
            let bench = bench(vec![Script::json(200, TOKEN), Script::events(steps)]);
            let (_, body) = bench.call(post(path, STREAMED));
            assert!(!body.contains("canary") && body.contains("withheld"), "{path} {} {body}", events.len());
            assert_eq!(body.contains("Hel"), events.len() == 3, "{body}");
        }
    }
}

#[test]
fn what_may_not_be_done_costs_the_others_no_token() {
    let denied = r#"{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}"#;
    let bench = bench(vec![]);
    *bench.world.ambient.borrow_mut() = Some(token(BEGINNING + Duration::from_secs(36_000)));
    let call = |scripts: &[(u16, &'static str)]| {
        scripts.iter().for_each(|(status, answer)| bench.world.script(Script::json(*status, answer)));
        let call = bench.gateway.handle(post("/v1/chat/completions", TO_GEMINI));
        let status = poll_until_ready(pin!(call)).status().as_u16();
        (status, bench.world.ambient_asked.get())
    };
    assert_eq!(call(&[(403, denied), (403, denied)]), (502, 2), "a new one is worth one try");
    assert_eq!(call(&[(403, denied)]), (502, 2));
    assert_eq!(call(&[(200, GEMINI)]), (200, 2));
    bench.world.pass(Duration::from_secs(61));
    assert_eq!(call(&[(401, denied), (200, GEMINI)]), (200, 3));
}

#[test]
fn many_that_need_a_token_ask_once() {
    let bench = bench((0..3).map(|_| Script::json(200, GEMINI)).collect());
    *bench.world.ambient.borrow_mut() = Some(token(BEGINNING + Duration::from_secs(3600)));
    let calls: Vec<_> = (0..3).map(|_| bench.gateway.handle(post("/v1/chat/completions", TO_GEMINI))).collect();
    let mut calls: Vec<_> = calls.into_iter().map(Box::pin).collect();
    let all = std::future::poll_fn(|context| {
        calls.retain_mut(|call| call.as_mut().poll(context).is_pending());
        if calls.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    poll_until_ready(pin!(all));
    assert_eq!(bench.world.ambient_asked.get(), 1);
    let sent = bench.world.sent.borrow();
    assert_eq!(sent.len(), 3);
    for (request, _) in sent.iter() {
        assert_eq!(
            request.uri().to_string(),
            "https://aiplatform.googleapis.com/v1beta1/projects/other/locations/global/publishers/google/models/gemini-2.5-flash:generateContent"
        );
        assert_eq!(request.headers()["authorization"], "Bearer ambient-token");
    }
}

#[test]
fn who_waits_for_a_token_hears_why_there_is_none() {
    let bench = bench(Vec::new());
    let calls: Vec<_> = (0..3).map(|_| bench.gateway.handle(post("/v1/chat/completions", TO_GEMINI))).collect();
    let mut calls: Vec<_> = calls.into_iter().map(Box::pin).collect();
    let mut statuses = Vec::new();
    let all = std::future::poll_fn(|context| {
        calls.retain_mut(|call| match call.as_mut().poll(context) {
            std::task::Poll::Ready(answer) => {
                statuses.push(answer.status().as_u16());
                false
            }
            std::task::Poll::Pending => true,
        });
        if calls.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    poll_until_ready(pin!(all));
    assert_eq!((statuses, bench.world.ambient_asked.get()), (vec![502; 3], 1));
}

#[test]
fn who_waits_for_one_that_is_given_up_asks_itself() {
    let bench = bench(Vec::new());
    // A failure of long ago.
    let failing = bench.gateway.handle(post("/v1/chat/completions", TO_GEMINI));
    assert_eq!(poll_until_ready(pin!(failing)).status().as_u16(), 502);
    bench.world.pass(Duration::from_secs(60));
    *bench.world.ambient.borrow_mut() = Some(token(BEGINNING + Duration::from_secs(3600)));
    bench.world.script(Script::json(200, GEMINI));
    let call = || Box::pin(bench.gateway.handle(post("/v1/chat/completions", TO_GEMINI)));
    let (mut given_up, mut waiting) = (call(), call());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while bench.world.ambient_asked.get() < 2 {
        assert!(given_up.as_mut().poll(&mut context).is_pending());
    }
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    drop(given_up);
    assert_eq!(poll_until_ready(waiting.as_mut()).status().as_u16(), 200);
    assert_eq!(bench.world.ambient_asked.get(), 3);
}

#[test]
fn requests_to_aws_are_signed_with_the_platforms_keys() {
    let bench = bench(vec![Script::json(200, NOVA)]);
    *bench.world.ambient.borrow_mut() = Some(keys(None));
    let mut call = pin!(bench.gateway.handle(post("/v1/chat/completions", TO_NOVA)));
    poll_until_ready(call.as_mut());
    let sent = bench.world.sent.borrow();
    let headers = sent[0].0.headers();
    let authorization = headers["authorization"].to_str().unwrap();
    let begins = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20251124/eu-central-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=";
    assert!(authorization.starts_with(begins), "{authorization}");
    assert_eq!(headers["x-amz-security-token"], "session");
    assert_eq!(
        sent[0].0.uri().to_string(),
        "https://bedrock-runtime.eu-central-1.amazonaws.com/model/us.amazon.nova-pro-v1%3A0/converse"
    );
}

#[test]
fn requests_to_aws_are_signed_with_configured_keys() {
    let bench = bench(vec![Script::json(200, NOVA)]);
    let (_, body) = bench.call(post("/v1/chat/completions", KEYS_TO_NOVA));
    let sent = bench.world.sent.borrow();
    let authorization = sent[0].0.headers()["authorization"].to_str().unwrap();
    assert!(authorization.contains("Credential=canary-ID/20251124/us-west-2/bedrock/aws4_request"), "{authorization}");
    assert!(!authorization.contains("canary-SECRET") && !body.contains("canary"), "{authorization}");
}

/// A signature is good for five minutes around AWS's time; `date` tells what that is.
#[test]
fn a_clock_that_differs_from_awss_is_corrected_once() {
    let expired = || Script::Answer {
        status: 403,
        headers: vec![
            ("date", "Mon, 24 Nov 2025 18:00:00 GMT"),
            (
                "x-amzn-errortype",
                "InvalidSignatureException:http://internal.amazon.com/coral/com.amazon.coral.service/",
            ),
        ],
        steps: vec![Step::Send(
            r#"{"message":"Signature expired: 20251124T160000Z is now earlier than 20251124T175500Z"}"#,
        )],
    };
    let bench = bench(vec![expired(), Script::json(200, NOVA), Script::json(200, NOVA)]);
    for _ in 0..2 {
        let (head, _) = bench.call(post("/v1/chat/completions", KEYS_TO_NOVA));
        assert_eq!(head.status.as_u16(), 200);
    }
    let dates: Vec<_> =
        bench.world.sent.borrow().iter().map(|(sent, _)| sent.headers()["x-amz-date"].clone()).collect();
    assert_eq!(dates, ["20251124T160000Z", "20251124T180000Z", "20251124T180000Z"]);
    // One that says the same again is told of.
    let bench = self::bench(vec![expired(), expired()]);
    let (head, body) = bench.call(post("/v1/chat/completions", KEYS_TO_NOVA));
    assert_eq!((head.status.as_u16(), bench.world.sent.borrow().len()), (502, 2), "{body}");
}

#[test]
fn a_client_of_entra_gets_a_token_for_azure() {
    const TO_AZURE: &str = r#"{"model":"azure/my-deployment","messages":[]}"#;
    let bench = bench(vec![Script::json(200, TOKEN), Script::json(200, ANSWER)]);
    bench.call(post("/v1/chat/completions", TO_AZURE));
    let sent = bench.world.sent.borrow();
    assert_eq!(sent[0].0.uri().to_string(), "https://login.microsoftonline.com/tenant/oauth2/v2.0/token");
    assert_eq!(
        std::str::from_utf8(&sent[0].1).unwrap(),
        "grant_type=client_credentials&client_id=client&client_secret=canary-SECRET&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default"
    );
    assert_eq!(sent[1].0.uri().to_string(), "https://res.openai.azure.com/openai/v1/chat/completions");
    assert_eq!(sent[1].0.headers()["authorization"], "Bearer ya29.canary-token");
    assert_eq!(&sent[1].1[..], br#"{"model":"my-deployment","messages":[]}"#);
}

#[test]
fn an_azure_api_of_a_date_has_the_deployment_in_its_path() {
    const TO_DATED: &str = r#"{"model":"dated/my-deployment","messages":[],"stream":true}"#;
    let bench = bench(vec![Script::json(200, ANSWER)]);
    bench.call(post("/v1/chat/completions", TO_DATED));
    let sent = bench.world.sent.borrow();
    assert_eq!(
        sent[0].0.uri().to_string(),
        "https://res.openai.azure.com/openai/deployments/my-deployment/chat/completions?api-version=2024-06-01"
    );
    assert_eq!(sent[0].0.headers()["api-key"], "canary-KEY");
    assert!(!sent[0].0.headers().contains_key("authorization"));
    // That version does not know `stream_options`.
    assert_eq!(&sent[0].1[..], br#"{"model":"my-deployment","messages":[],"stream":true}"#);
}

/// Polls for as long as somebody may go on.
fn poll_until_ready<F: Future>(mut future: std::pin::Pin<&mut F>) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..64 {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("nobody goes on");
}
