//! A function's schema as Amazon's own models take it: "only three fields are supported in the top-level Object - type,
//! properties, and required" (<https://docs.aws.amazon.com/nova/latest/userguide/tool-use-definition.html>). They answer
//! `extraneous key [$defs] is not permitted` to others (lastmile-ai/mcp-agent#126), so what is defined there is said where
//! it is meant.

use super::schema::{Holds, holds};
use crate::dialect::canonical::read::{Doc, Kind, Value};
use crate::wire::write::Writer;

/// How much of the definitions is said before no more is: those that hold each other grow without end.
const MOST: usize = 1 << 20;

/// How many members are passed over to find definitions before no more are looked for.
const MOST_PASSED: usize = 1 << 22;

/// How many definitions may be said within each other. JSON goes no deeper than 128, and each is a level or two.
const MOST_INSIDE: usize = 32;

/// The schema with those three members alone, and whether more than annotations and definitions went. `None` if it has no
/// other.
pub(super) fn plain(text: &str) -> Option<(String, bool)> {
    let doc = Doc::parse(text).ok()?;
    let root = doc.root();
    let stays = |name: &str| matches!(name, "type" | "properties" | "required");
    // Nothing is enforced there, so that nothing is to be added goes without saying.
    let says_nothing = |name: &str, value: Value<'_>| match name {
        "$schema" | "$id" | "title" | "$defs" | "definitions" => true,
        "additionalProperties" => value.bool() == Some(false),
        _ => false,
    };
    if root.kind() != Kind::Object || root.members().all(|(name, _)| stays(&name)) {
        return None;
    }
    let loses = root.members().any(|(name, value)| !stays(&name) && !says_nothing(&name, value));
    let mut inline = Inline { root, inside: Vec::new(), said: 0, passed: 0, out: Writer::with_capacity(text.len()) };
    inline.out.open();
    for (name, value) in root.members().filter(|(name, _)| stays(name)) {
        inline.member(&name, value);
    }
    inline.out.close();
    Some((String::from_utf8(inline.out.into_bytes()).ok()?, loses))
}

struct Inline<'v> {
    root: Value<'v>,
    /// The definitions that are being said.
    inside: Vec<String>,
    /// How much of them has been said.
    said: usize,
    /// How many members were passed over to find them.
    passed: usize,
    out: Writer,
}

impl<'v> Inline<'v> {
    fn member(&mut self, name: &str, value: Value<'v>) {
        self.out.any_key(name);
        match (holds(name), value.kind()) {
            (Holds::Schemas, Kind::Array) => {
                self.out.open_array();
                for schema in value.elements() {
                    self.schema(schema);
                }
                self.out.close_array();
            }
            (Holds::Schemas, _) => self.schema(value),
            (Holds::Named, Kind::Object) => {
                self.out.open();
                for (name, schema) in value.members() {
                    self.out.any_key(&name);
                    self.schema(schema);
                }
                self.out.close();
            }
            _ => {
                self.out.raw(value.raw());
            }
        }
    }

    fn schema(&mut self, schema: Value<'v>) {
        if schema.kind() != Kind::Object {
            self.out.raw(schema.raw());
            return;
        }
        let reference = schema.get_str("$ref").map(|reference| reference.into_owned());
        let meant = reference.as_deref().and_then(|reference| self.defined(reference));
        let ends = |inline: &Self, reference: &String| {
            let full = inline.said > MOST || inline.passed > MOST_PASSED || inline.inside.len() >= MOST_INSIDE;
            full || inline.inside.contains(reference)
        };
        match (reference, meant) {
            // One that holds itself ends where it begins anew: any value will do.
            (Some(reference), _) if ends(self, &reference) => {
                self.out.open().close();
            }
            (Some(reference), Some(meant)) => {
                self.said += meant.raw().len();
                self.inside.push(reference);
                self.schema(meant);
                self.inside.pop();
            }
            _ => {
                self.out.open();
                for (name, value) in schema.members() {
                    self.member(&name, value);
                }
                self.out.close();
            }
        }
    }

    /// What a reference within the schema means.
    fn defined(&mut self, reference: &str) -> Option<Value<'v>> {
        let path = reference.strip_prefix("#/")?;
        path.split('/').try_fold(self.root, |value, name| {
            if self.passed > MOST_PASSED {
                return None;
            }
            self.passed += value.members().count();
            value.get(&name.replace("~1", "/").replace("~0", "~"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_defined_is_said_where_it_is_meant() {
        for (schema, expected) in [
            (r#"{"type":"object","properties":{"a":{"$ref":"x"}},"required":[]}"#, None),
            (
                r#"{"$schema":"s","title":"T","type":"object","properties":{"$ref":{"type":"string"},"n":{"maximum":9007199254740993}}}"#,
                Some((
                    r#"{"type":"object","properties":{"$ref":{"type":"string"},"n":{"maximum":9007199254740993}}}"#,
                    false,
                )),
            ),
            (
                r##"{"type":"object","properties":{"tags":{"type":"array","items":{"$ref":"#/$defs/a~1b"}},"either":{"anyOf":[{"$ref":"#/definitions/c"},{"type":"null"}]}},"$defs":{"a/b":{"enum":[{"$ref":"#"}]}},"definitions":{"c":{"properties":{"more":{"$ref":"#/definitions/c"}}}},"additionalProperties":{"type":"string"}}"##,
                Some((
                    r##"{"type":"object","properties":{"tags":{"type":"array","items":{"enum":[{"$ref":"#"}]}},"either":{"anyOf":[{"properties":{"more":{}}},{"type":"null"}]}}}"##,
                    true,
                )),
            ),
            ("true", None),
        ] {
            assert_eq!(plain(schema).as_ref().map(|(text, loses)| (&**text, *loses)), expected, "{schema}");
        }
    }

    #[test]
    fn definitions_that_hold_each_other_end() {
        let mut schema = r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/d0"}},"$defs":{"##.to_owned();
        for index in 0..40 {
            let next = index + 1;
            schema.push_str(&format!(
                r##""d{index}":{{"properties":{{"x":{{"$ref":"#/$defs/d{next}"}},"y":{{"$ref":"#/$defs/d{next}"}}}}}},"##
            ));
        }
        schema.push_str(r#""d40":{"type":"string"}}}"#);
        let (text, _) = plain(&schema).expect("a schema");
        assert!(text.len() < 4 * MOST && Doc::parse(&text).is_ok());
    }
}
