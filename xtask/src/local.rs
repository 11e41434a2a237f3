//! `cargo xtask local`: the local server as one static file, as the `Dockerfile` takes it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::arguments::Arguments;
use crate::setup::{self, rust};
use crate::{places, process};

/// The command.
pub(crate) fn command(arguments: Arguments) -> Result<ExitCode> {
    arguments.finish()?;
    println!("local: {}", build()?.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds it against musl, with zig as the C compiler, so that no system package is needed.
pub(crate) fn build() -> Result<PathBuf> {
    let python = setup::native(&[rust::STATIC])?;
    let mut cargo = python.cargo()?;
    cargo.args(["zigbuild", "--release", "--package", "gatelet-local", "--target", rust::STATIC]);
    process::run(&mut cargo)?;
    let file = places::target().join(rust::STATIC).join("release/gatelet");
    ensure!(file.is_file(), "cargo left no {}", file.display());
    Ok(file)
}
