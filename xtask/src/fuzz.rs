//! `cargo xtask fuzz`: everything that reads foreign bytes, fuzzed with coverage as the guide.
//!
//! The engine is LLVM's libFuzzer. The stable compiler can count edges for it: no nightly, no cargo-fuzz.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::arguments::Arguments;
use crate::{places, process};

/// The targets, each with how long its share of the time is.
const TARGETS: [(&str, u32); 5] = [("requests", 4), ("streams", 4), ("answers", 2), ("frames", 1), ("json", 1)];

/// The dialects, in the order in which the targets choose them by their first byte.
const DIALECTS: [&str; 5] = ["chat", "responses", "messages", "gemini", "converse"];

/// What makes the compiler count edges for libFuzzer; what `cargo fuzz` passes too.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
                        --cfg fuzzing";

/// The command.
pub(crate) fn command(mut arguments: Arguments) -> Result<std::process::ExitCode> {
    let seconds = match arguments.path("--seconds")? {
        None => 60,
        Some(text) => text.to_string_lossy().parse().context("--seconds needs a number")?,
    };
    let wanted = arguments.word();
    arguments.finish()?;
    let chosen: Vec<_> =
        TARGETS.iter().filter(|(name, _)| wanted.as_deref().is_none_or(|wanted| wanted == *name)).collect();
    if chosen.is_empty() {
        bail!(
            "there is no target `{}`; there are requests, streams, answers, frames and json",
            wanted.unwrap_or_default()
        );
    }
    build()?;
    let parts: u32 = chosen.iter().map(|(_, parts)| parts).sum();
    for (name, share) in chosen {
        run(name, (seconds * share / parts).max(1), None)?;
    }
    Ok(std::process::ExitCode::SUCCESS)
}

/// All targets for so many seconds together.
pub(crate) fn all(seconds: u32) -> Result<usize> {
    build()?;
    let parts: u32 = TARGETS.iter().map(|(_, parts)| parts).sum();
    for (name, share) in TARGETS {
        run(name, (seconds * share / parts).max(1), Some(1))?;
    }
    Ok(TARGETS.len())
}

fn folder() -> PathBuf {
    places::target().join("fuzz")
}

fn build() -> Result<()> {
    let mut cargo = process::cargo();
    cargo.current_dir(places::root().join("fuzz"));
    cargo.args(["build", "--release", "--locked", "--target"]).arg(host()?).arg("--target-dir").arg(folder());
    cargo.env("RUSTFLAGS", COVERAGE);
    process::run(&mut cargo)
}

/// This machine's target: named, so that the flags are not the build scripts' too.
fn host() -> Result<String> {
    let told = process::read(process::program("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not name its host")?;
    Ok(host.to_owned())
}

/// `seed` makes a run the same as the last one, as far as its time lets it come.
fn run(name: &str, seconds: u32, seed: Option<u32>) -> Result<()> {
    let corpus = folder().join("corpus").join(name);
    let found = folder().join("artifacts").join(name);
    let seeds = folder().join("seeds").join(name);
    for folder in [&corpus, &found, &seeds] {
        fs::create_dir_all(folder)?;
    }
    write_seeds(name, &seeds)?;
    println!("fuzz: {name} for {seconds} s");
    let mut program = process::program(folder().join(host()?).join("release").join(name));
    program.arg(&corpus).arg(&seeds);
    // What is kept from an earlier run in fuzz/seeds was found once, and must not come back.
    let kept = places::root().join("fuzz/seeds").join(name);
    if kept.is_dir() {
        program.arg(&kept);
    }
    program.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", found.display())).args([
        "-max_len=16384",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        "-verbosity=0",
    ]);
    if let Some(seed) = seed {
        program.arg(format!("-seed={seed}"));
    }
    process::run(&mut program).with_context(|| {
        format!("fuzz {name}: what failed lies in {}; put it into fuzz/seeds/{name} with the mend", found.display())
    })
}

/// The golden files' cases, as the target reads them.
fn write_seeds(name: &str, into: &Path) -> Result<()> {
    let cases = places::root().join("core/tests/golden/cases");
    let kind = match name {
        "requests" | "streams" | "answers" => name,
        "frames" => "streams",
        _ => "requests",
    };
    for (place, dialect) in DIALECTS.iter().enumerate() {
        let folder = cases.join(kind).join(dialect);
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let text = fs::read(&path)?;
            let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let place = u8::try_from(place)?;
            let prefixes: Vec<Vec<u8>> = match name {
                "requests" => vec![vec![place]],
                "streams" => (0..4).map(|caller| vec![place << 4 | caller, 90]).collect(),
                "answers" => (0..4).map(|caller| vec![place << 4 | caller]).collect(),
                "frames" if *dialect == "converse" => vec![vec![3, 90]],
                "frames" => vec![vec![0, 90]],
                _ => vec![vec![]],
            };
            for (index, prefix) in prefixes.into_iter().enumerate() {
                let seed = [prefix, text.clone()].concat();
                fs::write(into.join(format!("{dialect}-{file}-{index}")), seed)?;
            }
        }
    }
    Ok(())
}
