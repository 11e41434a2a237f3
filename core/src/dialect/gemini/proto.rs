//! Reading proto JSON: members in either spelling, one element without its array, words in either case.
//! <https://protobuf.dev/programming-guides/json/>

use std::borrow::Cow;

use crate::dialect::canonical::fields::named;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{Refusal, Str};

/// A key in camel case: `system_instruction` is `systemInstruction`.
pub(super) fn camel(key: Str<'_>) -> Str<'_> {
    if !key.contains('_') {
        return key;
    }
    let mut camel = String::with_capacity(key.len());
    let mut up = false;
    for char in key.chars() {
        if char == '_' {
            up = !camel.is_empty();
        } else if std::mem::take(&mut up) {
            camel.push(char.to_ascii_uppercase());
        } else {
            camel.push(char);
        }
    }
    Cow::Owned(camel)
}

/// An object's members that say something, their keys in camel case.
pub(super) fn members(object: Value<'_>) -> impl Iterator<Item = (Str<'_>, Value<'_>)> {
    object.members().filter(|(_, value)| !value.is_null()).map(|(key, value)| (camel(key), value))
}

/// An object's member, in either spelling; the last, if it is there twice.
pub(super) fn member<'a>(object: Value<'a>, name: &str) -> Option<Value<'a>> {
    let found = object.members().filter(|(key, _)| named(name, key)).last();
    found.map(|(_, value)| value).filter(|value| !value.is_null())
}

/// The text member of that name, if it is there.
///
/// # Errors
/// It is no text.
pub(super) fn text<'a>(object: Value<'a>, name: &str) -> Result<Option<Str<'a>>, Refusal> {
    member(object, name).map(read::text).transpose()
}

/// The elements of a repeated field: Google's servers take one element without its array too.
///
/// # Errors
/// It is neither an array nor an object.
pub(super) fn repeated(value: Value<'_>) -> Result<impl Iterator<Item = Value<'_>>, Refusal> {
    let one = match value.kind() {
        Kind::Array => None,
        Kind::Object => Some(value),
        _ => return Err(Refusal::invalid(value.at(), "must be an array")),
    };
    Ok(one.into_iter().chain(value.elements()))
}

/// A word of an enumeration, in capitals.
///
/// # Errors
/// It is no text.
pub(super) fn word(value: Value<'_>) -> Result<String, Refusal> {
    Ok(read::text(value)?.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::canonical::read::Doc;

    #[test]
    fn both_spellings_are_read() {
        let doc = Doc::parse(r#"{"inline_data":1,"mimeType":"a","mime_type":"b","x":null}"#).expect("JSON");
        let keys: Vec<_> = members(doc.root()).map(|(key, _)| key.into_owned()).collect();
        assert_eq!(keys, ["inlineData", "mimeType", "mimeType"]);
        assert_eq!(text(doc.root(), "mimeType").expect("text").as_deref(), Some("b"));
        assert!(member(doc.root(), "x").is_none());
        for (value, count) in [("[1,2]", 2), ("{}", 1), ("[]", 0)] {
            let doc = Doc::parse(value).expect("JSON");
            assert_eq!(repeated(doc.root()).expect("it").count(), count, "{value}");
        }
        assert!(repeated(Doc::parse("1").expect("JSON").root()).is_err());
    }
}
