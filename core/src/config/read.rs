//! The configuration's reader of JSON: the one that reads requests, as serde wants it.
//!
//! A second parser would be a twentieth of the Worker's upload. And this one knows where each value is, so that an error has
//! its path.

use std::fmt;

use serde::de::value::CowStrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::json::RAW;
use crate::wire::decimal::decimal;
use crate::wire::doc::{At, Doc, Elements, Kind, Members, Value};
use crate::wire::json::{Fault, FaultKind};

/// What is not as the schema says.
#[derive(Debug)]
pub(super) struct Misread {
    at: Option<At>,
    message: String,
}

impl Misread {
    /// Where it is in the document, and what is wrong with it.
    pub(super) fn told(self, doc: &Doc<'_>) -> (String, String) {
        (self.at.map(|at| doc.path(at)).unwrap_or_default(), self.message)
    }

    /// In that value, if in none within it.
    fn within(mut self, value: Value<'_>) -> Self {
        self.at = self.at.or(Some(value.at()));
        self
    }
}

impl Error for Misread {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { at: None, message: message.to_string() }
    }

    /// Without what was found: that may be a key that somebody pasted. (And to write a float takes eight kilobytes.)
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("invalid type: {}, expected {expected}", kind(&found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("invalid value: {}, expected {expected}", kind(&found)))
    }
}

fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "number",
        Unexpected::Char(_) | Unexpected::Str(_) => "string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "array",
        Unexpected::Map => "object",
        _ => "another kind of value",
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misread {}

/// What to say of a text that is no JSON.
pub(super) fn not_json(text: &str, fault: Fault) -> String {
    let before = text.get(..fault.at).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let what = match fault.kind {
        FaultKind::TooDeep => "this is nested too deep",
        FaultKind::Eof => "this is not JSON: it ends too early",
        FaultKind::Syntax | FaultKind::WrongType => "this is not JSON: there is something else",
    };
    format!("{what}, at line {line}, column {column}")
}

/// A value to be read.
pub(super) struct Reader<'a>(pub(super) Value<'a>);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Misread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        let value = self.0;
        let read = match value.kind() {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool => visitor.visit_bool(value.bool().unwrap_or_default()),
            Kind::Number => number(value.raw(), visitor),
            Kind::String => match value.str() {
                Some(text) => visitor.visit_str(&text),
                None => Err(Misread::custom("this is not text: it holds a lone surrogate")),
            },
            Kind::Array => visitor.visit_seq(List(value.elements())),
            Kind::Object => visitor.visit_map(Entries { members: value.members(), value: None }),
        };
        read.map_err(|misread| misread.within(value))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// The value as it is written, where that is asked for.
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Misread> {
        if name == RAW {
            visitor.visit_borrowed_bytes(self.0.raw().as_bytes())
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

fn number<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Misread> {
    if let Ok(count) = text.parse::<u64>() {
        visitor.visit_u64(count)
    } else if let Ok(count) = text.parse::<i64>() {
        visitor.visit_i64(count)
    } else {
        visitor.visit_f64(decimal(text).unwrap_or(f64::NAN))
    }
}

struct List<'a>(Elements<'a>);

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = Misread;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misread> {
        self.0.next().map(|value| seed.deserialize(Reader(value))).transpose()
    }
}

struct Entries<'a> {
    members: Members<'a>,
    value: Option<Value<'a>>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Misread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misread> {
        let Some((key, value)) = self.members.next() else { return Ok(None) };
        self.value = Some(value);
        let key: CowStrDeserializer<'_, Misread> = key.into_deserializer();
        seed.deserialize(key).map(Some).map_err(|misread| misread.within(value))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misread> {
        let value = self.value.take().ok_or_else(|| Misread::custom("a value without its key"))?;
        seed.deserialize(Reader(value))
    }
}
