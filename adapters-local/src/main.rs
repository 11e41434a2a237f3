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
        Command::Serve(options) => serve::run(options),
    }
}
