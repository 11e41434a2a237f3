//! The Node tools: Cloudflare's runtime and command line, a Node new enough for them, the JavaScript SDKs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::stamp;
use crate::{places, process};

/// The folder with the tools, complete.
pub(crate) struct Node {
    folder: PathBuf,
}

impl Node {
    /// Cloudflare's command line, under the Node that came with it: the machine's own may be too old.
    pub(crate) fn wrangler(&self) -> Result<Command> {
        let programs = self.folder.join("node_modules/.bin");
        let mut command = process::program(programs.join("wrangler"));
        process::before_path(&mut command, &programs)?;
        command.env("WRANGLER_SEND_METRICS", "false").env("NO_COLOR", "1").env("CI", "1");
        Ok(command)
    }
}

/// Installs what `xtask/tools/package-lock.json` lists, unless it is there.
pub(crate) fn ready() -> Result<Node> {
    let tools = places::root().join("xtask/tools");
    let package = fs::read(tools.join("package.json"))?;
    let lock = fs::read(tools.join("package-lock.json"))?;

    let folder = stamp::folder("node", &[&package, &lock], |folder| {
        println!("node: installing workerd, wrangler and the JavaScript SDKs (about 20 s)");
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        if process::read(process::program(npm).arg("--version")).is_err() {
            bail!("npm is not installed; on Debian and Ubuntu: apt-get install nodejs npm");
        }
        fs::write(folder.join("package.json"), &package)?;
        fs::write(folder.join("package-lock.json"), &lock)?;
        let mut install = process::program(npm);
        // Nothing from a package runs at install time, and nothing here needs it to.
        install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
        process::read(&mut install).map(drop).context("cannot install xtask/tools/package-lock.json")
    })?;
    Ok(Node { folder })
}
