//! Changing a JSON text where it must change, and nowhere else: what stays keeps its order, its spacing and the text of
//! its numbers.

use std::borrow::Cow;
use std::ops::Range;

use crate::dialect::canonical::read::{Kind, Value};
use crate::wire::text::push_string;

/// A JSON string literal.
pub(super) fn literal(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 8);
    push_string(&mut out, text);
    String::from_utf8(out).unwrap_or_default()
}

/// An object's member.
pub(super) struct Member<'v> {
    /// Its name.
    pub(super) name: Cow<'v, str>,
    /// Where its name is written.
    pub(super) key: Range<usize>,
    /// What it is.
    pub(super) value: Value<'v>,
    /// Whether it goes.
    pub(super) goes: bool,
}

/// An object's members, all of which stay.
pub(super) fn members(object: Value<'_>) -> Vec<Member<'_>> {
    let mut pairs = object.members();
    let mut members = Vec::new();
    while let Some((key, value)) = pairs.next_pair() {
        let name = key.str().unwrap_or(Cow::Borrowed(key.raw()));
        members.push(Member { name, key: key.span(), value, goes: false });
    }
    members
}

/// What a text is to be changed in.
#[derive(Default)]
pub(super) struct Edits {
    list: Vec<(Range<usize>, String)>,
}

impl Edits {
    /// Puts other text in a place.
    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.list.push((range, text.into()));
    }

    /// Takes out the members that go, each with the comma that only it needs, and puts others (`"key":value`) before
    /// those that stay.
    pub(super) fn object(&mut self, object: Value<'_>, members: &[Member<'_>], others: &[String]) {
        debug_assert_eq!(object.kind(), Kind::Object);
        let mut before: Option<usize> = None;
        let mut stays = false;
        for (index, member) in members.iter().enumerate() {
            let end = member.value.span().end;
            if member.goes {
                let range = match (before, members.get(index + 1)) {
                    (Some(before), _) if stays => before..end,
                    (_, Some(next)) => member.key.start..next.key.start,
                    (_, None) => member.key.start..end,
                };
                self.replace(range, "");
            } else {
                stays = true;
            }
            before = Some(end);
        }
        if !others.is_empty() {
            let mut text = others.join(",");
            if stays {
                text.push(',');
            }
            let start = object.span().start + 1;
            self.replace(start..start, text);
        }
    }

    /// The text with its changes; `None` if there are none.
    pub(super) fn apply(mut self, text: &str) -> Option<String> {
        if self.list.is_empty() {
            return None;
        }
        self.list.sort_by_key(|(range, _)| (range.start, range.end));
        let added: usize = self.list.iter().map(|(_, text)| text.len()).sum();
        let mut out = String::with_capacity(text.len() + added);
        let mut at = 0;
        for (range, new) in &self.list {
            out.push_str(text.get(at..range.start)?);
            out.push_str(new);
            at = range.end;
        }
        out.push_str(text.get(at..)?);
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::doc::Doc;

    fn without(text: &str, gone: &[&str], others: &[&str]) -> String {
        let doc = Doc::parse(text).expect("JSON");
        let mut members = members(doc.root());
        for member in &mut members {
            member.goes = gone.contains(&&*member.name);
        }
        let others: Vec<String> = others.iter().map(|text| (*text).to_owned()).collect();
        let mut edits = Edits::default();
        edits.object(doc.root(), &members, &others);
        let out = edits.apply(text).unwrap_or_else(|| text.to_owned());
        assert!(crate::wire::json::is_valid(&out), "{out}");
        out
    }

    #[test]
    fn members_go_with_their_commas() {
        let text = r#"{ "a": 1.0, "b" :2,"c":3 }"#;
        for (gone, others, expected) in [
            (&[][..], &[][..], text),
            (&["a"], &[], r#"{ "b" :2,"c":3 }"#),
            (&["b"], &[], r#"{ "a": 1.0,"c":3 }"#),
            (&["c"], &[], r#"{ "a": 1.0, "b" :2 }"#),
            (&["a", "b"], &[], r#"{ "c":3 }"#),
            (&["b", "c"], &[], r#"{ "a": 1.0 }"#),
            (&["a", "c"], &[], r#"{ "b" :2 }"#),
            (&["a", "b", "c"], &[], "{  }"),
            (&["a", "b", "c"], &["\"d\":4"], r#"{"d":4  }"#),
            (&["c"], &["\"d\":4", "\"e\":5"], r#"{"d":4,"e":5, "a": 1.0, "b" :2 }"#),
        ] {
            assert_eq!(without(text, gone, others), expected);
        }
        assert_eq!(without("{}", &[], &["\"d\":4"]), r#"{"d":4}"#);
    }
}
