//! What came of the stages, and the table of it.

use std::fmt::Write;
use std::time::Duration;

/// What came of one stage.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A suite ran to its end; its tests, counted.
    Counted {
        /// Succeeded.
        passed: usize,
        /// Did not.
        failed: usize,
        /// Were left out, each for a reason that the suite tells.
        skipped: usize,
    },
    /// It did not run to its end, or ran nothing: counts as one failure.
    Broken(String),
    /// Not for this system.
    Skipped(&'static str),
}

impl Outcome {
    /// A check that is one test by itself.
    pub(crate) fn check(succeeded: bool) -> Self {
        Self::Counted { passed: succeeded.into(), failed: (!succeeded).into(), skipped: 0 }
    }

    /// A suite's counts and whether its program ended well: a crash after the last count, and a suite that ran
    /// nothing, are failures too.
    pub(crate) fn suite(passed: usize, failed: usize, skipped: usize, succeeded: bool) -> Self {
        match (passed + failed, succeeded) {
            (0, _) => Self::Broken("it ran no test".to_owned()),
            (_, false) if failed == 0 => Self::Counted { passed, failed: 1, skipped },
            _ => Self::Counted { passed, failed, skipped },
        }
    }

    pub(crate) fn passed(&self) -> usize {
        match self {
            Self::Counted { passed, .. } => *passed,
            Self::Broken(_) | Self::Skipped(_) => 0,
        }
    }

    pub(crate) fn failed(&self) -> usize {
        match self {
            Self::Counted { failed, .. } => *failed,
            Self::Broken(_) => 1,
            Self::Skipped(_) => 0,
        }
    }
}

/// One stage in the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
}

/// The sums over all stages: passed, failed. Nothing at all is a failure.
pub(crate) fn total(rows: &[Row]) -> (usize, usize) {
    let passed = rows.iter().map(|row| row.outcome.passed()).sum();
    let failed: usize = rows.iter().map(|row| row.outcome.failed()).sum();
    (passed, if passed + failed == 0 { 1 } else { failed })
}

/// The rows under each other, aligned.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text =
        format!("\n{:<14} {:>7} {:>7} {:>8} {:>9}  result\n", "stage", "passed", "failed", "skipped", "time");
    for Row { name, outcome, took } in rows {
        let skipped = if let Outcome::Counted { skipped, .. } = outcome { *skipped } else { 0 };
        let result = match outcome {
            Outcome::Counted { failed: 0, .. } => "ok",
            Outcome::Counted { .. } => "FAILED",
            Outcome::Broken(why) => &format!("FAILED: {}", why.lines().next().unwrap_or_default()),
            Outcome::Skipped(why) => &format!("skipped: {why}"),
        };
        let (passed, failed) = (outcome.passed(), outcome.failed());
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "{name:<14} {passed:>7} {failed:>7} {skipped:>8} {:>7.1} s  {result}", took.as_secs_f64());
    }
    let all: Duration = rows.iter().map(|row| row.took).sum();
    let _ = writeln!(
        text,
        "{:<14} {:>7} {:>7} {:>8} {:>7.1} s",
        "all",
        total(rows).0,
        total(rows).1,
        "",
        all.as_secs_f64()
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(outcome: Outcome) -> Row {
        Row { name: "a", outcome, took: Duration::from_millis(1500) }
    }

    #[test]
    fn a_suite_that_crashed_or_ran_nothing_failed() {
        assert_eq!(Outcome::suite(3, 0, 1, true), Outcome::Counted { passed: 3, failed: 0, skipped: 1 });
        assert_eq!(Outcome::suite(3, 0, 0, false).failed(), 1);
        assert_eq!(Outcome::suite(3, 2, 0, false).failed(), 2);
        assert_eq!(Outcome::suite(0, 0, 9, true).failed(), 1);
    }

    #[test]
    fn sums_count_broken_stages_and_nothing_at_all() {
        let rows = [
            row(Outcome::suite(3, 2, 0, false)),
            row(Outcome::check(true)),
            row(Outcome::Broken("why\nat length".to_owned())),
            row(Outcome::Skipped("elsewhere")),
        ];
        assert_eq!(total(&rows), (4, 3));
        assert_eq!(total(&[]), (0, 1));
        assert_eq!(total(&[row(Outcome::Skipped("elsewhere"))]), (0, 1));
        let text = table(&rows);
        assert!(
            text.contains("FAILED: why\n") && text.contains("skipped: elsewhere") && text.contains("1.5 s"),
            "{text}"
        );
    }
}
