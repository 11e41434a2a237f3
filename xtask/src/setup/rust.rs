//! Rust's targets and sources: by rustup, and where it cannot fetch the one for wasm, by Debian's newer compiler.

use std::env::consts::EXE_EXTENSION;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use super::debian::{self, DebianRust};
use crate::process;

/// The Worker's target.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";
/// The Lambda function's on arm64, which is what `template.yaml` deploys.
pub(crate) const LAMBDA_ARM64: &str = "aarch64-unknown-linux-gnu";
/// The Lambda function's on x86-64.
pub(crate) const LAMBDA_X86_64: &str = "x86_64-unknown-linux-gnu";
/// The static local server's, on the architecture at hand.
#[cfg(target_arch = "aarch64")]
pub(crate) const STATIC: &str = "aarch64-unknown-linux-musl";
/// The static local server's, on the architecture at hand.
#[cfg(not(target_arch = "aarch64"))]
pub(crate) const STATIC: &str = "x86_64-unknown-linux-musl";

/// What compiles the Worker.
pub(crate) enum WasmCompiler {
    /// The usual one.
    Rustup {
        /// The library's sources are there, so a Worker whose panics unwind can be built.
        sources: bool,
    },
    /// Debian's, for want of the usual one's wasm target. Its Worker aborts at a panic.
    Debian(DebianRust),
}

/// Makes every target ready, and the library's sources for the unwinding Worker.
pub(crate) fn ready() -> Result<()> {
    components(&[("clippy", "cargo-clippy"), ("rustfmt", "rustfmt")])?;
    targets(&[LAMBDA_ARM64, LAMBDA_X86_64, STATIC])?;
    wasm_compiler().map(drop)
}

/// Makes these targets ready.
pub(crate) fn targets(names: &[&str]) -> Result<()> {
    let sysroot = sysroot()?;
    for name in names {
        if !sysroot.join(format!("lib/rustlib/{name}/lib")).is_dir() {
            println!("rust: adding the target {name}");
            process::run(rustup()?.args(["target", "add", name]))?;
        }
    }
    Ok(())
}

/// Finds what compiles the Worker, and fetches it if need be.
pub(crate) fn wasm_compiler() -> Result<WasmCompiler> {
    let sysroot = sysroot()?;
    let has_target = || sysroot.join(format!("lib/rustlib/{WASM}/lib")).is_dir();
    let has_sources = || sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").is_file();

    if !has_target() {
        if let Some(debian) = debian::installed()? {
            return Ok(WasmCompiler::Debian(debian));
        }
        println!("rust: adding the target {WASM}");
        if let Err(error) = rustup().and_then(|mut rustup| process::run(rustup.args(["target", "add", WASM]))) {
            println!("rust: {error:#}");
            println!("rust: trying Debian's rustc-web instead");
            return debian::install(sysroot).map(WasmCompiler::Debian);
        }
    }
    if !has_sources() {
        println!("rust: adding the component rust-src");
        if let Err(error) = rustup().and_then(|mut rustup| process::run(rustup.args(["component", "add", "rust-src"])))
        {
            println!("rust: {error:#}");
            println!("rust: without the sources the Worker is built to abort at a panic");
        }
    }
    Ok(WasmCompiler::Rustup { sources: has_sources() })
}

fn components(names: &[(&str, &str)]) -> Result<()> {
    for (name, program) in names {
        if !sysroot()?.join("bin").join(program).with_extension(EXE_EXTENSION).is_file() {
            println!("rust: adding the component {name}");
            process::run(rustup()?.args(["component", "add", name]))?;
        }
    }
    Ok(())
}

/// The folder of the compiler that cargo uses here.
fn sysroot() -> Result<&'static Path> {
    static SYSROOT: OnceLock<PathBuf> = OnceLock::new();
    if let Some(sysroot) = SYSROOT.get() {
        return Ok(sysroot);
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let path = process::read(process::program(rustc).args(["--print", "sysroot"])).context("Rust is not installed")?;
    Ok(SYSROOT.get_or_init(|| path.trim().into()))
}

fn rustup() -> Result<std::process::Command> {
    let mut rustup = process::program("rustup");
    if process::read(rustup.arg("--version")).is_err() {
        bail!("rustup is not installed: it fetches the other targets' standard libraries (https://rustup.rs)");
    }
    Ok(process::program("rustup"))
}
