//! The table of sizes and budgets.

use std::fmt::Write;

/// What a row's figure counts.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// Bytes.
    Bytes,
    /// The minor number of a glibc 2 version.
    Glibc,
}

/// One figure.
pub(crate) struct Row {
    what: String,
    unit: Unit,
    figure: usize,
    budget: Option<usize>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, unit: Unit, figure: usize, budget: Option<usize>) -> Self {
        Self { what: what.into(), unit, figure, budget }
    }

    /// Whether it must not grow past some figure.
    pub(crate) fn has_budget(&self) -> bool {
        self.budget.is_some()
    }

    /// Whether it is past its budget.
    pub(crate) fn is_over(&self) -> bool {
        self.budget.is_some_and(|budget| self.figure > budget)
    }
}

/// The rows under each other, aligned.
pub(crate) fn render(rows: &[Row]) -> String {
    let mut text = format!("\n{:<46} {:>12} {:>12}\n", "what", "size", "budget");
    for row in rows {
        let budget = row.budget.map_or_else(|| "-".to_owned(), |budget| row.unit.show(budget));
        let verdict = if row.is_over() { "  OVER" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<46} {:>12} {budget:>12}{verdict}", row.what, row.unit.show(row.figure));
    }
    text
}

impl Unit {
    fn show(self, figure: usize) -> String {
        match self {
            Self::Bytes if figure < 1_000_000 => format!("{:.1} KB", figure as f64 / 1e3),
            Self::Bytes => format!("{:.2} MB", figure as f64 / 1e6),
            Self::Glibc => format!("2.{figure}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_past_its_budget_says_so() {
        let rows = [
            Row::new("a", Unit::Bytes, 199_949, Some(200_000)),
            Row::new("b", Unit::Bytes, 2_200_001, Some(2_200_000)),
            Row::new("c", Unit::Glibc, 30, Some(34)),
            Row::new("d", Unit::Bytes, 1, None),
        ];
        let text = render(&rows);
        let lines: Vec<&str> = text.trim().lines().collect();
        assert!(lines[1].contains("199.9 KB") && lines[1].ends_with("200.0 KB"), "{text}");
        assert!(lines[2].contains("2.20 MB") && lines[2].ends_with("OVER"), "{text}");
        assert!(lines[3].contains("2.30") && lines[3].ends_with("2.34"), "{text}");
        assert!(lines[4].ends_with('-'), "{text}");
        assert_eq!(rows.iter().filter(|row| row.is_over()).count(), 1);
    }
}
