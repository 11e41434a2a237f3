//! A scripted Runtime API on raw sockets, and the real binary as its function.
//!
//! The sockets are raw so that a test sees what the platform would see: which bytes came in which HTTP chunk, and when.

mod function;
mod runtime_api;
pub(crate) mod upstream;

pub(crate) use function::Function;
pub(crate) use runtime_api::{Kind, Platform};

use serde_json::{Value, json};

/// The chat path.
pub(crate) const CHAT: &str = "/v1/chat/completions";

/// A function URL's event for a POST of JSON.
pub(crate) fn post(path: &str, body: &Value) -> Value {
    event("POST", path, "", &body.to_string())
}

/// A function URL's event.
pub(crate) fn event(method: &str, path: &str, query: &str, body: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": {
            "host": "abc.lambda-url.eu-central-1.on.aws", "content-type": "application/json",
            "content-length": body.len().to_string(), "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1",
            "accept": "*/*", "user-agent": "test"
        },
        "requestContext": {
            "accountId": "anonymous", "apiId": "abc", "domainName": "abc.lambda-url.eu-central-1.on.aws",
            "domainPrefix": "abc", "requestId": "5f3b", "routeKey": "$default", "stage": "$default",
            "time": "25/Nov/2026:00:00:00 +0000", "timeEpoch": 1_795_564_800_000_u64,
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test" }
        },
        "body": body, "isBase64Encoded": false
    })
}
