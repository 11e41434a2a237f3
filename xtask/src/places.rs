//! Where things are: the workspace, its target folder, the cache of tools.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The workspace's root, known since this crate was compiled in it.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        // Cargo resolves a relative one against the folder it was started in, as does this.
        Some(folder) => std::path::absolute(&folder).unwrap_or_else(|_| folder.into()),
        None => root().join("target"),
    }
}

/// The folder of the tools that `cargo xtask setup` fetched: `GATELET_CACHE`, else `gatelet` in the user's cache.
pub(crate) fn cache() -> Result<PathBuf> {
    if let Some(folder) = variable("GATELET_CACHE") {
        return Ok(std::path::absolute(folder)?);
    }
    if let Some(folder) = variable("XDG_CACHE_HOME") {
        return Ok(PathBuf::from(folder).join("gatelet"));
    }
    let home = variable("HOME").or_else(|| variable("USERPROFILE"));
    let home = home.context("neither GATELET_CACHE nor HOME is set: nowhere to keep the tools")?;
    Ok(PathBuf::from(home).join(".cache/gatelet"))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
