//! `cargo test` of one crate, its results counted.

use anyhow::Result;

use super::outcome::Outcome;
use crate::process;

/// Runs the crate's tests, all of them even if some fail.
pub(crate) fn run(package: &str) -> Result<Outcome> {
    let mut counts = Counts::default();
    let mut cargo = process::cargo();
    cargo.args(["test", "--package", package, "--no-fail-fast"]);
    let succeeded = process::watch(&mut cargo, |line| counts.read(line))?;
    Ok(Outcome::suite(counts.passed, counts.failed, counts.skipped, succeeded))
}

#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Counts {
    /// Adds a line like `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`.
    fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|line| line.split_once(". ")) else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, what)) = count.split_once(' ') else { continue };
            let number: usize = number.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_test_binaries_add_up() {
        let mut counts = Counts::default();
        for line in [
            "running 12 tests",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.00s",
            "test a::b ... ok",
        ] {
            counts.read(line);
        }
        assert_eq!((counts.passed, counts.failed, counts.skipped), (15, 2, 1));
    }
}
