//! An error as OpenAI's APIs say it: `{"error":{"message","type","param","code"}}`, all four keys always there.
//! <https://platform.openai.com/docs/guides/error-codes/api-errors>

use crate::error::{Class, Error};
use crate::wire::json;
use crate::wire::text::push_string;

/// The body of an error answer.
pub(crate) fn body(error: &Error) -> Vec<u8> {
    let mut out = Vec::with_capacity(160 + error.message.len());
    out.extend_from_slice(b"{\"error\":{\"message\":");
    push_string(&mut out, &error.message);
    out.extend_from_slice(b",\"type\":\"");
    out.extend_from_slice(kind(error.class).as_bytes());
    out.extend_from_slice(b"\",\"param\":");
    match &error.param {
        Some(param) => push_string(&mut out, param),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"code\":");
    match error.class {
        Class::Invalid | Class::NotFound => out.extend_from_slice(b"null"),
        class => push_string(&mut out, class.code()),
    }
    out.extend_from_slice(b"}}");
    out
}

/// The last event of a stream that has failed: the SDKs raise on a top-level `error`.
pub(crate) fn event(error: &Error) -> Vec<u8> {
    let mut out = b"data: ".to_vec();
    out.extend_from_slice(&body(error));
    out.extend_from_slice(b"\n\n");
    out
}

/// Whether a `base_resp` tells of a failure: MiniMax fails with a good status and a code there that is not 0.
/// <https://platform.minimax.io/docs/api-reference/errorcode>
pub(crate) fn is_base_failure(base: &str) -> bool {
    let [code] = json::pick(base, ["status_code"]).unwrap_or_default();
    !code.is_empty() && code != "0"
}

fn kind(class: Class) -> &'static str {
    match class {
        Class::RateLimit => "rate_limit_error",
        class if class.status() >= 500 => "server_error",
        _ => "invalid_request_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_response_fails_unless_its_code_is_0() {
        assert!(is_base_failure(r#"{"status_code":1004,"status_msg":"login fail"}"#));
        assert!(!is_base_failure(r#"{"status_code":0,"status_msg":""}"#));
        assert!(!is_base_failure("") && !is_base_failure("null") && !is_base_failure("{}"));
    }

    #[test]
    fn all_four_keys_are_there() {
        let error = Error::new(Class::Invalid, "`model` is required").about("model");
        let expected =
            r#"{"error":{"message":"`model` is required","type":"invalid_request_error","param":"model","code":null}}"#;
        assert_eq!(body(&error), expected.as_bytes());
        let error = Error::new(Class::UpstreamTruncated, "cut");
        let expected = "data: {\"error\":{\"message\":\"cut\",\"type\":\"server_error\",\"param\":null,\"code\":\"upstream_truncated\"}}\n\n";
        assert_eq!(event(&error), expected.as_bytes());
    }
}
