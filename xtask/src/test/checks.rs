//! The stages that are one check each: they succeed or they do not.

use anyhow::Result;

use super::outcome::Outcome;
use crate::lambda::{self, Architecture};
use crate::setup::rust::{self, WasmCompiler};
use crate::size;
use crate::worker::{self, Options, Panic};
use crate::{fuzz, local, places, process};

pub(crate) fn fmt() -> Result<Outcome> {
    let succeeded = process::watch(process::cargo().args(["fmt", "--all", "--check"]), |_| ())?;
    Ok(Outcome::check(succeeded))
}

pub(crate) fn fuzz() -> Result<Outcome> {
    Ok(Outcome::Counted { passed: fuzz::all(60)?, failed: 0, skipped: 0 })
}

pub(crate) fn clippy() -> Result<Outcome> {
    lint(&["--workspace", "--exclude", "gatelet-workers", "--all-targets"])
}

pub(crate) fn clippy_wasm() -> Result<Outcome> {
    if let WasmCompiler::Debian(_) = rust::wasm_compiler()? {
        return Ok(Outcome::Skipped("Debian's compiler for wasm comes without clippy"));
    }
    lint(&["--package", "gatelet-core", "--package", "gatelet-workers", "--target", rust::WASM])
}

fn lint(what: &[&str]) -> Result<Outcome> {
    let mut cargo = process::cargo();
    cargo.arg("clippy").args(what).args(["--", "--deny", "warnings"]);
    Ok(Outcome::check(process::watch(&mut cargo, |_| ())?))
}

pub(crate) fn build_local() -> Result<Outcome> {
    local::build()?;
    Ok(Outcome::check(true))
}

pub(crate) fn build_lambda_here() -> Result<Outcome> {
    // The conformance tests unpack it and start what is in it.
    lambda::build(Architecture::HERE, Some(&places::root().join("conformance/package.toml")))?;
    Ok(Outcome::check(true))
}

pub(crate) fn build_lambda_arm64() -> Result<Outcome> {
    lambda::build(Architecture::Arm64, None)?;
    Ok(Outcome::check(true))
}

pub(crate) fn build_worker() -> Result<Outcome> {
    worker::package(&Options { release: true, panic: Panic::Unwind, config: None })?;
    Ok(Outcome::check(true))
}

pub(crate) fn wrangler() -> Result<Outcome> {
    let folder = places::target().join("wrangler-dry-run");
    println!("{}", size::dry_run(&folder)?);
    Ok(Outcome::check(true))
}

pub(crate) fn size() -> Result<Outcome> {
    let (figures, over) = size::measure()?;
    Ok(Outcome::suite(figures - over, over, 0, over == 0))
}
