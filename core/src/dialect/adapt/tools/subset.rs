//! The part of JSON schema that Anthropic and Bedrock enforce: what is outside is said in words, in the description of
//! the place that it is about, as Anthropic's own SDKs do (`transform_schema`).
//!
//! Every object is closed; no bounds of numbers, lengths and counts; no recursion; patterns without look-around. See
//! "Structured outputs", "JSON Schema limitations" in Anthropic's documentation.

use super::schema::under;
use super::splice::{Edits, Member, literal, members};
use crate::dialect::Dialect;
use crate::dialect::canonical::read::{Doc, Kind, Value};
use crate::dialect::canonical::{Index, Target};

/// How much of it one request may hold, over all its schemas that are enforced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    tools: usize,
    optional: usize,
    unions: usize,
}

impl Room {
    pub(super) fn of(target: &Target<'_>) -> Self {
        match target.dialect {
            Dialect::Messages => Self { tools: 20, optional: 24, unions: 16 },
            _ => Self { tools: usize::MAX, optional: usize::MAX, unions: usize::MAX },
        }
    }

    /// Takes the room of one tool, if there is any.
    pub(super) fn tool(&mut self) -> bool {
        let has = self.tools > 0;
        self.tools = self.tools.saturating_sub(1);
        has
    }
}

/// A schema within the part; `None` if it is already.
///
/// # Errors
/// It cannot be: why.
pub(super) fn fit(text: &str, room: &mut Room) -> Result<Option<String>, &'static str> {
    let Ok(doc) = Doc::parse(text) else { return Ok(None) };
    let mut fit = Fit { definitions: vec![String::new()], ..Fit::default() };
    fit.schema(doc.root(), 0)?;
    if fit.is_recursive() {
        return Err("the upstream takes no schema that holds itself");
    }
    let (Some(optional), Some(unions)) = (room.optional.checked_sub(fit.optional), room.unions.checked_sub(fit.unions))
    else {
        return Err("the schema has more optional or alternative members than the upstream takes");
    };
    (room.optional, room.unions) = (optional, unions);
    Ok(fit.edits.apply(text))
}

#[derive(Default)]
struct Fit {
    edits: Edits,
    optional: usize,
    unions: usize,
    /// The definitions' names; the root is the first, and has none.
    definitions: Vec<String>,
    /// Which definition refers to which name.
    refers: Vec<(usize, String)>,
}

impl Fit {
    /// No deeper than the reader of JSON goes. `within` is the definition that it belongs to.
    fn schema(&mut self, schema: Value<'_>, within: usize) -> Result<(), &'static str> {
        if schema.kind() != Kind::Object {
            return Ok(());
        }
        let mut members = members(schema);
        let has = |members: &[Member<'_>], name: &str| members.iter().any(|member| member.name == name);
        let alternatives = has(&members, "anyOf") || has(&members, "oneOf");
        let mut moved: Vec<String> = Vec::new();
        let mut is_object = !alternatives && !has(&members, "type") && has(&members, "properties");
        let mut is_closed = false;
        let mut is_union = alternatives;
        let renames = !has(&members, "anyOf");
        for member in &mut members {
            let value = member.value;
            match &*member.name {
                "type" => {
                    is_object |= value.is("object") || value.elements().any(|kind| kind.is("object"));
                    is_union |= value.kind() == Kind::Array;
                }
                "additionalProperties" => {
                    is_closed = value.bool() == Some(false);
                    member.goes = !is_closed;
                    if value.kind() == Kind::Object && !value.is_empty() {
                        moved.push(told(member));
                    }
                }
                "oneOf" if renames => self.edits.replace(member.key.clone(), "\"anyOf\""),
                // Bookkeeping: nothing in them restricts.
                "$schema" | "$id" | "$comment" => member.goes = true,
                "$ref" => {
                    let to = value.str().unwrap_or_default();
                    let Some(to) = to.strip_prefix('#') else {
                        return Err("the upstream takes no schema that refers to another document");
                    };
                    self.refers.push((within, definition(to)));
                }
                name if !is_known(name, value) => {
                    member.goes = true;
                    moved.push(told(member));
                }
                _ => {}
            }
            if member.goes {
                continue;
            }
            if matches!(&*member.name, "$defs" | "definitions") {
                for (name, schema) in value.members() {
                    let mut of = within;
                    if within == 0 {
                        of = self.definitions.len();
                        self.definitions.push(name.into_owned());
                    }
                    self.schema(schema, of)?;
                }
                continue;
            }
            let mut failed = Ok(());
            under(&member.name, value, &mut |schema| {
                if failed.is_ok() {
                    failed = self.schema(schema, within);
                }
            });
            failed?;
        }
        self.unions += usize::from(is_union);
        self.optional += optional(schema);
        let mut others = Vec::new();
        if is_object && !is_closed {
            others.push("\"additionalProperties\":false".to_owned());
        } else if let Some(open) = members.iter_mut().find(|member| member.name == "additionalProperties") {
            // It is of no object: what it says holds for nothing.
            open.goes = false;
            moved.retain(|told| !told.starts_with("additionalProperties"));
        }
        if !moved.is_empty() {
            self.describe(&members, &["{", &moved.join(", "), "}"].concat(), &mut others);
        }
        self.edits.object(schema, &members, &others);
        Ok(())
    }

    /// Says it behind the description, or in one.
    fn describe(&mut self, members: &[Member<'_>], text: &str, others: &mut Vec<String>) {
        let said = members.iter().find(|member| member.name == "description" && member.value.kind() == Kind::String);
        match said {
            Some(member) => {
                let text = if member.value.is_empty() { text.to_owned() } else { ["\n\n", text].concat() };
                let end = member.value.span().end - 1;
                let literal = literal(&text);
                let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
                self.edits.replace(end..end, inner);
            }
            None => others.push(["\"description\":", &literal(text)].concat()),
        }
    }

    /// Whether a definition leads back to itself: whoever refers to nothing that is left is taken away, until nobody
    /// can be.
    fn is_recursive(&self) -> bool {
        let named: Index<'_> = self.definitions.iter().map(String::as_str).collect();
        let mut left = vec![0_usize; self.definitions.len()];
        let mut referred = vec![Vec::new(); self.definitions.len()];
        for (from, to) in &self.refers {
            let Some(to) = named.get(to) else { continue };
            if let (Some(left), Some(referred)) = (left.get_mut(*from), referred.get_mut(to)) {
                *left += 1;
                referred.push(*from);
            }
        }
        let mut done: Vec<usize> =
            left.iter().enumerate().filter(|(_, count)| **count == 0).map(|(index, _)| index).collect();
        let mut gone = 0;
        while let Some(index) = done.pop() {
            gone += 1;
            for from in referred.get(index).into_iter().flatten() {
                if let Some(count) = left.get_mut(*from) {
                    *count -= 1;
                    if *count == 0 {
                        done.push(*from);
                    }
                }
            }
        }
        gone < left.len()
    }
}

/// The definition that a JSON pointer leads into; the root if into none.
fn definition(pointer: &str) -> String {
    let mut steps = pointer.split('/');
    match (steps.next(), steps.next(), steps.next()) {
        (Some(""), Some("$defs" | "definitions"), Some(name)) => name.replace("~1", "/").replace("~0", "~"),
        _ => String::new(),
    }
}

/// A member as words: `minimum: 1`.
fn told(member: &Member<'_>) -> String {
    [&member.name, ": ", member.value.raw()].concat()
}

/// Whether a keyword is enforced there, with the value that it has.
fn is_known(name: &str, value: Value<'_>) -> bool {
    let plain = |value: Value<'_>| !matches!(value.kind(), Kind::Object | Kind::Array);
    match name {
        "type" | "properties" | "required" | "items" | "anyOf" | "allOf" | "$ref" | "$defs" | "definitions"
        | "description" | "title" | "default" => true,
        "enum" => value.elements().all(plain),
        "const" => plain(value),
        "format" => value.str().is_some_and(|format| {
            matches!(
                &*format,
                "date-time" | "time" | "date" | "duration" | "email" | "hostname" | "uri" | "ipv4" | "ipv6" | "uuid"
            )
        }),
        "minItems" => matches!(value.count(), Some(0 | 1)),
        "pattern" => value.str().is_some_and(|pattern| is_simple(&pattern)),
        _ => false,
    }
}

/// Whether a pattern neither looks around nor back, nor at the borders of words.
fn is_simple(pattern: &str) -> bool {
    let mut escaped = false;
    for char in pattern.chars() {
        if escaped && (matches!(char, 'b' | 'B' | 'k') || ('1'..='9').contains(&char)) {
            return false;
        }
        escaped = !escaped && char == '\\';
    }
    !["(?=", "(?!", "(?<=", "(?<!"].iter().any(|look| pattern.contains(look))
}

/// How many properties a schema does not require.
fn optional(schema: Value<'_>) -> usize {
    let Some(properties) = schema.get("properties") else { return 0 };
    let mut required = Index::default();
    for name in schema.get("required").into_iter().flat_map(|list| list.elements()).filter_map(|name| name.str()) {
        required.insert(name, 0);
    }
    properties.members().filter(|(name, _)| !required.contains(name)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(schema: &str) -> Result<Option<String>, &'static str> {
        let mut room = Room { tools: 20, optional: 24, unions: 16 };
        let fitted = fit(schema, &mut room)?;
        if let Some(text) = &fitted {
            assert!(crate::wire::json::is_valid(text), "{text}");
            assert_eq!(
                fit(text, &mut Room { tools: 20, optional: 24, unions: 16 }),
                Ok(None),
                "once is enough: {text}"
            );
        }
        Ok(fitted)
    }

    #[test]
    fn what_is_not_enforced_is_said() {
        for (schema, expected) in [
            (
                r#"{"type":"integer","minimum":1,"maximum":10,"description":"A number"}"#,
                r#"{"type":"integer","description":"A number\n\n{minimum: 1, maximum: 10}"}"#,
            ),
            (
                r#"{"type":"object","properties":{"a":{"type":"string","pattern":"^(?=x)","maxLength":3}},"required":["a"]}"#,
                r#"{"additionalProperties":false,"type":"object","properties":{"a":{"description":"{pattern: \"^(?=x)\", maxLength: 3}","type":"string"}},"required":["a"]}"#,
            ),
            (
                r#"{"type":"array","items":{"type":"number","multipleOf":0.10},"minItems":2,"uniqueItems":true}"#,
                r#"{"description":"{minItems: 2, uniqueItems: true}","type":"array","items":{"description":"{multipleOf: 0.10}","type":"number"}}"#,
            ),
            (
                r#"{"type":"object","properties":{},"additionalProperties":{"type":"integer"}}"#,
                r#"{"additionalProperties":false,"description":"{additionalProperties: {\"type\":\"integer\"}}","type":"object","properties":{}}"#,
            ),
            (
                r#"{"oneOf":[{"type":"string"},{"type":"string","format":"color"}]}"#,
                r#"{"anyOf":[{"type":"string"},{"description":"{format: \"color\"}","type":"string"}]}"#,
            ),
            (
                r#"{"$schema":"x","type":"string","examples":["a"]}"#,
                r#"{"description":"{examples: [\"a\"]}","type":"string"}"#,
            ),
            (r#"{"type":"object","additionalProperties":true}"#, r#"{"additionalProperties":false,"type":"object"}"#),
        ] {
            assert_eq!(fitted(schema), Ok(Some(expected.to_owned())));
        }
    }

    #[test]
    fn what_is_enforced_stays_as_it_is() {
        for schema in [
            r#"{"type":"object","properties":{"minimum":{"type":"string","format":"uuid","default":{"minimum":1}},"b":{"type":["string","null"],"pattern":"^\\d+$"}},"required":["b"],"additionalProperties":false}"#,
            r##"{"$defs":{"a":{"type":"string"},"b":{"$ref":"#/$defs/a"}},"type":"array","items":{"$ref":"#/$defs/b"},"minItems":1}"##,
            r#"{"enum":["a",1,null]}"#,
            "true",
        ] {
            assert_eq!(fitted(schema), Ok(None), "{schema}");
        }
    }

    #[test]
    fn what_cannot_fit_is_told() {
        let many: Vec<String> = (0..25).map(|index| format!(r#""p{index}":{{"type":"string"}}"#)).collect();
        let many = format!(r#"{{"type":"object","properties":{{{}}},"additionalProperties":false}}"#, many.join(","));
        for schema in [
            r##"{"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false}"##,
            r##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"array","items":{"$ref":"#/$defs/b"}},"b":{"$ref":"#/$defs/a"}}}"##,
            r#"{"$ref":"https://example.com/schema"}"#,
            &many,
        ] {
            assert!(fitted(schema).is_err(), "{schema}");
        }
    }

    #[test]
    fn a_long_chain_of_definitions_is_walked_without_a_deep_stack() {
        let defs: Vec<String> =
            (0..20_000).map(|index| format!(r##""d{index}":{{"$ref":"#/$defs/d{}"}}"##, index + 1)).collect();
        let schema =
            format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{},"d20000":{{"type":"string"}}}}}}"##, defs.join(","));
        assert_eq!(fitted(&schema), Ok(None));
    }
}
