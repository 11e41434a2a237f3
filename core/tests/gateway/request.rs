//! What is asked: the path, the method, the body.

use std::time::Duration;

use gatelet_core::Unlimited;
use http::Request;

use crate::bench;
use crate::harness::{Bench, Incoming, post};

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
        ("/v1/messages", r#"{"model":"openai/x"}"#, 400, "messages: is required"),
        ("/v1beta/models/openai%2Fx:embedContent", "{}", 400, "dialects: chat, responses"),
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
fn a_gateway_without_settings_says_so_and_nothing_more() {
    let bench = Bench::new(Unlimited, r#"{"providers":{"openai":{"api_key":"sk-canary"}}}"#, vec![]);
    for path in ["/v1/messages", "/health", "/v1/chat/completions", "/v1beta/models/x:generateContent"] {
        let (head, body) = bench.call(post(path, "{}"));
        assert_eq!(head.status.as_u16(), 500);
        assert!(body.contains("gateway misconfigured") && !body.contains("canary"), "{body}");
    }
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
