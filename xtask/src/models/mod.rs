//! `cargo xtask models`: the table of models and prices that core has compiled in, made anew.

mod bedrock;
mod entry;
mod kinds;
mod package;
mod prices;
mod select;
mod verify;
mod write;

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use self::entry::Entry;
use crate::arguments::Arguments;
use crate::{places, size};

/// The table, in the workspace.
const TABLE: &str = "core/src/provider/models/table.tsv";

/// What a table is made of.
struct Edition {
    /// The version of the package.
    version: String,
    /// The day: models that have been shut down by then are left out.
    date: String,
}

/// Makes the table, or checks that it is what its edition makes.
pub(crate) fn command(mut arguments: Arguments) -> Result<ExitCode> {
    let check = arguments.flag("--check");
    let version = arguments.value("--version")?;
    let date = arguments.value("--date")?;
    arguments.finish()?;
    let path = places::root().join(TABLE);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let present = write::edition(&before);
    if check && (version.is_some() || date.is_some()) {
        bail!("--check goes by the version and the day that the table names");
    }
    let edition = match (check, present) {
        (true, present) => present.context("the table does not say what it was made of")?,
        (false, present) => Edition {
            version: match (version, present) {
                (Some(version), _) => version,
                (None, Some(present)) => present.version,
                (None, None) => bail!("say which version of the package: --version V"),
            },
            date: match date {
                Some(date) => date,
                None => package::today()?,
            },
        },
    };

    let text = package::data(&edition.version)?;
    let entries = Entry::read(&text)?;
    let sections = select::sections(&entries, &edition.date);
    let verdict = verify::verify(&entries, &sections, &edition.date)?;
    println!("{} price lists are the data's, {} of theirs are unknown here", verdict.same, verdict.unknown);
    let table = write::table(&edition, &sections);
    let zipped = size::zipped(table.as_bytes())?;
    let models: usize = sections.iter().map(|section| section.rows.len()).sum();
    println!("{models} models of {} kinds, {} bytes, {zipped} with gzip", sections.len(), table.len());
    if check {
        if table != before {
            bail!("{TABLE} is not what litellm {} makes; run `cargo xtask models`", edition.version);
        }
        println!("{TABLE} is what litellm {} makes", edition.version);
        return Ok(ExitCode::SUCCESS);
    }
    fs::write(&path, table).with_context(|| format!("cannot write {TABLE}"))?;
    println!("{TABLE} is of litellm {}, {}", edition.version, edition.date);
    Ok(ExitCode::SUCCESS)
}
