//! The black-box tests of `conformance/`: pytest against the local server, the function and the Worker that were built.

use std::fs;

use anyhow::{Context, Result};

use super::outcome::Outcome;
use crate::lambda::Architecture;
use crate::setup::{self, rust};
use crate::{places, process};

pub(crate) fn run() -> Result<Outcome> {
    let target = places::target();
    let report = target.join("conformance.xml");
    // An old report must not be taken for this run's.
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let python = setup::python::ready()?;
    let folder = places::root().join("conformance");
    let mut pytest = python.program("python")?;
    pytest.args(["-m", "pytest"]).arg(&folder).arg("--junitxml").arg(&report).current_dir(&folder);
    pytest.env("PYTHONDONTWRITEBYTECODE", "1");
    pytest.env("GATELET_BIN", target.join(rust::STATIC).join("release/gatelet"));
    pytest.env("BOOTSTRAP_BIN", target.join("lambda-out").join(Architecture::HERE.name()).join("bootstrap"));
    pytest.env("WORKER_DIR", places::root().join("build"));
    let succeeded = process::watch(&mut pytest, |_| ())?;

    let xml = fs::read_to_string(&report).context("pytest left no report")?;
    let counts = parse(&xml).context("pytest's report has no counts")?;
    Ok(Outcome::suite(counts.passed, counts.failed, counts.skipped, succeeded))
}

#[derive(Debug, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

/// The sums that pytest writes into the attributes of its `<testsuite>`.
fn parse(xml: &str) -> Option<Counts> {
    let (_, suite) = xml.split_once("<testsuite ")?;
    let (attributes, _) = suite.split_once('>')?;
    let number = |name: &str| -> Option<usize> {
        let (_, after) = attributes.split_once(&format!("{name}=\""))?;
        after.split_once('"')?.0.parse().ok()
    };
    let (errors, failures, skipped) = (number("errors")?, number("failures")?, number("skipped")?);
    let failed = errors + failures;
    // A test whose clean-up breaks after it passed is one test and one error: it counts as failed.
    Some(Counts { passed: number("tests")?.saturating_sub(failed + skipped), failed, skipped })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_counted() {
        let xml = "<?xml version=\"1.0\"?><testsuites name=\"pytest tests\"><testsuite name=\"pytest\" errors=\"1\" failures=\"2\" \
                   skipped=\"3\" tests=\"10\" time=\"0.1\"><testcase/></testsuite></testsuites>";
        assert_eq!(parse(xml), Some(Counts { passed: 4, failed: 3, skipped: 3 }));
        assert_eq!(parse("<html>"), None);
    }
}
