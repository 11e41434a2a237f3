//! What `wrangler deploy` would upload for the Worker: measured without an account and without a network.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::gzip;
use crate::{places, process, setup};

/// The upload's sizes in bytes.
pub(crate) struct Upload {
    /// What wrangler says, of all modules compressed together.
    pub(crate) wrangler_gzip: usize,
    /// What we find: every module that wrangler wrote, compressed by itself.
    pub(crate) modules_gzip: usize,
    /// The wasm, uncompressed.
    pub(crate) wasm: usize,
}

/// Lets wrangler bundle `build/` as for a deployment.
pub(crate) fn measure() -> Result<Upload> {
    let folder = places::target().join("wrangler-dry-run");
    let said = dry_run(&folder)?;
    let wrangler_gzip = parse(&said).with_context(|| format!("wrangler no longer tells the upload's size:\n{said}"))?;
    let (mut modules_gzip, mut wasm) = (0, 0);
    for file in fs::read_dir(&folder)? {
        let path = file?.path();
        let kind = path.extension().unwrap_or_default();
        if kind != "js" && kind != "wasm" {
            continue;
        }
        let bytes = fs::read(&path)?;
        modules_gzip += gzip::size(&bytes)?;
        if kind == "wasm" {
            wasm += bytes.len();
        }
    }
    ensure!(wasm > 0, "wrangler bundled no wasm");
    Ok(Upload { wrangler_gzip, modules_gzip, wasm })
}

/// Bundles into `folder` and returns what wrangler printed. Does not build the Worker again.
pub(crate) fn dry_run(folder: &Path) -> Result<String> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let mut wrangler = setup::node::ready()?.wrangler()?;
    wrangler.args(["deploy", "--dry-run", "--minify", "--outdir"]).arg(folder);
    // The configuration's build command would package the Worker anew; what is in `build/` is what is measured.
    wrangler.arg("--config").arg(without_build_command()?);
    process::read(&mut wrangler)
}

/// `wrangler.toml` without its `[build]` table, beside the original since its paths are relative to it.
fn without_build_command() -> Result<std::path::PathBuf> {
    let text = fs::read_to_string(places::root().join("wrangler.toml")).context("wrangler.toml")?;
    let mut table: toml::Table = toml::from_str(&text).context("wrangler.toml")?;
    table.remove("build");
    if let Some(toml::Value::String(main)) = table.get_mut("main") {
        *main = places::root().join(&*main).display().to_string();
    }
    let path = places::target().join("wrangler-no-build.json");
    fs::write(&path, serde_json::to_string(&table)?)?;
    Ok(path)
}

/// Finds the gzip figure in `Total Upload: 412.41 KiB / gzip: 126.59 KiB`.
fn parse(said: &str) -> Option<usize> {
    let (_, after) = said.lines().find(|line| line.contains("Total Upload"))?.split_once("gzip:")?;
    let mut words = after.split_whitespace();
    let (number, unit) = (words.next()?.parse::<f64>().ok()?, words.next()?);
    let scale = match unit {
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        _ => return None,
    };
    Some((number * scale).round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wranglers_figure_is_found() {
        assert_eq!(parse("x\nTotal Upload: 412.41 KiB / gzip: 126.5 KiB\ny"), Some(129_536));
        assert_eq!(parse("Total Upload: 3.1 MiB / gzip: 1.00 MiB"), Some(1_048_576));
        assert_eq!(parse("Uploaded"), None);
        assert_eq!(parse("Total Upload: 1 / gzip: 2 parsecs"), None);
    }
}
