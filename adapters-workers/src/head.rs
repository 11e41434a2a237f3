//! Headers across the border, all of them as one JSON text.
//!
//! A head has ten to thirty headers. Crossing with each name and each value costs several times what the runtime's own
//! `JSON` and one scan of the text cost.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::javascript::{Headers, pairs, stringify};

/// The headers as the core reads them. One that it cannot hold is left out.
pub(crate) fn read(headers: &Headers) -> HeaderMap {
    let text = stringify(&pairs(headers)).unwrap_or_default();
    let pairs: Vec<(String, String)> = serde_json::from_str(&text).unwrap_or_default();
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

/// The headers as a JSON array of pairs, which `fetch` and `Response` take. A byte that is no text stands for the
/// character of its number, which is how the runtime writes it again.
pub(crate) fn write(headers: &HeaderMap) -> String {
    let pairs: Vec<(&str, Cow<'_, str>)> =
        headers.iter().map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect();
    serde_json::to_string(&pairs).unwrap_or_else(|_| "[]".to_owned())
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}
