//! What the adapter has to say itself: one JSON object a line, on standard error, so that requests' lines stay alone on
//! standard output. CloudWatch gets both.

use std::io::Write as _;

use serde_json::{Map, Value};

/// Reports an incident. Nothing of a request's or an answer's content belongs into the fields.
pub(crate) fn report(message: &str, fields: &[(&str, &str)]) {
    let head = [("level", "error"), ("message", message)];
    let object: Map<String, Value> =
        head.iter().chain(fields).map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    // In one piece: CloudWatch makes an entry of what arrives together. A closed standard error leaves nobody to tell.
    let _ = std::io::stderr().lock().write_all(format!("{}\n", Value::Object(object)).as_bytes());
}
