//! Data URLs (RFC 2397), as chat and Responses carry files: taken apart on the way in, put together on the way out.

use std::borrow::Cow;

use super::request::{Source, Str};
use crate::wire::{base64, percent};

/// What an address is: a data URL's bytes, or an address. `None` for a data URL that is broken.
pub fn source(url: Str<'_>) -> Option<Source<'_>> {
    if url.get(..5).is_none_or(|scheme| !scheme.eq_ignore_ascii_case("data:")) {
        return Some(Source::Url { url, mime: None });
    }
    let comma = memchr::memchr(b',', url.as_bytes())?;
    let head = url.get(5..comma)?;
    let (mime, encoded) = match head.rsplit_once(';') {
        Some((mime, last)) if last.trim().eq_ignore_ascii_case("base64") => (mime, true),
        _ => (head, false),
    };
    let mime = Cow::Owned(media_type(mime.split(';').next().unwrap_or_default()).into_owned());
    if !encoded {
        let data = base64::encode(&percent::decode(url.get(comma + 1..)?));
        return Some(Source::Base64 { mime, data: Cow::Owned(data) });
    }
    let data = match url {
        Cow::Borrowed(url) => standard(Cow::Borrowed(url.get(comma + 1..)?)),
        Cow::Owned(url) => standard(Cow::Owned(url.get(comma + 1..)?.to_owned())),
    };
    Some(Source::Base64 { mime, data })
}

/// A base64 text in the standard alphabet, padded: Gemini takes both alphabets, the others this one. A text that is so
/// already is not copied.
pub fn standard(text: Str<'_>) -> Str<'_> {
    if text.len().is_multiple_of(4) && memchr::memchr3(b'-', b'_', b'%', text.as_bytes()).is_none() {
        return text;
    }
    // `%2B` and `%3D` stand where somebody has put the text through a form.
    let plain = percent::decode(&text);
    let mut out = String::with_capacity(plain.len() + 3);
    out.extend(plain.iter().map(|byte| match byte {
        b'-' => '+',
        b'_' => '/',
        byte => char::from(*byte),
    }));
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    Cow::Owned(out)
}

/// A media type as it is compared: lower case, and `image/jpeg` for what some call `image/jpg`. What is none is plain text
/// (RFC 2397 section 2).
pub fn media_type(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_empty() {
        Cow::Borrowed("text/plain")
    } else if text.eq_ignore_ascii_case("image/jpg") {
        Cow::Borrowed("image/jpeg")
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_url_is_taken_apart() {
        for (url, mime, data) in [
            ("data:image/png;base64,aGk=", "image/png", "aGk="),
            ("DATA:image/JPG;BASE64,aGk", "image/jpeg", "aGk="),
            ("data:text/plain;charset=utf-8;base64,-_-_", "text/plain", "+/+/"),
            ("data:application/pdf;base64,aGk%3D", "application/pdf", "aGk="),
            ("data:,hi%21", "text/plain", "aGkh"),
            ("data:text/html,a%ffb", "text/html", "Yf9i"),
        ] {
            let expected = Source::Base64 { mime: mime.into(), data: data.into() };
            assert_eq!(source(url.into()), Some(expected.clone()), "{url}");
            assert_eq!(source(Cow::Owned(url.to_owned())), Some(expected), "{url}");
        }
        assert_eq!(source("https://x/y".into()), Some(Source::Url { url: "https://x/y".into(), mime: None }));
        assert_eq!(source("data:image/png".into()), None);
    }
}
