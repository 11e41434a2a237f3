//! A text of a request. Most are only moved from the caller's body to the upstream's: such a one is never unescaped and
//! escaped again, its string literal is written as it was read.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Deref;

use super::read::Value;
use super::request::Str;
use crate::wire::write::Writer;

/// A text: a string literal of the caller's body, or what became of it. Who looks at what it says pays for reading it,
/// once.
#[derive(Clone, Default)]
pub struct Text<'a> {
    /// The literal, quotes and all; empty if there is none.
    literal: &'a str,
    /// What it says: set from the beginning where there is no literal.
    said: OnceCell<Str<'a>>,
}

impl<'a> Text<'a> {
    /// What a string says. `None` if it is no string, or no text.
    pub fn of(value: Value<'a>) -> Option<Self> {
        match value.literal() {
            Some(literal) => Some(Self { literal, said: OnceCell::new() }),
            None => value.str().map(Self::from),
        }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        if self.literal.is_empty() { self.deref().is_empty() } else { self.literal.len() == 2 }
    }

    /// Whether it says nothing that is seen.
    pub fn is_blank(&self) -> bool {
        match self.literal.get(1..).and_then(|rest| rest.trim_ascii_start().bytes().next()) {
            // What is escaped at the beginning mostly is a line's end.
            Some(b'\\') | None => self.deref().trim_ascii_start().is_empty(),
            Some(first) => first == b'"',
        }
    }

    /// How many bytes it says, or a few more: an escape counts as it is spelled.
    pub fn about(&self) -> usize {
        if self.literal.is_empty() { self.deref().len() } else { self.literal.len() - 2 }
    }

    /// About how many bytes it takes when it is written.
    pub fn room(&self) -> usize {
        if self.literal.is_empty() {
            let length = self.deref().len();
            length + length / 16 + 2
        } else {
            self.literal.len()
        }
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.said.get_or_init(|| super::read::said(self.literal).unwrap_or_default())
    }
}

impl<'a> From<Str<'a>> for Text<'a> {
    fn from(text: Str<'a>) -> Self {
        Self { literal: "", said: OnceCell::from(text) }
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Cow::Borrowed(text).into()
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Cow::<str>::Owned(text).into()
    }
}

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.deref().fmt(formatter)
    }
}

impl std::fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.deref().fmt(formatter)
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.deref() == other.deref()
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.deref() == other
    }
}

impl Eq for Text<'_> {}

impl Writer {
    /// A text, as it was spelled if it is the caller's own.
    pub fn text(&mut self, text: &Text<'_>) -> &mut Self {
        if text.literal.is_empty() { self.string(text) } else { self.raw(text.literal) }
    }

    /// A member that is such a text.
    pub fn text_member(&mut self, name: &str, text: &Text<'_>) -> &mut Self {
        self.key(name).text(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::canonical::read::Doc;

    #[test]
    fn a_text_is_written_as_it_was_spelled() {
        for (literal, said, written) in [
            (r#""""#, Some(""), r#""""#),
            (r#""a/b""#, Some("a/b"), r#""a/b""#),
            (r#""a\/b\n\"""#, Some("a/b\n\""), r#""a\/b\n\"""#),
            (r#""\u00e9\n""#, Some("é\n"), r#""é\n""#),
            (r#""\ud800\n""#, None, ""),
            (r#""\n\udc00""#, None, ""),
            ("1", None, ""),
        ] {
            let doc = Doc::parse(literal).expect("JSON");
            let text = Text::of(doc.root());
            assert_eq!(text.as_deref(), said, "{literal}");
            if let Some(text) = text {
                let mut out = Writer::default();
                assert_eq!(out.text(&text).bytes(), written.as_bytes());
                assert_eq!(text.is_empty(), said == Some(""));
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_asked_of_a_literal_is_what_is_asked_of_what_it_says(said in "[ \n\t\\\\\"a\u{1}]{0,6}") {
            let literal = serde_json::to_string(&said).expect("JSON");
            let doc = Doc::parse(&literal).expect("JSON");
            for text in [Text::of(doc.root()).expect("a text"), Text::from(said.as_str())] {
                prop_assert_eq!(text.is_blank(), said.trim_ascii().is_empty());
                prop_assert_eq!(text.is_empty(), said.is_empty());
                prop_assert_eq!(&*text, said.as_str());
            }
        }
    }
}
