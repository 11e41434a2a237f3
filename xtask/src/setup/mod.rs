//! `cargo xtask setup`: everything that builds and tests need and cargo does not bring, fetched once.

pub(crate) mod debian;
pub(crate) mod node;
pub(crate) mod python;
pub(crate) mod rust;
mod stamp;

use std::fs::{self, File};

use anyhow::{Context, Result};

use crate::places;

pub(crate) use python::Python;

/// Makes all of it ready. Idempotent: with nothing to do it takes a fraction of a second.
pub(crate) fn all() -> Result<()> {
    let _lock = lock()?;
    rust::ready()?;
    python::ready()?;
    node::ready()?;
    println!("tools: ready in {}", places::cache()?.display());
    Ok(())
}

/// What the Lambda and the static builds need: the cross compiler out of the Python environment, and the targets.
pub(crate) fn native(targets: &[&str]) -> Result<Python> {
    let _lock = lock()?;
    rust::targets(targets)?;
    python::ready()
}

/// Two set-ups at once would write into the same folders: the second waits.
fn lock() -> Result<File> {
    let folder = places::cache()?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = File::create(folder.join("setup.lock"))?;
    if file.try_lock().is_err() {
        println!("tools: another set-up is running; waiting for it");
        file.lock()?;
    }
    Ok(file)
}
