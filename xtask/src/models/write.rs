//! The table as a text; `core/src/provider/models/row.rs` says what it means.

use super::Edition;
use super::select::{Rows, Section};

/// The whole table.
pub(super) fn table(edition: &Edition, sections: &[Section]) -> String {
    let Edition { version, date } = edition;
    let mut text = format!(
        "# Models and prices: litellm {version} (MIT) as of {date}. Made by `cargo xtask models`; row.rs says how it is read.\n"
    );
    for Section { kind, rows } in sections {
        let lines = lines(rows);
        text.push_str(&format!("@{kind} {}\n{lines}", lines.len()));
    }
    text
}

/// A section's lines.
pub(super) fn lines(rows: &Rows) -> String {
    let line =
        |(id, row): (&String, &super::select::Row)| format!("{id}\t{}\t{}\t{}\n", row.limits, row.marks, row.prices);
    rows.iter().map(line).collect()
}

/// What a table says it is made of.
pub(super) fn edition(table: &str) -> Option<Edition> {
    let (version, rest) = table.split_once(" litellm ")?.1.split_once(' ')?;
    let (date, _) = rest.split_once(" as of ")?.1.split_once('.')?;
    Some(Edition { version: version.to_owned(), date: date.to_owned() })
}
