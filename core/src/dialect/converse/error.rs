//! An error as AWS says it: its type in a header, or with the message in the body, or both.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors>

use std::borrow::Cow;

use crate::error::{Class, Error};
use crate::wire::doc::Doc;

/// The type and the message of an error answer. `header` is what `x-amzn-errortype` says, empty where it is not there; the
/// type is told without what AWS's services write around it: a namespace before it, an address behind it.
pub(crate) fn read(header: &str, body: &[u8]) -> (String, String) {
    let doc = Doc::parse_bytes(body).ok();
    let root = doc.as_ref().map(Doc::root);
    let member = |names: &[&str]| -> Option<Cow<'_, str>> {
        let root = root?;
        names.iter().find_map(|name| root.get_str(name)).filter(|text| !text.is_empty())
    };
    let written = if header.is_empty() { member(&["__type", "code"]).unwrap_or_default() } else { header.into() };
    let name = written.split(':').next().unwrap_or_default();
    let name = name.rsplit('#').next().unwrap_or_default().trim();
    (name.to_owned(), member(&["message", "Message", "originalMessage"]).unwrap_or_default().into_owned())
}

/// The error that an exception in a stream, or one told with 200, is to a client.
pub(super) fn failure(kind: &str, message: String) -> Error {
    let class = class(kind, &message);
    match class {
        // What is said may name the account, or a part of the key.
        Class::UpstreamAuth => Error::new(class, "the provider refused the gateway's credential"),
        _ if message.is_empty() => Error::new(class, format!("the provider failed: {kind}")),
        _ => Error::new(class, message),
    }
}

/// The types' names without `Exception`, and their classes (translation.md 5.1).
const CLASSES: &[(&str, Class)] = &[
    ("throttling", Class::RateLimit),
    ("validation", Class::Invalid),
    ("serviceUnavailable", Class::Overloaded),
    ("modelNotReady", Class::Overloaded),
    ("modelTimeout", Class::UpstreamTimeout),
    ("resourceNotFound", Class::ModelNotFound),
    ("serviceQuotaExceeded", Class::UpstreamQuota),
    ("accessDenied", Class::UpstreamAuth),
    ("unrecognizedClient", Class::UpstreamAuth),
    ("invalidSignature", Class::UpstreamAuth),
    ("expiredToken", Class::UpstreamAuth),
];

/// What Bedrock and the models on it say of a conversation that is too long.
const TOO_LONG: &[&str] =
    &["input is too long", "prompt is too long", "maximum context length", "too many input tokens", "context window"];

fn class(kind: &str, message: &str) -> Class {
    // In a stream the names begin with a small letter.
    let name = kind.strip_suffix("Exception").unwrap_or(kind);
    let known = CLASSES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, class)| *class);
    match known {
        Some(Class::Invalid) => {
            let message = message.to_ascii_lowercase();
            let too_long = TOO_LONG.iter().any(|words| message.contains(words));
            if too_long { Class::ContextWindow } else { Class::Invalid }
        }
        Some(class) => class,
        None => Class::UpstreamError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_and_message_are_found_where_aws_puts_them() {
        for (header, body, kind, message) in [
            (
                "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
                r#"{"message":"The provided model identifier is invalid."}"#,
                "ValidationException",
                "The provided model identifier is invalid.",
            ),
            ("", r#"{"Message":"no"}"#, "", "no"),
            (
                "",
                r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":""}"#,
                "AccessDeniedException",
                "",
            ),
            ("ThrottlingException", "<html>", "ThrottlingException", ""),
            ("", "[]", "", ""),
        ] {
            assert_eq!(read(header, body.as_bytes()), (kind.to_owned(), message.to_owned()), "{header} {body}");
        }
    }

    #[test]
    fn each_type_has_its_class() {
        for (kind, message, class) in [
            ("throttlingException", "slow down", Class::RateLimit),
            ("ThrottlingException", "slow down", Class::RateLimit),
            ("validationException", "messages: at least one", Class::Invalid),
            ("ValidationException", "Input is too long for requested model.", Class::ContextWindow),
            ("serviceUnavailableException", "", Class::Overloaded),
            ("modelStreamErrorException", "x", Class::UpstreamError),
            ("InternalFailure", "x", Class::UpstreamError),
        ] {
            assert_eq!(failure(kind, message.to_owned()).class, class, "{kind}");
        }
        let denied = failure("AccessDeniedException", "User: arn:aws:iam::123:user/x is not authorized".to_owned());
        assert!(!denied.message.contains("arn"));
    }
}
