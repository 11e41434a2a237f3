//! Whole answers, and events that are no requests.

use crate::platform::upstream::Upstream;
use crate::platform::{CHAT, Function, Kind, Platform, event, post};
use serde_json::{Value, json};

fn mock() -> Value {
    json!({ "open": true, "providers": { "mock": {} } })
}

fn hello() -> Value {
    post(CHAT, &json!({ "model": "mock/hello", "messages": [{ "role": "user", "content": "hi" }] }))
}

#[test]
fn an_answer_has_prelude_border_and_body() {
    let platform = Platform::start();
    let function = Function::start(&platform, &mock());
    let invocation = platform.invoke(&hello());
    let id = invocation.id.clone();
    let answer = invocation.answer();

    assert_eq!(answer.kind, Kind::Response);
    assert!(answer.head.starts_with(&format!("POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\n")));
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    assert_eq!(answer.header("lambda-runtime-function-response-mode"), Some("streaming"));
    assert_eq!(answer.header("content-type"), Some("application/vnd.awslambda.http-integration-response"));
    assert_eq!(answer.header("lambda-runtime-invocation-id"), Some(&*format!("echo-{id}")));

    let prelude = answer.prelude();
    assert_eq!(prelude["statusCode"], 200);
    assert_eq!(prelude["headers"]["content-type"], "application/json");
    assert!(prelude["headers"]["x-gatelet-request-id"].is_string(), "{prelude}");
    assert_eq!(prelude["cookies"], json!([]));
    let body: Value = serde_json::from_str(&answer.body()).unwrap();
    assert_eq!(body["object"], "chat.completion");
    assert!(answer.ended.is_some());

    let log = function.log(1);
    assert_eq!(log[0]["outcome"], "done");
    assert_eq!(log[0]["path"], CHAT);
    assert_eq!(log[0]["status"], 200);
}

#[test]
fn an_error_keeps_its_status_and_its_dialect() {
    let platform = Platform::start();
    let _function = Function::start(&platform, &mock());
    let limited = post(CHAT, &json!({ "model": "mock/status-429", "messages": [] }));
    let answer = platform.invoke(&limited).answer();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.prelude()["headers"]["retry-after"], "7");
    assert!(serde_json::from_str::<Value>(&answer.body()).unwrap()["error"]["message"].is_string());

    let messages = platform.invoke(&post("/v1/messages", &json!({ "messages": [] }))).answer();
    assert_eq!(messages.status(), 400);
    assert_eq!(serde_json::from_str::<Value>(&messages.body()).unwrap()["type"], "error");

    let nowhere = platform.invoke(&event("GET", "/nowhere", "", "")).answer();
    assert_eq!(nowhere.status(), 404);
}

#[test]
fn the_body_arrives_as_it_was_sent() {
    let platform = Platform::start();
    let upstream = Upstream::start();
    let _function = Function::start(&platform, &upstream.config());
    // Escapes, text beyond ASCII, a number no float holds, an unknown field, and room to keep.
    let body = "{ \"model\":\"up/m\",\"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9 é \\\"\\n 😀\"}],\
                \"seed\":12345678901234567890,  \"x-unknown\" : [1.0,1e5] }";
    let sent = body.replace("\"up/m\"", "\"m\"");
    let reply = "{\"id\":\"c1\",\"object\":\"chat.completion\",\"x\":12345678901234567890,\"choices\":[{\"index\":0,\
                 \"message\":{\"role\":\"assistant\",\"content\":\"é\\u00e9\"},\"finish_reason\":\"stop\"}]}";
    for base64 in [false, true] {
        let mut event = event("POST", CHAT, "", body);
        if base64 {
            use base64::Engine as _;
            event["body"] = base64::prelude::BASE64_STANDARD.encode(body).into();
            event["isBase64Encoded"] = true.into();
        }
        let invocation = platform.invoke(&event);
        let exchange = upstream.exchange();
        assert!(exchange.head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{}", exchange.head);
        assert_eq!(String::from_utf8(exchange.body.clone()).unwrap(), sent);
        exchange.answer(
            "200 OK",
            "content-type: application/json\r\nopenai-version: 1\r\nopenai-version: 2\r\n",
            reply,
        );
        let answer = invocation.answer();
        assert_eq!(answer.body(), reply);
        assert_eq!(answer.status(), 200);
    }
}

#[test]
fn a_slash_in_a_model_may_be_escaped() {
    let platform = Platform::start();
    let function = Function::start(&platform, &mock());
    let body = json!({ "contents": [{ "role": "user", "parts": [{ "text": "hi" }] }] }).to_string();
    for path in ["/v1beta/models/mock%2Fhello:generateContent", "/v1beta/models/mock/hello:generateContent"] {
        let answer = platform.invoke(&event("POST", path, "", &body)).answer();
        assert_eq!(answer.status(), 200, "{path}: {}", answer.body());
        assert!(serde_json::from_str::<Value>(&answer.body()).unwrap()["candidates"].is_array());
    }
    assert!(function.log(2).iter().all(|line| line["target"] == "mock/hello"));
}

#[test]
fn a_query_arrives() {
    let platform = Platform::start();
    let _function = Function::start(&platform, &mock());
    let body = json!({ "contents": [{ "role": "user", "parts": [{ "text": "hi" }] }] }).to_string();
    let path = "/v1beta/models/mock%2Fhello:streamGenerateContent";
    let answer = platform.invoke(&event("POST", path, "alt=sse", &body)).answer();
    assert_eq!(answer.prelude()["headers"]["content-type"], "text/event-stream", "{}", answer.body());
    assert!(answer.body().starts_with("data: {"), "{}", answer.body());
}

#[test]
fn an_event_that_is_no_request_is_an_error_of_its_invocation() {
    let platform = Platform::start();
    let mut function = Function::start(&platform, &mock());
    let bad_base64 = json!({ "rawPath": CHAT, "headers": {}, "requestContext": { "http": { "method": "POST" } },
        "isBase64Encoded": true, "body": "canary!" });
    for event in [b"{\"Records\":[\"canary\"]}".to_vec(), b"canary".to_vec(), bad_base64.to_string().into_bytes()] {
        let answer = platform.invoke_raw(&event).answer();
        assert_eq!(answer.kind, Kind::Error);
        assert_eq!(answer.header("lambda-runtime-function-error-type"), Some("Gatelet.NotHttp"));
        let report: Value = serde_json::from_slice(&answer.chunks[0].bytes).unwrap();
        assert_eq!(report["errorType"], "Gatelet.NotHttp");
        assert!(report["errorMessage"].as_str().unwrap().starts_with("not the event of a function URL"), "{report}");
        assert!(!report.to_string().contains("canary"));
    }
    assert_eq!(platform.invoke(&hello()).answer().status(), 200);
    assert!(function.is_alive());
    assert!(!function.printed().contains("canary"));
}

#[test]
fn a_bug_in_the_handler_ends_one_request() {
    let platform = Platform::start();
    let mut function = Function::start(&platform, &mock());
    for (path, body) in [
        (CHAT, json!({ "model": "mock/panic", "messages": [] })),
        ("/v1/messages", json!({ "model": "mock/panic", "messages": [], "max_tokens": 1 })),
    ] {
        let answer = platform.invoke(&post(path, &body)).answer();
        assert_eq!(answer.kind, Kind::Response);
        assert_eq!(answer.status(), 500);
        assert!(serde_json::from_str::<Value>(&answer.body()).unwrap()["error"]["message"].is_string());
        assert_eq!(platform.invoke(&hello()).answer().status(), 200);
    }
    assert!(function.is_alive());
    assert!(function.complains("panic").contains("\"at\""));
    let log = function.log(4);
    assert_eq!(log.iter().map(|line| &line["status"]).collect::<Vec<_>>(), [500, 200, 500, 200]);
}
