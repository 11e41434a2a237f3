//! An answer's head as the platform wants it: a JSON prelude before the body.
//!
//! Format: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>, for
//! `application/vnd.awslambda.http-integration-response`.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderName, response};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::diagnostic;

/// What parts the prelude from the body. It is sent as a chunk of its own: Cargo Lambda's emulator answers with a 500
/// where it is glued to the prelude.
pub(crate) const BORDER: Bytes = Bytes::from_static(&[0; 8]);

/// The prelude of an answer.
pub(crate) fn of(head: &response::Parts) -> Bytes {
    let prelude = Prelude {
        status_code: head.status.as_u16(),
        headers: Headers(&head.headers),
        cookies: head.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()).collect(),
    };
    // Strings and numbers alone: writing them cannot fail.
    serde_json::to_vec(&prelude).unwrap_or_default().into()
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Prelude<'a> {
    status_code: u16,
    headers: Headers<'a>,
    cookies: Vec<&'a str>,
}

/// The headers but for cookies, each name once: the platform's own clients write a repeated one as an array, and what
/// a function URL makes of that is documented nowhere.
struct Headers<'a>(&'a HeaderMap);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        let mut map = writer.serialize_map(None)?;
        for name in self.0.keys().filter(|name| *name != SET_COOKIE) {
            if let Some(value) = joined(self.0, name) {
                map.serialize_entry(name.as_str(), &value)?;
            }
        }
        if !self.0.contains_key(CONTENT_TYPE) {
            // The platform would say so itself; said here, every emulator agrees.
            map.serialize_entry(CONTENT_TYPE.as_str(), "application/octet-stream")?;
        }
        map.end()
    }
}

/// The header's values in one, or `None` where one of them is not visible ASCII: the prelude is JSON, and bytes that
/// are no text would not arrive as they are.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut joined = String::new();
    for (index, value) in headers.get_all(name).iter().enumerate() {
        let Ok(value) = value.to_str() else {
            diagnostic::report(
                "a response header that is not visible ASCII was left out",
                &[("header", name.as_str())],
            );
            return None;
        };
        if index > 0 {
            joined.push_str(", ");
        }
        joined.push_str(value);
    }
    Some(joined)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Response};

    use super::*;

    fn prelude(headers: &[(&'static str, &'static [u8])]) -> String {
        let mut answer = Response::new(());
        *answer.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
        for (name, value) in headers {
            answer.headers_mut().append(*name, HeaderValue::from_bytes(value).expect("a value"));
        }
        String::from_utf8(of(&answer.into_parts().0).to_vec()).expect("JSON")
    }

    #[test]
    fn has_status_headers_and_cookies() {
        assert_eq!(
            prelude(&[
                ("content-type", b"application/json"),
                ("retry-after", b"7"),
                ("set-cookie", b"a=b"),
                ("set-cookie", b"c=\"d\"")
            ]),
            r#"{"statusCode":429,"headers":{"content-type":"application/json","retry-after":"7"},"cookies":["a=b","c=\"d\""]}"#
        );
    }

    #[test]
    fn a_content_type_is_always_there() {
        assert_eq!(
            prelude(&[]),
            r#"{"statusCode":429,"headers":{"content-type":"application/octet-stream"},"cookies":[]}"#
        );
    }

    #[test]
    fn repeated_headers_are_joined_and_foreign_bytes_left_out() {
        assert_eq!(
            prelude(&[
                ("content-type", b"a/b"),
                ("vary", b"a"),
                ("vary", b"b"),
                ("x-bytes", b"a"),
                ("x-bytes", b"\xe9")
            ]),
            r#"{"statusCode":429,"headers":{"content-type":"a/b","vary":"a, b"},"cookies":[]}"#
        );
    }
}
