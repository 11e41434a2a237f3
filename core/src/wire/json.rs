//! One pass over a JSON text: is it valid, and where are its members?
//!
//! Nothing is built and nothing is copied: the caller is told the byte spans of the members of one object and picks
//! what it wants. What lies deeper is checked and passed over. The text is accepted if and only if a full parser
//! accepts it and it is nested no deeper than allowed; a lone surrogate in an escape is accepted, as JavaScript writes
//! them.

use std::borrow::Cow;
use std::ops::Range;

use super::decimal::decimal;
use super::doc::said;
use super::scan::Scanner;
pub use super::scan::{Fault, FaultKind, MAX_DEPTH};

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key, quotes included.
    pub key: Range<usize>,
    /// The value.
    pub value: Range<usize>,
}

/// Checks the whole text, which must be one object, and visits its members in order.
///
/// # Errors
/// The first fault.
pub fn members(text: &str, depth: u32, mut visit: impl FnMut(Member)) -> Result<(), Fault> {
    walk(text, depth, false, &mut visit)
}

/// Checks the whole text, which must be one array, and visits the spans of its elements in order.
///
/// # Errors
/// The first fault.
pub fn elements(text: &str, depth: u32, mut visit: impl FnMut(Range<usize>)) -> Result<(), Fault> {
    walk(text, depth, true, &mut |member: Member| visit(member.value))
}

/// The values of an object's members of those names, each the last of its name, and empty where there is none. `None`
/// if the text is no object.
pub fn pick<'a, const N: usize>(text: &'a str, names: [&str; N]) -> Option<[&'a str; N]> {
    let mut found = [""; N];
    pick_into(text, &names, &mut found).then_some(found)
}

fn pick_into<'a>(text: &'a str, names: &[&str], found: &mut [&'a str]) -> bool {
    let scanned = walk(text, MAX_DEPTH, false, &mut |member: Member| {
        let literal = at(text, &member.key);
        let name = string(literal);
        let place = name.and_then(|name| names.iter().position(|wanted| *wanted == name));
        if let Some(value) = place.and_then(|place| found.get_mut(place)) {
            *value = at(text, &member.value);
        }
    });
    scanned.is_ok()
}

/// The value of an object's member of that name; empty if there is none.
pub fn get<'a>(text: &'a str, name: &str) -> &'a str {
    pick(text, [name]).map_or("", |[value]| value)
}

/// Visits the elements of an array; none if the text is no array.
pub fn each<'a>(text: &'a str, mut visit: impl FnMut(&'a str)) {
    // What is no array has no elements.
    let _ = walk(text, MAX_DEPTH, true, &mut |member: Member| visit(at(text, &member.value)));
}

/// Whether a value that was picked says something: it is there, and not `null`.
pub fn is_given(value: &str) -> bool {
    !value.is_empty() && value != "null"
}

/// A count, as servers write it: some as `10.0`. What is none, and what is negative, is `None`.
pub fn count(value: &str) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    value.parse().ok().or_else(|| decimal(value).filter(|count| *count >= 0.0).map(|count| count as u64))
}

/// The walk over an object's members or an array's elements; an element is a member without a key. It is one piece of
/// code for all who look at something: the closures are small, and the Worker must be too.
fn walk(text: &str, depth: u32, array: bool, visit: &mut dyn FnMut(Member)) -> Result<(), Fault> {
    let (open, close) = if array { (b'[', b']') } else { (b'{', b'}') };
    let mut scanner = Scanner::new(text, depth);
    scanner.space();
    if scanner.peek() != Some(open) {
        return Err(scanner.not_a_container());
    }
    scanner.at += 1;
    scanner.enter(array)?;
    scanner.space();
    if scanner.peek() == Some(close) {
        scanner.at += 1;
        return scanner.end();
    }
    loop {
        let key = if array { 0..0 } else { scanner.key()? };
        let start = scanner.at;
        scanner.value()?;
        visit(Member { key, value: start..scanner.at });
        scanner.space();
        match scanner.next()? {
            b',' => scanner.space(),
            byte if byte == close => return scanner.end(),
            _ => return Err(scanner.fault_before()),
        }
    }
}

/// Whether the text is one whole JSON value.
pub fn is_valid(text: &str) -> bool {
    let mut scanner = Scanner::new(text, MAX_DEPTH);
    scanner.space();
    scanner.value().and_then(|()| scanner.end()).is_ok()
}

/// The text of a JSON string literal, quotes included in `literal`. `None` if it is no string, or holds a lone
/// surrogate.
pub fn string(literal: &str) -> Option<Cow<'_, str>> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    if is_valid(literal) { said(literal) } else { None }
}

/// The part of the text at a span that this module has found.
pub fn at<'a>(text: &'a str, span: &Range<usize>) -> &'a str {
    text.get(span.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;
    use crate::wire::oracle;

    fn found(text: &str) -> Result<Vec<(String, String)>, Fault> {
        let mut found = Vec::new();
        members(text, MAX_DEPTH, |member| {
            let key = string(at(text, &member.key)).unwrap_or_default().into_owned();
            found.push((key, at(text, &member.value).to_owned()));
        })?;
        Ok(found)
    }

    #[test]
    fn spans_are_the_bytes_as_written() {
        let text = " {\"a\" : [1, {\"model\":\"no\"}] , \"m\\u006fdel\":\"x\" ,\"n\":-1.50e+3}\n";
        let expected = [("a", "[1, {\"model\":\"no\"}]"), ("model", "\"x\""), ("n", "-1.50e+3")];
        let expected: Vec<_> = expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assert_eq!(found(text), Ok(expected));
        assert_eq!(found("{}"), Ok(vec![]));
    }

    #[test]
    fn faults_say_what_and_where() {
        let fault = |text: &str| found(text).expect_err("a fault");
        assert_eq!(fault(""), Fault { at: 0, kind: FaultKind::Eof });
        assert_eq!(fault("{\"a\":"), Fault { at: 5, kind: FaultKind::Eof });
        assert_eq!(fault("{\"a\":1,}"), Fault { at: 7, kind: FaultKind::Syntax });
        assert_eq!(fault("[1]"), Fault { at: 0, kind: FaultKind::WrongType });
        assert_eq!(fault("nul"), Fault { at: 3, kind: FaultKind::Eof });
        assert_eq!(fault("{} x"), Fault { at: 3, kind: FaultKind::Syntax });
        assert_eq!(fault("{\"a\":\"\u{1}\"}"), Fault { at: 6, kind: FaultKind::Syntax });
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(members(&nested(64), 64, |_| ()).is_ok());
        let fault = members(&nested(65), 64, |_| ()).expect_err("too deep");
        assert_eq!(fault.kind, FaultKind::TooDeep);
        assert!(members(&nested(128), 1000, |_| ()).is_ok());
        assert!(members(&"[".repeat(1_000_000), 1000, |_| ()).is_err());
    }

    #[test]
    fn elements_are_found() {
        let text = "[ 1 ,{\"a\":[]}, \"x,y\" ]";
        let mut found = Vec::new();
        elements(text, 8, |span| found.push(at(text, &span))).expect("an array");
        assert_eq!(found, ["1", "{\"a\":[]}", "\"x,y\""]);
        assert_eq!(elements("{}", 8, |_| ()).expect_err("no array").kind, FaultKind::WrongType);
    }

    #[test]
    fn values_are_picked_by_name_and_the_last_counts() {
        let text = r#"{"a":1,"b":{"c":[2, "x"]},"\u0061":3}"#;
        assert_eq!(pick(text, ["a", "b", "z"]), Some(["3", r#"{"c":[2, "x"]}"#, ""]));
        assert_eq!(pick("[]", ["a"]), None);
        let mut found = Vec::new();
        each(get(get(text, "b"), "c"), |element| found.push(element));
        assert_eq!(found, ["2", "\"x\""]);
        assert_eq!((get("7", "a"), is_given(""), is_given("null"), is_given("0")), ("", false, false, true));
    }

    #[test]
    fn counts_are_what_servers_write() {
        assert_eq!((count("7"), count("7.0"), count("1e2")), (Some(7), Some(7), Some(100)));
        for none in ["", "null", "-1", "\"7\"", "[1]", "true", "{}"] {
            assert_eq!(count(none), None, "{none}");
        }
    }

    #[test]
    fn accepts_what_a_full_parser_accepts() {
        let texts = [
            "{\"a\":01}",
            "{\"a\":-}",
            "{\"a\":1.}",
            "{\"a\":.5}",
            "{\"a\":1e}",
            "{\"a\":+1}",
            "{\"a\":0}",
            "{\"a\":-0.0E-1}",
            "{\"a\":tru}",
            "{\"a\":true}",
            "{\"a\" \"b\"}",
            "{a:1}",
            "{\"a\":1 \"b\":2}",
            "{\"a\":[1,]}",
            "{\"a\":[,1]}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12\"}",
            "{\"a\":\"\\u1234\"}",
            "{\"a\":[}]}",
            "{\"a\":{]}}",
            "{\"a\":\"\t\"}",
            "{,}",
            "{\"a\":1}}",
            "{\"a\":NaN}",
            "{\"a\":\"é\u{2028}\"}",
            "\u{feff}{}",
            "{\"\":null}",
        ];
        for text in texts {
            let full = serde_json::from_str::<std::collections::HashMap<String, IgnoredAny>>(text).is_ok();
            assert_eq!(found(text).is_ok(), full, "{text}");
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(|number| serde_json::json!(number)),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn finds_what_a_full_parse_finds(value in prop::collection::btree_map(any::<String>(), json(), 0..6), pretty: bool) {
            let value = serde_json::Value::Object(value.into_iter().collect());
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.expect("a value");
            prop_assert_eq!(found(&text).ok(), oracle::members(text.as_bytes()));
        }

        #[test]
        fn agrees_about_damaged_texts(
            value in prop::collection::btree_map("[a-c\\\\\"]{0,3}", json(), 0..4),
            place: prop::sample::Index,
            damage in prop_oneof![Just(""), Just("\""), Just("\\"), Just(","), Just("}"), Just("]"), Just("0"), Just("\u{1f}"), Just("é")],
            cut: prop::sample::Index,
        ) {
            let whole = serde_json::to_string(&value).expect("a value");
            let mut place = place.index(whole.len());
            while !whole.is_char_boundary(place) { place -= 1; }
            let mut text = whole.clone();
            text.insert_str(place, damage);
            prop_assert_eq!(found(&text).ok(), oracle::members(text.as_bytes()));
            let mut end = cut.index(text.len());
            while !text.is_char_boundary(end) { end -= 1; }
            prop_assert_eq!(found(&text[..end]).ok(), oracle::members(&text.as_bytes()[..end]));
        }
    }
}
