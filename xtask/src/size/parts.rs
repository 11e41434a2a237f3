//! `cargo xtask size --parts`: which module of which crate takes how much of the Worker's wasm.
//!
//! The compiler's output still has the names of its functions; what is uploaded is the same code without them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use super::gzip;

/// How many modules deep a crate of ours is told apart; others are one part each.
const DEPTH: usize = 3;

/// How many functions are listed by name.
const LARGEST: usize = 40;

/// The code that one module came to.
#[derive(Default)]
struct Part {
    functions: usize,
    code: Vec<u8>,
}

/// What the wasm consists of, largest first. A part's gzip figure is that of its functions compressed together: the sum
/// is near what the whole compresses to, not equal to it.
pub(crate) fn table(wasm: &Path) -> Result<String> {
    let bytes = fs::read(wasm).with_context(|| format!("{} has not been built", wasm.display()))?;
    let contents = Contents::read(&bytes)?;
    let mut parts = BTreeMap::<String, Part>::new();
    let mut largest = Vec::new();
    for (name, code) in contents.functions.iter().filter(|(name, _)| !is_description(name)) {
        let part = parts.entry(part(name)).or_default();
        part.functions += 1;
        part.code.extend_from_slice(code);
        largest.push((code.len(), name));
    }
    let mut rows = Vec::new();
    for (name, part) in &parts {
        rows.push((part.code.len(), gzip::size(&part.code)?, part.functions, name.as_str()));
    }
    rows.push((contents.data.len(), gzip::size(&contents.data)?, 0, "(data: texts and tables)"));
    rows.sort_by(|a, b| b.cmp(a));

    // Writing to a string cannot fail.
    let mut text = format!("\n{:>9} {:>9} {:>9}  {}\n", "bytes", "gzip", "functions", "part of the Worker's wasm");
    for (size, gzip, functions, name) in rows {
        let _ = writeln!(text, "{size:>9} {gzip:>9} {functions:>9}  {name}");
    }
    largest.sort_by(|a, b| b.cmp(a));
    let _ = writeln!(text, "\n{:>9}  largest functions", "bytes");
    for (size, name) in largest.into_iter().take(LARGEST) {
        let _ = writeln!(text, "{size:>9}  {name}");
    }
    Ok(text)
}

/// What is counted of a module.
#[derive(Default)]
struct Contents<'a> {
    /// Each function's name and body.
    functions: Vec<(String, &'a [u8])>,
    data: Vec<u8>,
}

impl<'a> Contents<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self> {
        let (mut imported, mut bodies, mut names, mut data) = (0, Vec::new(), BTreeMap::new(), Vec::new());
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
                Payload::DataSection(segments) => {
                    for segment in segments {
                        data.extend_from_slice(segment?.data);
                    }
                }
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(subsections) = section.as_known() else { continue };
                    for subsection in subsections {
                        let Name::Function(functions) = subsection? else { continue };
                        for function in functions {
                            let function = function?;
                            names.insert(function.index, function.name);
                        }
                    }
                }
                _ => {}
            }
        }
        let named = (imported..).zip(bodies).map(|(index, body)| {
            let name = names.get(&index).copied().unwrap_or_default();
            // Without the hashes.
            (format!("{:#}", rustc_demangle::demangle(name)), body)
        });
        Ok(Self { functions: named.collect(), data })
    }
}

/// Whether a function describes an item to wasm-bindgen, which runs it and takes it out.
fn is_description(name: &str) -> bool {
    name.starts_with("__wbindgen_describe") || name.contains("wasm_bindgen::describe::")
}

/// The part that a function belongs to: where it was written, or where the type is from that it is a method of.
fn part(name: &str) -> String {
    if name.starts_with("core::ptr::drop_in_place") {
        return "(drop glue)".to_owned();
    }
    let path = name.trim_start_matches(['<', '&', '*', '[', '(']);
    let path =
        ["mut ", "const ", "dyn ", "impl "].iter().fold(path, |path, word| path.strip_prefix(word).unwrap_or(path));
    let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(path.len());
    let path = path.get(..end).unwrap_or(path).trim_end_matches(':');
    let Some((origin, _)) = path.split_once("::") else { return "(others)".to_owned() };
    if !origin.starts_with("gatelet") {
        return origin.to_owned();
    }
    // The last word is the function or the type itself.
    let modules = path.rsplit_once("::").map_or(path, |(modules, _)| modules);
    modules.split("::").take(DEPTH).filter(|word| word.starts_with(char::is_lowercase)).collect::<Vec<_>>().join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_where_it_was_written() {
        let cases = [
            ("gatelet_core::dialect::chat::parse_stream::choice", "gatelet_core::dialect::chat"),
            ("<gatelet_core::wire::doc::Doc>::parse", "gatelet_core::wire::doc"),
            ("<&mut gatelet_core::wire::Doc as core::fmt::Display>::fmt", "gatelet_core::wire"),
            ("<gatelet_core::error::Error as core::fmt::Display>::fmt", "gatelet_core::error"),
            ("<gatelet_core::gateway::Gateway<gatelet_workers::Worker>>::call::{closure#0}", "gatelet_core::gateway"),
            ("<alloc::vec::Vec<gatelet_core::error::Error>>::push", "alloc"),
            ("core::ptr::drop_in_place::<gatelet_core::error::Error>", "(drop glue)"),
            ("__wbindgen_malloc", "(others)"),
        ];
        for (name, expected) in cases {
            assert_eq!(part(name), expected, "{name}");
        }
    }

    #[test]
    fn what_is_taken_out_is_not_counted() {
        assert!(is_description("__wbindgen_describe_fetch"));
        assert!(is_description("<js_sys::Array as wasm_bindgen::describe::WasmDescribe>::describe"));
        assert!(!is_description("gatelet_core::gateway::call"));
    }

    #[test]
    fn functions_get_their_names_behind_the_imported_ones() {
        // A type, an imported function, a function of one body, a data segment, their names.
        let wasm = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x07\x01\x01m\x01f\0\0\x03\x02\x01\0\x05\x03\x01\0\x01\
            \x0a\x04\x01\x02\0\x0b\x0b\x08\x01\0\x41\0\x0b\x02hi\0\x11\x04name\x01\x0a\x02\0\x02in\x01\x03own";
        let contents = Contents::read(wasm).unwrap();
        assert_eq!(contents.functions, [("own".to_owned(), &b"\0\x0b"[..])]);
        assert_eq!(contents.data, b"hi");
    }
}
