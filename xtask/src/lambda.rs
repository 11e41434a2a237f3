//! `cargo xtask lambda`: the Lambda function as a zip that can be uploaded.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use gatelet_core::config::Platform;

use crate::arguments::Arguments;
use crate::setup::{self, rust};
use crate::{configuration, places, process};

/// The file that the function looks for beside itself.
const CONFIGURATION: &str = "gatelet.toml";

/// What Lambda runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Architecture {
    /// Graviton: what `template.yaml` asks for.
    Arm64,
    /// The other one.
    X86_64,
}

impl Architecture {
    /// The one of this machine, whose function can be run here.
    pub(crate) const HERE: Self = if cfg!(target_arch = "aarch64") { Self::Arm64 } else { Self::X86_64 };

    /// Its name in options and folders.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86-64",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::Arm64 => rust::LAMBDA_ARM64,
            Self::X86_64 => rust::LAMBDA_X86_64,
        }
    }
}

/// The command.
pub(crate) fn command(mut arguments: Arguments) -> Result<ExitCode> {
    let (arm64, x86_64) = (arguments.flag("--arm64"), arguments.flag("--x86-64"));
    let config = arguments.path("--config")?;
    arguments.finish()?;
    if arm64 || !x86_64 {
        build(Architecture::Arm64, config.as_deref())?;
    }
    if x86_64 {
        build(Architecture::X86_64, config.as_deref())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the function for one architecture and puts it where the other one's build does not overwrite it.
pub(crate) fn build(architecture: Architecture, config: Option<&Path>) -> Result<()> {
    let started = Instant::now();
    let folder = places::target().join("lambda-out").join(architecture.name());
    let python = setup::native(&[architecture.target()])?;
    fs::create_dir_all(&folder)?;
    let bundled = bundled(config, &folder)?;

    let option = format!("--{}", architecture.name());
    let mut cargo = python.cargo()?;
    // In the zip a file has the path that it is named by here, and the function looks beside itself.
    cargo.current_dir(&folder).env("CARGO_TARGET_DIR", places::target());
    cargo.args([
        "lambda",
        "build",
        "--release",
        "--package",
        "gatelet-lambda",
        &option,
        "--output-format",
        "zip",
        "--flatten",
        "bootstrap",
    ]);
    cargo.arg("--manifest-path").arg(places::root().join("Cargo.toml")).arg("--lambda-dir").arg(&folder);
    if bundled {
        cargo.args(["--include", CONFIGURATION]);
    }
    process::run(&mut cargo)?;

    let zip = folder.join("bootstrap.zip");
    ensure!(zip.is_file(), "cargo lambda left no {}", zip.display());
    // The zip is what is shipped; the program beside it is for running it here.
    let built = places::target().join(architecture.target()).join("release/bootstrap");
    fs::copy(&built, folder.join("bootstrap")).with_context(|| format!("cargo lambda left no {}", built.display()))?;
    let with = if bundled { ", with its gatelet.toml" } else { "" };
    println!("lambda: {}{with} ({:.0} s)", zip.display(), started.elapsed().as_secs_f64());
    Ok(())
}

/// Puts the configuration into the folder, under the name the function looks for; `false`, and none there, if there is
/// none.
fn bundled(config: Option<&Path>, folder: &Path) -> Result<bool> {
    let usual = places::root().join(CONFIGURATION);
    let packed = folder.join(CONFIGURATION);
    let path = match config {
        Some(path) => path,
        None if usual.exists() => &usual,
        None => {
            // The program beside it would take an earlier build's for its own.
            if packed.exists() {
                fs::remove_file(&packed).with_context(|| format!("cannot remove {}", packed.display()))?;
            }
            return Ok(false);
        }
    };
    configuration::check(path, Platform::Lambda)?;
    fs::copy(path, packed).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(true)
}
