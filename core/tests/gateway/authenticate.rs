//! Who asks.

use gatelet_core::Unlimited;
use http::Request;
use serde_json::json;

use crate::harness::{Bench, Incoming};

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
