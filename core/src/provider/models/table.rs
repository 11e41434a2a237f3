//! The model table: a text that is compiled in, and never read as a whole.
//!
//! A section a kind of provider, each with a head: `@` and the kind's name, a space, and the bytes of its lines. The lines of
//! a section are sorted by the models' ids. So a row is found by a few hops and a binary search, without an index.

use std::cmp::Ordering;

use memchr::{memchr, memrchr};

use super::row::Row;

/// Made by `cargo xtask models`.
pub(super) const TABLE: &str = include_str!("table.tsv");

/// The lines of the models of a kind of provider; empty if there are none.
pub(super) fn section(kind: &str) -> &'static str {
    sections().find(|(name, _)| *name == kind).map_or("", |(_, lines)| lines)
}

/// Every section: the kind's name, and its lines.
pub(super) fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    // The comment at the beginning ends where the first section begins.
    let mut rest = TABLE.split_once("\n@").map_or("", |(_, rest)| rest);
    std::iter::from_fn(move || {
        let (head, after) = rest.split_once('\n')?;
        let (name, size) = head.split_once(' ')?;
        let (lines, next) = after.split_at_checked(size.parse().ok()?)?;
        rest = next.strip_prefix('@').unwrap_or_default();
        Some((name, lines))
    })
}

/// The rows of a section, in order.
pub(super) fn rows(section: &str) -> impl Iterator<Item = Row<'_>> {
    section.lines().filter_map(Row::parse)
}

/// The row of that id.
pub(super) fn exactly<'a>(section: &'a str, id: &str) -> Option<Row<'a>> {
    rows(at_or_after(section, id)).next().filter(|row| row.id == id)
}

/// The lines from the first one on whose id is not before `id`.
pub(super) fn at_or_after<'a>(section: &'a str, id: &str) -> &'a str {
    let bytes = section.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    // The line that is sought begins at `low` or behind it, and not behind `high`; both are beginnings of lines.
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes.get(low..middle).and_then(|before| memrchr(b'\n', before)).map_or(low, |at| low + at + 1);
        let line = bytes.get(start..).unwrap_or_default();
        let end = start + memchr(b'\n', line).map_or(line.len(), |at| at + 1);
        let key = line.get(..memchr(b'\t', line).unwrap_or(0)).unwrap_or_default();
        match key.cmp(id.as_bytes()) {
            Ordering::Less => low = end,
            Ordering::Equal => return section.get(start..).unwrap_or_default(),
            Ordering::Greater => high = start,
        }
    }
    section.get(low..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_every_line_and_none_else() {
        let section = "a\t\t\t\nab\t\t\t1\nb\t\t\t\nbcd\t\t\t2\nz\t\t\t\n";
        for row in rows(section) {
            assert_eq!(exactly(section, row.id), Some(row));
        }
        for none in ["", "aa", "abc", "c", "zz", "a\t"] {
            assert_eq!(exactly(section, none), None, "{none:?}");
        }
        assert_eq!(rows(at_or_after(section, "aa")).next().map(|row| row.id), Some("ab"));
        assert_eq!(rows(at_or_after(section, "zz")).next(), None);
        assert_eq!(exactly("", "a"), None);
    }
}
