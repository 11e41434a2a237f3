//! A function URL's event as the HTTP request it stands for.
//!
//! `lambda_http` has such a conversion, but it parses and rewrites the URL, and it panics on a host header that is no
//! host and on a body that is not base64: both are a caller's to choose. The core needs the path as it was written
//! (a `%2F` in a model's name is not a slash), so the event is read here, and copied once.
//!
//! Format: payload 2.0, <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

/// An event that is no HTTP request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotHttp(String);

impl fmt::Display for NotHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not the event of a function URL or an HTTP API (payload format 2.0): {}", self.0)
    }
}

/// The request in an event.
///
/// # Errors
/// What the event is not. Never holds a part of the body or a header's value.
pub(crate) fn request(event: &Bytes) -> Result<Request<Full<Bytes>>, NotHttp> {
    // serde's own message may quote what it stumbled over, so only where it did is told.
    let read: Event<'_> = serde_json::from_slice(event)
        .map_err(|error| NotHttp(format!("unreadable at byte {} of its line {}", error.column(), error.line())))?;
    let mut request = Request::new(Full::new(body(event, read.body.0, read.is_base64_encoded)?));
    *request.method_mut() = Method::from_bytes(read.request_context.http.method.0.as_bytes())
        .map_err(|_| NotHttp("its method is none".to_owned()))?;
    *request.uri_mut() = uri(&read.raw_path.0, &read.raw_query_string.0)?;
    *request.headers_mut() = read.headers.0;
    Ok(request)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow)]
    raw_path: Text<'a>,
    #[serde(borrow, default)]
    raw_query_string: Text<'a>,
    #[serde(default)]
    headers: Headers,
    #[serde(borrow)]
    request_context: RequestContext<'a>,
    #[serde(borrow, default)]
    body: Text<'a>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct RequestContext<'a> {
    #[serde(borrow)]
    http: Http<'a>,
}

#[derive(Deserialize)]
struct Http<'a> {
    #[serde(borrow)]
    method: Text<'a>,
}

/// A string, borrowed where it holds no escape; empty where it is `null`.
#[derive(Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Text<'de>, E> {
                Ok(Text::default())
            }
        }
        reader.deserialize_any(Any)
    }
}

/// The headers, each name once, repeated ones joined by the platform.
#[derive(Default)]
struct Headers(HeaderMap);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("headers")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Headers, E> {
                Ok(Headers::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = HeaderMap::with_capacity(32);
                while let Some((name, value)) = map.next_entry::<Text<'de>, Text<'de>>()? {
                    let name = HeaderName::from_bytes(name.0.as_bytes()).map_err(de::Error::custom)?;
                    let value = HeaderValue::from_bytes(value.0.as_bytes()).map_err(de::Error::custom)?;
                    headers.append(name, value);
                }
                Ok(Headers(headers))
            }
        }
        reader.deserialize_any(Map)
    }
}

fn body(event: &Bytes, text: Cow<'_, str>, is_base64: bool) -> Result<Bytes, NotHttp> {
    if is_base64 {
        let bytes = BASE64_STANDARD.decode(text.as_bytes());
        return bytes.map(Bytes::from).map_err(|_| NotHttp("its body is not the base64 it is said to be".to_owned()));
    }
    Ok(match text {
        Cow::Borrowed("") => Bytes::new(),
        Cow::Borrowed(text) => event.slice_ref(text.as_bytes()),
        Cow::Owned(text) => Bytes::from(text),
    })
}

fn uri(path: &str, query: &str) -> Result<Uri, NotHttp> {
    let mut target = String::with_capacity(path.len() + query.len() + 2);
    if !path.starts_with('/') {
        target.push('/');
    }
    escape(path, b"", &mut target);
    if !query.is_empty() {
        target.push('?');
        escape(query, b"?", &mut target);
    }
    PathAndQuery::from_maybe_shared(Bytes::from(target))
        .map(Uri::from)
        .map_err(|_| NotHttp("its path is none".to_owned()))
}

/// Appends what a path (and, with `also`, a query) may hold as it is, and escapes the rest. What is escaped already
/// stays so: a function URL delivers the path as the caller wrote it, an HTTP API decodes it first.
fn escape(text: &str, also: &[u8], target: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let bytes = text.as_bytes();
    for (index, &byte) in bytes.iter().enumerate() {
        let plain = match byte {
            b'%' => bytes.get(index + 1..index + 3).is_some_and(|next| next.iter().all(u8::is_ascii_hexdigit)),
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte) || also.contains(&byte),
        };
        if plain {
            target.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
            target.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn read(event: &str) -> Result<Request<Full<Bytes>>, NotHttp> {
        request(&Bytes::copy_from_slice(event.as_bytes()))
    }

    fn event(path: &str, query: &str) -> String {
        format!(r#"{{"rawPath":"{path}","rawQueryString":"{query}","requestContext":{{"http":{{"method":"GET"}}}}}}"#)
    }

    fn collected(request: Request<Full<Bytes>>) -> Bytes {
        let mut whole = request.into_body();
        let frame = std::pin::pin!(whole.frame());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match frame.poll(&mut context) {
            std::task::Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            _ => Bytes::new(),
        }
    }

    #[test]
    fn reads_what_the_platform_documents() {
        // The example of the documentation, shortened.
        let request = read(
            r#"{"version":"2.0","routeKey":"$default","rawPath":"/v1/chat/completions",
                "rawQueryString":"parameter1=value1&parameter1=value2&parameter2=value",
                "cookies":["cookie1","cookie2"],
                "headers":{"header1":"value1","header2":"value1,value2","Authorization":"Bearer x"},
                "queryStringParameters":{"parameter1":"value1,value2","parameter2":"value"},
                "requestContext":{"accountId":"123456789012","apiId":"<urlid>","authentication":null,
                  "authorizer":{"iam":{"accessKey":"AKIA..."}},"domainName":"x.lambda-url.us-west-2.on.aws",
                  "http":{"method":"POST","path":"/my/path","protocol":"HTTP/1.1","sourceIp":"123.123.123.123",
                  "userAgent":"agent"},"requestId":"id","routeKey":"$default","stage":"$default","timeEpoch":1583348638390},
                "body":"{\"model\":\"m\",\"n\":\"\u00e9\"}","pathParameters":null,"isBase64Encoded":false,"stageVariables":null}"#,
        )
        .expect("a request");
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "/v1/chat/completions?parameter1=value1&parameter1=value2&parameter2=value");
        assert_eq!(request.headers().get("header2").map(HeaderValue::as_bytes), Some(&b"value1,value2"[..]));
        assert_eq!(request.headers().get("authorization").map(HeaderValue::as_bytes), Some(&b"Bearer x"[..]));
        assert_eq!(collected(request), "{\"model\":\"m\",\"n\":\"é\"}");
    }

    #[test]
    fn the_path_stays_as_it_was_written() {
        for (path, query, target) in [
            (
                "/v1beta/models/mock%2Fa:generateContent",
                "alt=sse&key=a%20b",
                "/v1beta/models/mock%2Fa:generateContent?alt=sse&key=a%20b",
            ),
            ("/models/a%252Fb:x", "", "/models/a%252Fb:x"),
            ("", "", "/"),
            ("//v1/models/", "", "//v1/models/"),
            ("v1", "", "/v1"),
            // A gateway in front that decoded the path.
            ("/a b/é?#%", "q=?/%zz\\\"", "/a%20b/%C3%A9%3F%23%25?q=?/%25zz%22"),
        ] {
            assert_eq!(read(&event(path, query)).map(|request| request.uri().to_string()), Ok(target.to_owned()));
        }
    }

    #[test]
    fn decodes_base64() {
        let with = |body: &str| {
            read(&format!(
                r#"{{"rawPath":"/","requestContext":{{"http":{{"method":"POST"}}}},"isBase64Encoded":true,"body":"{body}"}}"#
            ))
        };
        assert_eq!(with("eyJhIjoi/w==").map(collected), Ok(Bytes::from_static(b"{\"a\":\"\xff")));
        assert!(with("no base64!").is_err());
    }

    #[test]
    fn a_body_without_escapes_is_not_copied() {
        let event = Bytes::from_static(
            br#"{"rawPath":"/","requestContext":{"http":{"method":"POST"}},"headers":null,"body":"plain"}"#,
        );
        let body = collected(request(&event).expect("a request"));
        assert_eq!(body, "plain");
        assert!(event.as_ptr_range().contains(&body.as_ptr()));
    }

    #[test]
    fn other_events_are_refused_without_a_quotation() {
        for event in [
            "",
            "null",
            "{}",
            "[1]",
            r#"{"Records":[{"body":"canary"}]}"#,
            r#"{"rawPath":7,"requestContext":{"http":{"method":"GET"}}}"#,
            r#"{"rawPath":"/canary","requestContext":{"http":{"method":"G T"}}}"#,
            r#"{"rawPath":"/","requestContext":{"http":{"method":"GET"}},"headers":{"canary":"a\nb"}}"#,
            r#"{"rawPath":"/","requestContext":{"http":{"method":"GET"}},"body":{"canary":1}}"#,
        ] {
            let refusal = read(event).expect_err(event).to_string();
            assert!(!refusal.contains("canary"), "{refusal}");
        }
    }
}
