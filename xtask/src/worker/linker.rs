//! The Worker's linker: the usual one, told to export less.
//!
//! rustc has the linker export every `#[wasm_bindgen]` item of every crate, and what is exported is linked with all it
//! reaches. Once it is linked it cannot be taken out again: its tables of functions look like any data.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use super::entry::EVENTS;
use super::foreign::{NUMBER, is_number};

/// Set to the usual linker where this program is to act as one.
const USUAL: &str = "GATELET_WASM_LINKER";

/// How cargo is told the linker.
const CARGO: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER";

/// Has cargo link through this program.
pub(crate) fn put_between(cargo: &mut Command) -> Result<()> {
    let chosen = cargo.get_envs().find(|(name, _)| *name == CARGO).and_then(|(_, linker)| linker);
    // rustc's own is among the programs that rustc puts on its linker's path.
    let usual = chosen.map(OsStr::to_owned).or_else(|| env::var_os(CARGO)).unwrap_or_else(|| "rust-lld".into());
    cargo.env(USUAL, usual).env(CARGO, env::current_exe()?);
    Ok(())
}

/// The linker that this program was called in place of, if it was.
pub(crate) fn usual() -> Option<OsString> {
    env::var_os(USUAL)
}

/// Links.
pub(crate) fn link(usual: &OsStr) -> Result<ExitCode> {
    let mut linker = Command::new(usual);
    for argument in ours(env::args().skip(1)) {
        // Where they are too many for a command line, rustc writes them into a file, one a line.
        let Some(file) = argument.strip_prefix('@') else {
            linker.arg(argument);
            continue;
        };
        let all = fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
        let kept: Vec<String> = ours(all.lines().map(str::to_owned)).collect();
        fs::write(file, kept.join("\n")).with_context(|| format!("cannot write {file}"))?;
        linker.arg(argument);
    }
    let status = linker.status().with_context(|| format!("cannot run {}", usual.display()))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The arguments without the exports of other crates.
fn ours(arguments: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    let arguments: Vec<String> = arguments.collect();
    let own = arguments.iter().find_map(|argument| {
        let (name, number) = split(argument)?;
        EVENTS.contains(&name).then(|| number.to_owned())
    });
    let is_foreign = move |symbol: &String| match (&own, split(symbol)) {
        // What describes an item reaches nothing, and is removed by wasm-bindgen.
        (Some(own), Some((name, number))) => number != own && !name.starts_with("__wbindgen_"),
        _ => false,
    };
    let mut arguments = arguments.into_iter().peekable();
    std::iter::from_fn(move || {
        while arguments.peek().is_some_and(|argument| argument == "--export") {
            let export = arguments.next();
            match arguments.next_if(&is_foreign) {
                Some(_) => {}
                None => return export,
            }
        }
        arguments.next()
    })
}

/// A symbol of an exported item: its name and its crate's number.
fn split(symbol: &str) -> Option<(&str, &str)> {
    let (name, number) = symbol.split_at_checked(symbol.len().checked_sub(NUMBER)?)?;
    Some((name.strip_suffix('_')?, number)).filter(|(_, number)| is_number(number.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(arguments: &str) -> String {
        ours(arguments.split(' ').map(str::to_owned)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_the_exports_of_others_are_left_out() {
        let arguments = "-flavor wasm --export init_64cc4b2d035528c7 --export __wbg_r2range_free_a2da2770ce18e2ef --export \
            fetch_0123456789abcdef --export tenant_alarm_0123456789abcdef --export __wbindgen_malloc --export \
            __wbindgen_describe_init_64cc4b2d035528c7 a.o --export memory --export x_64cc4b2d035528c7";
        let expected = "-flavor wasm --export fetch_0123456789abcdef --export tenant_alarm_0123456789abcdef --export \
            __wbindgen_malloc --export __wbindgen_describe_init_64cc4b2d035528c7 a.o --export memory";
        assert_eq!(kept(arguments), expected);
    }

    #[test]
    fn without_an_event_of_ours_all_stays() {
        let arguments = "--export init_64cc4b2d035528c7 @file -o out";
        assert_eq!(kept(arguments), arguments);
    }
}
