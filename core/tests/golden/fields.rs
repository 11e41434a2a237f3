//! No field vanishes: each that a dialect's request can have is carried, adjusted and reported, or refused, at every target.
//! `docs/dialects.md` is what was found; written anew with `GATELET_GOLDEN=write`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use gatelet_core::dialect::Dialect;
use gatelet_core::dialect::canonical::fields::{Field, Reads};
use gatelet_core::dialect::canonical::read::Doc;
use gatelet_core::dialect::canonical::{Fate, Report};
use gatelet_core::dialect::codec::codec;
use gatelet_core::dialect::translate;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::CALLERS;
use crate::cases::targets;

/// A value that a field can have, and what makes a request of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// The value.
    value: Value,
    /// Further members that the request needs for it.
    #[serde(default)]
    with: Map<String, Value>,
    /// The dialects that say it elsewhere than in the body, or mean it anyway.
    #[serde(default)]
    moot: Vec<String>,
}

fn samples(dialect: Dialect) -> BTreeMap<String, Sample> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/cases/fields/{dialect}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn base(dialect: Dialect) -> Map<String, Value> {
    let base = match dialect {
        Dialect::Chat => json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]}),
        Dialect::Responses => json!({"model": "m", "input": "hi"}),
        Dialect::Messages => {
            json!({"model": "m", "max_tokens": 4096, "messages": [{"role": "user", "content": "hi"}]})
        }
        _ => json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
    };
    base.as_object().expect("an object").clone()
}

fn leaves(fields: &'static [Field], found: &mut Vec<&'static Field>) {
    for field in fields {
        match field.reads {
            Reads::Group(fields) => leaves(fields, found),
            _ => found.push(field),
        }
    }
}

fn put(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value);
        }
        Some((outer, inner)) => {
            let object = body.entry(outer).or_insert_with(|| json!({}));
            put(object.as_object_mut().expect("an object"), inner, value);
        }
    }
}

/// What a body becomes at a target: the other body, or why there is none; and what was reported of which path.
fn said(
    caller: Dialect,
    upstream: usize,
    dialect: Dialect,
    body: &Map<String, Value>,
) -> (Result<String, String>, Vec<(String, String)>) {
    let text = serde_json::to_string(body).expect("JSON");
    let doc = Doc::parse(&text).expect("JSON");
    let target = targets(dialect)[upstream];
    let mut report = Report::default();
    let stream = body.get("stream") == Some(&Value::Bool(true));
    let said = translate::request(&doc, caller, &target, stream, false, &mut report);
    let entries = report.entries(&doc);
    match said {
        Ok(said) => {
            let undone = format!("{:?} {:?}", said.adapted, said.caller);
            (Ok(String::from_utf8(said.body).expect("UTF-8") + &undone), entries)
        }
        Err(refusal) => (Err(refusal.path(&doc)), entries),
    }
}

/// What becomes of each field of a dialect at a target that speaks another one.
fn found(caller: Dialect, target: Dialect, field: &Field, sample: &Sample) -> String {
    let mut without = base(caller);
    for (name, value) in &sample.with {
        put(&mut without, name, value.clone());
    }
    let mut with = without.clone();
    put(&mut with, field.path, sample.value.clone());
    let (before, _) = said(caller, 0, target, &without);
    let (after, told) = said(caller, 0, target, &with);
    let about = |path: &str| {
        path == field.path
            || path.starts_with(&format!("{}.", field.path))
            || path.starts_with(&format!("{}[", field.path))
    };
    let after = match after {
        Err(path) => {
            assert!(about(&path), "{caller} → {target}: {} is refused by another path: {path}", field.path);
            return "refused".to_owned();
        }
        Ok(after) => after,
    };
    let reasons: Vec<&str> = told
        .iter()
        .filter(|(path, _)| about(path))
        .map(|(_, reason)| reason.split(':').next().unwrap_or(reason))
        .collect();
    if let Some(reason) = reasons.first() {
        return (*reason).to_owned();
    }
    if before.as_ref().is_ok_and(|before| *before != after) || before.is_err() {
        return "carried".to_owned();
    }
    let moot = matches!(field.reads, Reads::Ignored)
        || matches!(field.reads, Reads::Asks(feature, ..) if feature.fate(target) == Fate::Moot)
        || sample.moot.iter().any(|name| name == target.name());
    assert!(moot, "{caller} → {target}: {} vanishes: {after}", field.path);
    "–".to_owned()
}

#[test]
fn no_field_vanishes() {
    let mut document = String::from(include_str!("dialects.md"));
    for caller in CALLERS {
        let others: Vec<Dialect> = Dialect::ALL.into_iter().filter(|other| *other != caller).collect();
        let names: Vec<&str> = others.iter().map(|other| other.name()).collect();
        write!(
            document,
            "\n## Fields of a {caller} request\n\n| field | {} |\n| --- | --- | --- | --- | --- |\n",
            names.join(" | ")
        )
        .expect("a line");
        let samples = samples(caller);
        let mut fields = Vec::new();
        leaves(codec(caller).fields, &mut fields);
        for name in samples.keys() {
            assert!(fields.iter().any(|field| field.path == name), "{caller}: {name} is no field");
        }
        for field in fields {
            let sample = samples.get(field.path).unwrap_or_else(|| panic!("{caller}: {} has no sample", field.path));
            let fates: Vec<String> = others.iter().map(|target| found(caller, *target, field, sample)).collect();
            writeln!(document, "| `{}` | {} |", field.path, fates.join(" | ")).expect("a line");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/dialects.md");
    if std::env::var("GATELET_GOLDEN").as_deref() == Ok("write") {
        fs::write(&path, &document).expect("a file");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == document, "docs/dialects.md is not what was found; GATELET_GOLDEN=write writes it anew");
}

/// A field that nobody knows is reported at every target, and every known one is told from it.
#[test]
fn an_unknown_field_is_reported() {
    for caller in CALLERS {
        for target in Dialect::ALL.into_iter().filter(|target| *target != caller) {
            let mut body = base(caller);
            put(&mut body, "mystery", json!({"a": 1}));
            let (after, told) = said(caller, 0, target, &body);
            assert!(after.is_ok());
            assert_eq!(told, [("mystery".to_owned(), "unknown".to_owned())], "{caller} → {target}");
        }
    }
}
