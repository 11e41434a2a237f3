//! Golden files: what every pair of dialects makes of the same requests, streams and answers. Reviewed as data; written anew
//! with `GATELET_GOLDEN=write cargo test -p gatelet-core --test golden`.
//!
//! `cases/` holds what goes in: `requests/DIALECT`, `streams/DIALECT`, `answers/DIALECT`. A folder a pair holds what comes
//! out, a file for each of the three.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test"
)]

mod cases;
mod fields;
mod grammar;
mod orders;
mod pairs;
mod splits;

use std::fs;
use std::path::Path;

use gatelet_core::dialect::Dialect;

/// The dialects that clients speak.
const CALLERS: [Dialect; 4] = [Dialect::Chat, Dialect::Responses, Dialect::Messages, Dialect::Gemini];

/// The pairs that are translated: from a caller's dialect to an upstream's.
fn each_pair(mut visit: impl FnMut(Dialect, Dialect)) {
    for caller in CALLERS {
        for upstream in Dialect::ALL.into_iter().filter(|upstream| *upstream != caller) {
            visit(caller, upstream);
        }
    }
}

/// Compares what came out with the golden file, or writes it.
fn check(caller: Dialect, upstream: Dialect, name: &str, found: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{caller}-{upstream}"));
    let path = folder.join(name);
    if std::env::var("GATELET_GOLDEN").as_deref() == Ok("write") {
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(&path, found).expect("a file");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected == found {
        return;
    }
    let (mut section, mut shown) = ("", String::new());
    let mut lines = expected.lines();
    for line in found.lines() {
        let other = lines.next().unwrap_or("(nothing)");
        if line.starts_with("=== ") {
            section = line;
        }
        if line != other {
            shown = format!("{section}\n- {other}\n+ {line}");
            break;
        }
    }
    panic!("{caller}-{upstream}/{name} differs:\n{shown}\nGATELET_GOLDEN=write writes it anew; review the difference");
}
