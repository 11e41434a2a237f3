//! Other programs: started so that what they need is found, their output shown as it comes.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::places;

/// Cargo, in the workspace's root, without what the cargo that started us told us alone: a build script that
/// watches such a variable would run again under every other parent.
pub(crate) fn cargo() -> Command {
    cargo_at("cargo")
}

/// The same with another cargo than the usual one.
pub(crate) fn cargo_at(path: impl AsRef<OsStr>) -> Command {
    let mut command = program(path);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| text.starts_with(prefix));
        if ours || text == "CARGO" {
            command.env_remove(&name);
        }
    }
    command
}

/// Any program, in the workspace's root.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(places::root());
    command
}

/// Puts `folder` before everything else on the program's `PATH`.
pub(crate) fn before_path(command: &mut Command, folder: &Path) -> Result<()> {
    let set = command.get_envs().find_map(|(name, value)| (name == "PATH").then_some(value?.to_owned()));
    let old = set.or_else(|| env::var_os("PATH")).unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(env::split_paths(&old));
    command.env("PATH", env::join_paths(folders)?);
    Ok(())
}

/// Runs it on our own terminal; an exit code that is not 0 is an error that names the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", name(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", line(command));
    }
    Ok(())
}

/// Runs it and returns what it wrote to its standard output; what it wrote to the other is in the error, if it fails.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("{} failed ({})\n{out}{err}", line(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs it, shows every line of both its outputs at once and gives it to `see`; returns whether it succeeded.
pub(crate) fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> Result<bool> {
    let (reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot start {}", name(command)))?;
    // The command keeps the pipe's writing end until it is given others, and so long the reader sees no end.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let mut out = std::io::stdout();
    loop {
        match lines.recv_timeout(Duration::from_millis(300)) {
            Ok(line) => {
                let line = String::from_utf8_lossy(&line);
                writeln!(out, "{line}")?;
                see(&line);
            }
            // A grandchild that was left running may hold the pipe open for ever: the child's own end is enough.
            Err(RecvTimeoutError::Timeout) if child.try_wait()?.is_none() => {}
            Err(_) => break,
        }
    }
    Ok(child.wait()?.success())
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watch_sees_both_outputs_line_by_line_and_the_failure() {
        let mut lines = Vec::new();
        let mut shell = program("sh");
        shell.args(["-c", "echo one; echo two >&2; printf three; exit 3"]);
        let succeeded = watch(&mut shell, |line| lines.push(line.to_owned())).unwrap();
        assert!(!succeeded);
        assert_eq!(lines, ["one", "two", "three"]);
    }

    #[test]
    fn watch_ends_with_the_program_though_what_it_started_runs_on() {
        let started = std::time::Instant::now();
        assert!(watch(program("sh").args(["-c", "sleep 20 & echo done"]), |_| ()).unwrap());
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn read_tells_what_the_program_said_when_it_fails() {
        let error = read(program("sh").args(["-c", "echo why >&2; exit 1"])).unwrap_err();
        assert!(error.to_string().contains("why"), "{error}");
    }

    #[test]
    fn the_folder_put_first_on_the_path_is_searched_first() {
        let mut command = program("sh");
        before_path(&mut command, Path::new("/second")).unwrap();
        before_path(&mut command, Path::new("/first")).unwrap();
        let path = read(command.args(["-c", "echo $PATH"])).unwrap();
        assert!(path.starts_with("/first:/second:"), "{path}");
    }
}
