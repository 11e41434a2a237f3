//! A Python environment of our own: the cross compiler, the checkers, the conformance tests' libraries.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::stamp;
use crate::{places, process};

/// The environment, complete.
pub(crate) struct Python {
    folder: PathBuf,
}

impl Python {
    /// The folder of its programs.
    pub(crate) fn programs(&self) -> PathBuf {
        self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    /// One of its programs, with the others on its `PATH`.
    pub(crate) fn program(&self, name: &str) -> Result<Command> {
        let mut command = process::program(self.programs().join(name));
        process::before_path(&mut command, &self.programs())?;
        Ok(command)
    }

    /// Cargo, with its subcommands and zig on the `PATH`.
    pub(crate) fn cargo(&self) -> Result<Command> {
        let mut command = process::cargo();
        process::before_path(&mut command, &self.programs())?;
        Ok(command)
    }
}

/// Makes the environment that `xtask/tools/requirements.txt` describes, unless it is there.
pub(crate) fn ready() -> Result<Python> {
    let tools = places::root().join("xtask/tools");
    let requirements = fs::read(tools.join("requirements.txt"))?;
    let constraints = fs::read(tools.join("constraints.txt"))?;
    let (python, version) = interpreter()?;

    let folder = stamp::folder("python", &[version.as_bytes(), &requirements, &constraints], |folder| {
        println!("python: making an environment of Python {} (about a minute)", version.trim());
        if let Err(error) = process::read(process::program(python).args(["-m", "venv"]).arg(folder)) {
            bail!("cannot make a Python environment; on Debian and Ubuntu: apt-get install python3-venv\n{error:#}");
        }
        let made = Python { folder: folder.to_owned() };
        // Compiling every module to byte code would double the time; what is used is compiled then.
        let mut pip = made.program("python")?;
        pip.args(["-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]);
        pip.arg("--requirement").arg(tools.join("requirements.txt"));
        pip.arg("--constraint").arg(tools.join("constraints.txt"));
        process::run(&mut pip).context("cannot install xtask/tools/requirements.txt")
    })?;
    Ok(Python { folder })
}

/// The oldest Python that all of the pinned packages run on.
const OLDEST: (u32, u32) = (3, 11);

fn interpreter() -> Result<(&'static str, String)> {
    let version = "import sys; print(*sys.version_info[:3], sep='.')";
    for name in ["python3", "python"] {
        let Ok(version) = process::read(process::program(name).args(["-c", version])) else { continue };
        let mut numbers = version.trim().split('.').map(|number| number.parse().unwrap_or(0));
        if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST {
            bail!("Python {} is too old: {}.{} or newer is needed", version.trim(), OLDEST.0, OLDEST.1);
        }
        return Ok((name, version));
    }
    bail!("Python 3 is not installed; on Debian and Ubuntu: apt-get install python3 python3-venv")
}
