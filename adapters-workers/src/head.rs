//! Heads across the border, each as one JSON text.
//!
//! A head has ten to thirty headers. Crossing with each name and each value costs several times what the runtime's own
//! `JSON` and one scan of the text cost.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::javascript::{self, request_head, response_head};

type Pairs = Vec<(String, String)>;

/// The head of a request; `None` where its method or its URL is none that HTTP knows.
pub(crate) fn request(request: &javascript::Request) -> Option<(Method, Uri, HeaderMap)> {
    let (method, url, pairs): (String, String, Pairs) =
        serde_json::from_slice(request_head(request).as_bytes()).ok()?;
    Some((Method::from_bytes(method.as_bytes()).ok()?, target(&url)?, map(pairs)))
}

/// The head of an answer.
pub(crate) fn response(response: &javascript::Response) -> (u16, HeaderMap) {
    let (status, pairs): (u16, Pairs) = serde_json::from_slice(response_head(response).as_bytes()).unwrap_or_default();
    (status, map(pairs))
}

/// The headers as `fetch` and `Response` take them: an object, for which the runtime needs a fifth of the time that it
/// needs for pairs. So what comes several times is joined, as RFC 9110 section 5.3 has it; `set-cookie` alone cannot
/// be, and is none of the headers that the core passes on.
pub(crate) fn write(headers: &HeaderMap) -> String {
    let mut out = String::with_capacity(512);
    for name in headers.keys() {
        out.push_str(if out.is_empty() { "{" } else { "," });
        out.push_str(&quoted(name.as_str()));
        out.push(':');
        let mut values = headers.get_all(name).iter().map(|value| text(value.as_bytes()));
        let first = values.next().unwrap_or_default();
        out.push_str(&quoted(&values.fold(first, |all, next| Cow::Owned([&*all, ", ", &*next].concat()))));
    }
    out.push_str(if out.is_empty() { "{}" } else { "}" });
    out
}

fn map(pairs: Pairs) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
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

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Path and query of a URL, not decoded. No URL parser: the runtime has parsed it already, and the crate that would do
/// it again weighs a quarter of the whole Worker.
fn target(url: &str) -> Option<Uri> {
    let (_, rest) = url.split_once("://")?;
    let path = rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/");
    let path = path.split('#').next().unwrap_or("/");
    if path.starts_with('/') { path.parse().ok() } else { format!("/{path}").parse().ok() }
}
