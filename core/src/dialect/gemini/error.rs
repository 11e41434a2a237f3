//! An error as Google's APIs say it: `google.rpc.Status` in JSON. <https://cloud.google.com/apis/design/errors>

use crate::error::{Class, Error};
use crate::wire::text::{push_number, push_string};

/// The body of an error answer. `error` is the first key and `code` a number, since Google's SDKs look for that.
pub(crate) fn body(error: &Error) -> Vec<u8> {
    let mut out = Vec::with_capacity(240 + error.message.len());
    out.extend_from_slice(b"{\"error\":{\"code\":");
    push_number(&mut out, u64::from(error.class.status()));
    out.extend_from_slice(b",\"message\":");
    push_string(&mut out, &error.message);
    out.extend_from_slice(b",\"status\":\"");
    out.extend_from_slice(status(error.class).as_bytes());
    out.extend_from_slice(b"\",\"details\":[");
    let start = out.len();
    if error.class == Class::CallerAuth {
        out.extend_from_slice(
            b"{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\",\"domain\":\"gatelet\"}",
        );
    } else if let Some(param) = &error.param {
        out.extend_from_slice(
            b"{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\",\"fieldViolations\":[{\"field\":",
        );
        push_string(&mut out, param);
        out.extend_from_slice(b",\"description\":");
        push_string(&mut out, &error.message);
        out.extend_from_slice(b"}]}");
    }
    if let Some(wait) = error.retry_after {
        // Google's clients wait as this says, and do not look at headers.
        if out.len() > start {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"");
        push_number(&mut out, wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX));
        out.extend_from_slice(b"s\"}");
    }
    out.extend_from_slice(b"]}}");
    out
}

/// The last event of a stream that has failed.
pub(crate) fn event(error: &Error) -> Vec<u8> {
    let mut out = b"data: ".to_vec();
    out.extend_from_slice(&body(error));
    out.extend_from_slice(b"\n\n");
    out
}

/// The last element of an array that has failed, and the array's end.
pub(crate) fn element(error: &Error, first: bool) -> Vec<u8> {
    let mut out = if first { b"[".to_vec() } else { b",\n".to_vec() };
    out.extend_from_slice(&body(error));
    out.extend_from_slice(b"\n]");
    out
}

/// The `google.rpc.Code` of the class.
fn status(class: Class) -> &'static str {
    match class.status() {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        408 | 504 => "DEADLINE_EXCEEDED",
        429 => "RESOURCE_EXHAUSTED",
        500 => "INTERNAL",
        501.. => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_a_violation() {
        let error = Error::new(Class::Invalid, "required").about("contents");
        let expected = concat!(
            r#"{"error":{"code":400,"message":"required","status":"INVALID_ARGUMENT","details":["#,
            r#"{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents","description":"required"}]}]}}"#,
        );
        assert_eq!(body(&error), expected.as_bytes());
    }

    #[test]
    fn how_long_to_wait_is_told() {
        let error =
            Error { retry_after: Some(std::time::Duration::from_millis(1200)), ..Error::new(Class::RateLimit, "x") };
        let expected = concat!(
            r#"{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":["#,
            r#"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2s"}]}}"#,
        );
        assert_eq!(String::from_utf8(body(&error)).expect("UTF-8"), expected);
    }

    #[test]
    fn an_array_stays_an_array() {
        let error = Error::new(Class::UpstreamTruncated, "cut");
        for (before, first) in [("", true), ("[{}", false)] {
            let text = format!("{before}{}", String::from_utf8_lossy(&element(&error, first)));
            let elements: Vec<serde_json::Value> = serde_json::from_str(&text).expect("an array");
            assert_eq!(elements.last().and_then(|last| last["error"]["code"].as_u64()), Some(502));
        }
    }
}
