//! `cargo xtask test`: everything, then one table and the plain last line `N passed, N failed`.

mod cargo_test;
mod checks;
mod conformance;
mod deny;
mod outcome;
mod stages;
mod template;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::arguments::Arguments;
use crate::setup;

use outcome::{Outcome, Row};
use stages::{STAGES, Stage};

/// The command.
pub(crate) fn command(mut arguments: Arguments) -> Result<ExitCode> {
    if arguments.flag("--list") {
        for stage in STAGES {
            println!("{:<12} {}", stage.name, stage.what);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut names = Vec::new();
    while let Some(name) = arguments.word() {
        names.push(name);
    }
    arguments.finish()?;
    let chosen = choose(&names)?;
    setup::all()?;

    let mut rows = Vec::new();
    for (at, stage) in chosen.iter().enumerate() {
        println!("\n── [{}/{}] {}: {}", at + 1, chosen.len(), stage.name, stage.what);
        let started = Instant::now();
        let outcome = run(stage, &rows);
        if let Outcome::Broken(why) = &outcome {
            println!("{}: {why}", stage.name);
        }
        rows.push(Row { name: stage.name, outcome, took: started.elapsed() });
    }
    print!("{}", outcome::table(&rows));
    let (passed, failed) = outcome::total(&rows);
    println!("\n{passed} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The stages of these names, with those that they need, in the order of the list; all of them without a name.
fn choose(names: &[String]) -> Result<Vec<&'static Stage>> {
    let mut wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut at = 0;
    while let Some(name) = wanted.get(at) {
        let Some(stage) = STAGES.iter().find(|stage| stage.name == *name) else {
            bail!("there is no stage `{name}`; `cargo xtask test --list` names them");
        };
        wanted.extend(stage.needs);
        at += 1;
    }
    Ok(STAGES.iter().filter(|stage| wanted.is_empty() || wanted.contains(&stage.name)).collect())
}

/// Runs one stage, unless one that it needs has failed or this system cannot run it.
fn run(stage: &Stage, before: &[Row]) -> Outcome {
    let broken = |name: &&str| before.iter().any(|row| row.name == *name && row.outcome.failed() > 0);
    if let Some(needed) = stage.needs.iter().find(|name| broken(name)) {
        return Outcome::Broken(format!("not run: it needs {needed}, which failed"));
    }
    if stage.linux && !cfg!(target_os = "linux") {
        return Outcome::Skipped("runs on Linux");
    }
    (stage.run)().unwrap_or_else(|error| Outcome::Broken(format!("{error:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Vec<&'static str> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        choose(&words).unwrap().iter().map(|stage| stage.name).collect()
    }

    #[test]
    fn without_a_name_everything_runs() {
        assert_eq!(names(&[]).len(), STAGES.len());
    }

    #[test]
    fn a_stage_brings_what_it_needs_before_it() {
        let chosen = names(&["conformance"]);
        assert_eq!(chosen, ["build-local", "build-lambda", "build-worker", "conformance"]);
        assert_eq!(names(&["core"]), ["core"]);
    }

    #[test]
    fn what_a_stage_needs_stands_before_it_in_the_list() {
        for (at, stage) in STAGES.iter().enumerate() {
            for needed in stage.needs {
                let place = STAGES.iter().position(|other| other.name == *needed);
                assert!(place.is_some_and(|place| place < at), "{} needs {needed}", stage.name);
            }
        }
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!(choose(&["nonsense".to_owned()]).is_err());
    }
}
