//! What the adapter has to say itself: one JSON object a line, on standard error, so that requests' lines stay alone on
//! standard output. CloudWatch gets both.

use std::io::Write as _;

/// Reports an incident. Nothing of a request's or an answer's content belongs into the fields.
pub(crate) fn report(message: &str, fields: &[(&str, &str)]) {
    let line = line(message, fields);
    // A closed standard error leaves nobody to tell.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// The line of [`report`], with its line feed.
pub(crate) fn line(message: &str, fields: &[(&str, &str)]) -> String {
    let mut object = serde_json::Map::new();
    object.insert("level".to_owned(), "error".into());
    object.insert("message".to_owned(), message.into());
    for (name, value) in fields {
        object.insert((*name).to_owned(), (*value).into());
    }
    let mut line = serde_json::Value::Object(object).to_string();
    line.push('\n');
    line
}
