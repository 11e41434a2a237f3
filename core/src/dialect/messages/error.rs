//! An error as Anthropic's API says it. <https://docs.anthropic.com/en/api/errors>

use crate::error::{Class, Error};
use crate::store::RequestId;
use crate::wire::text::push_string;

/// The body of an error answer.
pub(crate) fn body(error: &Error, request: RequestId) -> Vec<u8> {
    let mut out = Vec::with_capacity(160 + error.message.len());
    out.extend_from_slice(b"{\"type\":\"error\",\"error\":{\"type\":\"");
    out.extend_from_slice(kind(error.class).as_bytes());
    out.extend_from_slice(b"\",\"message\":");
    match &error.param {
        // Anthropic has no key for the field; its own messages begin with the field's path.
        Some(param) => push_string(&mut out, &format!("{param}: {}", error.message)),
        None => push_string(&mut out, &error.message),
    }
    out.extend_from_slice(b"},\"request_id\":\"");
    out.extend_from_slice(&request.text());
    out.extend_from_slice(b"\"}");
    out
}

/// The last event of a stream that has failed.
pub(crate) fn event(error: &Error, request: RequestId) -> Vec<u8> {
    let mut out = b"event: error\ndata: ".to_vec();
    out.extend_from_slice(&body(error, request));
    out.extend_from_slice(b"\n\n");
    out
}

fn kind(class: Class) -> &'static str {
    match class {
        Class::Unsupported
        | Class::ContextWindow
        | Class::ContentPolicy
        | Class::Invalid
        | Class::BrokenOff
        | Class::MethodNotAllowed
        | Class::UnsupportedMedia
        | Class::UpgradeRequired => "invalid_request_error",
        Class::CallerAuth => "authentication_error",
        Class::CallerForbidden | Class::OriginNotAllowed => "permission_error",
        Class::NotFound | Class::ModelNotFound => "not_found_error",
        Class::TooLarge => "request_too_large",
        Class::RequestTimeout | Class::UpstreamTimeout => "timeout_error",
        Class::RateLimit => "rate_limit_error",
        // 529 is what Anthropic says when it has no room; a 503 of ours is the same to a client.
        Class::Stopping | Class::Overloaded => "overloaded_error",
        Class::UpstreamAuth
        | Class::UpstreamQuota
        | Class::UpstreamError
        | Class::UpstreamInvalid
        | Class::UpstreamTruncated
        | Class::Misconfigured
        | Class::Internal => "api_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_begins_with_the_field() {
        let error = Error::new(Class::Invalid, "required").about("model");
        let expected = r#"{"type":"error","error":{"type":"invalid_request_error","message":"model: required"},"request_id":"req_07070707070707070707070707070707"}"#;
        assert_eq!(body(&error, RequestId::new([7; 16])), expected.as_bytes());
    }
}
