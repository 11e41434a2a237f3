//! The stages, in the order they run: what is quick to fail first, what is built once shared.

use anyhow::Result;

use super::outcome::Outcome;
use super::{cargo_test, checks, conformance, deny, template};

/// A part of the whole that can be run by itself.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// Stages that must have succeeded before.
    pub(crate) needs: &'static [&'static str],
    /// Whether it runs on Linux alone.
    pub(crate) linux: bool,
    pub(crate) run: fn() -> Result<Outcome>,
}

const fn stage(name: &'static str, what: &'static str, run: fn() -> Result<Outcome>) -> Stage {
    Stage { name, what, needs: &[], linux: false, run }
}

const fn on_linux(needs: &'static [&'static str], stage: Stage) -> Stage {
    Stage { needs, linux: true, ..stage }
}

/// All of them.
pub(crate) const STAGES: &[Stage] = &[
    stage("fmt", "the code is formatted", checks::fmt),
    stage("deny", "licences, banned crates, sources", deny::run),
    stage("xtask", "unit tests of these commands", || cargo_test::run("xtask")),
    stage("core", "unit, property and golden tests of gatelet-core", || cargo_test::run("gatelet-core")),
    stage("native", "tests of gatelet-native", || cargo_test::run("gatelet-native")),
    stage("local", "tests of the local server", || cargo_test::run("gatelet-local")),
    stage("lambda", "tests of the Lambda function", || cargo_test::run("gatelet-lambda")),
    stage("bench", "tests of the benchmark", || cargo_test::run("gatelet-bench")),
    on_linux(&[], stage("fuzz", "everything that reads foreign bytes, fuzzed for a minute", checks::fuzz)),
    stage("clippy", "lints, native crates", checks::clippy),
    stage("clippy-wasm", "lints, core and the Worker for wasm", checks::clippy_wasm),
    on_linux(&[], stage("build-local", "the local server, static", checks::build_local)),
    on_linux(&[], stage("build-lambda", "the function for this machine", checks::build_lambda_here)),
    stage("build-worker", "the Worker, packaged", checks::build_worker),
    on_linux(
        &["build-local", "build-lambda", "build-worker"],
        stage("conformance", "the same cases against the three runtimes", conformance::run),
    ),
    stage("wrangler", "wrangler takes the Worker (dry run)", checks::wrangler).after(&["build-worker"]),
    stage("template", "cfn-lint on the SAM template and on what SAM makes of it", template::run),
    on_linux(&[], stage("build-arm64", "the function for arm64", checks::build_lambda_arm64)),
    on_linux(
        &["build-local", "build-lambda", "build-worker", "build-arm64"],
        stage("size", "sizes and their budgets", checks::size),
    ),
];

impl Stage {
    const fn after(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }
}
