//! What is measured: a server between the load and the stub upstream.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use gatelet_core::policy::keys::KeyHash;

use crate::process::{Process, free_address};

/// The client key of every request; its last six characters are its checksum.
pub(crate) const KEY: &str = "glt_benchbenchbenchbenchbenchbenchbe16d8Ox";

/// The variable that holds the key for the stub upstream; a configuration only names it.
pub(crate) const UPSTREAM_KEY: &str = "GATELET_BENCH_UPSTREAM_KEY";

/// A way to start a server.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    /// The name in the table.
    pub(crate) name: String,
    /// The program and its arguments; `{listen}` and `{upstream}` stand for `HOST:PORT`, `{folder}` for a folder.
    command: Vec<String>,
    /// A file to write first; the same words in braces are replaced in it.
    file: Option<(&'static str, String)>,
}

impl Contender {
    /// Reads `NAME=PROGRAM ARGUMENT…`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, command) = text.split_once('=')?;
        let command = command.split_whitespace().map(str::to_owned).collect();
        Some(Self { name: name.to_owned(), command, file: None })
    }

    /// The stub upstream; it needs no upstream of its own.
    pub(crate) fn upstream() -> io::Result<Self> {
        Self::own("upstream", &["upstream", "--listen", "{listen}"])
    }

    /// The floor.
    pub(crate) fn floor() -> io::Result<Self> {
        Self::own("floor", &["floor", "--listen", "{listen}", "--upstream", "{upstream}"])
    }

    /// gatelet with a client key and its log line on.
    pub(crate) fn gatelet(program: &Path) -> io::Result<Self> {
        if !program.is_file() {
            let program = program.display();
            return Err(io::Error::other(format!(
                "there is no {program}: cargo build --release -p gatelet-local, or --gatelet PATH"
            )));
        }
        let words = [&program.to_string_lossy(), "serve", "--config", "{folder}/gatelet.toml", "--listen", "{listen}"];
        Ok(Self {
            name: "gatelet".to_owned(),
            command: words.map(str::to_owned).to_vec(),
            file: Some(("gatelet.toml", configuration("{upstream}"))),
        })
    }

    fn own(name: &str, arguments: &[&str]) -> io::Result<Self> {
        let mut command = vec![std::env::current_exe()?.to_string_lossy().into_owned()];
        command.extend(arguments.iter().map(|&word| word.to_owned()));
        Ok(Self { name: name.to_owned(), command, file: None })
    }

    /// The same, run by a tool that counts.
    pub(crate) fn wrapped(&self, tool: &[&str]) -> Self {
        let mut wrapped = self.clone();
        wrapped.command.splice(0..0, tool.iter().map(|&word| word.to_owned()));
        wrapped
    }

    /// Starts it on a free address and waits until it listens.
    pub(crate) fn start(&self, upstream: SocketAddr, folder: &Path) -> io::Result<(Process, SocketAddr)> {
        let listen = free_address()?;
        let mut process = self.start_at(listen, upstream, folder)?;
        process.ready(listen).map_err(|error| {
            let said = fs::read_to_string(self.log(folder)).unwrap_or_default();
            io::Error::new(error.kind(), format!("{}: {error}\n{said}", self.name))
        })?;
        Ok((process, listen))
    }

    /// Starts it without waiting.
    pub(crate) fn start_at(&self, listen: SocketAddr, upstream: SocketAddr, folder: &Path) -> io::Result<Process> {
        let fill = |text: &String| {
            text.replace("{listen}", &listen.to_string())
                .replace("{upstream}", &upstream.to_string())
                .replace("{folder}", &folder.to_string_lossy())
        };
        if let Some((name, text)) = &self.file {
            fs::write(folder.join(name), fill(text))?;
        }
        let mut words = self.command.iter().map(fill);
        let program = words.next().ok_or_else(|| io::Error::other("a contender needs a command"))?;
        let mut command = Command::new(program);
        command.args(words).current_dir(folder).env(UPSTREAM_KEY, "sk-bench");
        Process::start(&mut command, &self.log(folder))
    }

    /// Where what it prints goes.
    pub(crate) fn log(&self, folder: &Path) -> std::path::PathBuf {
        folder.join(format!("{}.log", self.name))
    }
}

/// The configuration that gatelet is measured with: a key, and the stub as two providers.
pub(crate) fn configuration(upstream: &str) -> String {
    let hash = key_hash();
    format!(
        "[providers.stub]\nkind = \"openai-compatible\"\nbase_url = \"http://{upstream}/v1\"\n\n\
         [providers.claude]\nkind = \"anthropic\"\nbase_url = \"http://{upstream}\"\napi_key = \"${{{UPSTREAM_KEY}}}\"\n\n\
         [keys.bench]\nsha256 = \"{hash}\"\n"
    )
}

/// The SHA-256 of [`KEY`], as a configuration has it.
pub(crate) fn key_hash() -> String {
    KeyHash::of(KEY.as_bytes()).to_string()
}
