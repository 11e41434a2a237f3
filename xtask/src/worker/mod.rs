//! `cargo xtask worker`: the Worker as Cloudflare takes it, in `build/`.

mod bundle;
mod compile;
mod entry;
mod foreign;
mod linker;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::places;

pub(crate) use compile::{Panic, compile};
pub(crate) use linker::{link, usual as linker};

/// What to build, and with which configuration.
pub(crate) struct Options {
    /// Optimise for size and drop the names, as what is deployed.
    pub(crate) release: bool,
    /// What a panic does; unwinding is only asked for, not always to be had.
    pub(crate) panic: Panic,
    /// The configuration to bundle; without one, `gatelet.toml` if there is one.
    pub(crate) config: Option<std::path::PathBuf>,
}

/// The command.
pub(crate) fn command(mut arguments: Arguments) -> Result<ExitCode> {
    let panic = if arguments.flag("--abort") { Panic::Abort } else { Panic::Unwind };
    let options = Options { release: !arguments.flag("--dev"), panic, config: arguments.path("--config")? };
    arguments.finish()?;
    package(&options)?;
    Ok(ExitCode::SUCCESS)
}

/// Compiles the Worker and lays `index.js`, `glue.js`, `index_bg.wasm` and `config.js` into `build/`.
pub(crate) fn package(options: &Options) -> Result<()> {
    let started = Instant::now();
    // The configuration first: a mistake in it should not cost a compilation.
    let config = bundle::read(options.config.as_deref())?;
    let (wasm, panic) = compile(options.release, options.panic)?;
    let folder = places::root().join("build");
    entry::write(&wasm, options.release, &config, &folder)?;
    let what = match panic {
        Panic::Unwind => "a panic ends its own request",
        Panic::Abort => "a panic ends the isolate",
    };
    println!("worker: build/index.js, {}, {what} ({:.0} s)", config.name, started.elapsed().as_secs_f64());
    Ok(())
}
