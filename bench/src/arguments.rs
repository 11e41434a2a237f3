//! The command line.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::Fallible;
use crate::contender::Contender;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
The reproducible benchmark of gatelet: every figure is measured beside a floor, a bare hyper reverse proxy, in the same
run and in turn. Ratios mean something on any machine; times only on this one.

Usage: gatelet-bench [COMMAND] [OPTIONS]

  bench           relay, memory, start, lambda and worker, one after the other (the default)
  relay           CPU a request and latency of every cell, floor and gatelet in turn
  memory          resident memory: idle, under load, and for each of 1,000 open streams
  start           process start to first 200
  lambda          process start to the first poll for work, at a fake Runtime API
  worker          CPU of the packaged Worker in workerd: start-up, and a request of 32 KB
  instructions    user-space instructions (valgrind) and system calls (strace) a request: exact, for comparing builds
  micro           the core by itself: parsing, splicing, framing, and whole requests without a socket

  floor    --listen A --upstream A [--threads current]    serve as the floor does
  upstream --listen A [--gap MICROSECONDS]                serve as the stub upstream does
  load     --target A [--cells C] [--requests N]          load a server and print what was seen
  poll                                                    poll the Runtime API once: the floor of lambda

Options
  --cells A,B         cells of relay and instructions: chat, chat-stream, messages-stream, chat-paced (an event every
                      2 ms), first-event (a stream on one connection), chat-100k (a prompt of 100 KB), translated and
                      translated-stream (chat asked as Messages), chat-1 (one
                      connection), or all
  --rounds N          rounds, of which the median counts (default 7)
  --requests N        requests of the chat cell a round (default 4000); the other cells make a part of it
  --gatelet PATH      the server (default: `gatelet` beside this program)
  --bootstrap PATH    the Lambda function (default: `bootstrap` beside this program)
  --worker FOLDER     the packaged Worker (default: build)
  --workerd PATH      the Workers runtime (default: the one that `cargo xtask setup` fetched)
  --contender N=CMD   one more server, named N; {listen} and {upstream} in its command stand for HOST:PORT
  --check             instructions: fail when gatelet needs more of them than its budget allows
  --json              print one JSON document instead of tables

Build what is measured first: cargo build --release -p gatelet-local, and the same for gatelet-lambda; cargo xtask worker
for the Worker. `cargo xtask bench` does the first two.
";

/// The arguments as they were written.
pub(crate) struct Arguments {
    words: Vec<String>,
}

impl Arguments {
    /// Takes them from the process.
    pub(crate) fn of_process() -> Self {
        Self { words: std::env::args().skip(1).collect() }
    }

    /// The command, if the first word is one.
    pub(crate) fn command(&mut self) -> Option<String> {
        let is_command = self.words.first().is_some_and(|word| !word.starts_with('-'));
        is_command.then(|| self.words.remove(0))
    }

    /// Whether the flag was given; takes it.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let found = self.words.iter().position(|word| word == name);
        if let Some(index) = found {
            self.words.remove(index);
        }
        found.is_some()
    }

    /// The value that follows the option, if it was given; takes both.
    pub(crate) fn text(&mut self, name: &str) -> Fallible<Option<String>> {
        let Some(index) = self.words.iter().position(|word| word == name) else { return Ok(None) };
        self.words.remove(index);
        if index >= self.words.len() {
            return Err(format!("{name} needs a value").into());
        }
        Ok(Some(self.words.remove(index)))
    }

    /// Like [`Arguments::text`], parsed.
    pub(crate) fn value<T: FromStr>(&mut self, name: &str) -> Fallible<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("{name} {text}: not understood").into())
    }

    /// Like [`Arguments::value`], and an error when it was not given.
    pub(crate) fn needed<T: FromStr>(&mut self, name: &str) -> Fallible<T> {
        self.value(name)?.ok_or_else(|| format!("{name} is needed").into())
    }

    /// Says what was not understood.
    pub(crate) fn finish(&self) -> Fallible<()> {
        match self.words.first() {
            Some(word) => Err(format!("{word}: not understood; --help lists what is").into()),
            None => Ok(()),
        }
    }
}

/// What a measuring command works with.
pub(crate) struct Options {
    /// `--cells`, or none for a command's own.
    pub(crate) cells: Option<Vec<String>>,
    /// `--rounds`.
    pub(crate) rounds: usize,
    /// `--requests`, or none for a command's own.
    pub(crate) requests: Option<usize>,
    /// `--gatelet`.
    pub(crate) gatelet: PathBuf,
    /// `--bootstrap`.
    pub(crate) bootstrap: PathBuf,
    /// `--worker`.
    pub(crate) worker: PathBuf,
    /// `--workerd`.
    pub(crate) workerd: Option<PathBuf>,
    /// `--contender`, any number of them.
    pub(crate) contenders: Vec<Contender>,
    /// `--check`.
    pub(crate) check: bool,
    /// `--json`.
    pub(crate) json: bool,
}

impl Options {
    /// Reads all that is left.
    pub(crate) fn read(mut arguments: Arguments) -> Fallible<Self> {
        let own = std::env::current_exe()?;
        let beside = own.parent().unwrap_or_else(|| Path::new("."));
        let mut contenders = Vec::new();
        while let Some(text) = arguments.text("--contender")? {
            let contender = Contender::parse(&text).ok_or("--contender is written NAME=COMMAND ARGUMENT…")?;
            contenders.push(contender);
        }
        let options = Self {
            cells: arguments.text("--cells")?.map(|text| text.split(',').map(str::to_owned).collect()),
            rounds: arguments.value("--rounds")?.unwrap_or(7).max(1),
            requests: arguments.value("--requests")?,
            gatelet: arguments.value("--gatelet")?.unwrap_or_else(|| beside.join("gatelet")),
            bootstrap: arguments.value("--bootstrap")?.unwrap_or_else(|| beside.join("bootstrap")),
            worker: arguments.value("--worker")?.unwrap_or_else(|| "build".into()),
            workerd: arguments.value("--workerd")?,
            contenders,
            check: arguments.flag("--check"),
            json: arguments.flag("--json"),
        };
        arguments.finish()?;
        Ok(options)
    }
}
