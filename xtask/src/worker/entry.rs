//! The Worker's JavaScript: wasm-bindgen's glue, and an entry that hands events to it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use walrus::ModuleConfig;
use wasm_bindgen_cli_support::Bindgen;

use super::bundle::{self, Bundled};
use super::foreign;

/// What every entry begins with.
const HEAD: &str = include_str!("entry.js");

/// The events Cloudflare calls a Worker for; an exported function of that name answers them.
pub(crate) const EVENTS: [&str; 4] = ["fetch", "scheduled", "queue", "email"];

/// The Worker's crate: what other crates export goes.
const OWN: &str = "gatelet-workers";

/// Writes the modules into `folder`, which holds nothing else afterwards.
pub(crate) fn write(wasm: &Path, release: bool, config: &Bundled, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let mut module = ModuleConfig::new()
        .generate_name_section(!release)
        // It is the compiler's own output.
        .strict_validate(false)
        .parse_file(wasm)
        .with_context(|| format!("cannot read {}", wasm.display()))?;
    foreign::remove(&mut module, OWN)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_module("index", module).module(true)?.typescript(false);
    // The names are a fifth of the upload. The other two bring a fresh instance after a panic that aborted.
    bindgen.remove_name_section(release).reset_state_function(true).force_enable_abort_handler(true);
    bindgen.generate(folder).context("wasm-bindgen cannot read the Worker")?;

    let generated = folder.join("index.js");
    let glue = fs::read_to_string(&generated)?;
    fs::write(folder.join("glue.js"), plain_import(&glue)?)?;
    fs::write(folder.join("config.js"), bundle::module(&config.json))?;
    fs::write(generated, entry(&glue)?)?;
    Ok(())
}

/// The wasm is imported as a module the way workerd and wrangler both take: without the word `source`.
fn plain_import(glue: &str) -> Result<String> {
    ensure!(glue.contains("import source "), "wasm-bindgen's output no longer imports the wasm as it did");
    Ok(glue.replacen("import source ", "import ", 1))
}

/// The entry: a method for each event that the glue answers, and the classes it exports (Durable Objects).
fn entry(glue: &str) -> Result<String> {
    let exports = exports(glue);
    let mut entry = HEAD.to_owned();
    for event in EVENTS.iter().filter(|event| exports.functions.contains(**event)) {
        entry.push_str(&format!("  {event}: (event, env, ctx) => gateway.{event}(event, withConfig(env), ctx),\n"));
    }
    ensure!(entry.len() > HEAD.len(), "the Worker exports no function that answers an event");
    entry.push_str("};\n");
    let classes: Vec<&str> = exports.classes.iter().copied().collect();
    if !classes.is_empty() {
        entry.push_str(&format!("\nexport {{ {} }} from \"./glue.js\";\n", classes.join(", ")));
    }
    Ok(entry)
}

#[derive(Default)]
struct Exports<'a> {
    functions: BTreeSet<&'a str>,
    classes: BTreeSet<&'a str>,
}

/// What a module exports, by the lines that say so: wasm-bindgen writes each at the beginning of a line.
fn exports(glue: &str) -> Exports<'_> {
    let mut exports = Exports::default();
    for line in glue.lines() {
        let Some(declaration) = line.strip_prefix("export ") else { continue };
        let (kind, name) = declaration.trim_start_matches("async ").split_once(' ').unwrap_or_default();
        let name = name.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).next().unwrap_or_default();
        match kind {
            "function" => exports.functions.insert(name),
            "class" => exports.classes.insert(name),
            // `export { inner as Outer }`
            "{" => match declaration.trim_end_matches(['}', ';', ' ']).rsplit(' ').next() {
                Some(name) if name.starts_with(char::is_uppercase) => exports.classes.insert(name),
                Some(name) => exports.functions.insert(name),
                None => continue,
            },
            _ => continue,
        };
    }
    exports
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "import { state } from './snippets/a/inline0.js';\nimport source wasmModule from \"./index_bg.wasm\";\n\
        export class Tenant {\n}\nclass Private {\n}\nexport function fetch(req, env, ctx) {\n}\n\
        export function __wbg_reset_state () {\n}\n";

    #[test]
    fn the_entry_answers_exported_events_and_exports_classes() {
        let entry = entry(GLUE).unwrap();
        assert!(entry.contains("fetch: (event, env, ctx) => gateway.fetch(event, withConfig(env), ctx),"));
        assert!(!entry.contains("scheduled"));
        assert!(entry.ends_with("};\n\nexport { Tenant } from \"./glue.js\";\n"), "{entry}");
    }

    #[test]
    fn renamed_exports_are_seen() {
        let seen = exports("export { inner as Tenant };\nexport { fetch1 as fetch };\n");
        assert!(seen.classes.contains("Tenant") && seen.functions.contains("fetch"));
    }

    #[test]
    fn the_wasm_is_imported_plainly() {
        let glue = plain_import(GLUE).unwrap();
        assert!(glue.contains("\nimport wasmModule from \"./index_bg.wasm\";"));
        assert!(plain_import(&glue).is_err());
    }

    #[test]
    fn a_worker_without_events_is_an_error() {
        assert!(entry("export class Tenant {\n}\n").is_err());
    }
}
