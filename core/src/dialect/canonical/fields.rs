//! The fields of a dialect's requests, as data: what a field is read as, one row a field.
//!
//! A dialect's `fields.rs` is its table. Rows that ask for a [`Feature`] are read here, by the table alone; rows of the
//! decoder's own are given back to it. What no row names is noted as unknown. `docs/dialects.md` is made of the same rows.

use super::feature::Feature;
use super::read::{self, Kind, Value};
use super::report::{Reason, Refusal, Report};
use super::request::{Asked, Request, Str};
use crate::wire::decimal::decimal;

/// A row: one field of a request.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its path, objects joined by dots: `text.verbosity`.
    pub path: &'static str,
    /// What it is read as.
    pub reads: Reads,
}

/// What a field is read as.
#[derive(Clone, Copy, Debug)]
pub enum Reads {
    /// The decoder reads it; what becomes of it says the section of the documentation that is named.
    Own(&'static str),
    /// A feature of that shape. A value that equals the default is as good as absent.
    Asks(Feature, Shape, &'static str),
    /// An object with fields of its own.
    Group(&'static [Field]),
    /// It carries no instruction: bookkeeping.
    Ignored,
}

/// What a field's value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Text,
    /// A number, any.
    Number,
    /// A number, whole and not negative.
    Count,
    /// A number, or its text in a string, as proto JSON also has it.
    LooseNumber,
    /// The same, whole and not negative.
    LooseCount,
    /// `true` or `false`.
    Bool,
    /// An object.
    Object,
    /// An array.
    Array,
    /// Whatever there is.
    Any,
}

/// A row that the decoder reads itself.
pub const fn own(path: &'static str, section: &'static str) -> Field {
    Field { path, reads: Reads::Own(section) }
}

/// A row that asks for a feature.
pub const fn asks(path: &'static str, feature: Feature, shape: Shape, default: &'static str) -> Field {
    Field { path, reads: Reads::Asks(feature, shape, default) }
}

/// A row with rows of its own.
pub const fn group(path: &'static str, fields: &'static [Field]) -> Field {
    Field { path, reads: Reads::Group(fields) }
}

/// A row that carries no instruction.
pub const fn ignored(path: &'static str) -> Field {
    Field { path, reads: Reads::Ignored }
}

impl Field {
    /// The field's own name.
    pub fn key(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }
}

/// The decoder's own part: is given each `Own` row that is there, with its value.
pub type OwnField<'f, 'a> =
    dyn FnMut(&'static str, Value<'a>, &mut Request<'a>, &mut Report) -> Result<(), Refusal> + 'f;

/// Reads an object by its table. `null` is absent.
///
/// # Errors
/// The object is none, a value has the wrong shape, or the decoder refuses one of its own.
pub fn read<'a>(
    object: Value<'a>,
    table: &'static [Field],
    request: &mut Request<'a>,
    report: &mut Report,
    own: &mut OwnField<'_, 'a>,
) -> Result<(), Refusal> {
    for (key, value) in read::object(object)?.members() {
        let Some(field) = table.iter().find(|field| named(field.key(), &key)) else {
            if !value.is_null() {
                report.note(value.at(), Reason::Unknown);
            }
            continue;
        };
        if value.is_null() {
            continue;
        }
        match field.reads {
            Reads::Own(_) => own(field.path, value, request, report)?,
            Reads::Asks(feature, shape, default) => {
                let json = check(value, shape)?;
                let empty = matches!(default, "{}" | "[]") && value.is_empty();
                if !empty && !is_default(&json, shape, default) {
                    request.asked.push(Asked { json, ..Asked::new(feature, value) });
                }
            }
            Reads::Group(fields) => read(value, fields, request, report, own)?,
            Reads::Ignored => {}
        }
    }
    Ok(())
}

/// Whether a value is the default, however a number is spelled: many write `0.0`.
fn is_default(json: &str, shape: Shape, default: &str) -> bool {
    let number = || decimal(json).is_some_and(|number| decimal(default) == Some(number));
    match shape {
        Shape::Number | Shape::Count | Shape::LooseNumber | Shape::LooseCount if !default.is_empty() => number(),
        _ => json == default,
    }
}

/// Whether a key is the field's: as it is, or as proto JSON also spells it (`system_instruction` for `systemInstruction`).
pub fn named(field: &str, key: &str) -> bool {
    if field == key {
        return true;
    }
    if !key.contains('_') || field.contains('_') {
        return false;
    }
    let mut wanted = field.bytes();
    let mut up = false;
    for byte in key.bytes() {
        if byte == b'_' {
            up = true;
        } else {
            let byte = if std::mem::take(&mut up) { byte.to_ascii_uppercase() } else { byte };
            if wanted.next() != Some(byte) {
                return false;
            }
        }
    }
    wanted.next().is_none()
}

/// Checks a value's shape, and says its JSON text.
fn check(value: Value<'_>, shape: Shape) -> Result<Str<'_>, Refusal> {
    match shape {
        Shape::Text => read::text(value).map(drop)?,
        Shape::Number => read::number(value).map(drop)?,
        Shape::Count => read::count(value).map(drop)?,
        Shape::LooseNumber => return read::loose_number(value),
        Shape::LooseCount => return Ok(Str::Owned(itoa::Buffer::new().format(read::loose_count(value)?).to_owned())),
        Shape::Bool => read::boolean(value).map(drop)?,
        Shape::Object => read::object(value).map(drop)?,
        Shape::Array => read::array(value).map(drop)?,
        Shape::Any => debug_assert_ne!(value.kind(), Kind::Null),
    }
    Ok(Str::Borrowed(value.raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_default_however_it_is_spelled() {
        for (json, shape, default, expected) in [
            ("0.0", Shape::Number, "0", true),
            ("-0", Shape::Number, "0", true),
            ("1.0", Shape::Count, "1", true),
            ("1e0", Shape::LooseCount, "1", true),
            ("0.1", Shape::Number, "0", false),
            ("0", Shape::Number, "", false),
            ("\"auto\"", Shape::Text, "\"auto\"", true),
            ("false", Shape::Bool, "false", true),
            ("true", Shape::Bool, "false", false),
        ] {
            assert_eq!(is_default(json, shape, default), expected, "{json}");
        }
    }

    #[test]
    fn both_spellings_are_one_name() {
        assert!(named("systemInstruction", "system_instruction") && named("topK", "top_k") && named("a", "a"));
        assert!(!named("systemInstruction", "systeminstruction") && !named("top_k", "topK"));
        assert!(!named("topK", "top_kx") && !named("topKx", "top_k"));
    }
}
