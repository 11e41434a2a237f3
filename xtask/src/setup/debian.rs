//! The way without rustup's target: Debian ships a newer compiler for its browsers, with the library's sources,
//! out of which the standard library for wasm is built once. Needs Debian and root; the Worker it builds aborts at a panic.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::rust::WASM;
use crate::{places, process};

/// Where Debian's compiler is, and the linker it needs.
pub(crate) struct DebianRust {
    cargo: PathBuf,
    rustc: PathBuf,
    linker: PathBuf,
}

impl DebianRust {
    /// Debian's cargo with Debian's compiler.
    pub(crate) fn cargo(&self) -> Result<Command> {
        let mut command = process::cargo_at(&self.cargo);
        if let Some(folder) = self.cargo.parent() {
            process::before_path(&mut command, folder)?;
        }
        command.env("RUSTC", &self.rustc).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &self.linker);
        Ok(command)
    }
}

/// The compiler, if an earlier run made it ready.
pub(crate) fn installed() -> Result<Option<DebianRust>> {
    let Ok(note) = fs::read_to_string(note()?) else { return Ok(None) };
    let mut lines = note.lines().map(PathBuf::from);
    let (Some(cargo), Some(rustc), Some(linker)) = (lines.next(), lines.next(), lines.next()) else { return Ok(None) };
    let all = [&cargo, &rustc, &linker].iter().all(|path| path.exists());
    Ok(all.then_some(DebianRust { cargo, rustc, linker }))
}

/// Installs the compiler and gives it a standard library for wasm. `sysroot` is the usual compiler's: its linker serves.
pub(crate) fn install(sysroot: &Path) -> Result<DebianRust> {
    if !Path::new("/etc/debian_version").exists()
        || process::read(process::program("apt-get").arg("--version")).is_err()
    {
        bail!("the target {WASM} is missing: install it with rustup, or Rust from where it comes with that target");
    }
    apt(&["update", "--quiet"])?;
    apt(&["install", "--yes", "--quiet", "--no-install-recommends", "rustc-web", "cargo-web", "rust-web-src"])?;
    let rustc = installed_program("rustc-web", "rustc")?;
    let cargo = installed_program("cargo-web", "cargo")?;
    let linker = linker(sysroot)?;
    let compiler = DebianRust { cargo, rustc, linker };

    let target = PathBuf::from(process::read(process::program(&compiler.rustc).args(["--print", "sysroot"]))?.trim());
    let library = target.join("lib/rustlib").join(WASM).join("lib");
    if !library.is_dir() {
        build_library(&compiler, &library)?;
    }
    let lines = [&compiler.cargo, &compiler.rustc, &compiler.linker].map(|path| path.display().to_string());
    fs::write(note()?, lines.join("\n"))?;
    Ok(compiler)
}

/// Builds the standard library with an empty crate: a real one's dependencies would land among the libraries too.
fn build_library(compiler: &DebianRust, library: &Path) -> Result<()> {
    println!("rust: building the standard library for {WASM} (about a minute)");
    let folder = places::cache()?.join("std-only");
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"std-only\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest)?;

    let mut build = compiler.cargo()?;
    build
        .args(["build", "--release", "--target", WASM, "-Zbuild-std=std,panic_abort"])
        .arg("--target-dir")
        .arg(folder.join("target"));
    // The Worker is linked with fat LTO, which reads the libraries' bitcode; cargo leaves it out where it sees no LTO.
    build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Cembed-bitcode=yes");
    process::run(build.env("RUSTC_BOOTSTRAP", "1").current_dir(&folder))?;

    fs::create_dir_all(library)?;
    for file in fs::read_dir(folder.join("target").join(WASM).join("release/deps"))? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libstd_only-") {
            fs::copy(&path, library.join(name))?;
        }
    }
    fs::remove_dir_all(folder)?;
    Ok(())
}

/// rustup's own copy of the linker, else Debian's.
fn linker(sysroot: &Path) -> Result<PathBuf> {
    let host = format!("lib/rustlib/{}-unknown-linux-gnu/bin/rust-lld", std::env::consts::ARCH);
    let own = sysroot.join(host);
    if own.is_file() {
        return Ok(own);
    }
    apt(&["install", "--yes", "--quiet", "--no-install-recommends", "rust-web-llvm"])?;
    installed_program("rust-web-llvm", "rust-lld")
}

fn installed_program(package: &str, name: &str) -> Result<PathBuf> {
    let files = process::read(process::program("dpkg").args(["--listfiles", package]))?;
    let path = files.lines().find(|line| line.ends_with(&format!("/bin/{name}")));
    path.map(PathBuf::from).with_context(|| format!("Debian's package {package} holds no {name}"))
}

fn apt(arguments: &[&str]) -> Result<()> {
    process::run(process::program("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
        .context("installing Debian packages needs root and a network")
}

/// Remembers what [`install`] found.
fn note() -> Result<PathBuf> {
    Ok(places::cache()?.join("debian-rust"))
}
