//! JSON schemas: where in one there are schemas, and taking out of it what a target refuses.

use memchr::memmem;

use super::splice::{Edits, members};
use crate::dialect::canonical::read::{Doc, Kind, Value};

/// What a keyword's value holds of schemas (JSON Schema 2020-12 and the older drafts).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// It is one, or a list of them.
    Schemas,
    /// Its members are, whatever they are called.
    Named,
    /// Nothing of it is one, whatever it looks like: `default`, `enum`, `const`, `examples`.
    None,
}

pub(super) fn holds(keyword: &str) -> Holds {
    match keyword {
        "items"
        | "additionalItems"
        | "prefixItems"
        | "contains"
        | "unevaluatedItems"
        | "additionalProperties"
        | "unevaluatedProperties"
        | "propertyNames"
        | "not"
        | "if"
        | "then"
        | "else"
        | "allOf"
        | "anyOf"
        | "oneOf"
        | "contentSchema" => Holds::Schemas,
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" | "dependencies" => {
            Holds::Named
        }
        _ => Holds::None,
    }
}

/// Gives every schema that stands right under a keyword.
pub(super) fn under<'v>(keyword: &str, value: Value<'v>, each: &mut dyn FnMut(Value<'v>)) {
    match (holds(keyword), value.kind()) {
        (Holds::Schemas, Kind::Array) => value.elements().for_each(each),
        (Holds::Schemas, _) => each(value),
        (Holds::Named, _) => value.members().for_each(|(_, schema)| each(schema)),
        (Holds::None, _) => {}
    }
}

/// A schema without `$schema` and the keywords that are named. `None` if it has none of them; else with whether one of
/// those named was there.
pub(super) fn without(text: &str, dialect: bool, keywords: &[&str]) -> Option<(String, bool)> {
    let mentions = |keyword: &str| memmem::find(text.as_bytes(), keyword.as_bytes()).is_some();
    let dialect = dialect && mentions("$schema");
    if !dialect && !keywords.iter().any(|keyword| mentions(keyword)) {
        return None;
    }
    let doc = Doc::parse(text).ok()?;
    let mut walk = Walk { dialect, keywords, edits: Edits::default(), changed: false };
    walk.schema(doc.root());
    let changed = walk.changed;
    Some((walk.edits.apply(text)?, changed))
}

struct Walk<'k> {
    dialect: bool,
    keywords: &'k [&'k str],
    edits: Edits,
    changed: bool,
}

impl Walk<'_> {
    /// No deeper than the reader of JSON goes.
    fn schema(&mut self, schema: Value<'_>) {
        if schema.kind() != Kind::Object {
            return;
        }
        let mut members = members(schema);
        for member in &mut members {
            let named = self.keywords.contains(&&*member.name);
            self.changed |= named;
            member.goes = named || (self.dialect && member.name == "$schema");
            if !member.goes {
                under(&member.name, member.value, &mut |schema| self.schema(schema));
            }
        }
        self.edits.object(schema, &members, &[]);
    }
}

/// A function's schema that says that it is of an object, which Anthropic and Bedrock want said. `None` if it
/// does.
pub(super) fn of_object(text: &str) -> Option<String> {
    if begins_with_type(text) || ends_with_type(text) {
        return None;
    }
    let doc = Doc::parse(text).ok()?;
    let root = doc.root();
    if root.kind() != Kind::Object || root.members().any(|(name, _)| name == "type") {
        return None;
    }
    let mut edits = Edits::default();
    edits.object(root, &members(root), &["\"type\":\"object\"".to_owned()]);
    edits.apply(text)
}

/// Most schemas say it first, as people write them.
fn begins_with_type(text: &str) -> bool {
    let mut rest = text;
    ["{", "\"type\"", ":", "\"object\""].iter().all(|token| match rest.trim_ascii_start().strip_prefix(token) {
        Some(after) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// Or last, as pydantic does: what stands before the last brace belongs to the root.
fn ends_with_type(text: &str) -> bool {
    let mut rest = text;
    ["}", "\"object\"", ":", "\"type\""].iter().all(|token| match rest.trim_ascii_end().strip_suffix(token) {
        Some(before) => {
            rest = before;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_32_names_and_values_that_look_like_keywords_stay() {
        let schema = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{
            "$schema":{"type":"string","format":"uri"},"title":{"type":"string","title":"T"},
            "format":{"$schema":"x","default":{"$schema":"d","format":"f"},"enum":[{"$schema":1}]},
            "properties":{"type":"object","properties":{"format":{"const":{"format":1}}}}},
            "required":["$schema"],"examples":[{"$schema":"e"}],"additionalProperties":{"$schema":"y","maximum":12345678901234567890}}"#;
        let (clean, changed) = without(schema, true, &[]).expect("changed");
        let expected = schema
            .replace(r#""$schema":"https://json-schema.org/draft/2020-12/schema","#, "")
            .replace(r#""$schema":"x","#, "")
            .replace(r#""$schema":"y","#, "");
        assert_eq!((clean.as_str(), changed), (expected.as_str(), false));
        let (clean, changed) = without(schema, false, &["format", "title"]).expect("changed");
        let expected = schema.replace(r#","format":"uri""#, "").replace(r#","title":"T""#, "");
        assert_eq!((clean.as_str(), changed), (expected.as_str(), true));
    }

    #[test]
    fn what_has_nothing_to_lose_is_not_read() {
        assert_eq!(without(r#"{"type":"object"}"#, true, &["format"]), None);
        assert_eq!(without(r#"{"properties":{"$schema":{}}}"#, true, &[]), None);
        assert_eq!(without(r#"{"$schema":"x"}"#, true, &[]), Some(("{}".to_owned(), false)));
    }

    #[test]
    fn a_functions_schema_says_that_it_is_of_an_object() {
        for (schema, expected) in [
            ("{}", Some(r#"{"type":"object"}"#)),
            (
                r#"{"properties":{"a":{"type":"object"}}}"#,
                Some(r#"{"type":"object","properties":{"a":{"type":"object"}}}"#),
            ),
            (r#"{ "type" : "object" }"#, None),
            ("{\"properties\":{},\n\"type\": \"object\"\n}", None),
            (r#"{"title":"T","type":"object","properties":{}}"#, None),
            (r#"{"type":"string"}"#, None),
            ("true", None),
        ] {
            assert_eq!(of_object(schema).as_deref(), expected, "{schema}");
        }
    }
}
