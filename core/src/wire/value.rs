//! Reading a JSON text that has been checked: values are found by skipping over the others, and are never built.
//!
//! A [`Value`] is a piece of text. What is only moved stays that piece, so that key order, number text and white space
//! survive. The text must have been accepted by [`Value::parse`] or by the scan of a request's body: on one that is no
//! JSON the readers here answer nonsense, but they end and do not panic.

use std::borrow::Cow;

use super::json::{self, Fault, FaultKind};
use super::literal::Text;

/// One JSON value, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a>(&'a str);

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl<'a> Value<'a> {
    /// The text as a value, if it is one.
    ///
    /// # Errors
    /// It is not JSON, or nested deeper than [`json::MAX_DEPTH`].
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let text = text.trim_matches([' ', '\n', '\r', '\t']);
        if json::is_valid(text) { Ok(Self(text)) } else { Err(Fault { at: 0, kind: FaultKind::Syntax }) }
    }

    /// A text that has been checked to be one value.
    pub fn checked(text: &'a str) -> Self {
        Self(text.trim_matches([' ', '\n', '\r', '\t']))
    }

    /// The text of the value.
    pub fn raw(self) -> &'a str {
        self.0
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        match self.0.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The string it is, still escaped.
    pub fn text(self) -> Option<Text<'a>> {
        Text::of_literal(self.0)
    }

    /// The string it is. A lone surrogate is read as U+FFFD.
    pub fn string(self) -> Option<Cow<'a, str>> {
        self.text().map(Text::into_unescaped)
    }

    /// The text of the number it is.
    pub fn number(self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then_some(self.0)
    }

    /// The count it is, also written as `10.0` or, as proto JSON allows, `"10"`.
    pub fn count(self) -> Option<u64> {
        json::count(self.0.trim_matches('"'))
    }

    /// The truth it is.
    pub fn boolean(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The members of the object it is.
    pub fn fields(self) -> Option<Fields<'a>> {
        let mut cursor = Cursor::inside(self.0, b'{')?;
        let mut fields = Fields { members: Vec::new() };
        while let Some(key) = cursor.key() {
            let value = cursor.value();
            fields.members.push((key, value));
        }
        Some(fields)
    }

    /// The value of the object's last member of that name, if there is one that is not `null`.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        let mut cursor = Cursor::inside(self.0, b'{')?;
        let mut found = None;
        while let Some(key) = cursor.key() {
            let value = cursor.value();
            if key == name {
                found = Some(value);
            }
        }
        found.filter(|value| !value.is_null())
    }

    /// The elements of the array it is.
    pub fn elements(self) -> Option<Elements<'a>> {
        Cursor::inside(self.0, b'[').map(|cursor| Elements { cursor })
    }
}

/// The members of an object. Those that a reader knows are taken out; what remains is what it does not know.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Fields<'a> {
    /// Takes the member of that name: the last one, as most parsers do. `None` if there is none, or if it is `null`.
    pub fn take(&mut self, name: &str) -> Option<Value<'a>> {
        let mut found = None;
        self.members.retain(|(key, value)| {
            let taken = key == name;
            if taken {
                found = Some(*value);
            }
            !taken
        });
        found.filter(|value| !value.is_null())
    }

    /// Looks at the member of that name and leaves it. `None` if there is none, or if it is `null`.
    pub fn peek(&self, name: &str) -> Option<Value<'a>> {
        let found = self.members.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| *value).filter(|value| !value.is_null())
    }

    /// Gives every member another name, as long as the reader lives by others' spelling.
    pub fn rename(&mut self, mut rename: impl FnMut(&str) -> Option<String>) {
        for (key, _) in &mut self.members {
            if let Some(renamed) = rename(key) {
                *key = Cow::Owned(renamed);
            }
        }
    }

    /// What has not been taken and is not `null`, in order.
    pub fn rest(self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
        self.members.into_iter().filter(|(_, value)| !value.is_null())
    }
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.cursor.has_more(b']').then(|| self.cursor.value())
    }
}

/// A place in a container's text.
#[derive(Clone, Debug)]
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn inside(text: &'a str, open: u8) -> Option<Self> {
        (text.as_bytes().first() == Some(&open)).then_some(Self { text, at: 1 })
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b':') = self.byte() {
            self.at += 1;
        }
    }

    fn has_more(&mut self, close: u8) -> bool {
        self.space();
        self.byte().is_some_and(|byte| byte != close)
    }

    fn key(&mut self) -> Option<Cow<'a, str>> {
        if !self.has_more(b'}') {
            return None;
        }
        let key = self.value().string().unwrap_or_default();
        self.space();
        Some(key)
    }

    fn value(&mut self) -> Value<'a> {
        let start = self.at;
        self.at = end_of_value(self.text.as_bytes(), start);
        Value(self.text.get(start..self.at).unwrap_or_default())
    }
}

/// Where the value that begins there ends; always further on.
fn end_of_value(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut depth = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = end_of_string(bytes, at + 1);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return at + usize::from(depth == 1 || at == start),
            b'}' | b']' => depth -= 1,
            b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return at.max(start + 1),
            _ => {}
        }
        at += 1;
    }
    at.max(start + 1)
}

/// Where the string ends whose first byte behind the quote is there.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    // Most strings are short: the search pays for the long ones.
    for _ in 0..16 {
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
    loop {
        match memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
            Some(found) if bytes.get(at + found) == Some(&b'"') => return at + found + 1,
            Some(found) => at += found + 2,
            None => return bytes.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OBJECT: &str = r#"{ "a" : 1e3 , "b":"x\"]}" ,"c":[1,{"d":"\\"},"é"],"\u0061":true,"n":null,"e":{},"f":[] }"#;

    #[test]
    fn members_are_found_as_they_were_written() {
        let mut fields = Value::parse(OBJECT).expect("JSON").fields().expect("an object");
        assert_eq!(fields.take("b").map(Value::raw), Some(r#""x\"]}""#));
        assert_eq!(fields.peek("c").map(Value::raw), Some(r#"[1,{"d":"\\"},"é"]"#));
        assert_eq!(fields.take("a").map(Value::raw), Some("true"), "the last of its name, escapes read");
        assert_eq!(fields.take("a"), None);
        assert_eq!(fields.take("n"), None);
        let rest: Vec<_> = fields.rest().map(|(key, value)| (key.into_owned(), value.raw())).collect();
        let expected = [("c", r#"[1,{"d":"\\"},"é"]"#), ("e", "{}"), ("f", "[]")];
        assert_eq!(rest, expected.map(|(key, value)| (key.to_owned(), value)));
        assert_eq!(Value::checked(OBJECT).get("b").and_then(Value::string).as_deref(), Some("x\"]}"));
    }

    #[test]
    fn elements_are_found_as_they_were_written() {
        let array = Value::parse(r#" [1, "a,b" ,[ ],{"x":[2]},null,-0.5e+2 ] "#).expect("JSON");
        let elements: Vec<_> = array.elements().expect("an array").map(Value::raw).collect();
        assert_eq!(elements, ["1", "\"a,b\"", "[ ]", "{\"x\":[2]}", "null", "-0.5e+2"]);
        assert_eq!(Value::checked("[]").elements().map(Iterator::count), Some(0));
        assert!(Value::checked("{}").elements().is_none());
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn rebuilt(value: Value<'_>) -> serde_json::Value {
        match value.kind() {
            Kind::Null => serde_json::Value::Null,
            Kind::Boolean => value.boolean().into(),
            Kind::Number => serde_json::from_str(value.raw()).expect("a number"),
            Kind::String => value.string().expect("a string").into_owned().into(),
            Kind::Array => value.elements().expect("an array").map(rebuilt).collect::<Vec<_>>().into(),
            Kind::Object => {
                let fields = value.fields().expect("an object").members.into_iter();
                serde_json::Value::Object(fields.map(|(key, value)| (key.into_owned(), rebuilt(value))).collect())
            }
        }
    }

    proptest! {
        #[test]
        fn reads_what_a_full_parser_reads(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.expect("JSON");
            prop_assert_eq!(rebuilt(Value::parse(&text).expect("JSON")), value);
        }

        #[test]
        fn ends_on_anything(text in "[\\[\\]{}\",:a1 \\\\]{0,40}") {
            let value = Value::checked(&text);
            if let Some(fields) = value.fields() { for (_, value) in fields.rest() { let _ = value.fields(); } }
            if let Some(elements) = value.elements() { prop_assert!(elements.count() <= text.len()); }
        }
    }
}
