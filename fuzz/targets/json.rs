//! The reader of JSON: what it takes is what the check takes, and every value's own text is a value.
#![no_main]

use gatelet_core::wire::doc::{Doc, Kind, Value};
use gatelet_core::wire::json;
use libfuzzer_sys::fuzz_target;

fn walk(value: Value<'_>) {
    assert!(json::is_valid(value.raw()), "{}", value.raw());
    match value.kind() {
        Kind::Array => value.elements().for_each(walk),
        Kind::Object => value.members().for_each(|(_, value)| walk(value)),
        Kind::String => assert_eq!(value.str(), json::string(value.raw())),
        _ => {}
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let doc = Doc::parse(text);
    assert_eq!(doc.is_ok(), json::is_valid(text));
    if let Ok(doc) = doc {
        walk(doc.root());
    }
});
