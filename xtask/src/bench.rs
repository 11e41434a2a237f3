//! `cargo xtask bench`: the benchmark crate, in front of what really ships.

use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::process;

/// Builds the release binaries, each as its own package (together, the features of one would reach the other), then
/// runs the benchmark with the arguments that are left.
pub(crate) fn command(arguments: Arguments) -> Result<ExitCode> {
    for package in ["gatelet-local", "gatelet-lambda"] {
        process::run(process::cargo().args(["build", "--release", "--package", package]))?;
    }
    let mut bench = process::cargo();
    bench.args(["run", "--release", "--package", "gatelet-bench", "--"]).args(arguments.remaining());
    process::run(&mut bench)?;
    Ok(ExitCode::SUCCESS)
}
