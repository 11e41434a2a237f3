//! The public data: a file in a package of the Python index.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::setup::python;
use crate::{places, process};

/// The file in the package `litellm` (MIT) that holds the prices of models at their providers.
const FILE: &str = "litellm/model_prices_and_context_window_backup.json";

/// The file's text, of that version of the package; kept in the cache of tools.
pub(super) fn data(version: &str) -> Result<String> {
    if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
        bail!("`{version}` is no version");
    }
    let kept = places::cache()?.join(format!("models/litellm-{version}.json"));
    if let Ok(text) = fs::read_to_string(&kept) {
        return Ok(text);
    }
    let python = python::ready()?;
    let folder = kept.with_extension("download");
    // What is left of one that was broken off.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let mut pip = python.program("python")?;
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary",
        ":all:",
    ]);
    pip.arg("--dest").arg(&folder).arg(format!("litellm=={version}"));
    process::run(&mut pip).context("cannot download the package")?;
    let wheel = fs::read_dir(&folder)?.next().context("no package has come")??.path();
    let mut unzip = python.program("python")?;
    let read = "import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))";
    unzip.args(["-c", read]).arg(&wheel).arg(FILE);
    let text = process::read(&mut unzip)?;
    fs::write(&kept, &text)?;
    fs::remove_dir_all(&folder)?;
    Ok(text)
}

/// The day, in UTC.
pub(super) fn today() -> Result<String> {
    let python = python::ready()?;
    let mut now = python.program("python")?;
    now.args(["-c", "import datetime; print(datetime.datetime.now(datetime.timezone.utc).date())"]);
    Ok(process::read(&mut now)?.trim().to_owned())
}
