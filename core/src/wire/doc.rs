//! A JSON text that has been read once: every value with its place, nothing copied and nothing converted.
//!
//! One pass checks the text and notes where each value starts and ends. What reads it afterwards walks the notes; a
//! value's own text is the bytes as they were written, so what is only moved is never written anew. A value also knows
//! its place, and its path is spelled only when somebody has to be told: `messages[3].content[1].type`.

use std::borrow::Cow;

use super::plain::plain;
pub use super::scan::{Fault, FaultKind, MAX_DEPTH};
use super::scan::{Kind as Scanned, Outline, Scanner};

/// A value's place in its text: the how-manieth value it is, keys counted. In the order of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At(pub u32);

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// What a lone surrogate in an escape is.
#[derive(Clone, Copy, Debug)]
enum Lone {
    /// No text: who asks is told so.
    NoText,
    /// The replacement character: of what a model has said nothing shall be lost.
    Replaced,
}

/// A text that has been read.
#[derive(Debug)]
pub struct Doc<'a> {
    text: &'a str,
    lone: Lone,
    outline: Outline,
}

impl<'a> Doc<'a> {
    /// Reads one whole JSON value.
    ///
    /// # Errors
    /// The first fault: no JSON, more than one value, or nested too deep.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let mut outline = Outline::of(text.len());
        let mut scanner = Scanner::new(text, MAX_DEPTH);
        scanner.space();
        scanner.outlined_value(&mut outline)?;
        scanner.end()?;
        Ok(Self { text, outline, lone: Lone::NoText })
    }

    /// The same of bytes, which must be UTF-8.
    ///
    /// # Errors
    /// As [`Doc::parse`].
    pub fn parse_bytes(bytes: &'a [u8]) -> Result<Self, Fault> {
        let text =
            std::str::from_utf8(bytes).map_err(|error| Fault { at: error.valid_up_to(), kind: FaultKind::Syntax })?;
        Self::parse(text)
    }

    /// The same of what an upstream has said. Its halves of surrogate pairs are read as U+FFFD: a text with one must not be
    /// lost as a whole.
    ///
    /// # Errors
    /// As [`Doc::parse`].
    pub fn parse_answer(text: &'a str) -> Result<Self, Fault> {
        Ok(Self { lone: Lone::Replaced, ..Self::parse(text)? })
    }

    /// The value that the text is.
    pub fn root(&self) -> Value<'_> {
        Value { doc: self, at: 0 }
    }

    /// The path of a value, as people write one: `tools[2].function.name`; empty for the root.
    pub fn path(&self, at: At) -> String {
        let mut path = String::new();
        let mut here = self.root();
        'down: while here.at < at.0 {
            match here.kind() {
                Kind::Object => {
                    for (key, value) in here.members() {
                        if value.holds(at) {
                            if !path.is_empty() {
                                path.push('.');
                            }
                            path.push_str(&key);
                            here = value;
                            continue 'down;
                        }
                    }
                    break;
                }
                Kind::Array => {
                    for (index, value) in here.elements().enumerate() {
                        if value.holds(at) {
                            path.push('[');
                            path.push_str(itoa::Buffer::new().format(index));
                            path.push(']');
                            here = value;
                            continue 'down;
                        }
                    }
                    break;
                }
                _ => break,
            }
        }
        path
    }
}

/// A value of a [`Doc`].
#[derive(Clone, Copy)]
pub struct Value<'a> {
    doc: &'a Doc<'a>,
    at: u32,
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.raw())
    }
}

impl<'a> Value<'a> {
    fn node(&self) -> super::scan::Node {
        self.doc.outline.nodes.get(self.at as usize).copied().unwrap_or_default()
    }

    fn holds(&self, at: At) -> bool {
        self.at <= at.0 && at.0 < self.node().next
    }

    /// Its place.
    pub fn at(&self) -> At {
        At(self.at)
    }

    /// The key under which it stands; `None` in an array, or if the key is no text.
    pub fn key(&self) -> Option<Cow<'a, str>> {
        let before = Value { at: self.at.checked_sub(1)?, ..*self };
        let between = self.doc.text.get(before.node().end as usize..self.node().start as usize)?;
        if between.contains(':') { before.str() } else { None }
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        match self.node().kind {
            Scanned::Null => Kind::Null,
            Scanned::True | Scanned::False => Kind::Bool,
            Scanned::Number => Kind::Number,
            Scanned::String | Scanned::Escaped | Scanned::Coded => Kind::String,
            Scanned::Array => Kind::Array,
            Scanned::Object => Kind::Object,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.node().kind == Scanned::Null
    }

    /// Its text, as it was written.
    pub fn raw(&self) -> &'a str {
        let node = self.node();
        self.doc.text.get(node.start as usize..node.end as usize).unwrap_or_default()
    }

    /// The bytes of the text that it takes.
    pub fn span(&self) -> std::ops::Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// What a string says. `None` if it is no string, or holds a lone surrogate, which is no text.
    pub fn str(&self) -> Option<Cow<'a, str>> {
        match self.node().kind {
            Scanned::String => {
                let node = self.node();
                self.doc.text.get(node.start as usize + 1..node.end as usize - 1).map(Cow::Borrowed)
            }
            Scanned::Escaped | Scanned::Coded => unescape(self.raw(), self.doc.lone).map(Cow::Owned),
            _ => None,
        }
    }

    /// A string as it was written, quotes and all, if it surely is a text: it has no `\u`, which may be a lone surrogate.
    pub fn literal(&self) -> Option<&'a str> {
        matches!(self.node().kind, Scanned::String | Scanned::Escaped).then(|| self.raw())
    }

    /// Whether it is the string.
    pub fn is(&self, text: &str) -> bool {
        let node = self.node();
        match node.kind {
            // Most are told apart by their lengths.
            Scanned::String => {
                (node.end - node.start) as usize == text.len() + 2
                    && self.doc.text.as_bytes().get(node.start as usize + 1..node.end as usize - 1)
                        == Some(text.as_bytes())
            }
            Scanned::Escaped | Scanned::Coded => self.str().is_some_and(|said| said == text),
            _ => false,
        }
    }

    /// What `true` and `false` say.
    pub fn bool(&self) -> Option<bool> {
        match self.node().kind {
            Scanned::True => Some(true),
            Scanned::False => Some(false),
            _ => None,
        }
    }

    /// A number's text.
    pub fn number(&self) -> Option<&'a str> {
        (self.node().kind == Scanned::Number).then(|| self.raw())
    }

    /// A count: a number that is whole and not negative. Some write `10.0`.
    pub fn count(&self) -> Option<u64> {
        self.number().and_then(super::json::count)
    }

    /// An object's members in order; none if it is no object.
    pub fn members(&self) -> Members<'a> {
        let node = self.node();
        let end = if node.kind == Scanned::Object { node.next } else { 0 };
        Members { doc: self.doc, next: self.at + 1, end }
    }

    /// An array's elements in order; none if it is no array.
    pub fn elements(&self) -> Elements<'a> {
        let node = self.node();
        let end = if node.kind == Scanned::Array { node.next } else { 0 };
        Elements { doc: self.doc, next: self.at + 1, end }
    }

    /// An object's member of that name, if it is there and not `null`; the last, if it is there twice.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let mut found = None;
        let mut members = self.members();
        while let Some((key, value)) = members.next_pair() {
            if key.is(name) {
                found = Some(value);
            }
        }
        found.filter(|value| !value.is_null())
    }

    /// What the string member of that name says.
    pub fn get_str(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.str()
    }

    /// The first element of an array.
    pub fn first(&self) -> Option<Value<'a>> {
        self.elements().next()
    }

    /// Whether it is `{}`, `[]` or `""`.
    pub fn is_empty(&self) -> bool {
        let node = self.node();
        match node.kind {
            Scanned::Object | Scanned::Array => node.next == self.at + 1,
            Scanned::String => node.end - node.start == 2,
            _ => false,
        }
    }
}

/// An object's members.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    doc: &'a Doc<'a>,
    next: u32,
    end: u32,
}

impl<'a> Members<'a> {
    /// The next member, its key a value too: for who needs the key's place.
    pub fn next_pair(&mut self) -> Option<(Value<'a>, Value<'a>)> {
        if self.next >= self.end {
            return None;
        }
        let key = Value { doc: self.doc, at: self.next };
        let value = Value { at: self.next + 1, ..key };
        self.next = value.node().next;
        Some((key, value))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.next_pair()?;
        // A key with a lone surrogate is nobody's name: its own text will do.
        Some((key.str().unwrap_or(Cow::Borrowed(key.raw())), value))
    }
}

/// An array's elements.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    doc: &'a Doc<'a>,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let value = Value { doc: self.doc, at: self.next };
        self.next = value.node().next;
        Some(value)
    }
}

/// What a string literal of a text that has been read says.
pub fn said(literal: &str) -> Option<Cow<'_, str>> {
    let inner = inside(literal)?;
    if plain(inner.as_bytes()) == inner.len() {
        Some(Cow::Borrowed(inner))
    } else {
        unescape(literal, Lone::NoText).map(Cow::Owned)
    }
}

/// What stands between the quotes.
fn inside(literal: &str) -> Option<&str> {
    literal.get(1..literal.len().saturating_sub(1))
}

/// The text of a string literal that is known to be valid but for lone surrogates.
fn unescape(literal: &str, lone: Lone) -> Option<String> {
    let inner = inside(literal)?;
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    loop {
        // Nothing in it ends it: what is not plain is an escape.
        let (plain, escape) = rest.split_at_checked(plain(rest.as_bytes()))?;
        text.push_str(plain);
        let Some(kind) = escape.as_bytes().get(1) else { return Some(text) };
        let mut length = 2;
        match *kind {
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'u' => {
                let (char, bytes) = code(escape)?;
                length = bytes;
                match (char, lone) {
                    (Some(char), _) => text.push(char),
                    (None, Lone::Replaced) => text.push(char::REPLACEMENT_CHARACTER),
                    (None, Lone::NoText) => return None,
                }
            }
            other => text.push(char::from(other)),
        }
        rest = escape.get(length..)?;
    }
}

/// The character that an escape of `\\u` is, and its length; no character if it is a lone surrogate.
fn code(escape: &str) -> Option<(Option<char>, usize)> {
    let high = hex(escape.get(2..6)?)?;
    if (0xd800..0xdc00).contains(&high)
        && escape.get(6..8) == Some("\\u")
        && let Some(low) = hex(escape.get(8..12)?).filter(|low| (0xdc00..0xe000).contains(low))
    {
        return Some((char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12));
    }
    Some((char::from_u32(high), 6))
}

fn hex(digits: &str) -> Option<u32> {
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_walked_and_keep_their_text() {
        let text = r#" {"a" : [1, {"b\n":"x\u0041\ud83d\ude00"}, []] ,"c":-1.50e+3, "d":null, "a2":true} "#;
        let doc = Doc::parse(text).expect("JSON");
        let root = doc.root();
        assert_eq!(root.members().map(|(key, _)| key.into_owned()).collect::<Vec<_>>(), ["a", "c", "d", "a2"]);
        let a = root.get("a").expect("an array");
        assert_eq!(a.raw(), r#"[1, {"b\n":"x\u0041\ud83d\ude00"}, []]"#);
        assert_eq!(a.elements().count(), 3);
        let inner = a.elements().nth(1).and_then(|value| value.get("b\n")).expect("a string");
        assert_eq!(inner.str().as_deref(), Some("xA\u{1f600}"));
        assert_eq!(doc.path(inner.at()), "a[1].b\n");
        assert_eq!((inner.key().as_deref(), a.key().as_deref()), (Some("b\n"), Some("a")));
        assert!(root.key().is_none() && a.elements().all(|element| element.key().is_none()));
        assert_eq!(doc.path(At(0)), "");
        assert_eq!(root.get("c").and_then(|value| value.number()), Some("-1.50e+3"));
        assert!(root.get("d").is_none());
        assert_eq!(root.get("a2").and_then(|value| value.bool()), Some(true));
        assert!(a.elements().nth(2).is_some_and(|value| value.is_empty()));
    }

    #[test]
    fn a_lone_surrogate_is_no_text() {
        for text in [r#""\ud800""#, r#""\udc00x""#, r#""\ud800\u0041""#, r#""\ud800""#] {
            let doc = Doc::parse(text).expect("JSON");
            assert_eq!((doc.root().kind(), doc.root().str()), (Kind::String, None), "{text}");
        }
    }

    #[test]
    fn what_a_model_says_is_not_lost_for_half_a_pair() {
        let doc = Doc::parse_answer(r#""a\ud83d b\ude00\ud83d\ude00\ud83d\u0041""#).expect("JSON");
        assert_eq!(doc.root().str().as_deref(), Some("a\u{fffd} b\u{fffd}\u{1f600}\u{fffd}A"));
    }

    proptest! {
        /// Any text, spelled by a full writer, reads back the same; every value's path leads to it.
        #[test]
        fn reads_what_a_full_parser_reads(texts in prop::collection::vec(any::<String>(), 0..8)) {
            let written = serde_json::to_string(&serde_json::json!({"x": texts.clone()})).expect("JSON");
            let doc = Doc::parse(&written).expect("JSON");
            let x = doc.root().get("x").expect("an array");
            let read: Vec<String> = x.elements().map(|value| value.str().expect("a text").into_owned()).collect();
            prop_assert_eq!(read, texts);
            for (index, value) in x.elements().enumerate() {
                prop_assert_eq!(doc.path(value.at()), format!("x[{index}]"));
            }
        }

        /// The same texts are accepted as by the check that builds nothing.
        #[test]
        fn accepts_what_the_scan_accepts(text in "[\\[\\]{}\",:0-9eE.+\\-a\\\\u \n]{0,24}") {
            prop_assert_eq!(Doc::parse(&text).is_ok(), crate::wire::json::is_valid(&text));
        }
    }
}
