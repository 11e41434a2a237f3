//! Heads across the border, each as one JSON text.
//!
//! A head has ten to thirty headers. Crossing with each name and each value costs several times what the runtime's own
//! `JSON` and one scan of the text cost.

use std::borrow::Cow;

use gatelet_core::wire::doc::{Doc, Value};
use gatelet_core::wire::text::push_string;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::javascript::{self, request_head, response_head};

/// The head of a request; `None` where its method or its URL is none that HTTP knows.
pub(crate) fn request(request: &javascript::Request) -> Option<(Method, Uri, HeaderMap)> {
    let head = request_head(request);
    let doc = Doc::parse_answer(&head).ok()?;
    let mut parts = doc.root().elements();
    let (method, url) = (parts.next()?.str()?, parts.next()?.str()?);
    Some((Method::from_bytes(method.as_bytes()).ok()?, target(&url)?, map(parts.next()?)))
}

/// The head of an answer.
pub(crate) fn response(response: &javascript::Response) -> (u16, HeaderMap) {
    let head = response_head(response);
    let read = || {
        let doc = Doc::parse_answer(&head).ok()?;
        let mut parts = doc.root().elements();
        let status = parts.next()?.count()?.try_into().ok()?;
        Some((status, map(parts.next()?)))
    };
    read().unwrap_or_default()
}

/// The headers as `fetch` and `Response` take them: an object, for which the runtime needs a fifth of the time that it
/// needs for pairs. So what comes several times is joined, as RFC 9110 section 5.3 has it; `set-cookie` alone cannot
/// be, and is none of the headers that the core passes on.
pub(crate) fn write(headers: &HeaderMap) -> String {
    let mut out = Vec::with_capacity(512);
    for name in headers.keys() {
        out.push(if out.is_empty() { b'{' } else { b',' });
        push_string(&mut out, name.as_str());
        out.push(b':');
        let mut values = headers.get_all(name).iter().map(|value| text(value.as_bytes()));
        let first = values.next().unwrap_or_default();
        push_string(&mut out, &values.fold(first, |all, next| Cow::Owned([&*all, ", ", &*next].concat())));
    }
    out.extend_from_slice(if out.is_empty() { b"{}" } else { b"}" });
    String::from_utf8(out).unwrap_or_default()
}

/// The pairs of names and values.
fn map(pairs: Value<'_>) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(24);
    for pair in pairs.elements() {
        let mut pair = pair.elements().filter_map(|text| text.str());
        let (Some(name), Some(value)) = (pair.next(), pair.next()) else { continue };
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            map.append(name, value);
        }
    }
    map
}

/// A header's value as text. A byte that is no text stands for the character of its number, which is how the runtime
/// writes it again.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

/// Path and query of a URL, not decoded. No URL parser: the runtime has parsed it already, and the crate that would do
/// it again weighs a quarter of the whole Worker.
fn target(url: &str) -> Option<Uri> {
    let (_, rest) = url.split_once("://")?;
    let path = rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/");
    let path = path.split('#').next().unwrap_or("/");
    if path.starts_with('/') { path.parse().ok() } else { format!("/{path}").parse().ok() }
}
