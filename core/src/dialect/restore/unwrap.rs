//! A custom tool takes free text; where it had to be a function, that text is the member `input` of the arguments.
//!
//! It is told as it comes: fragments may end in the middle of an escape, or between the halves of a surrogate pair.

use crate::dialect::canonical::Str;
use crate::dialect::canonical::read::Doc;

/// Takes the free text out of a function's arguments.
#[derive(Debug, Default)]
pub(super) struct Unwrap {
    place: Place,
    /// Before the text: everything that has come. Inside of it: an escape that is not whole yet.
    held: String,
    /// The first half of a surrogate pair.
    high: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// The text has not begun.
    #[default]
    Before,
    /// Inside the string.
    Inside,
    /// Behind it.
    Behind,
    /// The arguments are not what was asked for: they are read when they are whole.
    Otherwise,
}

/// How much may come before the text begins.
const MAX_BEGINNING: usize = 1024;

impl Unwrap {
    /// Takes a fragment of the arguments, and says what of the text it is.
    pub(super) fn push<'f>(&mut self, fragment: &'f str) -> Str<'f> {
        match self.place {
            Place::Behind => Str::Borrowed(""),
            Place::Otherwise => {
                self.held.push_str(fragment);
                Str::Borrowed("")
            }
            Place::Before => {
                self.held.push_str(fragment);
                match beginning(&self.held) {
                    // Each fragment is read anew: blanks without end are no beginning.
                    Beginning::Incomplete if self.held.len() <= MAX_BEGINNING => Str::Borrowed(""),
                    Beginning::Incomplete | Beginning::Other => {
                        self.place = Place::Otherwise;
                        Str::Borrowed("")
                    }
                    Beginning::At(start) => {
                        let rest = self.held.split_off(start);
                        self.held.clear();
                        self.place = Place::Inside;
                        Str::Owned(self.inside(&rest).into_owned())
                    }
                }
            }
            Place::Inside => self.inside(fragment),
        }
    }

    /// What is left when the arguments are whole: all of them, where they are not what was asked for.
    pub(super) fn rest(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        let place = std::mem::replace(&mut self.place, Place::Behind);
        let lone = self.high.take().map_or("", |_| "\u{fffd}");
        match place {
            Place::Before | Place::Otherwise => {
                let Ok(doc) = Doc::parse(&held) else { return held };
                match doc.root().get("input").map(|input| input.str().map_or(input.raw().into(), |text| text)) {
                    Some(text) => text.into_owned(),
                    None if doc.root().is_empty() => String::new(),
                    None => held,
                }
            }
            Place::Inside => lone.to_owned(),
            Place::Behind => String::new(),
        }
    }

    fn inside<'f>(&mut self, fragment: &'f str) -> Str<'f> {
        if self.held.is_empty() && self.high.is_none() && memchr::memchr2(b'"', b'\\', fragment.as_bytes()).is_none() {
            return Str::Borrowed(fragment);
        }
        let text = std::mem::take(&mut self.held) + fragment;
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let special = memchr::memchr2(b'"', b'\\', rest.as_bytes()).unwrap_or(rest.len());
            let (plain, tail) = rest.split_at_checked(special).unwrap_or((rest, ""));
            if !plain.is_empty() {
                self.lone(&mut out);
                out.push_str(plain);
            }
            rest = match tail.as_bytes() {
                [] => "",
                [b'"', ..] => {
                    self.lone(&mut out);
                    self.place = Place::Behind;
                    break;
                }
                [b'\\', b'u', ..] => match tail.get(2..6) {
                    Some(digits) => {
                        self.unit(u32::from_str_radix(digits, 16).unwrap_or(0xfffd), &mut out);
                        tail.get(6..).unwrap_or_default()
                    }
                    None => {
                        self.held = tail.to_owned();
                        break;
                    }
                },
                [b'\\', escaped, ..] => {
                    self.lone(&mut out);
                    let escaped = match escaped {
                        b'n' => "\n",
                        b'r' => "\r",
                        b't' => "\t",
                        b'b' => "\u{8}",
                        b'f' => "\u{c}",
                        // The character stands for itself; it may be more than a byte.
                        _ => "",
                    };
                    out.push_str(escaped);
                    let (whole, after) = if escaped.is_empty() {
                        let length = tail.chars().nth(1).map_or(1, char::len_utf8);
                        (tail.get(1..=length).unwrap_or_default(), tail.get(1 + length..))
                    } else {
                        ("", tail.get(2..))
                    };
                    out.push_str(whole);
                    after.unwrap_or_default()
                }
                _ => {
                    self.held = tail.to_owned();
                    break;
                }
            };
        }
        Str::Owned(out)
    }

    /// A code unit of UTF-16.
    fn unit(&mut self, unit: u32, out: &mut String) {
        match (self.high.take(), unit) {
            (Some(high), 0xdc00..=0xdfff) => {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (high, unit) => {
                if high.is_some() {
                    out.push(char::REPLACEMENT_CHARACTER);
                }
                match unit {
                    0xd800..=0xdbff => self.high = Some(unit),
                    unit => out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
                }
            }
        }
    }

    /// Half a surrogate pair whose other half does not come is no character.
    fn lone(&mut self, out: &mut String) {
        if self.high.take().is_some() {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

enum Beginning {
    /// More must come.
    Incomplete,
    /// Where the string's text begins.
    At(usize),
    /// These are other arguments.
    Other,
}

/// How arguments begin: `{"input":"` is what is looked for, with blanks between the tokens.
fn beginning(text: &str) -> Beginning {
    let mut rest = text;
    for token in ["{", "\"input\"", ":", "\""] {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        match rest.strip_prefix(token) {
            Some(behind) => rest = behind,
            None if token.starts_with(rest) => return Beginning::Incomplete,
            None => return Beginning::Other,
        }
    }
    Beginning::At(text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unwrapped(arguments: &str, at: &[usize]) -> String {
        let mut unwrap = Unwrap::default();
        let mut text = String::new();
        let mut start = 0;
        for end in at.iter().copied().chain([arguments.len()]) {
            if end >= start && end <= arguments.len() && arguments.is_char_boundary(end) {
                text.push_str(&unwrap.push(&arguments[start..end]));
                start = end;
            }
        }
        text + &unwrap.rest()
    }

    #[test]
    fn the_text_is_taken_out() {
        for (arguments, text) in [
            (r#"{"input":"*** Begin\n\"x\" \\ \/ \u0041é"}"#, "*** Begin\n\"x\" \\ / Aé"),
            (r#" { "input" : "a" } "#, "a"),
            (r#"{"input":""}"#, ""),
            (r#"{"input":"\ud83d\ude00\ud83dx\ude00"}"#, "\u{1f600}\u{fffd}x\u{fffd}"),
            (r#"{"why":1,"input":"a\n"}"#, "a\n"),
            (r#"{"\u0069nput":"b"}"#, "b"),
            (r#"{"input":{"a":1}}"#, r#"{"a":1}"#),
            (r#"{"text":"c"}"#, r#"{"text":"c"}"#),
            ("{}", ""),
            ("", ""),
            ("*** Begin Patch", "*** Begin Patch"),
            (r#"{"input":"cut"#, "cut"),
            (r#"{"inp"#, r#"{"inp"#),
        ] {
            assert_eq!(unwrapped(arguments, &[]), text, "{arguments}");
            let every: Vec<usize> = (0..arguments.len()).collect();
            assert_eq!(unwrapped(arguments, &every), text, "{arguments}");
        }
    }

    proptest! {
        #[test]
        fn any_text_in_any_split(text: String, ascii: bool, mut at in prop::collection::vec(0_usize..200, 0..12)) {
            at.sort_unstable();
            let mut literal = serde_json::to_string(&text).expect("JSON");
            if ascii {
                literal = literal
                    .chars()
                    .map(|char| {
                        if char.is_ascii() {
                            return char.to_string();
                        }
                        char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
                    })
                    .collect();
            }
            prop_assert_eq!(unwrapped(&format!("{{\"input\":{literal}}}"), &at), text);
        }
    }
}
