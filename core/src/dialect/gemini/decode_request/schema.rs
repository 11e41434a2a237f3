//! The subset of OpenAPI's schemas that Gemini has of its own, as a JSON schema.
//!
//! A walk that knows where schemas are: what stands in `default`, `enum` or `example` is data, and a property may be called
//! as a keyword is. Keywords that are JSON schema's already, and such that nobody knows, stay as they are. Order is kept.
//! <https://ai.google.dev/api/caching#Schema>

use std::borrow::Cow;

use super::proto;
use crate::dialect::canonical::Json;
use crate::dialect::canonical::read::{Kind, Value};
use crate::wire::write::Writer;

/// A schema of `parameters` or `responseSchema` as a JSON schema.
pub(super) fn convert(schema: Value<'_>) -> Json<'static> {
    let mut out = Writer::with_capacity(schema.raw().len() + 64);
    write(schema, &mut out);
    // What was text stays text.
    Json(Cow::Owned(String::from_utf8(out.into_bytes()).unwrap_or_else(|_| "{}".to_owned())))
}

fn write(schema: Value<'_>, out: &mut Writer) {
    if schema.kind() != Kind::Object {
        out.raw(schema.raw());
        return;
    }
    let nullable = proto::member(schema, "nullable").and_then(|value| value.bool()) == Some(true);
    out.open();
    for (key, value) in schema.members() {
        let key = match proto::camel(key) {
            key if key == "ref" => Cow::Borrowed("$ref"),
            key if key == "defs" => Cow::Borrowed("$defs"),
            key => key,
        };
        match (&*key, value.kind()) {
            (_, Kind::Null) if !matches!(&*key, "default" | "const") => {}
            ("nullable" | "propertyOrdering", _) => {}
            ("format", _) if value.is("enum") => {}
            ("type", Kind::String) => kind(value, nullable, out),
            ("properties" | "$defs" | "definitions" | "patternProperties", Kind::Object) => {
                out.any_key(&key).open();
                for (name, schema) in value.members() {
                    out.any_key(&name);
                    write(schema, out);
                }
                out.close();
            }
            ("items" | "additionalProperties" | "not" | "contains" | "propertyNames", Kind::Object) => {
                out.any_key(&key);
                write(value, out);
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems" | "items", Kind::Array) => {
                out.any_key(&key).open_array();
                for schema in value.elements() {
                    write(schema, out);
                }
                if nullable && key == "anyOf" {
                    out.raw("{\"type\":\"null\"}");
                }
                out.close_array();
            }
            // What is one of a list may be nothing only if the list says so.
            ("enum", Kind::Array) if nullable => {
                out.key("enum").open_array();
                for value in value.elements() {
                    out.raw(value.raw());
                }
                if !value.elements().any(|value| value.is_null()) {
                    out.null();
                }
                out.close_array();
            }
            ("example", _) => {
                out.key("examples").open_array().raw(value.raw()).close_array();
            }
            // Whole numbers are texts in proto JSON.
            ("minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties", Kind::String)
                if is_digits(value) =>
            {
                out.any_key(&key).raw(value.raw().trim_matches('"'));
            }
            _ => {
                out.any_key(&key).raw(value.raw());
            }
        }
    }
    out.close();
}

fn kind(value: Value<'_>, nullable: bool, out: &mut Writer) {
    let kind = value.str().unwrap_or_default().to_ascii_lowercase();
    if kind == "type_unspecified" {
        return;
    }
    out.key("type");
    if nullable && kind != "null" {
        out.open_array().string(&kind).string("null").close_array();
    } else {
        out.string(&kind);
    }
}

fn is_digits(value: Value<'_>) -> bool {
    value.str().is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::canonical::read::Doc;

    #[test]
    fn trap_32_a_property_called_as_a_keyword_is_none() {
        let cases = [
            (
                r#"{"type":"OBJECT","properties":{"type":{"type":"STRING","format":"enum","enum":["A","B"]},"nullable":{"type":"NUMBER","nullable":true},"any_of":{"type":"string"}},"required":["type"],"property_ordering":["type"]}"#,
                r#"{"type":"object","properties":{"type":{"type":"string","enum":["A","B"]},"nullable":{"type":["number","null"]},"any_of":{"type":"string"}},"required":["type"]}"#,
            ),
            (
                r#"{"nullable":true,"any_of":[{"type":"INTEGER","minimum":9007199254740993},{"type":"STRING","min_length":"1"}],"default":{"type":"OBJECT"},"example":{"type":"X"}}"#,
                r#"{"anyOf":[{"type":"integer","minimum":9007199254740993},{"type":"string","minLength":1},{"type":"null"}],"default":{"type":"OBJECT"},"examples":[{"type":"X"}]}"#,
            ),
            (
                r##"{"type":"ARRAY","items":{"ref":"#/$defs/A"},"defs":{"A":{"type":"STRING","nullable":true,"enum":["x"]}},"maxItems":"3","title":null}"##,
                r##"{"type":"array","items":{"$ref":"#/$defs/A"},"$defs":{"A":{"type":["string","null"],"enum":["x",null]}},"maxItems":3}"##,
            ),
            (
                r#"{"$schema":"s","type":["object","null"],"additionalProperties":false,"oneOf":[{"type":"BOOLEAN"}],"const":{"type":"A"}}"#,
                r#"{"$schema":"s","type":["object","null"],"additionalProperties":false,"oneOf":[{"type":"boolean"}],"const":{"type":"A"}}"#,
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(convert(Doc::parse(given).expect("JSON").root()).0, expected, "{given}");
        }
    }
}
