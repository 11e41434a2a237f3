//! The Worker's wasm, by cargo.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::linker;
use crate::setup::rust::{self, WASM, WasmCompiler};
use crate::{places, process};

/// What a panic in the Worker does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panic {
    /// It ends its own request. Needs the standard library's sources and an unstable switch of the stable compiler.
    Unwind,
    /// It ends everything the isolate has in hand; the next request finds a fresh instance.
    Abort,
}

/// Compiles it; returns the file and what a panic really does in it.
pub(crate) fn compile(release: bool, wanted: Panic) -> Result<(PathBuf, Panic)> {
    let compiler = rust::wasm_compiler()?;
    let (mut cargo, panic) = match (&compiler, wanted) {
        (WasmCompiler::Rustup { sources: true }, Panic::Unwind) => (unwinding(process::cargo()), Panic::Unwind),
        (WasmCompiler::Rustup { .. }, _) => (process::cargo(), Panic::Abort),
        (WasmCompiler::Debian(debian), _) => (debian.cargo()?, Panic::Abort),
    };
    let folder = match (&compiler, panic) {
        (WasmCompiler::Debian(_), _) => places::target().join("worker-debian"),
        (_, Panic::Unwind) => places::target().join("worker-unwind"),
        (_, Panic::Abort) => places::target().join("worker"),
    };
    let (profile, output) = if release { ("worker", "worker") } else { ("dev", "debug") };
    cargo.args(["build", "--package", "gatelet-workers", "--lib", "--target", WASM, "--profile", profile]);
    linker::put_between(&mut cargo)?;
    process::run(cargo.arg("--target-dir").arg(&folder))?;

    let wasm = folder.join(WASM).join(output).join("gatelet_workers.wasm");
    ensure!(wasm.is_file(), "cargo left no {}", wasm.display());
    Ok((wasm, panic))
}

/// The target's own standard library aborts, so one that unwinds is built along. The switch turns unstable features on
/// for build scripts as well: that is why this build has a target folder to itself.
fn unwinding(mut cargo: Command) -> Command {
    let flags = env::var("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS").unwrap_or_default();
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("{flags} -Cpanic=unwind -Zfmt-debug=none"));
    cargo.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_unwind");
    // Nothing there shows a value by `Debug`: what is logged and answered has words of its own.
    // Since the library is built anyway, small: four kilobytes less to upload.
    cargo.arg("-Zbuild-std-features=optimize_for_size");
    cargo
}
