//! An error as Anthropic's API says it. <https://docs.anthropic.com/en/api/errors>

use crate::dialect::Dialect;
use crate::dialect::failure::in_stream;
use crate::error::{Class, Error};
use crate::store::RequestId;
use crate::wire::doc::Value;
use crate::wire::text::push_string;

/// The body of an error answer.
pub(crate) fn body(error: &Error, request: RequestId) -> Vec<u8> {
    // Anthropic has no key for the field; its own messages begin with the field's path. Claude Code looks for the words
    // of a prompt that is too long, and shortens it.
    let mut message = String::new();
    if let Some(param) = &error.param {
        message.push_str(param);
        message.push_str(": ");
    }
    if error.class == Class::ContextWindow && !error.message.to_ascii_lowercase().contains(TOO_LONG) {
        message.insert_str(0, ": ");
        message.insert_str(0, TOO_LONG);
    }
    message.push_str(&error.message);
    let mut out = Vec::with_capacity(160 + message.len());
    out.extend_from_slice(b"{\"type\":\"error\",\"error\":{\"type\":\"");
    out.extend_from_slice(kind(error.class).as_bytes());
    out.extend_from_slice(b"\",\"message\":");
    push_string(&mut out, &message);
    out.extend_from_slice(b"},\"request_id\":\"");
    out.extend_from_slice(&request.text());
    out.extend_from_slice(b"\"}");
    out
}

/// What Anthropic's own message of a prompt that is too long begins with.
const TOO_LONG: &str = "prompt is too long";

/// The last event of a stream that has failed.
pub(crate) fn event(error: &Error, request: RequestId) -> Vec<u8> {
    let mut out = b"event: error\ndata: ".to_vec();
    out.extend_from_slice(&body(error, request));
    out.extend_from_slice(b"\n\n");
    out
}

/// The HTTP status, where it is another one than everybody's: 529 is what Anthropic's SDKs know as overloaded.
pub(crate) const fn status(class: Class) -> u16 {
    match class {
        Class::Overloaded => 529,
        class => class.status(),
    }
}

/// The error that a body or an event tells: `{type: error, error: {type, message}}`.
pub(super) fn read(told: Value<'_>) -> Error {
    in_stream(Dialect::Messages, told).error
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
        Class::Stopping | Class::Overloaded => "overloaded_error",
        Class::UpstreamAuth
        | Class::UpstreamQuota
        | Class::UpstreamError
        | Class::UpstreamInvalid
        | Class::UnsupportedOutput
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

    #[test]
    fn a_prompt_that_is_too_long_is_told_in_anthropics_words() {
        let told = |message: &'static str| {
            let body = body(&Error::new(Class::ContextWindow, message), RequestId::new([7; 16]));
            String::from_utf8(body).expect("UTF-8")
        };
        let message = "This model's maximum context length is 8192 tokens";
        assert!(told(message).contains(&format!(r#""message":"prompt is too long: {message}""#)));
        assert!(told("Prompt is too long: 9 tokens > 8").contains(r#""message":"Prompt is too long: 9 tokens > 8""#));
    }

    #[test]
    fn trap_36_overloaded_stays_529() {
        assert_eq!((status(Class::Overloaded), status(Class::RateLimit)), (529, 429));
        assert_eq!(kind(Class::Overloaded), "overloaded_error");
    }

    #[test]
    fn what_is_said_of_the_gateways_credential_is_not_told() {
        let doc = crate::wire::doc::Doc::parse(
            r#"{"type":"error","error":{"type":"authentication_error","message":"sk-1"}}"#,
        );
        let error = read(doc.expect("JSON").root());
        assert_eq!(error.class, Class::UpstreamAuth);
        assert!(!error.message.contains("sk-1"));
    }
}
