//! gatelet's own commands: set-up, packaging, sizes, tests. `cargo xtask --help` lists them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks on its terminal")]

mod arguments;
mod bench;
mod configuration;
mod fuzz;
mod lambda;
mod local;
mod models;
mod places;
mod process;
mod setup;
mod size;
mod test;
mod worker;

use std::process::ExitCode;

use anyhow::{Result, bail};

use arguments::Arguments;

const HELP: &str = "\
gatelet's own commands

Usage: cargo xtask <command> [options]

  setup                 fetch what builds and tests need (Rust targets, Python and Node tools) into the user's cache
  test [STAGE…]         set up, then check, build and test everything; --list names the stages
  worker                package the Worker into build/
      --config FILE       bundle this configuration (default: gatelet.toml, if there is one)
      --abort             a panic ends the whole isolate (builds on the plain standard library)
      --dev               unoptimised, with names
  lambda                package the Lambda function into target/lambda-out/<architecture>/bootstrap.zip
      --arm64, --x86-64   only this architecture (default: arm64)
      --config FILE       put this configuration into the zip (default: gatelet.toml, if there is one)
  local                 build the local server as one static file (musl)
  size                  print what is shipped, its sizes and budgets; fails past a budget
      --built             measure what has been built before
      --parts             instead: which module of which crate takes how much of the Worker's wasm
  models                make the table of models and prices anew, of the public data in the package litellm
      --version V         of this version (default: the one that the table is of)
      --date DATE         without what has been shut down by that day (default: today)
      --check             instead: is the table what its version and day make?
  fuzz [TARGET]         fuzz what reads foreign bytes: requests, streams, answers, frames, json (default: all)
      --seconds N         for so long together (default: 60)
  bench [ARGUMENTS…]    build what ships, then run the benchmark with these arguments
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    if let Some(usual) = worker::linker() {
        return worker::link(&usual);
    }
    let mut arguments = Arguments::new(std::env::args().skip(1));
    let Some(command) = arguments.word() else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    if command == "help" || (command != "bench" && arguments.flag("--help")) {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    match command.as_str() {
        "setup" => {
            arguments.finish()?;
            setup::all()?;
            Ok(ExitCode::SUCCESS)
        }
        "worker" => worker::command(arguments),
        "lambda" => lambda::command(arguments),
        "local" => local::command(arguments),
        "size" => size::command(arguments),
        "test" => test::command(arguments),
        "models" => models::command(arguments),
        "bench" => bench::command(arguments),
        "fuzz" => fuzz::command(arguments),
        other => bail!("there is no command `{other}`; `cargo xtask --help` lists them"),
    }
}
