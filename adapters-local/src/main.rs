//! `gatelet`: the gateway on a machine of one's own.

mod check;
mod cli;
mod help;
mod key;
mod models;
mod serve;
mod setup;
mod summary;
mod terminal;

use std::process::ExitCode;

use cli::{Command, Usage};

/// musl's own gives a large block back to the kernel as soon as it is free: a request of 100 KB then costs 25 page
/// faults and two system calls more, which is nearly as much again as all the rest.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = match cli::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(Usage(message)) => {
            terminal::tell(&format!("gatelet: {message}\nTry `gatelet --help`."));
            return ExitCode::from(2);
        }
    };
    match command {
        Command::Help(topic) => terminal::show(topic.text()),
        Command::Version => terminal::show(concat!("gatelet ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::KeyNew(name) => key::new(&name),
        Command::Check(options) => check::run(&options),
        Command::Models(options) => models::run(&options),
        Command::UpstreamModels(options) => models::ask(&options),
        Command::Serve(options) => serve::run(options),
    }
}
