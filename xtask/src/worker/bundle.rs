//! The configuration as the Worker gets it: `gatelet.toml` turned into JSON, in a module of its own.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use gatelet_core::config::Platform;
use serde_json::Value;

use crate::{configuration, places};

/// A configuration that will be bundled.
pub(crate) struct Bundled {
    /// What it was read from, for the terminal.
    pub(crate) name: String,
    /// The JSON document; empty if there is none.
    pub(crate) json: String,
}

/// Reads `file`, else the workspace's `gatelet.toml` if there is one.
pub(crate) fn read(file: Option<&Path>) -> Result<Bundled> {
    let usual = places::root().join("gatelet.toml");
    let path = match file {
        Some(path) => path,
        None if usual.exists() => &usual,
        None => return Ok(Bundled { name: "no configuration bundled".to_owned(), json: String::new() }),
    };
    configuration::check(path, Platform::Workers)?;
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let json = json(text.trim_start_matches('\u{feff}')).with_context(|| format!("in {}", path.display()))?;
    Ok(Bundled { name: format!("with {}", path.display()), json })
}

/// The module: its default export is the document's text, or an empty string.
pub(crate) fn module(json: &str) -> String {
    // A JSON string is a JavaScript string.
    format!("export default {};\n", Value::from(json))
}

/// TOML as JSON; a document that is JSON already only loses its blanks.
fn json(text: &str) -> Result<String> {
    if text.trim_start().starts_with('{') {
        return Ok(serde_json::from_str::<Value>(text)?.to_string());
    }
    let table: toml::Table = toml::from_str(text)?;
    Ok(value(toml::Value::Table(table))?.to_string())
}

fn value(from: toml::Value) -> Result<Value> {
    Ok(match from {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(when) => bail!("{when}: no setting takes a date"),
        toml::Value::Array(values) => values.into_iter().map(value).collect::<Result<Vec<_>>>()?.into(),
        toml::Value::Table(table) => {
            let entries = table.into_iter().map(|(key, from)| Ok((key, value(from)?)));
            Value::Object(entries.collect::<Result<_>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_becomes_json() {
        let toml = "open = true\n[server]\nmax_body = 10\n[models.fast]\ntargets = [{ model = \"a/b\", weight = 3 }, \"c/d\"]\n";
        let expected = serde_json::json!({
            "open": true,
            "server": { "max_body": 10 },
            "models": { "fast": { "targets": [{ "model": "a/b", "weight": 3 }, "c/d"] } },
        });
        assert_eq!(serde_json::from_str::<Value>(&json(toml).unwrap()).unwrap(), expected);
    }

    #[test]
    fn json_stays_what_it_is() {
        assert_eq!(json(" { \"open\": true }").unwrap(), "{\"open\":true}");
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let error = json("open = true\nopen = false\n").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(json("when = 2026-01-01").is_err());
    }

    #[test]
    fn the_module_exports_one_string() {
        assert_eq!(module("{\"a\":\"\\\"\"}"), "export default \"{\\\"a\\\":\\\"\\\\\\\"\\\"}\";\n");
        assert_eq!(module(""), "export default \"\";\n");
    }
}
