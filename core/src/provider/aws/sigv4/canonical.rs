//! The one way to write a request that both ends hash.

use std::ops::Range;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::wire::percent;

/// What of a request is signed, beside its headers and its body.
#[derive(Clone, Copy)]
pub(super) struct Signable<'a> {
    pub(super) method: &'a str,
    pub(super) host: &'a str,
    /// As it is sent.
    pub(super) path: &'a str,
    /// As it is sent, without its question mark.
    pub(super) query: Option<&'a str>,
}

/// A canonical request.
pub(super) struct Canonical {
    pub(super) text: Vec<u8>,
    /// Where the names of the signed headers stand.
    signed_headers: Range<usize>,
}

impl Canonical {
    pub(super) fn new(
        target: Signable<'_>,
        headers: &HeaderMap,
        is_signed: fn(&HeaderName) -> bool,
        body_hash: &[u8],
    ) -> Self {
        let names = names(headers, is_signed);

        let mut url = String::with_capacity(target.path.len() * 2 + 2);
        push_path(&mut url, target.path);
        url.push('\n');
        push_query(&mut url, target.query.unwrap_or_default());

        let mut text = Vec::with_capacity(url.len() + 2048);
        text.extend_from_slice(target.method.as_bytes());
        text.push(b'\n');
        text.extend_from_slice(url.as_bytes());
        text.push(b'\n');
        for name in &names {
            text.extend_from_slice(name.as_bytes());
            let mut border = b':';
            if *name == "host" {
                text.push(border);
                text.extend_from_slice(target.host.as_bytes());
            } else {
                for value in headers.get_all(*name) {
                    text.push(border);
                    push_value(&mut text, value);
                    border = b',';
                }
            }
            text.push(b'\n');
        }
        text.push(b'\n');
        let start = text.len();
        text.extend_from_slice(names.join(";").as_bytes());
        let signed_headers = start..text.len();
        text.push(b'\n');
        text.extend_from_slice(body_hash);
        Self { text, signed_headers }
    }

    /// The names of the signed headers, as `authorization` lists them.
    pub(super) fn signed_headers(&self) -> &[u8] {
        self.text.get(self.signed_headers.clone()).unwrap_or_default()
    }
}

/// The names of the headers that are signed, in order. They are few: putting each in its place takes no sorting.
fn names(headers: &HeaderMap, is_signed: fn(&HeaderName) -> bool) -> Vec<&str> {
    let mut names = vec!["host"];
    for name in headers.keys().filter(|name| is_signed(name) && **name != "host") {
        let place = names.partition_point(|before| *before < name.as_str());
        names.insert(place, name.as_str());
    }
    names
}

/// The path without dot segments (RFC 3986, section 5.2.4) and empty ones, and escaped once more than it is sent: what is
/// sent as `%3A` is signed as `%253A`.
fn push_path(out: &mut String, path: &str) {
    let mut kept: Vec<&str> = Vec::with_capacity(8);
    let mut is_open = true;
    for segment in path.split('/') {
        is_open = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    for segment in &kept {
        out.push('/');
        percent::push(out, segment.as_bytes());
    }
    if is_open || kept.is_empty() {
        out.push('/');
    }
}

/// The parameters in the order of their names, then of their values, escaped in the one way that is right: they may be sent
/// escaped otherwise, with `+` for a space (`form_urlencoded`, as aws-sigv4 reads them).
fn push_query(out: &mut String, query: &str) {
    let escaped = |text: &str| {
        let mut escaped = String::with_capacity(text.len());
        percent::push(&mut escaped, &percent::decode(&text.replace('+', " ")));
        escaped
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (escaped(name), escaped(value))
        })
        .collect();
    pairs.sort_unstable();
    for (place, (name, value)) in pairs.iter().enumerate() {
        if place > 0 {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
}

/// The value without white space around it, and with one space for any run of it within, quoted or not.
fn push_value(out: &mut Vec<u8>, value: &HeaderValue) {
    let words = value.as_bytes().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for (place, word) in words.enumerate() {
        if place > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> String {
        let mut out = String::new();
        push_path(&mut out, path);
        out
    }

    fn query(query: &str) -> String {
        let mut out = String::new();
        push_query(&mut out, query);
        out
    }

    #[test]
    fn a_path_is_escaped_twice() {
        assert_eq!(path("/model/us.anthropic.claude-v1%3A0/converse"), "/model/us.anthropic.claude-v1%253A0/converse");
        assert_eq!(
            path("/model/arn%3Aaws%3Abedrock%3Aa%3A1%3Aprompt%2Fx/invoke"),
            "/model/arn%253Aaws%253Abedrock%253Aa%253A1%253Aprompt%252Fx/invoke"
        );
        assert_eq!(path("/a:b@c/é~!*'()"), "/a%3Ab%40c/%C3%A9~%21%2A%27%28%29");
    }

    #[test]
    fn a_path_has_no_segment_that_leads_nowhere() {
        for (sent, signed) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/a/..", "/"),
            ("/../a", "/a"),
            ("/a/./b//c/../d", "/a/b/d"),
            ("/a/", "/a/"),
            ("/a/.", "/a/"),
            ("/a/b/..", "/a/"),
            ("/.a/b.", "/.a/b."),
        ] {
            assert_eq!(path(sent), signed, "{sent}");
        }
    }

    #[test]
    fn a_query_is_sorted_and_escaped_in_one_way() {
        assert_eq!(query("b=2&a=2&a=1&a-=0&A=3"), "A=3&a=1&a=2&a-=0&b=2");
        assert_eq!(query("flag&&x=&=y"), "=y&flag=&x=");
        assert_eq!(query("q=a+b%20c&r='%c3%A9/:"), "q=a%20b%20c&r=%27%C3%A9%2F%3A");
        assert_eq!(query("p=1%2B1=2"), "p=1%2B1%3D2");
        assert_eq!(query(""), "");
    }

    #[test]
    fn values_are_trimmed_within_and_without() {
        let mut out = Vec::new();
        push_value(&mut out, &HeaderValue::from_static(" \ta  \"b \t c\" "));
        assert_eq!(out, b"a \"b c\"");
    }
}
