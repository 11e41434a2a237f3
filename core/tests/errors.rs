//! How every error looks to every caller (translation.md 5.1): the type and code that its SDK switches on.

use gatelet_core::dialect::Dialect;
use gatelet_core::error::{Class, Error};
use gatelet_core::store::RequestId;
use serde_json::Value;

/// Class, OpenAI's type and code, Anthropic's type, Google's status.
const ROWS: &[(Class, &str, Option<&str>, &str, &str)] = &[
    (Class::Invalid, INVALID, None, INVALID, "INVALID_ARGUMENT"),
    (Class::Unsupported, INVALID, Some("unsupported_parameter"), INVALID, "INVALID_ARGUMENT"),
    (Class::ContextWindow, INVALID, Some("context_length_exceeded"), INVALID, "INVALID_ARGUMENT"),
    (Class::ContentPolicy, INVALID, Some("content_policy_violation"), INVALID, "INVALID_ARGUMENT"),
    (Class::NotFound, INVALID, None, "not_found_error", "NOT_FOUND"),
    (Class::ModelNotFound, INVALID, Some("model_not_found"), "not_found_error", "NOT_FOUND"),
    (Class::MethodNotAllowed, INVALID, Some("method_not_allowed"), INVALID, "INVALID_ARGUMENT"),
    (Class::UpgradeRequired, INVALID, Some("upgrade_required"), INVALID, "INVALID_ARGUMENT"),
    (Class::RequestTimeout, INVALID, Some("request_timeout"), "timeout_error", "DEADLINE_EXCEEDED"),
    (Class::BrokenOff, INVALID, Some("request_broken_off"), INVALID, "INVALID_ARGUMENT"),
    (Class::TooLarge, INVALID, Some("request_too_large"), "request_too_large", "INVALID_ARGUMENT"),
    (Class::UnsupportedMedia, INVALID, Some("unsupported_media_type"), INVALID, "INVALID_ARGUMENT"),
    (Class::CallerAuth, INVALID, Some("invalid_api_key"), "authentication_error", "UNAUTHENTICATED"),
    (Class::CallerForbidden, INVALID, Some("model_not_allowed"), "permission_error", "PERMISSION_DENIED"),
    (Class::OriginNotAllowed, INVALID, Some("origin_not_allowed"), "permission_error", "PERMISSION_DENIED"),
    (Class::RateLimit, "rate_limit_error", Some("rate_limit_exceeded"), "rate_limit_error", "RESOURCE_EXHAUSTED"),
    (Class::UpstreamAuth, SERVER, Some("upstream_auth"), "api_error", "UNAVAILABLE"),
    (Class::UpstreamQuota, SERVER, Some("upstream_quota"), "api_error", "UNAVAILABLE"),
    (Class::Overloaded, SERVER, Some("overloaded"), "overloaded_error", "UNAVAILABLE"),
    (Class::UpstreamError, SERVER, Some("upstream_error"), "api_error", "UNAVAILABLE"),
    (Class::UpstreamInvalid, SERVER, Some("upstream_invalid"), "api_error", "UNAVAILABLE"),
    (Class::UnsupportedOutput, SERVER, Some("unsupported_output"), "api_error", "UNAVAILABLE"),
    (Class::UpstreamTruncated, SERVER, Some("upstream_truncated"), "api_error", "UNAVAILABLE"),
    (Class::UpstreamTimeout, SERVER, Some("upstream_timeout"), "timeout_error", "DEADLINE_EXCEEDED"),
    (Class::Stopping, SERVER, Some("gateway_stopping"), "overloaded_error", "UNAVAILABLE"),
    (Class::Misconfigured, SERVER, Some("gateway_misconfigured"), "api_error", "INTERNAL"),
    (Class::Internal, SERVER, Some("internal_error"), "api_error", "INTERNAL"),
];
const INVALID: &str = "invalid_request_error";
const SERVER: &str = "server_error";

fn body(error: &Error, dialect: Dialect) -> Value {
    serde_json::from_slice(&error.body(dialect, RequestId::new([7; 16]))).unwrap_or_default()
}

#[test]
fn every_class_has_its_row_in_every_dialect() {
    for (class, kind, code, anthropic, google) in ROWS {
        let error = Error::new(*class, "a \"message\"\n").about("a.b");
        for dialect in [Dialect::Chat, Dialect::Responses, Dialect::Converse] {
            let told = body(&error, dialect);
            let error = told["error"].as_object().expect("an object");
            assert_eq!(error.len(), 4, "{class:?} {told}");
            assert_eq!((error["type"].as_str(), error["code"].as_str()), (Some(*kind), *code), "{class:?} {told}");
            assert_eq!((error["message"].as_str(), error["param"].as_str()), (Some("a \"message\"\n"), Some("a.b")));
        }
        let told = body(&error, Dialect::Messages);
        assert_eq!((&told["type"], &told["error"]["type"]), (&"error".into(), &(*anthropic).into()), "{class:?}");
        assert!(told["request_id"].as_str().is_some_and(|id| id.starts_with("req_")), "{told}");
        let message = told["error"]["message"].as_str().expect("a message");
        assert!(message.ends_with("a.b: a \"message\"\n"), "{class:?} {told}");
        assert_eq!(message.starts_with("prompt is too long: "), *class == Class::ContextWindow, "{told}");
        let text = error.body(Dialect::Gemini, RequestId::new([7; 16]));
        assert!(text.starts_with(b"{\"error\":{\"code\":"), "{class:?}");
        let told = body(&error, Dialect::Gemini);
        assert_eq!(
            (&told["error"]["status"], &told["error"]["message"]),
            (&(*google).into(), &"a \"message\"\n".into())
        );
        // Google's SDKs take no other code for an error's.
        assert!(told["error"]["code"].as_u64().is_some_and(|code| (400..600).contains(&code)), "{told}");
        let detail = &told["error"]["details"][0];
        match class {
            Class::CallerAuth => assert_eq!(detail["reason"], "API_KEY_INVALID"),
            _ => assert_eq!(detail["fieldViolations"][0]["field"], "a.b", "{class:?} {told}"),
        }
    }
}

#[test]
fn no_class_is_forgotten() {
    let classes: std::collections::HashSet<&str> = ROWS.iter().map(|(class, ..)| class.code()).collect();
    // The last of them, counted from 0.
    assert_eq!((classes.len(), ROWS.len()), (Class::Internal as usize + 1, Class::Internal as usize + 1));
}
