//! A string as JSON writes it.

use std::borrow::Cow;

use super::text::push_string;

/// What stands between the quotes of a JSON string, escapes and all. Text that is only moved from one JSON text into
/// another is never unescaped: it stays the same bytes, half of a surrogate pair included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    /// The text of a string literal, quotes included in `literal`.
    pub fn of_literal(literal: &'a str) -> Option<Self> {
        if literal.len() < 2 {
            return None;
        }
        literal.strip_prefix('"')?.strip_suffix('"').map(|inner| Self(Cow::Borrowed(inner)))
    }

    /// Plain text, escaped where it must be.
    pub fn of_plain(plain: &'a str) -> Self {
        if plain.bytes().all(|byte| byte != b'"' && byte != b'\\' && byte >= 0x20) {
            return Self(Cow::Borrowed(plain));
        }
        let mut literal = Vec::with_capacity(plain.len() + 16);
        push_string(&mut literal, plain);
        // The quotes go; what is left of a string's bytes is a string.
        literal.pop();
        let inner = String::from_utf8(literal.split_off(1)).unwrap_or_default();
        Self(Cow::Owned(inner))
    }

    /// What stands between the quotes.
    pub fn inner(&self) -> &str {
        &self.0
    }

    /// Whether it is the empty string.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The plain text. A lone surrogate is read as U+FFFD.
    pub fn unescaped(&self) -> Cow<'_, str> {
        unescape(&self.0)
    }

    /// The plain text, borrowed for as long as the literal was where nothing is escaped.
    pub fn into_unescaped(self) -> Cow<'a, str> {
        match self.0 {
            Cow::Borrowed(inner) => unescape(inner),
            Cow::Owned(inner) => Cow::Owned(unescape(&inner).into_owned()),
        }
    }

    /// Appends another text.
    pub fn append(&mut self, other: &Text<'_>) {
        if self.0.is_empty() {
            self.0 = Cow::Owned(other.0.clone().into_owned());
        } else {
            self.0.to_mut().push_str(&other.0);
        }
    }

    /// The same text, on its own.
    pub fn into_owned(self) -> Text<'static> {
        Text(Cow::Owned(self.0.into_owned()))
    }

    /// The same text, lent.
    pub fn lent(&self) -> Text<'_> {
        Text(Cow::Borrowed(&self.0))
    }
}

/// Reads the escapes of RFC 8259 section 7.
fn unescape(inner: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', inner.as_bytes()) else { return Cow::Borrowed(inner) };
    let mut out = String::with_capacity(inner.len());
    let (plain, mut rest) = inner.split_at(first);
    out.push_str(plain);
    while let Some(escape) = rest.strip_prefix('\\') {
        let mut characters = escape.chars();
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let (character, length) = unicode(escape);
                out.push(character);
                characters = escape.get(length..).unwrap_or_default().chars();
            }
            Some(character) => out.push(character),
            None => {}
        }
        rest = characters.as_str();
        let next = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        let (plain, behind) = rest.split_at(next);
        out.push_str(plain);
        rest = behind;
    }
    Cow::Owned(out)
}

/// The character that `uXXXX` or `uXXXX\uXXXX` stands for, and the bytes that say so.
fn unicode(escape: &str) -> (char, usize) {
    let unit = |from: usize| escape.get(from..from + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(high) = unit(1) else { return (char::REPLACEMENT_CHARACTER, 1) };
    if (0xd800..0xdc00).contains(&high)
        && escape.get(5..7) == Some("\\u")
        && let Some(low @ 0xdc00..=0xdfff) = unit(7)
    {
        let scalar = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        return (char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), 11);
    }
    (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 5)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_read() {
        let text = Text::of_literal(r#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#).expect("a literal");
        assert_eq!(text.unescaped(), "a\"\\/\u{8}\u{c}\n\r\té😀é");
    }

    #[test]
    fn a_lone_surrogate_survives_unless_it_is_read() {
        let mut text = Text::of_literal(r#""\ud83d""#).expect("a literal");
        assert_eq!(text.unescaped(), "\u{fffd}");
        text.append(&Text::of_literal(r#""\ude00""#).expect("a literal"));
        assert_eq!(text.unescaped(), "😀", "halves that come apart meet again");
        for odd in [r#""\ud83d\n""#, r#""\ud83dx""#, r#""\ude00\ud83d""#] {
            assert!(Text::of_literal(odd).expect("a literal").unescaped().starts_with('\u{fffd}'), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn plain_text_comes_back(text: String) {
            let literal = Text::of_plain(&text);
            prop_assert_eq!(literal.clone().into_unescaped().into_owned(), text.clone());
            let quoted = format!("\"{}\"", literal.inner());
            prop_assert_eq!(serde_json::from_str::<String>(&quoted).ok(), Some(text));
        }
    }
}
